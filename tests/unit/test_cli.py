"""The command line: what is read, how it ends, and what it does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner, Result

from pipelines.cli import main
from pipelines.cli.boards import boards
from pipelines.cli.failures import Group
from pipelines.cli.night import ended_on_time
from pipelines.cli.table import as_table
from pipelines.errors import Busy, FileRefused, HeldByGate, InfrastructureError, LedgerBroken, PodiumError, UsageError

HEAVY = ("dagster", "dagster_dbt", "dbt", "great_expectations", "pandas")


def podium(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def failing(error: BaseException) -> Group:
    """A command group with one command that raises."""

    @click.group(cls=Group)
    @click.option("--home", type=click.Path(path_type=Path))
    @click.pass_context
    def group(ctx: click.Context, home: Path | None) -> None:
        ctx.meta["podium.home"] = home

    @group.command()
    def fail() -> None:
        raise error

    return group


@pytest.mark.parametrize(
    "command", [[], *([name] for name in main.commands)], ids=lambda words: " ".join(words) or "podium"
)
def test_help_reads_for_every_command(command: list[str]) -> None:
    shown = podium(*command, "--help")
    assert shown.exit_code == 0
    assert shown.output.startswith("Usage: ")
    assert max(map(len, shown.output.splitlines())) <= 100


@pytest.mark.parametrize(
    "words",
    [
        ["walk"],
        ["run", "--as-of", "yesterday"],
        ["run", "--fast"],
        ["explain"],
        ["demo"],
        ["demo", "d", "--people", "0"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    assert podium(*words).exit_code == 2


def test_a_wrong_configuration_ends_with_2_and_names_its_line(tmp_path: Path) -> None:
    config = tmp_path / "podium.yml"
    config.write_text("nightly_hour: 25\n")
    shown = podium("status", "--home", str(tmp_path), "--config", str(config))
    assert shown.exit_code == 2
    assert "E-CONFIG podium.yml:1: nightly_hour, expected" in shown.stderr


def test_an_empty_inbox_is_said_and_ends_with_2(tmp_path: Path) -> None:
    shown = podium("run", "--home", str(tmp_path))
    assert shown.exit_code == 2
    assert shown.stderr.startswith("E-NO-DELIVERY")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (UsageError, 2),
        (HeldByGate, 3),
        (LedgerBroken, 3),
        (FileRefused, 4),
        (InfrastructureError, 5),
        (Busy, 6),
        (PodiumError, 5),
    ],
)
def test_each_kind_of_stop_has_its_exit_code_and_one_line(kind: type[PodiumError], code: int) -> None:
    shown = CliRunner().invoke(failing(kind("E-X", "here", "is wrong", do="mend it")), ["fail"])
    assert (shown.exit_code, shown.stderr) == (code, "E-X here: is wrong, mend it\n")


def test_a_mistake_of_our_own_is_one_line_and_a_file(tmp_path: Path) -> None:
    shown = CliRunner().invoke(failing(ZeroDivisionError("of Ann Smith")), ["--home", str(tmp_path), "fail"])
    assert shown.exit_code == 5
    assert shown.stderr.startswith("E-INTERNAL podium: ZeroDivisionError, see ")
    assert "Smith" not in shown.stderr
    assert shown.stderr.count("\n") == 1
    (log,) = (tmp_path / "logs").iterdir()
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_infrastructure(tmp_path: Path) -> None:
    shown = CliRunner().invoke(failing(OSError(28, "No space left on device", "x")), ["fail"])
    assert (shown.exit_code, shown.stderr) == (5, "E-DISK x: No space left on device\n")


def test_an_interrupt_ends_with_130() -> None:
    shown = CliRunner().invoke(failing(KeyboardInterrupt()), ["fail"])
    assert shown.exit_code == 130
    assert shown.stderr.startswith("I-INTERRUPTED")


def test_a_night_that_takes_too_long_is_ended() -> None:
    with pytest.raises(InfrastructureError, match="E-TIMEOUT"), ended_on_time(minutes=0.0005):
        subprocess.run(["sleep", "20"], check=True)


@pytest.mark.parametrize("words", [["--help"], ["status"], ["releases"], ["run"]], ids=" ".join)
def test_quick_commands_load_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    home = [] if "--help" in words else ["--home", str(tmp_path)]
    code = f"""
import sys
from pipelines.cli import main
try:
    main({[*words, *home]!r})
except SystemExit:
    pass
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_tables_align_and_keep_to_their_lines() -> None:
    shown = as_table(("name", "rows"), [("Ann\nSmith", 1200), (None, 7)])
    assert shown.splitlines() == ["name        rows", "Ann?Smith  1,200", "               7"]
    assert as_table(("a",), []) == "a"


@pytest.fixture
def release() -> duckdb.DuckDBPyConnection:
    """The columns that the boards read, with a quarter, a newer month and an open quarter of SDRs; nobody else."""
    db = duckdb.connect()
    db.execute(
        "create table metric_dictionary (role text, metric text, label text, unit text, is_primary boolean, "
        "numerator_column text, denominator_column text)"
    )
    for role, metric in (("SDR", "acceptance_rate"), ("AE", "close_rate"), ("AM", "upsell_rate")):
        db.execute(
            "insert into metric_dictionary values (?, ?, 'Rate', 'share', true, 'good', 'all_of')", [role, metric]
        )
        table = f"{role.lower()}_ranking"
        db.execute(
            f"create table {table} (period_type text, period_start date, is_complete boolean, is_ranked boolean, "
            f"ranked_count bigint, rank bigint, rank_low bigint, rank_high bigint, full_name text, team text, "
            f"{metric} double, good bigint, all_of double)"
        )
    db.execute(
        "create table coaching_effect (coach_id text, coach_name text, metric text, label text, coachee_role text, "
        "episodes bigint, naive_change double, effect double, effect_shrunk double, effect_low double, tier text)"
    )
    people = [
        ("quarter", "2026-04-01", True, True, 2, 2, 1, 2, "Bo", "West", 0.5, 5, 10),
        ("quarter", "2026-04-01", True, True, 2, 1, 1, 2, "Ann", "East", 0.75, 15, 20.04),
        ("quarter", "2026-04-01", True, False, 2, None, None, None, "Cy", "East", 1.0, 1, 1),
        ("quarter", "2026-07-01", False, True, 1, 1, 1, 1, "Open", "East", 1.0, 20, 20),
        ("month", "2026-07-01", True, True, 1, 1, 1, 1, "Month", "East", 1.0, 20, 20),
    ]
    for person in people:
        db.execute("insert into sdr_ranking values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", person)
    return db


def test_boards_show_the_last_complete_quarter_and_what_a_value_is_made_of(release: duckdb.DuckDBPyConnection) -> None:
    sdr, ae, am = boards(release).split("\n\n")
    assert sdr.splitlines() == [
        "SDR by score, above all rate, quarter from 2026-04-01 (2 ranked)",
        "  rank  plausible  name  team  acceptance_rate  from",
        "     1  1 to 2     Ann   East            75.0%  15 / 20.0",
        "     2  1 to 2     Bo    West            50.0%  5 / 10.0",
    ]
    assert ae == "AE: nobody can be ranked yet in a complete month or quarter"
    assert am.startswith("AM: nobody")


def test_coaching_that_could_be_compared_stands_under_the_boards(release: duckdb.DuckDBPyConnection) -> None:
    for coach, effect, low in (("Eve", 0.1, 0.05), ("Fay", 0.0, -0.04), ("One", 0.5, None)):
        row = [coach, coach, "acceptance_rate", "Rate", "SDR", 9, 0.125, effect, low and effect, low, "not_separable"]
        release.execute("insert into coaching_effect values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    *_, coaching = boards(release).split("\n\n")
    assert coaching.splitlines()[1:] == [
        "  coach  metric  episodes  before and after  effect  which is",
        "  Eve    Rate           9             12.5%   10.0%  not_separable",
        "  Fay    Rate           9             12.5%    0.0%  not_separable",
    ]


def test_boards_fall_back_to_the_last_complete_month(release: duckdb.DuckDBPyConnection) -> None:
    release.execute("delete from sdr_ranking where period_type = 'quarter'")
    assert boards(release).startswith("SDR by score, above all rate, month 2026-07 (1 ranked)")
