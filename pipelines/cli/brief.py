"""What a manager takes into a one-on-one, on a terminal: `podium brief`."""

from __future__ import annotations

import textwrap

from pipelines.errors import UsageError
from pipelines.release import briefs, releases
from pipelines.settings import Settings

_WIDTH = 100


def brief(settings: Settings, person: str) -> str:
    """The brief of a person of the current release, a sentence per paragraph. Raises UsageError as briefs.brief_of."""
    release_id = releases.current_id(settings)
    if release_id is None:
        raise UsageError("E-NO-RELEASE", str(settings.published), "nothing is published yet", do="run podium run")
    found = briefs.brief_of(settings.published / release_id, person)
    header = " · ".join((found.full_name, *found.roles, *found.teams))
    return "\n".join([_printable(header), *(_paragraph(number, line) for number, line in enumerate(found.lines, 1))])


def _paragraph(number: int, line: briefs.Line) -> str:
    text = f"{line.text} {line.notes_url}" if line.notes_url else line.text
    first = f"{number:>2}  "
    return textwrap.fill(
        _printable(text), _WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_long_words=False
    )


def _printable(text: str) -> str:
    """The text without what would move a terminal's cursor."""
    return "".join(char if char.isprintable() else "?" for char in text)
