"""What a file is like beside the earlier ones of its source and entity, and when being unlike them refuses it.

A verdict here depends on what else was delivered, never on the order in which it arrived: landings.py judges again
whenever an earlier delivery came late.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import duckdb

from pipelines.contract import Type
from pipelines.intake.claim import Claim, RowsRefused
from pipelines.intake.load import Tally
from pipelines.intake.receipts import Promise, Receipt, Traits

HEADER_ONLY = "E-HEADER-ONLY"
CUT = "E-FILE-CUT"
AMBIGUOUS = "E-DATE-AMBIGUOUS"
# Twelve different days in three months or more, none of them late in its month, are no accident (1 in 4,000 where half
# of the days are late). Days up to 13, since a time zone may move the 12th.
_DAYS, _MONTHS, _LAST_EARLY_DAY = 12, 3, 13


@dataclass(frozen=True)
class Before:
    """What earlier files of a source and entity were like. `columns` and `unknown` are those delivered before."""

    has_rows: bool = False
    ended_with_newline: bool = False
    late_days: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()


def before(day: date, siblings: Iterable[Receipt]) -> Before:
    """What the files of `siblings` that were loaded before `day` were like; rows count on the day itself too."""
    loaded = [r for r in siblings if r.verdict == "loaded" and r.rows_in and r.delivered_on <= day]
    traits = [(r, r.traits) for r in loaded if r.traits and r.delivered_on < day]
    return Before(
        has_rows=bool(loaded),
        ended_with_newline=any(t.has_final_newline for _, t in traits),
        late_days=frozenset(name for _, t in traits for name in t.late_days),
        columns=frozenset(name for _, t in traits for name in t.columns),
        unknown=frozenset(name for r, _ in traits for name in r.unknown_columns),
    )


def objection(traits: Traits, promise: Promise, earlier: Before) -> str:
    """The code with which a file is refused beside the `earlier` ones, '' for none."""
    if traits.is_empty and not earlier.has_rows:
        return HEADER_ONLY
    is_vouched_for = promise.rows is not None or promise.sha256 is not None
    if traits.has_final_newline is False and not is_vouched_for and earlier.ended_with_newline:
        return CUT
    if earlier.late_days.intersection(traits.early_days):
        return AMBIGUOUS
    return ""


def check(claim: Claim, traits: Traits, tally: Tally, earlier: Before) -> None:
    """Raise Unlike when the file cannot be taken beside the earlier ones."""
    code = objection(traits, claim.promise, earlier)
    if code:
        raise Unlike(traits, tally.rows_in, code, claim)


def stands(receipt: Receipt, siblings: Iterable[Receipt]) -> bool:
    """Whether a verdict is still the one that the other files of its source and entity call for."""
    traits = receipt.traits
    if traits is None or not (traits.is_empty or traits.early_days or traits.has_final_newline is False):
        return True
    was = receipt.code if receipt.verdict == "refused" else ""
    return was == objection(traits, receipt.promise, before(receipt.delivered_on, siblings))


class Unlike(RowsRefused):
    """A file that is refused for being unlike the earlier ones."""

    def __init__(self, traits: Traits, rows_in: int, code: str, claim: Claim) -> None:
        what, do = {
            HEADER_ONLY: (
                "a header and no rows in a first delivery",
                f"deliver it again or list {claim.entity} in sources.{claim.source}.may_be_empty",
            ),
            CUT: (
                "no line end after the last row, though earlier files had one: it may be cut",
                "deliver it again, or with a manifest that gives its rows",
            ),
            AMBIGUOUS: (
                f"no day after the 12th in {', '.join(traits.early_days)}, unlike before: day and month may be swapped",
                f"see that it is written as sources.{claim.source}.dialect.dates says",
            ),
        }[code]
        super().__init__(rows_in, code, claim.where, what, do=do)
        self.traits = traits


def days_of(db: duckdb.DuckDBPyConnection, claim: Claim, columns: Iterable[str]) -> tuple[list[str], list[str]]:
    """Date columns of the landed rows in which every day of many is early in its month, and those with most days late.

    Only dates whose order the source declares can be read in two ways; for others both are empty.
    """
    early, late = [], []
    kinds = {column.name: column.type for column in claim.contract.columns}
    dated = [name for name in columns if kinds[name] in (Type.DATE, Type.TIMESTAMP)]
    for name in dated if claim.options.dialect.dates != "ymd" else ():
        days, months, late_ones = db.execute(
            f"select count(*), count(distinct date_trunc('month', on_day)), "
            f"count(*) filter (where day(on_day) > {_LAST_EARLY_DAY}) "
            f"from (select distinct cast({name} as date) as on_day from read_parquet($path) where {name} is not null)",
            {"path": str(claim.draft("rows.parquet"))},
        ).fetchall()[0]
        if days >= _DAYS and months >= _MONTHS and not late_ones:
            early.append(name)
        if days >= _DAYS and 2 * late_ones >= days:
            late.append(name)
    return early, late
