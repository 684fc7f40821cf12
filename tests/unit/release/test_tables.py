"""The tables that speak of the release itself, and the dictionary out of the manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_home import PEOPLE, ReleaseHome, build_warehouse, manifest, march, receipt

from pipelines.errors import PodiumError
from pipelines.night import plan
from pipelines.release import provenance
from pipelines.release.tables import describe, fill


def filled(home: ReleaseHome, people: tuple[Any, ...] = PEOPLE) -> Path:
    night, warehouse, audit = home.judged(people=people)
    for _ in range(2):
        fill(warehouse, night, home.settings, audit, home.receipts, manifest())
    return warehouse


def rows(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as db:
        return db.execute(sql).fetchall()


def test_check_results_are_those_of_the_audit(home: ReleaseHome) -> None:
    home.deliver(1)
    found = rows(
        filled(home),
        "select check_id, is_required, rows_examined, observed_value, verdict, release_id from check_results",
    )
    assert found == [
        ("G4.sdr_grain", True, 3, 0.0, "pass", "v000001"),
        ("G5.volume", False, 0, 0.0, "pass", "v000001"),
        ("G5.overrides", False, 0, 0.0, "pass", "v000001"),
    ]


def test_the_dictionary_has_every_column_in_order_with_key_unit_and_nullability(home: ReleaseHome) -> None:
    home.deliver(1)
    warehouse = filled(home)
    found = rows(
        warehouse,
        "select column_name, ordinal, data_type, is_nullable, is_key, unit, description, table_description, grain "
        "from data_dictionary where table_name = 'sdr_ranking' order by ordinal",
    )
    grain = "period_type, period_start, sdr_id"
    assert found[2] == ("sdr_id", 3, "VARCHAR", False, True, None, "It's the sdr_id.", "About sdr_ranking.", grain)
    assert found[5][:6] == ("leads_sent", 6, "BIGINT", True, False, "count")
    assert [row[0] for row in found][-2:] == ["release_id", "updated_at"]
    names = "table_name, column_name, data_type"
    documented = rows(
        warehouse,
        f"select {names} from data_dictionary union all select {names} from night.restricted_dictionary order by all",
    )
    built = rows(
        warehouse,
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'main' and not internal "
        "order by all",
    )
    assert documented == built
    assert rows(warehouse, "select distinct table_name from night.restricted_dictionary") == [("coaching_budget",)]


def test_a_build_that_lacks_a_table_has_no_content(home: ReleaseHome) -> None:
    home.deliver(1)
    night, warehouse, _ = home.judged()
    with duckdb.connect(str(warehouse)) as db:
        db.execute("drop table main.ae_ranking; delete from main.data_dictionary")
    assert describe(warehouse, night, home.settings, manifest()) == ""
    assert rows(warehouse, "select count(*) from data_dictionary") == [(0,)]


def test_release_info_says_what_the_release_was_made_of(home: ReleaseHome) -> None:
    home.deliver(1)
    home.receipts += [
        receipt(march(1), "users", rows_loaded=9, rows_quarantined=0),
        receipt(march(1), "leads", verdict="refused", rows_loaded=0),
    ]
    warehouse = filled(home)
    info = rows(
        warehouse,
        "select release_id, as_of, previous_release_id, base_currency, deliveries, rows_loaded, rows_quarantined, "
        "config_sha256, deliveries_json from release_info",
    )
    assert len(info) == 1
    assert info[0][:7] == ("v000001", march(1), None, "EUR", 2, 12, 1)
    assert info[0][7] == provenance.config_sha256(home.settings)
    deliveries = json.loads(info[0][8])
    assert [(d["entity"], d["delivered_on"], d["rows"]) for d in deliveries] == [
        ("handoffs", "2026-03-01", 3),
        ("users", "2026-03-01", 9),
    ]


def test_an_empty_table_names_the_entity_that_is_missing(home: ReleaseHome) -> None:
    """Each lacks one entity, acceptance_criteria one of two; sdr_ranking has rows."""
    home.deliver(1)
    found = rows(filled(home), "select tables_not_available_json from release_info")
    assert json.loads(found[0][0]) == [
        {"table": "ae_ranking", "never_delivered": ["opportunities"]},
        {"table": "acceptance_criteria", "never_delivered": ["leads"]},
        {"table": "target_attainment", "never_delivered": ["targets"]},
    ]


def test_a_table_that_is_empty_with_all_its_entities_is_not_called_unavailable(home: ReleaseHome) -> None:
    home.deliver(1)
    home.receipts += [receipt(march(1), entity) for entity in ("leads", "opportunities", "targets")]
    found = rows(filled(home, people=()), "select tables_not_available_json from release_info")
    assert json.loads(found[0][0]) == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda m: m["nodes"]["model.podium.ae_ranking"].update(description=" "), "ae_ranking: has no description"),
        (
            lambda m: m["nodes"]["model.podium.ae_ranking"]["columns"]["ae_id"].update(description=""),
            "ae_ranking.ae_id",
        ),
        (
            lambda m: m["nodes"]["model.podium.ae_ranking"]["columns"]["ae_id"].update(data_type=None),
            "has no data_type",
        ),
        (lambda m: m["nodes"]["model.podium.ae_ranking"].update(config={}), "has no meta grain"),
        (lambda m: m["nodes"]["model.podium.ae_ranking"]["columns"].pop("ae_id"), "has no column for its grain"),
        (lambda m: m.update(exposures={}), "nothing is exposed"),
    ],
)
def test_a_model_that_is_not_documented_stops_the_release(home: ReleaseHome, spoil: Any, message: str) -> None:
    home.deliver(1)
    night = plan(home.settings, home.receipts)
    warehouse = build_warehouse(home.settings.work / "warehouse.duckdb", night)
    spoilt = manifest()
    spoil(spoilt)
    with pytest.raises(PodiumError, match=message):
        describe(warehouse, night, home.settings, spoilt)
    assert rows(warehouse, "select count(*) from data_dictionary") == [(0,)], "nothing is half filled"
