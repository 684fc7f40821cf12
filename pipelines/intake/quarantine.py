"""Rows set aside: how many a file may have before all of it is refused, and where a person finds them.

Why a row is set aside is said by typing_sql.py and mend.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet

from pipelines.crash import crash_point
from pipelines.durable import move_into_place
from pipelines.intake.claim import Claim, RowsRefused
from pipelines.intake.load import MAX_BREACHES, Tally
from pipelines.intake.mend import BESIDE_RAGGED, RAGGED
from pipelines.intake.typing_sql import BAD_ID, EXCEL_DATE, EXCEL_NUMBER

SAMPLES = 3
SCHEMA = pa.schema(
    [
        ("source_name", pa.string()),
        ("entity", pa.string()),
        ("delivered_on", pa.date32()),
        ("file_name", pa.string()),
        ("file_sha", pa.string()),
        ("line", pa.int64()),  # physical line where the record starts; the record number in Parquet
        ("reason", pa.string()),
        ("column_name", pa.string()),
        ("key_text", pa.string()),
        ("original_text", pa.string()),
    ]
)


def max_quarantined(rows_in: int) -> int:
    """One row in a thousand, but one at least and 20 at most."""
    return min(MAX_BREACHES, max(1, rows_in // 1000))


def check_limit(claim: Claim, tally: Tally) -> None:
    """Raise FileRefused when more rows break the contract than may be set aside."""
    limit = max_quarantined(tally.rows_in)
    # An id that Excel rounded is lost, and so are those around it that still look whole.
    if tally.quarantined <= limit and not _count(tally, EXCEL_NUMBER):
        return
    code, do = _refusal(claim, tally, limit)
    raise RowsRefused(
        tally.rows_in,
        code,
        claim.where,
        f"{tally.quarantined:,} of {tally.rows_in:,} rows break the contract",
        expected=f"at most {limit}",
        found=_in_words(tally),
        do=do,
    )


def _refusal(claim: Claim, tally: Tally, limit: int) -> tuple[str, str]:
    """Code and remedy of a file with too many rows that break the contract."""
    if _count(tally, EXCEL_NUMBER) or _count(tally, EXCEL_DATE, BAD_ID) > limit:
        return "E-EXCEL-MANGLED", "deliver the export itself, not a copy saved by a spreadsheet"
    code = "E-RAGGED" if _count(tally, RAGGED, BESIDE_RAGGED) > limit else "E-TYPE-DRIFT"
    return code, f"export it again or declare sources.{claim.source}.dialect"


def _count(tally: Tally, *reasons: str) -> int:
    return sum(count for (reason, _), count in tally.reasons.items() if reason in reasons)


def _in_words(tally: Tally) -> str:
    """The commonest breaches, and how three of the values look: letters as x and digits as 9, nothing of anybody's."""
    commonest = tally.reasons.most_common(5)
    parts = "; ".join(f"{count:,} {reason} {column}".strip() for (reason, column), count in commonest)
    shapes = list(dict.fromkeys(breach.shape for breach in tally.breaches if breach.shape))[:SAMPLES]
    return f"{parts}, written like {' or '.join(shapes)}" if shapes else parts


def keep(claim: Claim, tally: Tally, originals: Mapping[int, tuple[int, str]]) -> None:
    """Write the rows set aside; `originals` are their line and text by record number."""
    rows = []
    for breach in sorted(tally.breaches, key=lambda breach: breach.record):
        line, text = originals[breach.record]
        rows.append(
            {
                "source_name": claim.source,
                "entity": claim.entity,
                "delivered_on": claim.delivered_on,
                "file_name": claim.file_name,
                "file_sha": claim.sha256,
                "line": line,
                "reason": breach.reason,
                "column_name": breach.column or None,
                "key_text": breach.key,
                "original_text": text,
            }
        )
    draft = claim.draft("quarantine.parquet")
    pa.parquet.write_table(pa.Table.from_pylist(rows, SCHEMA), draft, compression="zstd", store_schema=False)
    move_into_place(draft, claim.receipt("loaded").quarantine_path(claim.settings))
    crash_point("S3", 1)
