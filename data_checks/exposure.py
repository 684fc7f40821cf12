"""G4: no published cell looks like a way to reach somebody. Names of the sales team are published by design; whoever
else is in a release is there by mistake.

Only what has a form is found: mail addresses and international phone numbers. A client's name has none.
"""

from __future__ import annotations

from data_checks.check import Queried
from data_checks.table import Table
from data_checks.tables import TABLES

_MAIL = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"
_PHONE = r"\+\d[\d ()/-]{7,}\d"
# Types whose values cannot have such a form: making text of numbers costs more than all the looking.
_NUMBERS_AND_TIMES = r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIME|TIMESTAMP.*"


def exposure() -> tuple[Queried, ...]:
    """One check per published table."""
    return tuple(_no_contact(table) for table in TABLES.values())


def _no_contact(table: Table) -> Queried:
    return Queried(
        id=f"G4.contact.{table.name}",
        severity="critical",
        code="E-PII",
        table=table.name,
        column=table.keys[-1],
        description="no cell holds a mail address or a phone number",
        reason="nobody is to be reached through a release; such a text came in by a column that should not go out",
        needs_any=table.needs_any,
        when_empty="the table holds no rows",
        sql=_cells_with_contact(table),
    )


def _cells_with_contact(table: Table) -> str:
    """Every row of a table, and whether its texts hold what can only be found where there is an `@` or a `+`."""
    keys = ", ".join(table.keys)
    links = f" exclude ({', '.join(table.links)})" if table.links else ""
    is_text = f"not regexp_full_match(typeof(columns('(.+)')), '{_NUMBERS_AND_TIMES}')"
    return f"""
        select
            {keys},
            case
                when contains(cells, '@') or contains(cells, '+') then regexp_matches(cells, '{_MAIL}|{_PHONE}')
                else false
            end as is_offending
        from (
            select {keys}, concat_ws(' | ', *columns('text_of_.+')) as cells
            from (
                select {keys}, case when {is_text} then columns('(.+)')::varchar end as 'text_of_\\1'
                from (select *{links} from main.{table.name})
            )
        )
    """
