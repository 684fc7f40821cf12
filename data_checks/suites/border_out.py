"""Border out: what every published table must satisfy before it leaves. Rules follow from the kinds in tables.py; what
ties a table to its inputs is conservation.py's work.
"""

from __future__ import annotations

from data_checks.check import Judged
from data_checks.table import Column, Table
from data_checks.tables import TABLES


def border_out() -> tuple[Judged, ...]:
    """The expectations of all published tables that are judged row by row."""
    return tuple(check for table in TABLES.values() for check in suite(table))


def suite(table: Table) -> list[Judged]:
    """The expectations of one table."""
    checks = [_columns_as_contracted(table), _row_floor(table), _grain(table)]
    for column in table.columns:
        checks += _column_rules(table, column)
    free = {column.name for column in table.columns if column.kind == "free"}
    checks += [_values(table, column, values, may_be_empty=column in free) for column, values in table.sets]
    return checks


def _columns_as_contracted(table: Table) -> Judged:
    return Judged(
        id=f"G4.columns.{table.name}",
        severity="critical",
        code="E-CONTRACT",
        table=table.name,
        description="columns and their order are the contracted ones",
        reason="readers name and position columns; none may come, go or move unannounced",
        needs_any=table.needs_any,
        kind="ExpectTableColumnsToMatchOrderedList",
        arguments={"column_list": list(table.column_names)},
    )


def _row_floor(table: Table) -> Judged:
    return Judged(
        id=f"G4.rows.{table.name}",
        severity="critical",
        code="E-EMPTY",
        table=table.name,
        description="holds rows",
        reason="its inputs hold rows; an empty table would pass every rule about rows",
        needs_any=table.needs_any,
        kind="ExpectTableRowCountToBeBetween",
        arguments={"min_value": 1},
    )


def _grain(table: Table) -> Judged:
    keys = ", ".join(table.keys)
    return Judged(
        id=f"G4.grain.{table.name}",
        severity="critical",
        code="E-GRAIN",
        table=table.name,
        column=table.keys[0],
        description=f"one row per {keys}",
        reason="a key that stands twice is counted twice by every reader",
        needs_any=table.needs_any,
        kind="ExpectCompoundColumnsToBeUnique",
        arguments={"column_list": list(table.keys)},
        predicate=f"({keys}) in (select ({keys}) from main.{table.name} group by {keys} having count(*) > 1)",
    )


def _column_rules(table: Table, column: Column) -> list[Judged]:
    """What the kind of a column asks."""
    rules = []
    if column.kind in ("key", "filled", "count", "signed"):
        rules.append(_filled(table, column))
    if column.kind in ("count", "share", "positive", "signed", "number"):
        rules.append(_range(table, column))
    return rules


def _filled(table: Table, column: Column) -> Judged:
    return Judged(
        id=f"G4.filled.{table.name}.{column.name}",
        severity="critical",
        code="E-NULL",
        table=table.name,
        column=column.name,
        description="never empty",
        reason="contracted: a key, an attribute or a count of delivered data is never unknown",
        needs=column.needs,
        needs_any=table.needs_any,
        kind="ExpectColumnValuesToNotBeNull",
        arguments={"column": column.name},
        predicate=f'"{column.name}" is null',
    )


# Wide enough for any figure, narrow enough to be finite.
_ANY = 1e300


def _range(table: Table, column: Column) -> Judged:
    low = -_ANY if column.kind in ("signed", "number") else 0
    high = 1 if column.kind == "share" else _ANY
    words = {"share": "between 0 and 1", "signed": "finite", "number": "finite"}
    return Judged(
        id=f"G4.range.{table.name}.{column.name}",
        severity="critical",
        code="E-RANGE",
        table=table.name,
        column=column.name,
        description=words.get(column.kind, "finite and not negative"),
        reason="any other value is an error of calculation, whatever the data",
        needs=column.needs,
        needs_any=table.needs_any,
        kind="ExpectColumnValuesToBeBetween",
        arguments={"column": column.name, "min_value": low, "max_value": high},
        # A NaN is neither above nor below anything in other tools; here it sorts above everything.
        predicate=f'"{column.name}" < {low} or "{column.name}" > {high}',
        # Nobody may have had a denominator yet; G4.ratio.* says where a rate must stand.
        may_be_all_null=column.kind in ("share", "positive", "number"),
    )


def _values(table: Table, column: str, values: tuple[str, ...], may_be_empty: bool) -> Judged:
    listed = ", ".join(f"'{value}'" for value in values)
    return Judged(
        id=f"G4.values.{table.name}.{column}",
        severity="critical",
        code="E-VALUES",
        table=table.name,
        column=column,
        description=f"one of {', '.join(values)}",
        reason="readers filter by these names",
        needs_any=table.needs_any,
        kind="ExpectColumnValuesToBeInSet",
        arguments={"column": column, "value_set": list(values)},
        predicate=f'"{column}" not in ({listed})',
        # Everybody may be ranked, for example, and then nobody has a reason not to be.
        may_be_all_null=may_be_empty,
    )
