"""The rows of one delivered file as two independent parsers see them: DuckDB and Arrow, both strict, both as text.

Neither is told to guess anything. That they agree is checked in land.py by `Checksum`; what the text means as a typed
value is for typing_sql.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipelines.contract import Type
from pipelines.errors import FileRefused

# Both parsers keep some blocks of this size in memory, and refuse a record that is longer.
BLOCK_BYTES = 1 << 20
# What a file gets that holds such a record, and the longest record there may be.
MAX_RECORD_BYTES = 8 << 20
CHUNK_ROWS = 122_880
RECORD = "_record"


class NotStrictError(Exception):
    """A parser refused the bytes. Anything else that goes wrong while reading is not the file's fault."""


@contextmanager
def strictly() -> Iterator[None]:
    """Raise NotStrictError for what a parser says about the bytes; what says that disk or memory ran out passes."""
    try:
        yield
    except (duckdb.InvalidInputException, pa.ArrowInvalid) as error:
        raise NotStrictError from error
    except OSError as error:
        # DuckDB's errors in the middle of a stream reach Arrow as OSError with DuckDB's text.
        if "Invalid Input Error" not in str(error):
            raise
        raise NotStrictError from error


Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Rows:
    """A file's rows, twice. Fields are named f0, f1 … by position in both.

    `first` is a DuckDB relation reading the file at `$path`; `second` yields the Arrow batches of the other parser.
    `texts` are SQL expressions over the fields of either: each field as text, NULL when empty.
    `skipped` are the record numbers (1 = first after the header) left out before both parsers.
    """

    path: Path
    first: str
    second: Callable[[], Iterator[pa.RecordBatch]]
    texts: tuple[str, ...]
    skipped: Sequence[int] = ()

    @property
    def first_as_text(self) -> str:
        """SELECT of t0, t1 … from DuckDB's parser."""
        return f"select {self._text_columns} from {self.first}"

    def second_as_text(self, relation: str) -> str:
        """SELECT of t0, t1 … and the record number, from a chunk of the second parser registered as `relation`."""
        return f"select {self._text_columns}, {RECORD} from {relation}"

    @property
    def _text_columns(self) -> str:
        return ", ".join(f"{text} as t{i}" for i, text in enumerate(self.texts))

    def chunks(self) -> Iterator[pa.Table]:
        """The second parser's rows in order, some 100,000 at a time, with their record numbers as `_record`."""
        # The k-th row that was kept is record k plus the skipped ones before it.
        kept_before = np.asarray(self.skipped, dtype=np.int64) - np.arange(len(self.skipped))
        done = 0
        for chunk in _gathered(self.second()):
            kept = np.arange(done + 1, done + 1 + chunk.num_rows)
            done += chunk.num_rows
            record = kept + np.searchsorted(kept_before, kept, side="right")
            yield chunk.append_column(RECORD, pa.array(record))


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(batch.num_rows for batch in waiting) >= CHUNK_ROWS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def csv_rows(
    path: Path, width: int, delimiter: str, skipped: Sequence[int] = (), block_bytes: int = BLOCK_BYTES
) -> Rows:
    """The rows of a UTF-8 CSV file of `width` fields with a header; no record may be longer than a block."""
    fields = [f"f{i}" for i in range(width)]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in fields)
    # auto_detect=false: the sniffer drops and shifts rows of files that change after its sample.
    first = (
        f"read_csv($path, auto_detect=false, header=true, columns={{{columns}}}, delim='{delimiter}', quote='\"', "
        "escape='\"', strict_mode=true, null_padding=false, ignore_errors=false, compression='none', "
        f"max_line_size={block_bytes}, buffer_size={16 * block_bytes})"
    )

    def second() -> Iterator[pa.RecordBatch]:
        yield from pa.csv.open_csv(
            path,
            read_options=pa.csv.ReadOptions(column_names=fields, skip_rows_after_names=1, block_size=block_bytes),
            parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(fields, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )

    return Rows(path, first, second, tuple(fields), skipped)


def parquet_rows(path: Path, schema: pa.Schema, kinds: Sequence[Type]) -> Rows:
    """The rows of a Parquet file; `kinds` are the contract's types of its columns, TEXT for unknown ones."""
    fields = [f"f{i}" for i in range(len(schema))]

    def second() -> Iterator[pa.RecordBatch]:
        with pa.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=CHUNK_ROWS):
                yield batch.rename_columns(fields)

    texts = tuple(_text(name, column.type, kind) for name, column, kind in zip(fields, schema, kinds, strict=True))
    return Rows(path, f"read_parquet($path) as delivered({', '.join(fields)})", second, texts)


def read_parquet_header(path: Path, where: str) -> tuple[pa.Schema, int]:
    """Column names and types, and the number of rows. Raises FileRefused when it is no Parquet file."""
    try:
        with pa.parquet.ParquetFile(path) as file:
            return file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise FileRefused("E-PARQUET", where, "not readable as Parquet", do="deliver it again") from error


def is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_string_view(value)


def _text(name: str, kind: pa.DataType, wanted: Type) -> str:
    """A native Parquet value in the contract's text format."""
    text = f"cast({name} as varchar)"
    if is_text(kind):
        return f"nullif({text}, '')"
    if pa.types.is_floating(kind):
        # Integers with gaps are often delivered as floats: 12.0 is 12.
        is_whole = f"{name} = trunc({name}) and abs({name}) < 1e15"
        return f"case when {is_whole} then cast(cast({name} as bigint) as varchar) else {text} end"
    if pa.types.is_timestamp(kind) and wanted is Type.DATE:
        return (
            f"case when {name} = date_trunc('day', {name}) then cast(cast({name} as date) as varchar) else {text} end"
        )
    return text


@dataclass
class Checksum:
    """Rows, a sum of hashes per column and one over whole rows: equal for equal rows in any order."""

    width: int
    rows: int = 0
    columns: list[int] = field(default_factory=list)
    whole: int = 0

    def __post_init__(self) -> None:
        self.columns = [0] * self.width

    def add(self, hashes: Sequence[Hashes]) -> Hashes:
        """Add rows given by the hashes of their fields, column by column; returns a hash per row."""
        whole = np.zeros(len(hashes[0]), dtype=np.uint64)
        for i, column in enumerate(hashes):
            self.columns[i] = (self.columns[i] + int(column.sum(dtype=np.uint64))) & _MASK
            whole += column * _odd(i)
        # A plain sum over rows would not see two values of a column change places between rows.
        whole ^= whole >> np.uint64(32)
        whole *= _odd(self.width)
        whole ^= whole >> np.uint64(29)
        self.rows += len(whole)
        self.whole = (self.whole + int(whole.sum(dtype=np.uint64))) & _MASK
        return whole


_MASK = (1 << 64) - 1


def _odd(position: int) -> np.uint64:
    """A multiplier per column, so that swapped values do not cancel out."""
    return np.uint64(((2 * position + 1) * 0x9E3779B97F4A7C15 | 1) & _MASK)


def hash_columns(width: int) -> str:
    """SQL of the hashes of t0, t1 …, as h0, h1 …"""
    return ", ".join(f"hash(t{i}) as h{i}" for i in range(width))


def hashes_of(rows: pa.Table | pa.RecordBatch, width: int) -> list[Hashes]:
    return [np.asarray(rows.column(f"h{i}")) for i in range(width)]


@dataclass(frozen=True)
class FirstPass:
    """DuckDB's reading of a file.

    `repeated` are the row hashes that stand more than once, sorted; `repeats` counts the second and later of them.
    """

    checksum: Checksum
    repeated: Hashes
    repeats: int


def first_pass(db: duckdb.DuckDBPyConnection, rows: Rows) -> FirstPass:
    """Read the file with DuckDB alone. Raises what `strictly` sorts out."""
    width = len(rows.texts)
    checksum, whole = Checksum(width), [np.empty(0, dtype=np.uint64)]
    params: dict[str, Any] = {"path": str(rows.path)}
    result = db.execute(f"select {hash_columns(width)} from ({rows.first_as_text})", params)
    for batch in result.to_arrow_reader(CHUNK_ROWS):
        whole.append(checksum.add(hashes_of(batch, width)))
    every = np.concatenate(whole)
    whole.clear()
    every.sort()
    again = every[1:][every[1:] == every[:-1]]
    return FirstPass(checksum, np.unique(again), len(again))
