"""Real data nobody here wrote: the Olist funnel through a whole night, held against figures made twice.

First in plain pandas from the raw Olist files, written for this test; then by the generic recomputation of all rows.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines.settings import read_config
from tests.recomputation.compare import assert_equal
from tests.recomputation.metrics import recompute
from tests.recomputation.night import run_night

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT.parent / "shared" / "data" / "olist"
CONFIG = ROOT / "examples" / "olist" / "podium.yml"
AS_OF = date(2018, 11, 14)

Counts = dict[Any, int]  # (start of the period, person) -> count

pytestmark = pytest.mark.skipif(not RAW.is_dir(), reason="the Olist files are not at ../shared/data/olist")


@dataclass(frozen=True)
class Olist:
    """The raw files as frames, a finished night over them, and its inbox."""

    leads: pd.DataFrame
    deals: pd.DataFrame
    items: pd.DataFrame
    inbox: Path
    database: Path

    def published(self, table: str, kind: str, *columns: str) -> pd.DataFrame:
        """Columns of one published table for one period type, with period_start as timestamps."""
        sql = f"select period_start, {', '.join(columns)} from main.{table} where period_type = ? order by all"
        with duckdb.connect(str(self.database), read_only=True) as connection:
            frame = connection.execute(sql, [kind]).df()
        return frame.assign(period_start=pd.to_datetime(frame["period_start"]))


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory) -> Olist:
    work = tmp_path_factory.mktemp("olist")
    mapper = ROOT / "examples" / "olist" / "map_olist.py"
    subprocess.run([sys.executable, str(mapper), str(RAW), str(work / "inbox")], check=True, capture_output=True)
    leads = pd.read_csv(RAW / "olist_marketing_qualified_leads_dataset.csv", parse_dates=["first_contact_date"]).rename(
        columns={"first_contact_date": "contact"}
    )
    deals = pd.read_csv(RAW / "olist_closed_deals_dataset.csv", parse_dates=["won_date"]).merge(leads, on="mql_id")
    items = pd.read_csv(
        RAW / "olist_order_items_dataset.csv.gz", parse_dates=["shipping_limit_date"], dtype={"price": str}
    )
    items = items.assign(
        cents=items["price"].map(lambda price: int(Decimal(price) * 100)),
        invoiced=items["shipping_limit_date"].dt.normalize(),
    )
    return Olist(leads, deals, items, work / "inbox", run_night(work / "inbox", work / "home", CONFIG))


def start_of(kind: str, days: pd.Series) -> pd.Series:
    """First day of the month, quarter or year of each day."""
    return days.dt.to_period({"month": "M", "quarter": "Q", "year": "Y"}[kind]).dt.start_time


def count_by(people: pd.Series, starts: pd.Series) -> Counts:
    return dict(pd.Series(1, index=[starts, people]).groupby(level=[0, 1]).sum())


def non_zero(frame: pd.DataFrame, person: str, column: str) -> Counts:
    frame = frame[frame[column] != 0]
    return dict(zip(zip(frame["period_start"], frame[person], strict=True), frame[column], strict=True))


def test_all_842_wins_and_all_people_are_there_and_13_of_them_in_two_roles(olist: Olist) -> None:
    won = olist.published("ae_ranking", "year", "ae_id", "deals_won")
    sdrs = set(olist.published("sdr_ranking", "year", "sdr_id")["sdr_id"]) - {"(unassigned)"}
    aes = set(won["ae_id"])
    assert won["deals_won"].sum() == len(olist.deals) == 842
    assert sdrs == set(olist.deals["sdr_id"])
    assert aes == set(olist.deals["sr_id"])
    assert (len(sdrs), len(aes), len(sdrs & aes)) == (32, 22, 13)


@pytest.mark.parametrize("kind", ["month", "quarter", "year"])
def test_leads_sent_and_qualified_per_sdr(olist: Olist, kind: str) -> None:
    published = olist.published("sdr_ranking", kind, "sdr_id", "leads_sent", "accepted", "won", "qualified_leads")
    sent = count_by(olist.deals["sdr_id"], start_of(kind, olist.deals["contact"]))
    for column in ("leads_sent", "accepted", "won"):  # only leads that were won name their SDR
        assert non_zero(published, "sdr_id", column) == sent
    sdr = olist.leads.merge(olist.deals[["mql_id", "sdr_id"]], how="left")["sdr_id"].fillna("(unassigned)")
    qualified = count_by(sdr, start_of(kind, olist.leads["contact"]))
    assert non_zero(published, "sdr_id", "qualified_leads") == qualified


def test_leads_without_origin_are_kept(olist: Olist) -> None:
    assert olist.leads["origin"].isna().sum() == 60
    assert olist.published("sdr_ranking", "month", "qualified_leads")["qualified_leads"].sum() == 8000


@pytest.mark.parametrize("kind", ["month", "quarter", "year"])
def test_deals_offered_worked_and_won_per_ae(olist: Olist, kind: str) -> None:
    published = olist.published("ae_ranking", kind, "ae_id", "offered", "deals_worked", "deals_won", "deals_lost")
    deals = olist.deals.assign(
        opened=start_of(kind, olist.deals["contact"]), won=start_of(kind, olist.deals["won_date"])
    )
    assert non_zero(published, "ae_id", "offered") == count_by(deals["sr_id"], deals["opened"])
    assert non_zero(published, "ae_id", "deals_won") == count_by(deals["sr_id"], deals["won"])
    assert not published["deals_lost"].any()
    frequency = {"month": "MS", "quarter": "QS", "year": "YS"}[kind]
    spans = zip(deals["opened"], deals["won"], strict=True)
    starts = pd.Series([pd.date_range(*span, freq=frequency) for span in spans])
    worked = deals.assign(worked=starts).explode("worked")
    assert non_zero(published, "ae_id", "deals_worked") == count_by(worked["sr_id"], worked["worked"])


def test_the_horizon_is_the_90_percent_point_of_contact_to_win(olist: Olist) -> None:
    published = olist.published("ae_ranking", "month", "period_end", "close_horizon_days").drop_duplicates()
    days = (olist.deals["won_date"] - olist.deals["contact"]).dt.total_seconds() / 86400
    expected = []
    for end in published["period_end"]:
        known = days[olist.deals["won_date"] < min(pd.Timestamp(end), pd.Timestamp(AS_OF) + pd.Timedelta(days=1))]
        horizon = max(30, np.ceil(known.clip(lower=0).quantile(0.9))) if len(known) >= 20 else 90
        expected.append(int(horizon))
    assert published["close_horizon_days"].tolist() == expected
    assert len(set(expected)) > 3


@pytest.mark.parametrize("kind", ["month", "quarter", "year"])
def test_portfolios_are_the_sales_of_twelve_months_of_the_clients_won(olist: Olist, kind: str) -> None:
    published = olist.published("am_ranking", kind, "am_id", "period_end", "accounts_closing", "closing")
    ams = olist.deals.set_index("seller_id")["sr_id"]
    won = olist.deals.set_index("seller_id")["won_date"].dt.normalize()
    sales = olist.items.assign(am=olist.items["seller_id"].map(ams), won=olist.items["seller_id"].map(won))
    for end, rows in published.groupby("period_end"):
        cut = min(pd.Timestamp(str(end)), pd.Timestamp(AS_OF) + pd.Timedelta(days=1))
        window = sales[(sales["invoiced"] >= cut - pd.DateOffset(months=12)) & (sales["invoiced"] < cut)]
        cents = window.groupby(window["am"].where(window["won"] < cut, "(unassigned)"))["cents"].sum()
        closing = rows.set_index("am_id")["closing"].map(lambda amount: round(amount * 100))
        assert closing[closing != 0].to_dict() == cents.to_dict(), end
        accounts = ams[won < cut].value_counts().to_dict()
        owned = rows.set_index("am_id")["accounts_closing"].drop("(unassigned)", errors="ignore")
        assert owned[owned != 0].to_dict() == accounts, end


def test_the_truncated_last_months_do_not_read_as_a_fall(olist: Olist) -> None:
    sold = olist.items.groupby(start_of("month", olist.items["invoiced"]))["cents"].sum()
    assert sold["2018-09-01"] < 0.02 * sold["2018-08-01"]  # the raw sales do fall by 98 %
    published = olist.published("am_ranking", "month", "am_id", "is_complete", "portfolio_growth", "upsell_rate")
    assert published["period_start"].max() == pd.Timestamp(2018, 11, 1)
    assert (published["is_complete"] == (published["period_start"] < pd.Timestamp(2018, 11, 1))).all()
    last = published[published["period_start"] >= pd.Timestamp(2018, 9, 1)]
    assert last["portfolio_growth"].notna().sum() > 30
    assert last["portfolio_growth"].min() > -0.1
    assert last["upsell_rate"].min() > -0.1


def test_every_published_row_equals_the_generic_recomputation(olist: Olist) -> None:
    assert_equal(olist.database, recompute(olist.inbox, read_config(CONFIG)))
