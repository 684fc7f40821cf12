"""What made the bytes: hashes of code, definitions, configuration and lock file, and the versions of the tools.

Says nothing about the data; that is the receipts' and the content hash's part.
"""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipelines.errors import InfrastructureError
from pipelines.release.files import canonical_json, sha256_of
from pipelines.settings import DBT_PROJECT, PROJECT_ROOT, Settings

# Options that say how and when a night runs: no number depends on them.
RUNNING_OPTIONS = frozenset({"quiet_seconds", "keep_releases", "nightly_hour", "max_run_minutes", "memory_limit_mb"})
TOOLS = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "pandas", "pyarrow", "dagster")
_DBT_SOURCES = ("dbt_project.yml", "models/**/*", "macros/**/*", "seeds/**/*", "tests/**/*")


@cache
def code_sha256() -> str:
    """Over every source file of pipelines, data_checks and the dbt project, as this process found them.

    Looked at once: what is edited while a night runs is not what runs.
    """
    packages = (file for name in ("pipelines", "data_checks") for file in (PROJECT_ROOT / name).rglob("*.py"))
    return _sha256_of_files([*packages, *_dbt_sources()])


@cache
def definitions_sha256() -> str:
    """Over the dbt project alone: what a metric means."""
    return _sha256_of_files(_dbt_sources())


def config_sha256(settings: Settings) -> str:
    """Over the options that a number can depend on."""
    options = settings.config.model_dump(mode="json", exclude=set(RUNNING_OPTIONS))
    return hashlib.sha256(canonical_json(options).encode()).hexdigest()


def lock_sha256() -> str:
    """Over requirements.lock."""
    return sha256_of(PROJECT_ROOT / "requirements.lock")


def demand_locked_tools() -> None:
    """Raise InfrastructureError when a tool is missing or installed in another version than requirements.lock says.

    Another DuckDB writes files that readers cannot open, another dbt or pandas may compute other numbers.
    """
    lock = (PROJECT_ROOT / "requirements.lock").read_text("utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    for name in TOOLS:
        found = _installed(name)
        if found != locked[name]:
            what, do = f"{name} is not the locked version", "run make setup"
            where = "requirements.lock"
            raise InfrastructureError("E-LOCK", where, what, expected=locked[name], found=found, do=do)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def code_version() -> str:
    """Podium's version and the first digits of its code hash, as release_info shows it."""
    return f"{version('podium')}+{code_sha256()[:12]}"


def tool_versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in TOOLS}}


def _dbt_sources() -> list[Path]:
    return [file for pattern in _DBT_SOURCES for file in DBT_PROJECT.glob(pattern) if file.is_file()]


def _sha256_of_files(files: Iterable[Path]) -> str:
    """Over names and bytes, whatever the order the disk lists them in."""
    lines = [f"{file.relative_to(PROJECT_ROOT).as_posix()} {sha256_of(file)}\n" for file in files]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
