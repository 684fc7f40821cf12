"""Deliveries as a whole: order, repetition, manifests, refusals, and landings that were cut off."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from intake_home import LEADS, Home, lead, leads

from pipelines.errors import InfrastructureError
from pipelines.intake.archive import path_in
from pipelines.intake.scan import waiting
from pipelines.intake.take import take_deliveries

USERS = "user_id,full_name,updated_at\nU1,Ann,2026-01-01T00:00:00Z\n"


def test_rows_are_typed_in_the_contracts_columns_with_their_origin(home: Home) -> None:
    path = home.deliver("leads.csv", LEADS + lead(1))
    take_deliveries(home.settings)
    columns = (
        "lead_id, created_at, segment, is_deleted, _source, _delivered_on, _version, _is_full, _file_sha, _line, _extra"
    )
    ((*row, sha, line, extra),) = home.rows(columns=columns)
    assert [str(value) for value in row] == [
        "L1",
        "2026-01-02 10:00:00",
        "None",
        "False",
        "crm",
        "2026-01-05",
        "0",
        "False",
    ]
    assert (sha, line, extra) == (hashlib.sha256(path.read_bytes()).hexdigest(), 1, None)


def test_every_file_of_an_entity_has_exactly_the_types_of_the_contract(home: Home) -> None:
    import duckdb

    from pipelines.contract import ENTITIES, RAW_COLUMNS

    home.deliver(
        "invoices.csv",
        "invoice_id,account_id,invoiced_on,amount,currency,updated_at\nI1,A1,2026-01-02,1.5,EUR,2026-01-03\n",
    )
    home.deliver("fx_rates.csv", "currency,rate_on,rate_to_base\nUSD,2026-01-02,0.123456789\n")
    home.deliver("targets.csv", "user_id,month,metric,target\nU1,2026-01-01,won_amount,1000\n")
    home.deliver(
        "activities.csv",
        "activity_id,user_id,kind,occurred_at,duration_seconds,updated_at\nX,U,call,2026-01-02,60,2026-01-02\n",
    )
    take_deliveries(home.settings)
    for receipt in home.receipts():
        described = duckdb.sql(f"describe from read_parquet('{receipt.rows_path(home.settings)}')").fetchall()
        entity = ENTITIES[receipt.entity]
        wanted = [(c.name, c.type.sql) for c in entity.columns] + list(RAW_COLUMNS)
        assert [(name, kind) for name, kind, *_ in described] == wanted


def test_the_inbox_is_only_read_and_all_bytes_are_archived_even_of_refused_files(home: Home) -> None:
    files = [
        home.deliver("leads.csv", leads(3)),
        home.deliver("users.csv", b""),
        home.deliver("accounts.csv", "nonsense\n1\n"),
        home.deliver("notes.txt", "hello"),
        home.deliver("leads.csv.gz", b"not gzip"),
    ]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    report = take_deliveries(home.settings)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files} == before
    for content, _ in before.values():
        archived = path_in(home.settings.archive, hashlib.sha256(content).hexdigest())
        assert archived.read_bytes() == content
        assert archived.stat().st_mode & 0o777 == 0o440
    codes = {receipt.file_name: receipt.code for receipt in report.files}
    assert codes == {
        "leads.csv": "",
        "users.csv": "E-FILE-EMPTY",
        "accounts.csv": "E-SCHEMA",
        "notes.txt": "E-FORMAT",
        "leads.csv.gz": "E-GZIP",
    }
    assert len(home.rows()) == 3
    assert len(report.refused) == 4
    assert all("\n" not in line and line.startswith("E-") for line in report.refused)


def test_a_second_run_has_nothing_to_do(home: Home) -> None:
    home.deliver("leads.csv", leads(3))
    assert len(waiting(home.settings)) == 1
    take_deliveries(home.settings)
    raw = {path: path.stat().st_mtime_ns for path in home.settings.raw.rglob("*.*")}
    assert waiting(home.settings) == []
    assert take_deliveries(home.settings).files == ()
    assert {path: path.stat().st_mtime_ns for path in home.settings.raw.rglob("*.*")} == raw


def test_a_later_night_adds_files_and_rewrites_none(home: Home) -> None:
    home.deliver("leads.csv", leads(3))
    take_deliveries(home.settings)
    before = {path: path.stat().st_mtime_ns for path in home.settings.raw.rglob("*.parquet")}
    home.deliver("leads.csv", leads(4), day="2026-01-06")
    take_deliveries(home.settings)
    after = {path: path.stat().st_mtime_ns for path in home.settings.raw.rglob("*.parquet")}
    assert before.items() < after.items()
    assert len(home.rows()) == 7


def test_the_same_file_again_is_recognised_without_reading_it_twice(home: Home) -> None:
    home.deliver("leads.csv", leads(3))
    take_deliveries(home.settings)
    path = home.deliver("leads.csv", leads(3))
    os.utime(path, (1, 1))
    assert len(waiting(home.settings)) == 1
    assert take_deliveries(home.settings).files == ()
    assert waiting(home.settings) == []
    assert len(home.rows()) == 3


def test_the_same_bytes_under_another_name_load_nothing_twice(home: Home) -> None:
    home.deliver("leads.csv", leads(3))
    home.deliver("leads_1.csv", leads(3))
    take_deliveries(home.settings)
    again = home.receipt("leads_1.csv")
    assert (again.verdict, again.code, again.rows_in, again.rows_loaded, again.rows_duplicate) == (
        "loaded",
        "I-DUPLICATE-DELIVERY",
        3,
        0,
        3,
    )
    assert len(home.rows()) == 3


def test_the_same_bytes_on_another_date_are_a_delivery_on_that_date_too(home: Home) -> None:
    home.deliver("leads.csv", leads(3))
    home.deliver("leads.csv", leads(3), day="2026-01-06")
    take_deliveries(home.settings)
    assert {str(day) for (day,) in home.rows(columns="distinct _delivered_on")} == {"2026-01-05", "2026-01-06"}
    assert len(home.rows()) == 6
    assert sum(1 for path in home.settings.archive.glob("??/*")) == 1


def test_other_bytes_under_the_same_name_are_taken_beside_the_first(home: Home) -> None:
    home.deliver("leads.csv", LEADS + lead(1, "new"))
    take_deliveries(home.settings)
    home.deliver("leads.csv", LEADS + lead(1, "old"))
    take_deliveries(home.settings)
    assert home.rows(columns="status") == [("new",), ("old",)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_of_arrival_gives_the_same_rows_and_verdicts(
    make_home: Callable[..., Home], order: tuple[int, ...]
) -> None:
    """Header-only, multi-part and repeated deliveries, all at once or one a night, each once or twice."""
    deliveries = [
        ("leads.csv", LEADS, "2026-01-07"),
        ("leads.csv", leads(3), "2026-01-06"),
        ("leads_2.csv", LEADS + lead(9), "2026-01-06"),
        ("leads.csv", leads(3), "2026-01-08"),
    ]
    at_once, one_by_one = make_home(), make_home()
    for delivery in deliveries:
        at_once.deliver(delivery[0], delivery[1], delivery[2])
    take_deliveries(at_once.settings)
    for number in (*order, order[0]):
        name, content, day = deliveries[number]
        one_by_one.deliver(name, content, day)
        take_deliveries(one_by_one.settings)
    assert one_by_one.rows() == at_once.rows()
    seen = [[(r.where, r.verdict, r.code, r.rows_loaded) for r in h.receipts()] for h in (at_once, one_by_one)]
    assert seen[0] == seen[1]


def test_a_landing_without_a_receipt_is_repeated(home: Home) -> None:
    home.deliver("leads.csv", LEADS + lead(1) + "L2,never,U1,new,2026-01-03T10:00:00Z\n")
    take_deliveries(home.settings)
    rows, receipt = home.rows(), home.receipt("leads.csv")
    receipt.path(home.settings).unlink()
    assert home.rows() == []
    (home.settings.archive / ".tmp-left").write_bytes(b"half")
    report = take_deliveries(home.settings)
    assert [r.model_dump() for r in report.files] == [receipt.model_dump()]
    assert home.rows() == rows
    assert not list(home.settings.archive.glob(".tmp-*"))


def test_a_run_cut_off_at_any_flush_is_finished_by_the_next(
    make_home: Callable[..., Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    def drop() -> Home:
        home = make_home()
        home.deliver("leads.csv", LEADS + lead(1) + "L2,never,U1,new,2026-01-03T10:00:00Z\n")
        home.deliver("users.csv.gz", USERS)
        home.manifest(mode="full")
        return home

    whole = drop()
    take_deliveries(whole.settings)
    real_fsync, cuts = os.fsync, 0
    for allowed in itertools.count():
        home, left = drop(), iter(range(allowed))

        def fsync(handle: int, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt
            real_fsync(handle)

        monkeypatch.setattr(os, "fsync", fsync)
        try:
            take_deliveries(home.settings)
            break
        except KeyboardInterrupt:
            cuts += 1
        monkeypatch.setattr(os, "fsync", real_fsync)
        take_deliveries(home.settings)
        for entity in ("leads", "users"):
            assert home.rows(entity) == whole.rows(entity)
        assert [r.model_dump(exclude={"stamp"}) for r in home.receipts()] == [
            r.model_dump(exclude={"stamp"}) for r in whole.receipts()
        ]
    assert cuts > 10


def test_lost_rows_are_made_again_from_the_archive(home: Home) -> None:
    path = home.deliver("leads.csv", leads(3))
    take_deliveries(home.settings)
    rows = home.rows()
    path.unlink()
    home.receipt("leads.csv").rows_path(home.settings).unlink()
    take_deliveries(home.settings)
    assert home.rows() == rows


def test_another_reading_lands_the_archive_again_beside_the_old_rows(home: Home) -> None:
    path = home.deliver("leads.csv", leads(2))
    take_deliveries(home.settings)
    old = home.receipt("leads.csv")
    path.unlink()
    other = Home(home.settings.home.parent, sources={"crm": {"id_prefix": "x-"}})
    take_deliveries(other.settings)
    assert other.rows(columns="lead_id, sdr_id") == [("x-L0", "x-U1"), ("x-L1", "x-U1")]
    assert old.rows_path(home.settings).exists()
    assert home.rows(columns="lead_id") == [("L0",), ("L1",)]


def test_a_manifest_gives_mode_and_version(home: Home) -> None:
    home.deliver("leads.csv", leads(2))
    home.manifest(mode="full", version=7, rows=2)
    take_deliveries(home.settings)
    assert home.rows(columns="distinct _is_full, _version") == [(True, 7)]
    assert home.receipt("leads.csv").is_full


def test_a_manifest_that_comes_late_counts_as_if_it_had_come_first(make_home: Callable[..., Home]) -> None:
    late, early = make_home(), make_home()
    for home in (late, early):
        home.deliver("leads.csv", leads(2))
    take_deliveries(late.settings)
    for home in (late, early):
        home.manifest(mode="full", version=7)
        take_deliveries(home.settings)
    assert late.rows() == early.rows()
    assert late.receipt("leads.csv").is_full


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"files": {"leads.csv": {"rows": 5}}}, "E-FILE-SHORT"),
        ({"files": {"leads.csv": {"rows": 1}}}, "E-FILE-LONG"),
        ({"files": {"leads.csv": {"sha256": "0" * 64}}}, "E-FILE-SHA"),
        ({"files": {"../leads.csv": {}}}, "E-MANIFEST"),
        ({"mode": "sometimes"}, "E-MANIFEST"),
    ],
)
def test_a_manifest_that_disagrees_refuses_the_file(home: Home, fields: dict[str, object], code: str) -> None:
    home.deliver("leads.csv", leads(2))
    home.deliver("_manifest.json", json.dumps(fields))
    take_deliveries(home.settings)
    assert (home.receipt("leads.csv").verdict, home.receipt("leads.csv").code) == ("refused", code)
    assert home.rows() == []


def test_a_mended_manifest_takes_the_file_after_all(home: Home) -> None:
    home.deliver("leads.csv", leads(2))
    home.deliver("_manifest.json", "{")
    take_deliveries(home.settings)
    assert home.receipt("leads.csv").code == "E-MANIFEST"
    home.manifest()
    take_deliveries(home.settings)
    assert (home.receipt("leads.csv").verdict, len(home.rows())) == ("loaded", 2)


def test_a_full_delivery_with_a_refused_part_is_not_complete_until_the_part_is_mended(home: Home) -> None:
    home.deliver("leads_1.csv", leads(2))
    home.deliver("leads_2.csv", "broken")
    home.manifest(mode="full")
    take_deliveries(home.settings)
    assert len(home.rows()) == 2
    assert not any(receipt.is_full for receipt in home.receipts())
    home.deliver("leads_2.csv", LEADS + lead(7))
    home.manifest(mode="full")
    take_deliveries(home.settings)
    assert {r.file_name for r in home.receipts() if r.is_full and r.verdict == "loaded"} == {
        "leads_1.csv",
        "leads_2.csv",
    }


def test_a_full_delivery_with_a_part_missing_is_not_complete(home: Home) -> None:
    home.deliver("leads_1.csv", leads(2))
    missing = home.deliver("leads_2.csv", LEADS + lead(7))
    home.manifest(mode="full")
    missing.unlink()
    report = take_deliveries(home.settings)
    assert not home.receipt("leads_1.csv").is_full
    assert any("leads_2.csv" in line for line in report.busy)
    home.deliver("leads_2.csv", LEADS + lead(7))
    take_deliveries(home.settings)
    assert home.receipt("leads_1.csv").is_full


def test_a_source_may_declare_its_deliveries_full(make_home: Callable[..., Home]) -> None:
    home = make_home(sources={"crm": {"mode": "full", "may_be_empty": ["accounts"]}})
    home.deliver("leads.csv", leads(2))
    home.deliver("users.csv", "user_id,full_name,updated_at\n")
    home.deliver("accounts.csv", "account_id,created_at,updated_at\n")
    take_deliveries(home.settings)
    assert home.receipt("leads.csv").is_full
    assert home.receipt("users.csv").code == "E-HEADER-ONLY"
    accounts = home.receipt("accounts.csv")
    assert (accounts.verdict, accounts.rows_in, accounts.is_full) == ("loaded", 0, False)


def test_header_only_is_a_quiet_night_after_the_first_delivery_only(home: Home) -> None:
    home.deliver("leads.csv", LEADS, day="2026-01-06")
    take_deliveries(home.settings)
    assert home.receipts()[0].code == "E-HEADER-ONLY"
    home.deliver("leads.csv", leads(1), day="2026-01-05")
    report = take_deliveries(home.settings)
    assert [(r.verdict, r.rows_in) for r in home.receipts()] == [("loaded", 1), ("loaded", 0)]
    assert len(report.files) == 2


def test_a_young_delivery_is_waited_for_and_taken_once_quiet(make_home: Callable[..., Home]) -> None:
    home = make_home(quiet_seconds=1)
    home.deliver("leads.csv", leads(1))
    assert waiting(home.settings) == []
    report = take_deliveries(home.settings)
    assert (len(report.files), report.busy) == (1, ())


def test_a_delivery_that_keeps_changing_is_left_for_the_next_run(make_home: Callable[..., Home]) -> None:
    home = make_home(quiet_seconds=1)
    path = home.deliver("leads.csv", leads(1))
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.1):
            with path.open("a") as file:
                file.write(lead(int(time.time() * 1000)))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = take_deliveries(home.settings)
    finally:
        stop.set()
        writer.join()
    assert report.files == ()
    assert [line.split(":")[0] for line in report.busy] == ["I-FILE-BUSY crm/2026-01-05"]
    os.utime(path, (1, 1))
    assert len(take_deliveries(home.settings).files) == 1
    assert take_deliveries(home.settings).files == ()


def test_a_delivery_whose_manifest_is_kept_is_taken_at_once(make_home: Callable[..., Home]) -> None:
    home = make_home(quiet_seconds=3600)
    home.deliver("leads.csv", leads(1))
    home.manifest()
    assert [file.where for file in waiting(home.settings)] == ["crm/2026-01-05/leads.csv"]
    assert len(take_deliveries(home.settings).files) == 1


@pytest.mark.parametrize("manifest", ["listed but missing", "other bytes", "no sha256"])
def test_a_young_delivery_whose_manifest_is_not_kept_yet_is_busy(make_home: Callable[..., Home], manifest: str) -> None:
    home = make_home(quiet_seconds=3600)
    path = home.deliver("leads.csv", leads(1))
    if manifest == "no sha256":
        home.deliver("_manifest.json", json.dumps({"files": {"leads.csv": {"rows": 1}}}))
    else:
        home.manifest()
    if manifest == "listed but missing":
        path.unlink()
        home.deliver("users.csv", USERS)
    if manifest == "other bytes":
        home.deliver("leads.csv", leads(2))
    assert waiting(home.settings) == []


@pytest.mark.parametrize("suffix", [".part", ".filepart", ".tmp"])
def test_unfinished_names_make_a_young_delivery_busy_and_are_never_taken(
    make_home: Callable[..., Home], suffix: str
) -> None:
    home = make_home(quiet_seconds=3600)
    done, unfinished = home.deliver("leads.csv", leads(1)), home.deliver("users.csv" + suffix, USERS)
    os.utime(done, (1, 1))
    assert waiting(home.settings) == []
    os.utime(unfinished, (1, 1))
    report = take_deliveries(home.settings)
    assert [receipt.file_name for receipt in report.files] == ["leads.csv"]
    assert len(report.busy) == 1
    assert suffix in report.busy[0]


def test_links_pipes_and_folders_are_reported_and_never_opened(home: Home, tmp_path: Path) -> None:
    folder = home.deliver("leads.csv", leads(1)).parent
    secret = tmp_path / "secret.csv"
    secret.write_text(USERS)
    (folder / "users.csv").symlink_to(secret)
    os.mkfifo(folder / "accounts.csv")
    (folder / "invoices.csv").mkdir()
    report = take_deliveries(home.settings)
    assert [line.split(":")[0] for line in report.strays] == [
        "E-NOT-REGULAR crm/2026-01-05/accounts.csv",
        "E-NOT-REGULAR crm/2026-01-05/invoices.csv",
        "E-NOT-REGULAR crm/2026-01-05/users.csv",
    ]
    assert [receipt.entity for receipt in report.files] == ["leads"]
    assert waiting(home.settings) == []


def test_what_lies_in_the_wrong_place_is_reported(home: Home) -> None:
    home.deliver("leads.csv", leads(1), day="yesterday")
    home.deliver("leads.csv", leads(1), day="2026-02-30")
    (home.settings.inbox / "leads.csv").write_text(leads(1))
    report = take_deliveries(home.settings)
    assert len(report.strays) == 3
    assert all(line.startswith("E-FILE-NAME") for line in report.strays)
    assert report.files == ()


@pytest.mark.parametrize(
    "name", ["a'); drop table x; --.csv", "*.csv", "[ab].csv", "l e\nads.csv", "ü" * 100, "Leads.csv"]
)
def test_odd_names_are_refused_in_one_line(home: Home, name: str) -> None:
    home.deliver(name, leads(1))
    report = take_deliveries(home.settings)
    assert [receipt.code for receipt in report.files] == ["E-FILE-NAME"]
    assert report.refused[0].isprintable()
    assert take_deliveries(home.settings).files == ()


def test_a_file_that_cannot_be_read_leaves_the_others_loaded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.deliver("leads.csv", leads(1))
    secret = home.deliver("users.csv", USERS)
    real_open = os.open

    def guarded(path: object, *args: int, **kwargs: int) -> int:
        if str(path) == str(secret):
            raise PermissionError(13, "Permission denied", str(path))
        return real_open(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", guarded)
    report = take_deliveries(home.settings)
    assert [receipt.entity for receipt in report.files] == ["leads"]
    assert report.strays[0].startswith("E-FILE-ACCESS crm/2026-01-05/users.csv")


def test_a_full_disk_is_said_in_one_line_and_leaves_no_receipt(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.deliver("leads.csv", leads(1))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InfrastructureError, match="E-DISK"):
        take_deliveries(home.settings)
    monkeypatch.undo()
    assert home.receipts() == []
    assert len(take_deliveries(home.settings).files) == 1


def test_an_empty_or_missing_inbox_is_no_error(home: Home) -> None:
    assert take_deliveries(home.settings).files == ()
    home.settings.inbox.mkdir()
    assert waiting(home.settings) == []
