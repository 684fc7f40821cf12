"""CSV that a spreadsheet will not run: text that would be read as a formula gets a `'` before it.

Numbers, dates and booleans stay what they are. The one place that writes CSV for people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.quoting import identifier, literal

# Spreadsheets skip blanks of every kind before a formula, and take full-width signs for plain ones.
_BLANKS = " \u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff\n\v\f"
_FORMULA = f"^(?:[\t\r]|[{_BLANKS}\t\r]*[=+\\-@＝＋－＠])"
_IS_FORMULA = re.compile(_FORMULA)
_NOT_TEXT = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIME|TIMESTAMP.*)")


def safe_text(text: str) -> str:
    """`text` as it may stand in a cell."""
    return "'" + text if _IS_FORMULA.match(text) else text


def write_csv(db: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    """Write the rows of `select` to `path`, header first, formula-safe, empty for NULL, in its order."""
    described = db.execute(f"describe {select}").fetchall()
    guarded = _with_formulas(db, select, [name for name, kind, *_ in described if not _NOT_TEXT.fullmatch(kind)])
    cells = ", ".join(_guarded(name) if name in guarded else _plain(name) for name, *_ in described)
    db.execute(f"copy (select {cells} from ({select})) to {literal(str(path))} (format csv, header)")


def _with_formulas(db: duckdb.DuckDBPyConnection, select: str, texts: Sequence[str]) -> set[str]:
    """Which text columns hold a formula at all: few distinct values are quicker to look at than every cell."""
    if not texts:
        return set()
    asked = ", ".join(
        f"(select bool_or({_is_formula('cell')}) from (select distinct cast({name} as varchar) as cell from cells))"
        for name in map(identifier, texts)
    )
    answers = db.execute(f"with cells as not materialized ({select}) select {asked}").fetchone() or ()
    return {name for name, has_formula in zip(texts, answers, strict=True) if has_formula}


def _is_formula(text: str) -> str:
    return f"regexp_matches({text}, {literal(_FORMULA)})"


def _plain(name: str) -> str:
    return f"{identifier(name)} as {identifier(safe_text(name))}"


def _guarded(name: str) -> str:
    text = f"cast({identifier(name)} as varchar)"
    return f"case when {_is_formula(text)} then '''' || {text} else {text} end as {identifier(safe_text(name))}"
