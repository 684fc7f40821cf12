"""A home in a temporary folder, and small deliveries into its inbox."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from pipelines.intake.receipts import Receipt, receipts
from pipelines.settings import Config, Settings

LEADS = "lead_id,created_at,sdr_id,status,updated_at\n"


class Home:
    """One home; `deliver` puts files into the inbox, `rows` reads what counts from the raw layer."""

    def __init__(self, root: Path, **options: Any) -> None:
        options = {"quiet_seconds": 0, **options}
        self.settings = Settings(root / "home", root / "inbox", Config.model_validate(options))

    def deliver(self, name: str, content: str | bytes, day: str = "2026-01-05", source: str = "crm") -> Path:
        """Write one delivered file; text as UTF-8, packed when the name ends with .gz and text was given."""
        path = self.settings.inbox / source / day / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") and isinstance(content, str) else data)
        return path

    def manifest(self, day: str = "2026-01-05", source: str = "crm", rows: int | None = None, **fields: Any) -> Path:
        """A manifest with the SHA-256 of every file that lies there, as `fields` say otherwise."""
        folder = self.settings.inbox / source / day
        files = {
            path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **({"rows": rows} if rows else {})}
            for path in folder.iterdir()
            if path.name != "_manifest.json"
        }
        return self.deliver("_manifest.json", json.dumps({"files": files, **fields}), day, source)

    def receipts(self) -> list[Receipt]:
        return receipts(self.settings)

    def receipt(self, file_name: str) -> Receipt:
        (receipt,) = [r for r in self.receipts() if r.file_name == file_name]
        return receipt

    def rows(self, entity: str = "leads", columns: str = "*") -> list[tuple[Any, ...]]:
        """All rows of an entity that count, sorted."""
        paths = [str(r.rows_path(self.settings)) for r in self.receipts() if r.entity == entity and r.rows_loaded]
        if not paths:
            return []
        return duckdb.execute(f"select {columns} from read_parquet($1) order by all", [paths]).fetchall()

    def quarantine(self, receipt: Receipt) -> list[dict[str, Any]]:
        result = duckdb.read_parquet(str(receipt.quarantine_path(self.settings)))
        return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def lead(number: int, status: str = "new", created: str = "2026-01-02T10:00:00Z") -> str:
    """One good row under LEADS."""
    return f"L{number},{created},U1,{status},2026-01-03T10:00:00Z\n"


def leads(count: int) -> str:
    """A good leads file."""
    return LEADS + "".join(lead(number) for number in range(count))
