"""The pages for readers against the code: tables, queries, commands, options and links that they name exist.

Whether a page reads well is nobody's test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest
import yaml

from data_checks.catalogue import catalogue
from pipelines import errors
from pipelines.cli import main
from pipelines.contract import ENTITIES, Entity
from pipelines.settings import DBT_PROJECT, PROJECT_ROOT

MARTS = DBT_PROJECT / "models" / "marts"
DOCS = PROJECT_ROOT / "docs"
ANALYSTS = DOCS / "for-analysts.md"
PAGES = [PROJECT_ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
WARNS = re.compile(r"\bW-[A-Z][A-Z-]*[A-Z]\b")
QUERIES = re.findall(r"```sql\n(.*?)```", ANALYSTS.read_text("utf-8"), re.DOTALL)


def page_name(page: Path) -> str:
    return str(page.relative_to(PROJECT_ROOT))


def exposed_tables() -> set[str]:
    exposures = yaml.safe_load((MARTS / "_exposures.yml").read_text("utf-8"))["exposures"]
    return {node.removeprefix("ref('").removesuffix("')") for exposure in exposures for node in exposure["depends_on"]}


@pytest.fixture(scope="module")
def empty_release() -> Iterator[duckdb.DuckDBPyConnection]:
    """The published tables without rows, as their contracts say."""
    with duckdb.connect() as db:
        for table in exposed_tables():
            model = yaml.safe_load((MARTS / f"{table}.yml").read_text("utf-8"))["models"][0]
            columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
            db.execute(f"create table {table} ({columns})")
        yield db


def test_analysts_are_told_of_every_published_table_and_of_no_other() -> None:
    section = ANALYSTS.read_text("utf-8").split("## Which table answers what")[1].split("##")[0]
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == exposed_tables()


def test_what_analysts_are_told_of_is_published_or_delivered() -> None:
    prose = re.sub(r"```.*?```", "", ANALYSTS.read_text("utf-8"), flags=re.DOTALL)
    models = [yaml.safe_load((MARTS / f"{table}.yml").read_text("utf-8"))["models"][0] for table in exposed_tables()]
    columns = {column["name"] for model in models for column in model["columns"]}
    seeds = {path.stem for path in (DBT_PROJECT / "seeds").glob("*.csv")}
    others = {"current", "not_separable"}  # the link that readers follow, a tier
    assert set(re.findall(r"`([a-z_]+)`", prose)) <= exposed_tables() | columns | set(ENTITIES) | seeds | others


@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_worked_queries_run_on_the_published_columns(query: str, empty_release: duckdb.DuckDBPyConnection) -> None:
    assert empty_release.execute(query).fetchall() == []


@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_worked_queries_come_in_one_order(query: str) -> None:
    assert "order by" in query or "metric = " in query


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    assert [link for link in links if not link.startswith("https://") and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_commands_and_their_options_exist(page: Path) -> None:
    for command, rest in re.findall(r"\bpodium ([a-z]+)\b([^`\n|]*)", page.read_text("utf-8")):
        assert command in main.commands, f"podium {command}"
        known = {option for parameter in main.commands[command].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, f"podium {command}{rest}"


def test_every_command_stands_in_the_readme() -> None:
    assert {name for name in main.commands if f"`podium {name}" not in PAGES[0].read_text("utf-8")} == set()


def test_operators_are_told_every_exit_code() -> None:
    section = (DOCS / "operating.md").read_text("utf-8").split("## Exit codes")[1].split("##")[0]
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    kinds = errors.PodiumError.__subclasses__()
    assert told == {0, 130} | {kind.exit_code for kind in kinds}
    assert isinstance(main, click.Group)


def test_operators_are_told_every_code_that_warns_and_no_other() -> None:
    section = (DOCS / "operating.md").read_text("utf-8").split("## What warns")[1].split("\n## ")[0]
    told = {code for row in re.findall(r"^\|(.*?)\|", section, re.MULTILINE) for code in WARNS.findall(row)}
    sources = [path for name in ("pipelines", "data_checks") for path in (PROJECT_ROOT / name).rglob("*.py")]
    written = {code for path in sources for code in WARNS.findall(path.read_text("utf-8"))}
    # Codes of two bands are put together from their name.
    judged = {check.code for check in catalogue() if check.code.startswith("W-")}
    assert told == written | judged


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_whoever_exports_is_told_every_column_its_key_and_what_is_required(entity: Entity) -> None:
    page = (DOCS / "exports.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{entity.name}` |"))
    assert entity.description in row
    told = re.findall(r"(\*\*)?\b([a-z_]+)(?:\*\*)?(\\\*)?(?: \([^)]*\))?(?:,| \|)", row.split(entity.description)[1])
    assert [(name, bool(key), bool(star)) for key, name, star in told] == [
        (column.name, column.name in entity.key, column.required) for column in entity.columns
    ]
