"""`podium check`: the verdicts of intake without a home, and nothing kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.cli import main
from pipelines.intake.take import take_deliveries
from tests.faults.zips import packed
from tests.unit.intake.intake_home import LEADS, Home, lead, leads

BAD = {
    "leads.csv": leads(2) + lead(9, created="Ann Smith"),
    "leads_1.csv": "nonsense\n1\n",
    "users.xlsx": "PK",
    "more.zip": packed({"leads_7.csv": leads(1), "users.csv": "user_id\n"}),
    "accounts.csv": "account_id,created_at,updated_at,score\nA1,2026-01-02,2026-01-03,5\n",
}


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


@pytest.fixture
def delivered(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    for name, content in BAD.items():
        home.deliver(name, content)
    return home


def test_verdicts_are_those_of_intake(delivered: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    before = sorted(tmp_path.rglob("*"))
    shown = check(*(delivered.settings.inbox / "crm" / "2026-01-05").iterdir())
    assert shown.exit_code == 4, shown.output
    assert sorted(tmp_path.rglob("*")) == before
    take_deliveries(delivered.settings)
    lines = shown.stdout.splitlines()
    for receipt in delivered.receipts():
        start = receipt.message or f"OK {receipt.where}: "
        assert [line for line in lines if line.startswith(start)], receipt.where
    assert "  1 bad_timestamp created_at, the first in line 4" in lines
    assert "Ann" not in shown.output
    assert shown.stderr == ""


def test_good_files_end_with_0_and_options_come_from_the_source(tmp_path: Path) -> None:
    config = tmp_path / "podium.yml"
    config.write_text('sources:\n  german:\n    dialect: {delimiter: ";", encoding: cp1252}\n')
    file = tmp_path / "leads.csv"
    file.write_bytes((LEADS + lead(1, "Müller")).replace(",", ";").encode("cp1252"))
    assert check(file, "--config", config).exit_code == 4
    shown = check(file, "--config", config, "--source", "german")
    assert shown.exit_code == 0
    assert "leads.csv: 1 rows, 1 loaded" in shown.stdout


def test_a_manifest_beside_the_file_is_believed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    file = home.deliver("leads.csv", leads(2))
    home.manifest(rows=9)
    assert "E-FILE-SHORT crm/2026-01-05/leads.csv" in check(file).stdout


def test_links_and_missing_files_are_said(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(leads(1))
    (tmp_path / "leads_1.csv").symlink_to(tmp_path / "leads.csv")
    shown = check(tmp_path / "leads_1.csv")
    assert shown.exit_code == 4
    assert shown.stdout.startswith("E-NOT-REGULAR")
    assert check(tmp_path / "nothing.csv").exit_code == 2
