"""A person's brief: found by id or name, laid down as a page that runs nothing, opened only by who may."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UsageError
from pipelines.release import briefs, restricted
from pipelines.release.briefs import Brief, Line

COLUMNS = (
    "user_id VARCHAR, full_name VARCHAR, role VARCHAR, team VARCHAR, position BIGINT, text VARCHAR, notes_url VARCHAR"
)
ROWS = [
    ("u1", "Ana Diaz", "SDR", "north", 2, "then this", "https://notes.example.com/1?a=1&b=2"),
    ("u1", "Ana Diaz", "SDR", "north", 1, "first this", None),
    ("u1", "Ana Diaz", "AE", None, 3, "and that", None),
    ("u2", "Bo <b>Lund</b>", "AE", "south", 1, "a <script>alert(1)</script> & more", "javascript:alert(1)"),
    ("u3", "ana diaz", "AM", "west", 1, "another one", None),
]
ANA = Brief(
    "u1",
    "Ana Diaz",
    ("SDR", "AE"),
    ("north",),
    (Line("first this", None), Line("then this", "https://notes.example.com/1?a=1&b=2"), Line("and that", None)),
)


def _release(directory: Path, rows: list[tuple[object, ...]] | None) -> Path:
    """A release whose restricted part holds the briefs; without rows it has no such part."""
    (directory / restricted.DIRECTORY).mkdir(parents=True)
    with duckdb.connect(str(directory / "podium.duckdb")) as db:
        db.execute("create table release_info as select 'v000001' as release_id")
    if rows is not None:
        with duckdb.connect(str(directory / restricted.DATABASE)) as db:
            db.execute(f"create table one_on_one_brief ({COLUMNS})")
            db.executemany("insert into one_on_one_brief values (?, ?, ?, ?, ?, ?, ?)", rows)
    return directory


def test_a_brief_is_found_by_id_and_its_lines_stand_in_their_order(tmp_path: Path) -> None:
    assert briefs.brief_of(_release(tmp_path, ROWS), "u1") == ANA


def test_a_brief_is_found_by_a_name_in_any_case(tmp_path: Path) -> None:
    assert briefs.brief_of(_release(tmp_path, ROWS[:4]), "ANA DIAZ") == ANA


@pytest.mark.parametrize(
    ("rows", "person", "code", "says"),
    [
        (ROWS, "Ana Diaz", "E-PERSON", "one of u1, u3"),
        (ROWS, "Nobody", "E-PERSON", "nobody with this id or name"),
        (None, "u1", "E-RESTRICTED", "no briefs that this user may open"),
    ],
)
def test_who_is_not_found_is_told_in_one_line(
    tmp_path: Path, rows: list[tuple[object, ...]] | None, person: str, code: str, says: str
) -> None:
    with pytest.raises(UsageError) as refused:
        briefs.brief_of(_release(tmp_path, rows), person)
    assert str(refused.value).startswith(code)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_the_crm_holds_is_text_on_a_page_and_never_markup(tmp_path: Path) -> None:
    page = briefs.page(briefs.brief_of(_release(tmp_path, ROWS), "u2"), "v000001 · 2026-01-31", "en")
    assert "<script" not in page
    assert "<b>" not in page
    assert "a &lt;script&gt;alert(1)&lt;/script&gt; &amp; more javascript:alert(1)" in page
    assert "<a " not in page
    assert "v000001 · 2026-01-31" in page


def test_notes_in_the_web_are_links(tmp_path: Path) -> None:
    page = briefs.page(briefs.brief_of(_release(tmp_path, ROWS), "u1"), "", "ru")
    assert '<html lang="ru">' in page
    assert page.count('href="https://notes.example.com/1?a=1&amp;b=2"') == 1
    assert page.index("first this") < page.index("then this") < page.index("and that")


@pytest.mark.parametrize(
    ("user_id", "name"),
    [("u1", "u1.html"), ("../etc", "..%2Fetc.html"), ("a b", "a%20b.html"), ("..", "...html")],
)
def test_an_id_is_a_file_name_and_no_path(user_id: str, name: str) -> None:
    assert briefs.page_name(user_id) == name


def test_a_very_long_id_has_a_page_of_its_own() -> None:
    names = {briefs.page_name(letter * 300) for letter in "ab"}
    assert len(names) == 2
    assert all(len(name) < 100 for name in names)


def test_everybody_has_a_page(tmp_path: Path) -> None:
    release = _release(tmp_path / "v000001", ROWS)
    with duckdb.connect(str(release / restricted.DATABASE), read_only=True) as db:
        briefs.write_pages(db, tmp_path, "v000001", "en")
    assert sorted(path.name for path in (tmp_path / "people").iterdir()) == ["u1.html", "u2.html", "u3.html"]
