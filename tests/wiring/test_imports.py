"""Imports point one way, and three things are known in one place each."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Who may be imported from where: a part may use those after it in this order, never those before it.
ORDER = ["cli", "definitions", "assets", "release", "data_checks", "transform", "warehouse", "intake", "contract"]
SOURCES = sorted(path for name in ("pipelines", "data_checks") for path in (ROOT / name).rglob("*.py"))


def part(module: str) -> str:
    """`pipelines.intake.land` is `intake`, `data_checks.gate` is `data_checks`."""
    names = module.split(".")
    return names[1] if names[0] == "pipelines" and len(names) > 1 else names[0]


def imported(path: Path) -> set[str]:
    """Every module named by an import statement of the file, wherever it stands."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    return modules


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def own(modules: set[str]) -> set[str]:
    return {module for module in modules if module.split(".")[0] in ("pipelines", "data_checks")}


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_point_one_way(path: Path) -> None:
    here = part(module_of(path))
    if here not in ORDER:
        return
    before = set(ORDER[: ORDER.index(here)])
    assert {module for module in own(imported(path)) if part(module) in before} == set()


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_what_is_known_in_one_place_stays_there(path: Path) -> None:
    tools = {module.split(".")[0] for module in imported(path)}
    module = module_of(path)
    if not module.startswith(("pipelines.assets", "pipelines.definitions")):
        assert tools.isdisjoint({"dagster", "dagster_dbt"})
    if not module.startswith("data_checks"):
        assert "great_expectations" not in tools
    if module != "pipelines.transform" and not module.startswith("pipelines.transform."):
        assert "dbt" not in tools
    assert "tests" not in tools


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_only_settings_reads_the_environment(path: Path) -> None:
    if module_of(path) in ("pipelines.settings", "pipelines.transform", "pipelines.crash"):
        return
    reads = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr == "getenv")
        or (isinstance(node, ast.Subscript) and _is_environ(node.value) and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr == "get" and _is_environ(node.value))
    ]
    assert reads == []


def _is_environ(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "environ"


def test_modules_open_by_saying_what_they_are() -> None:
    texts = {module_of(path): path.read_text("utf-8") for path in SOURCES}
    assert [module for module, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []
