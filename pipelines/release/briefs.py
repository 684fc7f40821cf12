"""The one-on-one brief of a person: read from a release, and laid down in it as a page.

Sentences and their order are the table's; this puts them on paper. Who may open them is restricted.py's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template
from urllib.parse import quote, urlsplit

import duckdb

from pipelines.errors import UsageError
from pipelines.release import databases
from pipelines.release.files import PRIVATE_DIRECTORY, make_directory

TABLE = "one_on_one_brief"
DIRECTORY = "people"
# Longer file names are refused by most disks.
_LONGEST_NAME = 200
_PAGE = Template("""<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$name</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: 0; }
p, footer { color: #555; }
ol { padding-left: 1.4rem; }
li { margin: .6rem 0; }
@media print { body { margin: 0; } }
</style>
</head>
<body>
<h1>$name</h1>
<p>$about</p>
<ol>
$lines
</ol>
<footer>$release</footer>
</body>
</html>
""")


@dataclass(frozen=True)
class Line:
    """One sentence of a brief and where the notes it speaks of are."""

    text: str
    notes_url: str | None


@dataclass(frozen=True)
class Brief:
    """Whom the meeting is with, and the sentences in their order."""

    user_id: str
    full_name: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    lines: tuple[Line, ...]


def read(db: duckdb.DuckDBPyConnection) -> tuple[Brief, ...]:
    """Every brief of a release whose tables are views of `db`, by user_id."""
    rows = db.execute(
        f"select user_id, full_name, role, team, text, notes_url from {TABLE} order by user_id, position"
    ).fetchall()
    return tuple(
        Brief(
            user_id,
            lines[0][1],
            tuple(dict.fromkeys(line[2] for line in lines)),
            tuple(dict.fromkeys(line[3] for line in lines if line[3])),
            tuple(Line(line[4], line[5]) for line in lines),
        )
        for user_id, lines in ((key, list(group)) for key, group in groupby(rows, key=lambda row: row[0]))
    )


def brief_of(directory: Path, person: str) -> Brief:
    """The brief of `person`, an id or a full name, in the release in `directory`.

    Raises UsageError where there is none, where several have the name, or where the caller may not open it.
    """
    try:
        with duckdb.connect(":memory:") as db:
            found = read(db) if TABLE in databases.attach(db, directory) else ()
    except (PermissionError, duckdb.IOException) as error:
        raise UsageError(
            "E-RESTRICTED", directory.name, "briefs may not be opened by this user", do="ask who runs Podium"
        ) from error
    if not found:
        raise UsageError("E-RESTRICTED", directory.name, "no briefs that this user may open", do="ask who runs Podium")
    asked = [brief for brief in found if brief.user_id == person] or [
        brief for brief in found if brief.full_name.casefold() == person.casefold()
    ]
    if len(asked) > 1:
        ids = ", ".join(brief.user_id for brief in asked)
        raise UsageError("E-PERSON", "PERSON", "several people have this name", expected=f"one of {ids}")
    if not asked:
        raise UsageError("E-PERSON", "PERSON", "nobody with this id or name has a brief", do="see users of the CRM")
    return asked[0]


def write_pages(db: duckdb.DuckDBPyConnection, directory: Path, release: str, language: str) -> None:
    """Write a page per person into `directory`/people; `release` is the line at the foot of each."""
    place = directory / DIRECTORY
    make_directory(place, PRIVATE_DIRECTORY)
    for brief in read(db):
        (place / page_name(brief.user_id)).write_text(page(brief, release, language), "utf-8")


def page_name(user_id: str) -> str:
    """The file of a person's page: the id with everything that a path might misread escaped."""
    name = quote(user_id, safe="")
    return f"{name if len(name) <= _LONGEST_NAME else hashlib.sha256(user_id.encode()).hexdigest()}.html"


def page(brief: Brief, release: str, language: str) -> str:
    """A brief as HTML that needs nothing but itself; whatever the CRM holds is text and no markup."""
    return _PAGE.substitute(
        language=escape(language),
        name=escape(brief.full_name),
        about=escape(" · ".join((*brief.roles, *brief.teams))),
        lines="\n".join(f"<li>{escape(line.text)}{_link(line.notes_url)}</li>" for line in brief.lines),
        release=escape(release),
    )


def _link(url: str | None) -> str:
    """Where the notes are; only what opens in a browser and runs nothing is a link."""
    if not url:
        return ""
    if urlsplit(url).scheme not in ("http", "https"):
        return f" {escape(url)}"
    return f' <a rel="noreferrer" href="{escape(url)}">{escape(url)}</a>'
