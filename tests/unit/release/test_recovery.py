"""A night killed between any two steps: the next plain run converges without a person.

Each test leaves the state that a kill at that step leaves (reliability: S7 to S11), then plans the next night.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict

import pytest
from release_home import ReleaseHome, march

from pipelines.errors import LedgerBroken, PodiumError, UsageError
from pipelines.night import nothing_new, plan
from pipelines.release import ledger, placing
from pipelines.release.files import write_json
from pipelines.release.placing import point
from pipelines.release.publish import collect_garbage, rollback
from pipelines.release.recovery import recover
from pipelines.release.releases import predecessor


def forget_last_row(home: ReleaseHome) -> None:
    """As a kill before the row leaves it: the head has not moved either."""
    kept = ledger.lines(home.settings)[:-1]
    home.settings.ledger.write_bytes(b"".join(line + b"\n" for line in kept))
    write_json(home.settings.ledger_head, asdict(ledger.end_of(kept)))


def last_row(home: ReleaseHome) -> ledger.Row:
    return ledger.read(home.settings)[-1]


def names(home: ReleaseHome) -> list[str]:
    return sorted(path.name for path in home.published.iterdir())


def test_killed_while_sealing(released: ReleaseHome) -> None:
    released.deliver(2)
    _, sealed = released.sealed()
    (sealed / "certificate.json").rename(sealed / "certificate.json.tmp")
    night = plan(released.settings, released.receipts)
    assert names(released) == ["current", "v000001"]
    assert last_row(released)["kind"] == "interrupted"
    assert last_row(released)["release_id"] == "v000002"
    assert night.release_id == "v000003"
    assert released.publish().is_current


def test_killed_after_the_move_before_the_swap(released: ReleaseHome) -> None:
    released.deliver(2)
    _, sealed = released.sealed()
    sealed.rename(released.published / "v000002")
    night = plan(released.settings, released.receipts)
    assert released.current() == "v000002"
    assert (last_row(released)["kind"], last_row(released)["previous"]) == ("recovered", "v000001")
    assert "v000002 is current" in str(nothing_new(released.settings, night))


def test_killed_in_the_first_night_before_the_swap(home: ReleaseHome) -> None:
    home.deliver(1)
    _, sealed = home.sealed()
    sealed.rename(home.published / "v000001")
    recover(home.settings)
    assert home.current() == "v000001"


def test_killed_after_the_move_with_a_damaged_release(released: ReleaseHome) -> None:
    released.deliver(2)
    _, sealed = released.sealed()
    (sealed / "csv" / "sdr_ranking.csv").unlink()
    sealed.rename(released.published / "v000002")
    recover(released.settings)
    assert released.current() == "v000001"
    assert "v000002" not in names(released)
    assert released.publish().release_id == "v000003"
    assert names(released) == ["current", "v000001", "v000003"]


def test_killed_during_the_swap(released: ReleaseHome) -> None:
    (released.published / ".current-v000002").symlink_to("v000002")
    recover(released.settings)
    assert names(released) == ["current", "v000001"]
    assert released.current() == "v000001"


def test_killed_after_the_swap_before_the_ledger_row(released: ReleaseHome) -> None:
    published = released.publish(day=2)
    forget_last_row(released)
    recover(released.settings)
    row = last_row(released)
    assert (row["kind"], row["current"], row["previous"]) == ("recovered", "v000002", "v000001")
    assert row["content_sha256"] == published.content_sha256
    rows = ledger.read(released.settings)
    recover(released.settings)
    assert ledger.read(released.settings) == rows


def test_killed_after_the_swap_of_a_release_that_reads_back_wrong(
    released: ReleaseHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    released.publish(day=2)
    forget_last_row(released)

    def fail(*_: object) -> None:
        raise PodiumError("E-READ-BACK", "v000002", "content")

    monkeypatch.setattr(placing, "read_back", fail)
    recover(released.settings)
    assert released.current() == "v000001"
    assert last_row(released)["kind"] == "refused"


def test_killed_during_a_roll_back(released: ReleaseHome) -> None:
    released.publish(day=2)
    point(released.settings, "v000001")
    night = plan(released.settings, released.receipts)
    assert (last_row(released)["kind"], last_row(released)["previous"]) == ("rolled_back", "v000002")
    assert released.current() == "v000001"
    assert "rolled back" in str(nothing_new(released.settings, night))


def test_killed_while_removing_an_old_release(released: ReleaseHome) -> None:
    shutil.copytree(released.published / "v000001", released.published / ".removing-v000000")
    recover(released.settings)
    assert names(released) == ["current", "v000001"]


def test_a_night_that_was_only_planned_is_written_down_once(released: ReleaseHome) -> None:
    released.deliver(2)
    plan(released.settings, released.receipts)
    recover(released.settings)
    assert (last_row(released)["kind"], last_row(released)["release_id"]) == ("interrupted", "v000002")
    rows = ledger.read(released.settings)
    recover(released.settings)
    assert ledger.read(released.settings) == rows


def test_a_night_with_nothing_new_was_not_interrupted(released: ReleaseHome) -> None:
    plan(released.settings, released.receipts)
    ledger.append(released.settings, "nothing_new", release_id="v000001")
    recover(released.settings)
    assert last_row(released)["kind"] == "nothing_new"
    assert plan(released.settings, released.receipts).release_id == "v000002"


def test_a_published_file_replaced_by_hand_leads_readers_back(released: ReleaseHome) -> None:
    released.publish(day=2)
    path = released.published / "v000002" / "csv" / "sdr_ranking.csv"
    path.chmod(0o640)
    path.write_text("month\n", "utf-8")
    night = plan(released.settings, released.receipts)
    assert released.current() == "v000001"
    assert last_row(released)["kind"] == "rolled_back"
    assert nothing_new(released.settings, night) is None, "what the damaged release said is to be built again"
    assert released.publish().is_current


def test_a_current_release_that_was_deleted_leads_readers_back(released: ReleaseHome) -> None:
    released.publish(day=2)
    shutil.rmtree(released.published / "v000002")
    recover(released.settings)
    assert released.current() == "v000001"


@pytest.mark.parametrize("lost", [["ledger"], ["ledger", "ledger_head"]], ids=["rows", "rows and head"])
def test_a_lost_ledger_removes_and_promotes_nothing(released: ReleaseHome, lost: list[str]) -> None:
    released.publish(day=2)
    rollback(released.settings)
    before = released.tree()
    for name in lost:
        getattr(released.settings, name).unlink()
    with pytest.raises(LedgerBroken, match="E-AUDIT-CHAIN at 1"):
        recover(released.settings)
    assert released.tree() == before
    assert not released.settings.ledger.exists()


def test_rollback_goes_to_the_predecessor_and_is_not_undone_by_the_next_run(released: ReleaseHome) -> None:
    released.publish(day=2)
    outcome = rollback(released.settings)
    assert (outcome.release_id, outcome.previous_release_id) == ("v000001", "v000002")
    assert released.current() == "v000001"
    night = plan(released.settings, released.receipts)
    assert "--promote" in str(nothing_new(released.settings, night))
    asked = plan(released.settings, released.receipts, promote=True)
    assert nothing_new(released.settings, asked) is None
    released.deliver(3)
    assert nothing_new(released.settings, plan(released.settings, released.receipts)) is None


def test_what_was_rolled_back_can_be_named_again(released: ReleaseHome) -> None:
    released.publish(day=2)
    rollback(released.settings)
    assert rollback(released.settings, "v000002").is_current
    night = plan(released.settings, released.receipts)
    assert "v000002 is current" in str(nothing_new(released.settings, night))


def test_a_release_after_a_rollback_follows_what_readers_saw(released: ReleaseHome) -> None:
    released.publish(day=2)
    rollback(released.settings)
    assert released.publish(day=3).previous_release_id == "v000001"
    before = predecessor(released.settings, "v000003")
    assert before is not None
    assert before.release_id == "v000001"
    assert rollback(released.settings).release_id == "v000001"


@pytest.mark.parametrize(
    ("version", "message"),
    [(None, "no release before it"), ("v000009", "no such release, expected one of v000001"), ("v000001", "already")],
)
def test_rollbacks_that_lead_nowhere(released: ReleaseHome, version: str | None, message: str) -> None:
    before = released.tree()
    with pytest.raises(UsageError, match=message):
        rollback(released.settings, version)
    assert released.tree() == before


def test_no_rollback_to_a_release_that_is_not_what_was_certified(released: ReleaseHome) -> None:
    released.publish(day=2)
    (released.published / "v000001" / "csv" / "sdr_ranking.csv").unlink()
    with pytest.raises(PodiumError, match=r"sdr_ranking\.csv is missing"):
        rollback(released.settings)
    assert released.current() == "v000002"


def test_old_releases_go_and_the_predecessor_stays(released: ReleaseHome) -> None:
    """Directories stand in for releases: what is kept depends on names, ledger and pointer."""
    released.publish(day=2)
    for number in range(3, 13):
        shutil.copytree(released.published / "v000001", released.published / f"v{number:06d}")
    assert collect_garbage(released.settings) == ["v000003", "v000004", "v000005"]
    assert collect_garbage(released.settings) == []
    kept = [f"v{number:06d}" for number in (1, 2, *range(6, 13))]
    assert names(released) == ["current", *kept]


def test_days_before_any_delivery_have_no_night(home: ReleaseHome) -> None:
    with pytest.raises(UsageError, match="nothing was delivered"):
        plan(home.settings, home.receipts)
    home.deliver(5)
    with pytest.raises(UsageError, match="nothing was delivered by 2026-03-04"):
        plan(home.settings, home.receipts, as_of=march(4))
