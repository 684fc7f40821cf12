"""One period whose cohort is given deal by deal, for what the AE models make of it: who fed whom, and what was won.

Everything else that these models read is empty here. How deals are made up and what is to be expected stands in tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa

from tests.support.compiled_sql import CompiledModels, rows_of

PERIOD = ("year", date(2025, 1, 1))
MODELS = (
    *("int_ae_feeds", "int_ae_expected_wins", "int_ae_components", "int_ae_mixes"),
    *("fct_ae_periods", "fct_close_rate_adjusted"),
)
_KEY = "period_type varchar, period_start date, "
_AE = _KEY + "ae_id varchar, "
_EMPTY = {
    "int_period_months": _KEY + "month_start date",
    "int_role_members": _KEY + "role varchar, user_id varchar",
    "int_deals_worked": _AE + "opportunity_id varchar",
    "int_deal_slips": "opportunity_id varchar, month_start date, months_slipped bigint",
    "int_ae_offers": _AE + "offered bigint, accepted bigint, rejected bigint, undecided bigint, "
    "rejected_with_reason bigint",
    "int_ae_closes": _AE + "deals_won bigint, deals_lost bigint, deals_without_close_time bigint, "
    "won_amount decimal(18, 2), converted_deals bigint, unconverted_deals bigint, median_cycle_days double",
    "int_ae_offer_cohorts": _AE + "offers_cohort bigint, offers_won bigint",
    "int_ae_quality": _AE + "quality_accounts bigint, quality_accounts_active bigint",
    "int_sessions_held": _KEY + "user_id varchar, sdr_sessions bigint, ae_sessions bigint",
    "int_sessions_received": _KEY + "user_id varchar, sessions_received bigint",
    "stg_leads": "lead_id varchar, source varchar",
}
_ENTITIES = ("handoffs", "opportunities", "opportunity_history", "invoices", "coaching_sessions")


class AeCohorts:
    """The AE models over one period, to be run on as many companies as wanted."""

    def __init__(self, models: Sequence[str] = MODELS) -> None:
        self.models = CompiledModels(models)
        self.fixed: dict[str, pa.Table] = {name: rows_of(columns) for name, columns in _EMPTY.items()}
        self.fixed["stg_context"] = rows_of(
            ", ".join(f"has_{entity} boolean" for entity in _ENTITIES), [(True,) * len(_ENTITIES)]
        )
        self.fixed["int_close_horizons"] = rows_of(
            _KEY + "close_horizon_days bigint, cohort_start date, cohort_end date",
            [(*PERIOD, 90, date(2025, 1, 1), date(2026, 1, 1))],
        )

    def run(self, deals: pd.DataFrame) -> duckdb.DuckDBPyConnection:
        """Build the models over deals accepted in the window, columns: ae_id, sdr_id (None: without an SDR), is_won."""
        accepted_at = pd.Timestamp(2025, 6, 2)
        rows = pd.DataFrame(
            {
                "opportunity_id": [f"d{number}" for number in range(len(deals))],
                "lead_id": pd.Series([None] * len(deals), dtype="str"),
                "sdr_id": deals["sdr_id"].to_numpy(),
                "accepting_ae_id": deals["ae_id"].to_numpy(),
                "accepted_at": accepted_at,
                "accepted_on": accepted_at.date(),
                "is_won": deals["is_won"].to_numpy(),
                "closed_at": accepted_at + pd.Timedelta(days=30),
            }
        )
        return self.models.run({**self.fixed, "int_deals": rows})
