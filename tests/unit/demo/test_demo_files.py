"""The bytes: the same every time, as the manifest says, as the contract asks."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from demo_reading import Made, deliveries, entity_of, files, good_rows, header, key_of, manifest, records

from pipelines.contract import ENTITIES
from pipelines.demo import make_demo, write
from pipelines.errors import UsageError

SMALL = {"people": 12, "months": 3, "activities": 1_500}


def _bytes(demo: Path) -> dict[str, bytes]:
    return {str(path.relative_to(demo)): path.read_bytes() for path in sorted(demo.rglob("*")) if path.is_file()}


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    make_demo(first, **SMALL, nights=3)
    make_demo(second, **SMALL, nights=3)
    make_demo(other, **SMALL, nights=3, seed=8)
    assert _bytes(first) == _bytes(second)
    rows = Path("crm/2026-09-15/activities.csv")
    assert (first / rows).read_bytes() != (other / rows).read_bytes()


def test_gzip_headers_carry_no_time_and_no_name(one_night: Made) -> None:
    zipped = files(deliveries(one_night.directory)[0], "leads")[0].read_bytes()
    assert zipped[:4] == b"\x1f\x8b\x08\x00"
    assert zipped[4:8] == b"\0\0\0\0"


def test_the_manifest_tells_rows_and_hash_of_every_file(many_nights: Made) -> None:
    for folder in deliveries(many_nights.directory):
        listed = manifest(folder)["files"]
        assert {path.name for path in folder.iterdir()} == {*listed, "_manifest.json"}
        assert listed
        for name, entry in listed.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"]
            assert len(records(folder / name)) == entry["rows"]


def test_all_entities_come_with_the_columns_of_the_contract(usual: Made) -> None:
    [folder] = deliveries(usual.directory)
    names = [path.name for path in folder.glob("*.csv*")]
    assert {entity_of(name) for name in names} == set(ENTITIES)
    assert {"leads.csv.gz", "activities.csv"} <= set(names)
    for name in names:
        entity = ENTITIES[entity_of(name)]
        columns = header(folder / name)
        assert [column for column in columns if column != "is_deleted"] == list(entity.column_names)


def test_keys_are_unique_within_a_delivery(many_nights: Made) -> None:
    for folder in deliveries(many_nights.directory):
        for name, entity in ENTITIES.items():
            keys = [key_of(entity.name, row) for row in good_rows(folder, name)]
            assert len(keys) == len(set(keys)), f"{folder.name}/{name}"


def test_large_files_come_in_parts(tmp_path: Path, one_night: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "ROWS_PER_FILE", 800)
    make_demo(tmp_path, people=16, months=6)
    [parted], [whole] = deliveries(tmp_path), deliveries(one_night.directory)
    names = [path.name for path in files(parted, "activities")]
    assert len(names) > 1
    assert names == [f"activities_{number + 1}.csv" for number in range(len(names))]
    assert list(good_rows(parted, "activities")) == list(good_rows(whole, "activities"))


def test_a_second_run_leaves_the_deliveries_as_they_are(tmp_path: Path) -> None:
    make_demo(tmp_path, **SMALL)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    make_demo(tmp_path, **SMALL)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == times


def test_another_delivery_of_the_same_date_is_never_overwritten(tmp_path: Path) -> None:
    make_demo(tmp_path, **SMALL)
    before = _bytes(tmp_path)
    with pytest.raises(UsageError, match="E-DEMO-EXISTS crm/2026-09-17"):
        make_demo(tmp_path, **SMALL, seed=8)
    assert _bytes(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        ({"people": 11}, "--people"),
        ({"months": 2}, "--months"),
        ({"nights": 0}, "--nights"),
        ({"months": 3, "nights": 60}, "--nights"),
        ({"seed": -1}, "--seed"),
        ({"activities": 10}, "--activities"),
    ],
)
def test_a_size_that_makes_no_company_is_refused(tmp_path: Path, arguments: dict[str, int], option: str) -> None:
    with pytest.raises(UsageError, match=f"E-DEMO {option}"):
        make_demo(tmp_path, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_the_summary_says_what_lies_there(many_nights: Made) -> None:
    folders = deliveries(many_nights.directory)
    listed = [entry for folder in folders for entry in manifest(folder)["files"].items()]
    summary = many_nights.summary
    assert [day.isoformat() for day in summary.delivered_on] == [folder.name for folder in folders]
    assert summary.delivered_on[-1] == date(2026, 9, 17)
    assert summary.files == len(listed)
    assert sum(summary.rows.values()) == sum(entry["rows"] for _, entry in listed)
    assert summary.size == sum(
        (folder / name).stat().st_size for folder in folders for name in manifest(folder)["files"]
    )
