"""The dbt manifest that names the assets, parsed anew only when the project's files changed.

What dbt does stands in pipelines/transform, what columns mean in pipelines/release/dictionary.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from pipelines import transform
from pipelines.release.dictionary import describe_metrics
from pipelines.settings import DBT_PROJECT

log = logging.getLogger("podium.dbt")
NOT_SOURCES = {"target", "logs", ".user.yml"}


def load_manifest(project: Path = DBT_PROJECT) -> dict[str, Any]:
    """`target/manifest.json` and what metrics mean; parsed first when missing or older than the project's files."""
    target = project / "target"
    manifest, stamp = target / "manifest.json", target / "podium-fingerprint.txt"
    wanted = fingerprint(project)
    if not manifest.is_file() or not stamp.is_file() or stamp.read_text() != wanted:
        log.info("parsing the dbt project")
        transform.parse()
        stamp.write_text(wanted)
    loaded: dict[str, Any] = json.loads(manifest.read_text("utf-8"))
    describe_metrics(loaded)
    return loaded


def fingerprint(project: Path) -> str:
    """SHA-256 over names and contents of the project's files."""
    digest = hashlib.sha256()
    for path in sorted(project.rglob("*")):
        inside = path.relative_to(project)
        if path.is_file() and inside.parts[0] not in NOT_SOURCES:
            digest.update(f"{inside.as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    load_manifest()
