"""Writes small hand-made deliveries: one CSV text per entity, with a manifest so that no quiet time is waited for."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Set
from pathlib import Path
from textwrap import dedent


def deliver(inbox: Path, day: str, mode: str = "delta", source: str = "crm", version: int = 1, **entities: str) -> None:
    """Write `<inbox>/<source>/<day>/<entity>.csv` for each entity and the delivery's manifest."""
    folder = inbox / source / day
    folder.mkdir(parents=True)
    files = {}
    for entity, text in entities.items():
        text = dedent(text).strip() + "\n"
        content = text.encode()
        (folder / f"{entity}.csv").write_bytes(content)
        rows = sum(1 for _ in csv.reader(io.StringIO(text))) - 1
        files[f"{entity}.csv"] = {"rows": rows, "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {"files": files, "mode": mode, "version": version}
    (folder / "_manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")


def keep_only(inbox: Path, entities: Set[str]) -> None:
    """Take all other entities out of every delivery, and deliveries of nothing else away."""
    for manifest in sorted(inbox.glob("*/*/_manifest.json")):
        said = json.loads(manifest.read_text("utf-8"))
        for name in [name for name in said["files"] if name.removesuffix(".csv") not in entities]:
            del said["files"][name]
            (manifest.parent / name).unlink()
        manifest.write_text(json.dumps(said, indent=1), "utf-8")
        if not said["files"]:
            manifest.unlink()
            manifest.parent.rmdir()
