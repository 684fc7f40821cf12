"""The harness itself: what it refuses, and that a model runs on the rows it is given."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.compiled_sql import CompiledModels, rows_of

PERIODS = rows_of(
    "period_type varchar, period_start date, period_end date",
    [
        ("month", date(2026, 1, 1), date(2026, 2, 1)),
        ("month", date(2026, 2, 1), date(2026, 3, 1)),
        ("quarter", date(2026, 1, 1), date(2026, 4, 1)),
    ],
)


def test_a_model_is_built_over_the_rows_given() -> None:
    models = CompiledModels(["int_period_months"])
    assert models.inputs == ["int_periods"]
    connection = models.run({"int_periods": PERIODS})
    rows = connection.execute("select period_type, month_start from intermediate.int_period_months order by all")
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    assert rows.fetchall() == [("month", january), ("month", february), ("quarter", january), ("quarter", february)]


def test_seeds_come_with_the_models_that_read_them_in_their_types() -> None:
    models = CompiledModels(["metric_dictionary"])
    assert "metrics" in models.order and "metrics" not in models.inputs
    context = rows_of("release_id varchar, built_at timestamp", [("v000001", None)])
    connection = models.run(dict.fromkeys(models.inputs, context))
    row = "select is_primary, min_n, min_tenure_days, caveat is null from seeds.metrics where metric = 'calls'"
    assert connection.execute(row).fetchone() == (False, None, None, False)


def test_what_is_missing_or_unknown_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="int_nothing"):
        CompiledModels(["int_period_months", "int_nothing"])
    with pytest.raises(KeyError, match=r"missing.*int_periods.*unknown.*int_period"):
        CompiledModels(["int_period_months"]).run({"int_period": PERIODS})
