"""Border in: limits on what was measured of the deliveries and of the state as of D. What moved since the last release
is in since_last.py.

Great Expectations judges the measured numbers and not the rows: ten million rows in a data frame would take minutes and
gigabytes. How a number is measured is in measures.py.
"""

from __future__ import annotations

from typing import Any

from data_checks import measures
from data_checks.check import Measured
from data_checks.entities import EVENT_COLUMNS, MONEY, REFERENCES, Reference
from data_checks.profile import orphan
from data_checks.suites.bands import SMALL, bands, none_allowed
from pipelines.contract import ENTITIES, Entity

_NIGHT: dict[str, Any] = {"subject": "night"}


def border_in() -> tuple[Measured, ...]:
    """Every check on a measured number that needs no earlier release."""
    checks = [*_intake(), *_freshness()]
    for entity in ENTITIES.values():
        checks += [_landed(entity), *_quarantine(entity), *_deletes(entity), *_dates(entity)]
        checks += [*_state(entity), *_money(entity)]
    for reference in REFERENCES:
        checks += _orphans(reference)
    return tuple(checks)


def _intake() -> list[Measured]:
    return [
        none_allowed(
            "G2.required",
            "E-SET-INCOMPLETE",
            table="night.context",
            description="users, assignments and one of handoffs, opportunities and invoices were delivered",
            reason="without people, roles and one kind of event there is nobody to rank",
            measure="missing_entities",
            **_NIGHT,
        ),
        none_allowed(
            "G2.conserve.intake",
            "E-CONSERVE",
            table="night.files",
            description="per file rows in = loaded + set aside + exact duplicates",
            reason="every delivered row is accounted for, without tolerance",
            measure="unbalanced_files",
            offending=f"select source_name, delivered_on, file_name from night.files where {measures.UNBALANCED}",
            **_NIGHT,
        ),
        none_allowed(
            "G2.refused",
            "W-REFUSED",
            severity="warning",
            table="night.files",
            description="the newest delivery of each entity could be taken",
            reason="one refused file leaves an entity at its earlier state",
            measure="refused_last",
            offending=measures.REFUSED_LAST,
            **_NIGHT,
        ),
    ]


def _freshness() -> list[Measured]:
    age = "hours from the newest change of a source to the end of D"
    common: dict[str, Any] = {"table": "night.files", "unit": "hours", **_NIGHT}
    return [
        Measured(
            id="G3.fresh",
            code="E-STALE",
            severity="critical",
            description=f"{age}, Saturdays, Sundays and holidays not counted",
            reason="two working days without a change mean that the export stopped; against D, never the clock: a "
            "delivery of old data is named by the day of its export",
            measure="business_hours_stale",
            high=50,
            **common,
        ),
        Measured(
            id="G3.fresh.warn",
            code="W-STALE",
            severity="warning",
            description=age,
            reason="a nightly export holds changes of the last day; two hours are for the export itself",
            measure="hours_stale",
            high=26,
            **common,
        ),
    ]


def _raw(entity: Entity) -> dict[str, Any]:
    return {"table": f"crm.{entity.name}", "subject": entity.name, "needs": (entity.name,)}


def _landed(entity: Entity) -> Measured:
    return none_allowed(
        f"G2.landed.{entity.name}",
        "E-CONSERVE",
        description="the raw layer holds exactly the rows that the receipts say were loaded",
        reason="raw rows are a function of the receipts, without tolerance",
        measure="landed",
        **_raw(entity),
    )


def _quarantine(entity: Entity) -> list[Measured]:
    return bands(
        f"G2.quarantine.{entity.name}",
        "QUARANTINE",
        warn=(None, 0.001),
        block=(None, 0.01),
        description="share of delivered rows set aside",
        reason="customary for CRM exports; a single row never counts",
        measure="quarantined",
        offending="select source_name, delivered_on, file_sha, line, reason from night.quarantine "
        f"where entity = '{entity.name}'",
        **_raw(entity),
    )


def _deletes(entity: Entity) -> list[Measured]:
    return bands(
        f"G3.deletes.{entity.name}",
        "DELETE-STORM",
        warn=(None, 0.005),
        block=(None, 0.02),
        description="share of keys absent from the newest full delivery",
        reason=f"more than 2 % at once is a wrong filter far more often than a clean-up; {SMALL}",
        measure="deleted",
        offending=f"select source_name, key_text from ({measures.stood_before_full(entity)}) where is_gone",
        **_raw(entity),
    )


def _dates(entity: Entity) -> list[Measured]:
    if entity.name not in EVENT_COLUMNS:
        return []
    return bands(
        f"G3.dates.{entity.name}",
        "DATES",
        warn=(None, 0.001),
        block=(None, 0.02),
        column=EVENT_COLUMNS[entity.name],
        description="share of records whose newest row has its event after D or before 1990",
        reason=f"such rows are left out, so that days and months swapped would lose them silently; {SMALL}",
        measure="dates_outside",
        offending=measures.dates_outside(entity.name),
        **_raw(entity),
    )


def _staged(entity: Entity) -> dict[str, Any]:
    return {"table": f"stg_{entity.name}", "subject": entity.name, "needs": (entity.name,)}


def _state(entity: Entity) -> list[Measured]:
    """Keys, required columns and closed lists of an entity's state."""
    keys, common = ", ".join(entity.key), _staged(entity)
    rows = f"select {keys} from staging.stg_{entity.name}"
    nulls = " or ".join(f"{column} is null" for column in entity.required_columns)
    checks = [
        none_allowed(
            f"G2.unique.{entity.name}",
            "E-GRAIN",
            description=f"one row per {keys} after versioning",
            reason="two current versions of one row count twice",
            measure="duplicate_keys",
            offending=f"{rows} group by {keys} having count(*) > 1",
            **common,
        ),
        none_allowed(
            f"G3.required.{entity.name}",
            "E-NULL",
            description="required columns are never empty",
            reason="intake sets such rows aside; one here was emptied on the way",
            measure="required_nulls",
            offending=f"{rows} where {nulls}",
            **common,
        ),
    ]
    return [*checks, _version_ties(entity), *_closed_lists(entity, rows)]


def _version_ties(entity: Entity) -> Measured:
    return none_allowed(
        f"G3.ties.{entity.name}",
        "W-VERSION-TIE",
        severity="warning",
        description="keys whose newest versions differ and are equally new",
        reason="one of them counts, the same one every night; which of them is right, only the CRM can say",
        measure="version_ties",
        offending=measures.version_ties(entity),
        **_raw(entity),
    )


def _closed_lists(entity: Entity, rows: str) -> list[Measured]:
    outside = measures.outside(entity)
    if not outside:
        return []
    return [
        none_allowed(
            f"G3.values.{entity.name}",
            "E-VALUES",
            description="closed lists hold no other value",
            reason="figures are counted by these values; another one would be in none",
            measure="values_outside",
            offending=f"{rows} where {outside}",
            **_staged(entity),
        )
    ]


def _money(entity: Entity) -> list[Measured]:
    name = entity.name
    if name not in MONEY:
        return []
    counts, without_rate = measures.unconverted(name)
    key, common = entity.key[0], {"column": "amount", "severity": "critical", **_staged(entity)}
    return [
        Measured(
            id=f"G3.currency.{name}",
            code="E-CURRENCY",
            description="share of amounts that no rate turns into the base currency",
            reason="they are left out of every sum; counted in rows, since without a rate there is no common amount; "
            + SMALL,
            measure="unconverted",
            high=0.005,
            offending=f"select {key}, currency from staging.stg_{name} as o cross join staging.stg_context "
            f"where {counts} and {without_rate}",
            **common,
        ),
        Measured(
            id=f"G3.outlier.{name}",
            code="E-OUTLIER-DOMINATES",
            description="greatest amount's share of a complete month with at least 50 amounts",
            reason="a quarter of a month in one of fifty rows is a typing error before it is a deal",
            measure="dominating",
            high=0.25,
            offending=f"select month_start, id as {key} from ({measures.dominating(name)}) where top_share > 0.25",
            **common,
        ),
        none_allowed(
            f"G3.amounts.{name}",
            "W-AMOUNT",
            description="amounts whose sign or size is odd",
            reason="a deal below zero, one won for nothing, an invoice of nothing, a charge below or a credit above "
            "zero, or a thousand million: rarely meant, and counted as delivered",
            measure="odd_amounts",
            offending=f"select {key} from staging.stg_{name} where {measures.odd_amounts(name)}",
            **common | {"severity": "warning"},
        ),
    ]


def _orphans(reference: Reference) -> list[Measured]:
    """Rows that name something never delivered."""
    people = "events of unknown people are published as Unassigned, and one person missing from a small team is much"
    records = "a few per cent of records without their parent come from exports taken at different times"
    return bands(
        f"G3.orphans.{reference.entity}.{reference.column}",
        "ORPHANS",
        warn=(None, 0.002),
        block=(None, 0.2 if reference.to_person else 0.02),
        description=f"share of rows that name one of {reference.parent} that was never delivered",
        reason=f"{people if reference.to_person else records}; {SMALL}",
        measure=reference.measure,
        column=reference.column,
        offending=orphans_sql(reference),
        **_staged(ENTITIES[reference.entity]),
    )


def orphans_sql(reference: Reference) -> str:
    """SQL for the keys of rows that name something never delivered."""
    keys = ", ".join(dict.fromkeys((*ENTITIES[reference.entity].key, reference.column)))
    rows = f"select {keys} from staging.stg_{reference.entity}"
    return f"{rows} where {reference.column} is not null and {orphan(reference)}"
