"""Records found by where signs stand are those that the csv module reads, wherever a file is cut into stretches."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from random import Random

import pytest

from pipelines.errors import FileRefused
from pipelines.intake import stretches as module
from pipelines.intake.plain import Text
from pipelines.intake.stretches import Stretch, stretches

SEED, CASES = 20_260_105, 1_500
CELLS = ["x", "", '"q"', '"q,z"', '"l\nm"', '"e""e"', '"\r\n"', '""', '""""', "é", 'a"b', '"r\rs"']
ENDS = ["\n", "\r\n", "\r", "\n\n"]


def a_file(random: Random) -> str:
    """A file of odd records with line ends of one kind, most of the time; some end in the middle."""
    line_end, width, odd = random.choice(ENDS), random.randrange(1, 5), random.choice([0.0, 0.05])
    lines = []
    for _ in range(random.randrange(1, 30)):
        fields = random.choices(CELLS, k=random.choice([width] * 9 + [1, 4]))
        lines.append(",".join(fields) + (random.choice(ENDS) if random.random() < odd else line_end))
    content = "x" + "".join(lines)
    return content[: random.randrange(1, len(content))] if random.random() < 0.2 else content


def by_csv(content: str) -> list[list[str]] | None:
    """The records; None for broken quotes."""
    try:
        return [fields for fields in csv.reader(io.StringIO(content, newline=""), strict=True) if fields]
    except csv.Error:
        return None


def found(path: Path, content: str) -> list[Stretch] | None:
    path.write_bytes(content.encode())
    try:
        return list(stretches(Text(path, 0, True), ",", "here"))
    except FileRefused:
        return None


@pytest.mark.parametrize("read_bytes", [1, 7, 64, 1 << 20])
def test_records_are_those_of_the_csv_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_bytes: int) -> None:
    monkeypatch.setattr(module, "_READ_BYTES", read_bytes)
    random, at_once = Random(SEED), 0
    for _ in range(CASES):
        content = a_file(random)
        wanted, parts = by_csv(content), found(tmp_path / "file.csv", content)
        if wanted is None or parts is None:
            assert wanted == parts, content
            continue
        records = [part.record(i) for part in parts for i in range(len(part))]
        assert [record.fields for record in records] == wanted, content
        assert [record.number for record in records] == list(range(len(wanted)))
        assert [width for part in parts for width in part.widths] == list(map(len, wanted))
        lines = io.StringIO(content, newline="").readlines()
        assert all("".join(lines[record.line - 1 :]).startswith(record.text) for record in records)
        clean = b"".join(part.clean(part.widths > 0) for part in parts).decode()
        assert by_csv(clean) == wanted, content
        at_once += sum(part.fields is None for part in parts)
    assert at_once > CASES // 10


def test_what_is_left_out_of_a_stretch_leaves_no_trace(tmp_path: Path) -> None:
    (part,) = found(tmp_path / "file.csv", 'a,b\r\n\r\n"1\r\n",2\r\n3\r\n4,5\n') or []
    assert part.clean(part.widths == 2) == b'a,b\n"1\r\n",2\n4,5\n'
