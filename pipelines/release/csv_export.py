"""CSV that a spreadsheet will not run: text that would be read as a formula gets a `'` before it.

Numbers, dates and booleans stay what they are. The one place that writes CSV for people.
"""

from __future__ import annotations

import re
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
    cells = ", ".join(_cell(name, kind) for name, kind, *_ in described)
    db.execute(f"copy (select {cells} from ({select})) to {literal(str(path))} (format csv, header)")


def _cell(name: str, kind: str) -> str:
    column, header = identifier(name), identifier(safe_text(name))
    if _NOT_TEXT.fullmatch(kind):
        return f"{column} as {header}"
    text = f"cast({column} as varchar)"
    return f"case when regexp_matches({text}, {literal(_FORMULA)}) then '''' || {text} else {text} end as {header}"
