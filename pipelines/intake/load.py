"""The good rows of one file into a Parquet draft, while both parsers are compared and every row is accounted for.

One streaming pass per parser. Which file, and what its verdict is, is for land.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

from pipelines.contract import RAW_COLUMNS, Type
from pipelines.errors import FileRefused, PodiumError
from pipelines.intake.parse import (
    Checksum,
    FirstPass,
    Hashes,
    Rows,
    first_pass,
    hash_columns,
    hashes_of,
    strictly,
)
from pipelines.intake.typing_sql import KEY, REASON, SHAPE, TEXT, UNCLEAR, Frame, refused_rows, typed_rows

# More breaches than this refuse the file (quarantine.py), so no more are kept.
MAX_BREACHES = 20
_SECOND, _TYPED = "second_parser", "typed_chunk"
_IDENTITY = "_identity"


@dataclass(frozen=True)
class Breach:
    """One row that breaks the contract: its record number, why, in which column, and its key where readable.

    `shape` is how the text of the column looks, without what it says.
    """

    record: int
    reason: str
    column: str
    key: str | None = None
    shape: str | None = None


@dataclass
class Tally:
    """What became of the rows of a file. `reasons` counts (reason, column); `breaches` are the first of them.

    `unclear_times` of loaded rows were skipped or repeated by a change of the clock.
    """

    rows_in: int = 0
    loaded: int = 0
    duplicates: int = 0
    unclear_times: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    breaches: list[Breach] = field(default_factory=list)

    @property
    def quarantined(self) -> int:
        return self.reasons.total()

    def set_aside(self, breach: Breach) -> None:
        self.reasons[breach.reason, breach.column] += 1
        if len(self.breaches) < MAX_BREACHES:
            self.breaches.append(breach)

    def check(self, where: str) -> None:
        """Raise PodiumError when a row was lost or counted twice."""
        if self.rows_in != self.loaded + self.quarantined + self.duplicates:
            found = f"{self.loaded} loaded, {self.quarantined} quarantined, {self.duplicates} duplicates"
            raise PodiumError("E-CONSERVE", where, "rows do not add up", expected=f"{self.rows_in} rows", found=found)


def load(db: duckdb.DuckDBPyConnection, rows: Rows, frame: Frame, draft: Path, where: str) -> Tally:
    """Write the good rows to `draft` and account for the rest; no file is made when no row is good.

    Raises FileRefused when the parsers disagree or the file holds its rows more than once, NotStrictError when one of
    them cannot read it.
    """
    with strictly():
        return _load(db, rows, frame, draft, where)


def _load(db: duckdb.DuckDBPyConnection, rows: Rows, frame: Frame, draft: Path, where: str) -> Tally:
    first = first_pass(db, rows)
    if first.repeats > MAX_BREACHES and first.repeats > first.checksum.rows // 4:
        found = f"{first.repeats} repeated of {first.checksum.rows}"
        raise FileRefused("E-DUP-BODY", where, "holds its rows more than once", found=found, do="export it again")
    tally, second, seen = Tally(), Checksum(len(rows.texts)), _Seen(first)
    query = _sql(rows, frame, first)
    with _Draft(draft, frame) as good:
        for chunk in rows.chunks():
            db.register(_SECOND, chunk)
            typed = db.execute(query).to_arrow_table()
            whole = second.add(hashes_of(typed, len(rows.texts)))
            _account(db, tally, typed, seen.again(whole, typed), good)
    db.unregister(_SECOND)
    if second != first.checksum:
        found = f"{first.checksum.rows} and {second.rows} rows, or other text in them"
        raise FileRefused(
            "E-PARSE-DISAGREE", where, "two parsers read different rows", found=found, do="export it again"
        )
    return tally


def _sql(rows: Rows, frame: Frame, first: FirstPass) -> str:
    """SELECT of what varies between rows, reason, key and the hash of every field; identities when rows repeat."""
    varying = [*frame.layout.entity.column_names, "is_deleted", "_line", "_extra"]
    wanted = [*varying, REASON, KEY, TEXT, UNCLEAR, hash_columns(len(rows.texts))]
    if len(first.repeated):
        texts = ", ".join(f"coalesce(t{i}, '')" for i in range(len(rows.texts)))
        wanted.append(f"md5_number_lower(concat_ws(chr(31), {texts})) as {_IDENTITY}")
    return f"select {', '.join(wanted)} from ({typed_rows(frame, rows.second_as_text(_SECOND))})"


def _account(
    db: duckdb.DuckDBPyConnection, tally: Tally, chunk: pa.Table, again: npt.NDArray[np.bool_], good: _Draft
) -> None:
    """Count a chunk and write its good rows; a repeated row is a duplicate whether it is good or not."""
    tally.rows_in += chunk.num_rows
    tally.duplicates += int(again.sum())
    if again.any():
        chunk = chunk.filter(pa.array(~again))
    reasons = chunk.column(REASON)
    if reasons.null_count < chunk.num_rows:
        db.register(_TYPED, chunk)
        for row in db.execute(refused_rows(_TYPED)).to_arrow_table().to_pylist():
            reason, column = row[REASON].split("|")
            tally.set_aside(Breach(row["_line"], reason, column, row[KEY], row[SHAPE]))
        db.unregister(_TYPED)
        chunk = chunk.filter(reasons.is_null())
    good.write(chunk)
    tally.loaded += chunk.num_rows
    tally.unclear_times += pa.compute.sum(chunk.column(UNCLEAR)).as_py() or 0


class _Seen:
    """Tells the second and later of identical rows, where the first pass saw hashes more than once."""

    def __init__(self, first: FirstPass) -> None:
        self._repeated = first.repeated
        self._seen: set[tuple[int, int]] = set()

    def again(self, whole: Hashes, chunk: pa.Table) -> npt.NDArray[np.bool_]:
        """Which rows of `chunk` are identical to an earlier one of the file."""
        again = np.zeros(len(whole), dtype=np.bool_)
        if not len(self._repeated):
            return again
        identities = np.asarray(chunk.column(_IDENTITY))
        for i in np.flatnonzero(np.isin(whole, self._repeated)):
            row = (int(whole[i]), int(identities[i]))
            again[i] = row in self._seen
            self._seen.add(row)
        return again


class _Draft:
    """A Parquet file that exists once a row was written to it."""

    def __init__(self, path: Path, frame: Frame) -> None:
        self._path = path
        self._constants = {
            "_source": pa.scalar(frame.source_name),
            "_delivered_on": pa.scalar(frame.delivered_on),
            "_version": pa.scalar(frame.version, pa.int64()),
            "_is_full": pa.scalar(frame.is_full),
            "_file_sha": pa.scalar(frame.sha256),
        }
        entity = frame.layout.entity
        self._columns = [*entity.column_names, *(name for name, _ in RAW_COLUMNS)]
        # Text has few values, ids have many: a dictionary of ids is work for nothing.
        texts = [column.name for column in entity.columns if column.type is Type.TEXT]
        self._dictionary = [*texts, "_source", "_file_sha", "_extra"]
        self._writer: Any = None

    def __enter__(self) -> _Draft:
        return self

    def write(self, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        table = pa.table(
            {
                name: self._constant(name, rows.num_rows) if name in self._constants else rows.column(name)
                for name in self._columns
            }
        )
        if self._writer is None:
            self._writer = pa.parquet.ParquetWriter(
                self._path, table.schema, compression="zstd", use_dictionary=self._dictionary, store_schema=False
            )
        self._writer.write_table(table)

    def _constant(self, name: str, rows: int) -> pa.Array:
        value = self._constants[name]
        if not pa.types.is_string(value.type):
            return pa.repeat(value, rows)
        # Text once, and a dictionary's indices into it.
        return pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), pa.array([value]))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()
