"""Numbers and codes as the text of an export: Arrow arrays, made a whole column at a time.

Belongs here: how a value is spelled. Does not: which column it stands in (feeds.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.demo.clock import DAY, HOUR, NO_DAY, Bools, Ints

# Dates are looked up in a table; days outside of it are written as missing.
_FIRST_DAY, _LAST_DAY = 3_653, 25_567  # 1980-01-01, 2040-01-01
ID_DIGITS = 7


def ids(prefix: str, numbers: npt.NDArray[Any], digits: int = ID_DIGITS) -> pa.Array:
    """`prefix` and a zero-padded number from 1 on; a negative number is missing."""
    text = pc.utf8_lpad(pc.cast(pa.array(numbers + 1, mask=numbers < 0), pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, text, "")


def labels(values: Sequence[str], codes: npt.NDArray[Any]) -> pa.Array:
    """`values[code]`; a negative code is missing."""
    return pa.array(values, pa.string()).take(pa.array(codes, mask=codes < 0))


def known_labels(values: Sequence[str], codes: npt.NDArray[Any], known: Bools) -> pa.Array:
    """Labels where `known`, else missing."""
    return labels(values, np.where(known, codes, -1))


def constant(value: str, rows: int) -> pa.Array:
    return pa.repeat(value, rows)


def times(seconds: Ints, until: int, offset_hours: int = 0) -> pa.Array:
    """ISO 8601 with `Z`, or with an offset; missing where the moment is not before `until`, or negative.

    `until` in seconds since 1970.
    """
    local = np.where((seconds >= 0) & (seconds < until), seconds + offset_hours * HOUR, -1)
    day = _days().take(pa.array(np.clip(local // DAY - _FIRST_DAY, 0, None), mask=local < 0))
    return pc.binary_join_element_wise(day, _clock_times(offset_hours).take(pa.array(local % DAY)), "T")


def dates(days: Ints) -> pa.Array:
    """ISO dates; `NO_DAY` is missing."""
    return _days().take(pa.array(np.where(days == NO_DAY, 0, days - _FIRST_DAY), mask=days == NO_DAY))


def money(cents: Ints) -> pa.Array:
    """Two decimals, a sign for credit."""
    whole = pc.cast(pa.array(np.abs(cents) // 100), pa.string())
    sign = labels(("", "-"), (cents < 0).astype(np.int64))
    return pc.binary_join_element_wise(sign, whole, ".", _hundredths().take(pa.array(np.abs(cents) % 100)), "")


def flags(values: Bools, known: Bools | None = None) -> pa.Array:
    """true or false; missing where not `known`."""
    return pa.array(values, mask=None if known is None else ~known)


@cache
def _days() -> pa.Array:
    days = np.arange(_FIRST_DAY, _LAST_DAY).astype("datetime64[D]")
    return pa.array(np.datetime_as_string(days).tolist())


@cache
def _clock_times(offset_hours: int) -> pa.Array:
    zone = f"{offset_hours:+03d}:00" if offset_hours else "Z"
    return pa.array([f"{s // HOUR:02d}:{s // 60 % 60:02d}:{s % 60:02d}{zone}" for s in range(DAY)])


@cache
def _hundredths() -> pa.Array:
    return pa.array([f"{n:02d}" for n in range(100)])
