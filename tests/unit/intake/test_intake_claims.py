"""The archive with its claims is enough: the raw layer is made again from it, receipt by receipt."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from intake_home import LEADS, Home, lead, leads

from pipelines.errors import InfrastructureError
from pipelines.intake.claims import recorded
from pipelines.intake.take import take_deliveries
from tests.faults.zips import packed

USERS = "user_id,full_name,updated_at\nU1,Ann,2026-01-01T00:00:00Z\n"


@pytest.fixture
def lived_in(home: Home) -> Home:
    """Three nights: full and delta, refused, set aside, twice, late, in an archive, with a manifest that came later."""
    home.deliver("leads.csv", leads(3))
    home.deliver("leads_1.csv", leads(3))
    home.deliver("users.csv.gz", USERS)
    home.deliver("accounts.csv", "nonsense\n1\n")
    home.deliver("notes.txt", "hello")
    take_deliveries(home.settings)
    home.deliver("export.zip", packed({"leads.csv": leads(4), "users.csv": USERS + "U2,,\n"}), day="2026-01-07")
    home.deliver("broken.zip", b"PK", day="2026-01-07")
    home.deliver("leads.csv", LEADS, day="2026-01-08")
    take_deliveries(home.settings)
    home.manifest(mode="full", version=3, rows=3)
    home.deliver("leads.csv", LEADS + lead(7), day="2026-01-04")
    take_deliveries(home.settings)
    return home


def test_the_raw_layer_is_made_again_from_the_archive_alone(lived_in: Home) -> None:
    receipts, rows = [r.model_dump() for r in lived_in.receipts()], lived_in.rows()
    files = contents(lived_in.settings.raw)
    shutil.rmtree(lived_in.settings.raw)
    shutil.rmtree(lived_in.settings.inbox)
    report = take_deliveries(lived_in.settings)
    assert [r.model_dump() for r in lived_in.receipts()] == receipts
    assert len(report.files) == len(receipts)
    assert lived_in.rows() == rows
    # Rows of a file that was loaded and then refused are left behind without a receipt; they are not made again.
    assert contents(lived_in.settings.raw).items() <= files.items()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_claims_are_read_only_and_say_which_delivery_it_was(lived_in: Home) -> None:
    folder = lived_in.settings.archive / "claims"
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*.json")} == {0o440}
    (member,) = folder.glob("crm/2026-01-07/export.zip!users.csv-*.json")
    (archive,) = folder.glob("crm/2026-01-07/export.zip-*.json")
    assert json.loads(member.read_bytes())["container"] == json.loads(archive.read_bytes())["sha256"]
    (late,) = [claim for claim in recorded(lived_in.settings) if claim.where == "crm/2026-01-05/leads.csv"]
    assert (late.promise.mode, late.promise.version, late.promise.rows) == ("full", 3, 3)


def test_a_night_without_news_leaves_claims_as_they_are(lived_in: Home) -> None:
    before = {path: path.stat().st_mtime_ns for path in lived_in.settings.archive.rglob("*")}
    assert take_deliveries(lived_in.settings).files == ()
    assert {path: path.stat().st_mtime_ns for path in lived_in.settings.archive.rglob("*")} == before


def test_a_damaged_claim_stops_the_run_in_one_line(home: Home) -> None:
    home.deliver("leads.csv", leads(1))
    take_deliveries(home.settings)
    (path,) = (home.settings.archive / "claims").rglob("*.json")
    path.chmod(0o600)
    path.write_text("{")
    with pytest.raises(InfrastructureError, match="E-CLAIM"):
        take_deliveries(home.settings)


@pytest.mark.parametrize("missing", ["", "leads_2.csv", "more.zip"])
def test_a_full_delivery_is_complete_once_its_archives_are(make_home: Callable[..., Home], missing: str) -> None:
    home = make_home()
    inside = packed({"leads_1.csv": leads(2), "users.csv": USERS})
    home.deliver("export.zip", inside)
    home.deliver("leads_2.csv", LEADS + lead(7))
    home.deliver("more.zip", packed({"accounts.csv": "account_id,created_at,updated_at\nA,2026-01-02,2026-01-02\n"}))
    home.manifest(mode="full")
    if missing:
        (home.settings.inbox / "crm" / "2026-01-05" / missing).unlink()
    take_deliveries(home.settings)
    assert all(r.mode == "full" for r in home.receipts())
    complete = {r.entity for r in home.receipts() if r.is_full and r.entity}
    wanted = {"": {"leads", "users", "accounts"}, "leads_2.csv": {"users", "accounts"}, "more.zip": set()}
    assert complete == wanted[missing]


def test_a_refused_archive_may_hold_a_part_so_that_nothing_is_deleted(make_home: Callable[..., Home]) -> None:
    home = make_home(sources={"crm": {"mode": "full"}})
    home.deliver("leads.csv", leads(2))
    home.deliver("rest.zip", packed({"leads_2.csv": leads(1)})[:-9])
    take_deliveries(home.settings)
    assert not home.receipt("leads.csv").is_full
    home.deliver("rest.zip", packed({"leads_2.csv": leads(1)}))
    take_deliveries(home.settings)
    assert home.receipt("leads.csv").is_full


def test_a_manifest_counts_the_rows_of_the_one_file_in_an_archive(home: Home) -> None:
    home.deliver("leads.csv.zip", packed({"leads.csv": leads(2)}))
    home.manifest(rows=5)
    take_deliveries(home.settings)
    assert home.receipt("leads.csv.zip!leads.csv").code == "E-FILE-SHORT"


def test_lost_rows_of_a_member_are_made_again_from_its_archive(lived_in: Home) -> None:
    rows = lived_in.rows()
    lived_in.receipt("export.zip!leads.csv").rows_path(lived_in.settings).unlink()
    take_deliveries(lived_in.settings)
    assert lived_in.rows() == rows
    assert not (lived_in.settings.work / "intake").exists()
