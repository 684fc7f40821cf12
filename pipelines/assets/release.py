"""The release as the last asset: fill the tables about the night, seal the build, publish it.

Publishing verifies the certificate itself (pipelines/release): selected alone, this asset finds no audit and refuses.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pipelines.assets.tonight import OWNERS, Tonight
from pipelines.release.memory import remember
from pipelines.release.publish import publish
from pipelines.release.seal import seal
from pipelines.release.tables import fill


def release_asset(manifest: Mapping[str, Any], tables: Sequence[str]) -> dg.AssetsDefinition:
    """The asset `release`, downstream of every published table and so behind their gate."""

    @dg.asset(
        name="release",
        deps=[dg.AssetKey(["main", table]) for table in tables],
        group_name="release",
        owners=OWNERS,
        kinds={"duckdb", "parquet", "csv"},
        description="The certified directory under <home>/published that readers follow by the link `current`.",
    )
    def release(context: dg.AssetExecutionContext, tonight: dg.ResourceParam[Tonight]) -> dg.MaterializeResult:
        started = time.monotonic()
        landed, audit = tonight.landed, tonight.audit
        with tonight.stage():
            fill(landed.warehouse, landed.night, tonight.settings, audit, landed.receipts, dict(manifest))
            remember(tonight.settings, landed.warehouse, landed.night)
            sealed = seal(tonight.settings, landed.warehouse, landed.night, audit, landed.receipts)
            outcome = publish(tonight.settings, sealed, landed.night)
        return dg.MaterializeResult(
            metadata={
                "release_id": landed.night.release_id,
                "as_of": str(landed.night.as_of),
                "is_current": outcome.is_current,
                "path": dg.MetadataValue.path(str(outcome.path)),
                "tables": len(tables),
                "checks": len(audit.results),
                "seconds": round(time.monotonic() - started, 3),
            }
        )

    return release
