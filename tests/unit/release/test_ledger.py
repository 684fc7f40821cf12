"""The chain of the ledger: what a stop leaves is mended and told, what a hand changed stops every night."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict

import pytest
from release_home import ReleaseHome

from pipelines.errors import LedgerBroken, PodiumError
from pipelines.night import plan
from pipelines.release import certificate, ledger
from pipelines.release.chain import verify, verify_all
from pipelines.release.files import write_json
from pipelines.release.publish import publish, rollback


@pytest.fixture
def kept(released: ReleaseHome) -> ReleaseHome:
    """Two releases and five rows."""
    for number in range(3):
        ledger.append(released.settings, "nothing_new", reasons=[f"nothing at all {number}"])
    released.publish(day=2)
    assert verify_all(released.settings).rows == 5
    return released


def lines(home: ReleaseHome) -> list[bytes]:
    return ledger.lines(home.settings)


def put(home: ReleaseHome, rows: list[bytes]) -> None:
    home.settings.ledger.write_bytes(b"".join(row + b"\n" for row in rows))


def flip(row: bytes) -> bytes:
    return row.replace(b"at all", b"at aLl")


def kinds(home: ReleaseHome) -> list[str]:
    return [row["kind"] for row in ledger.read(home.settings)]


TAMPERING: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int]] = {
    "a byte flipped": (lambda rows: [rows[0], flip(rows[1]), *rows[2:]], 3),
    "a byte of the last row flipped": (lambda rows: [*rows[:4], rows[4].replace(b"published", b"pUblished")], 5),
    "a row deleted": (lambda rows: [*rows[:2], *rows[3:]], 3),
    "the last row deleted": (lambda rows: rows[:4], 5),
    "the last rows deleted": (lambda rows: rows[:2], 3),
    "all rows deleted": (lambda rows: [], 1),
    "two rows swapped": (lambda rows: [rows[0], rows[2], rows[1], *rows[3:]], 2),
    "an old row replayed": (lambda rows: [*rows, rows[2]], 6),
    "a line that is no row": (lambda rows: [*rows[:3], b"{", *rows[3:]], 4),
}


@pytest.mark.parametrize("flaw", TAMPERING)
def test_a_ledger_changed_by_hand_stops_the_night_and_readers_stay(kept: ReleaseHome, flaw: str) -> None:
    change, number = TAMPERING[flaw]
    before = kept.tree()
    kept.deliver(3)
    put(kept, change(lines(kept)))
    left = kept.settings.ledger.read_bytes()
    for step in (
        lambda: verify_all(kept.settings),
        lambda: plan(kept.settings, kept.receipts),
        lambda: rollback(kept.settings),
    ):
        with pytest.raises(LedgerBroken, match=f"^E-AUDIT-CHAIN at {number}: "):
            step()
    assert kept.tree() == before
    assert kept.settings.ledger.read_bytes() == left, "nothing is added to a broken chain"


def test_a_ledger_changed_while_a_night_runs_is_not_published_on(kept: ReleaseHome) -> None:
    kept.deliver(3)
    night, sealed = kept.sealed()
    put(kept, [lines(kept)[0], flip(lines(kept)[1]), *lines(kept)[2:]])
    with pytest.raises(LedgerBroken, match="E-AUDIT-CHAIN at 3"):
        publish(kept.settings, sealed, night)
    assert kept.current() == "v000002"


def test_a_truncated_ledger_shows_by_the_certificates_even_with_its_head_rewritten(kept: ReleaseHome) -> None:
    shorter = lines(kept)[:2]
    put(kept, shorter)
    write_json(kept.settings.ledger_head, asdict(ledger.end_of(shorter)))
    with pytest.raises(LedgerBroken, match="E-AUDIT-CHAIN at 3: v000002 was certified after 4 rows"):
        verify(kept.settings)


def test_a_certificate_rewritten_with_care_is_not_the_one_that_was_published(kept: ReleaseHome) -> None:
    directory = kept.published / "v000002"
    facts = json.loads((directory / certificate.NAME).read_text("utf-8")) | {"profile": {}}
    certificate.write(directory, {name: fact for name, fact in facts.items() if name != "certificate_sha256"})
    assert certificate.verify(directory)
    with pytest.raises(LedgerBroken, match="E-AUDIT-CHAIN at 5: the certificate of v000002 is not the one"):
        plan(kept.settings, kept.receipts)


def test_an_unreadable_certificate_is_said_on_asking_and_mended_by_a_night(kept: ReleaseHome) -> None:
    (kept.published / "v000002" / certificate.NAME).unlink()
    with pytest.raises(LedgerBroken, match=r"E-AUDIT-CHAIN .* v000002: no readable certificate"):
        verify_all(kept.settings)
    plan(kept.settings, kept.receipts)
    assert kept.current() == "v000001"


def tear(home: ReleaseHome, off: int) -> None:
    """As a power cut in the middle of adding a row leaves it: `off` bytes lack, and the head has not moved."""
    known = ledger.head(home.settings)
    assert known is not None
    ledger.append(home.settings, "nothing_new", reasons=["torn"])
    home.settings.ledger.write_bytes(home.settings.ledger.read_bytes()[:-off])
    write_json(home.settings.ledger_head, asdict(known))


def test_a_torn_last_row_never_counted_and_is_kept_in_words(kept: ReleaseHome) -> None:
    tear(kept, off=40)
    assert verify_all(kept.settings).rows == 5, "no alarm"
    plan(kept.settings, kept.receipts)
    assert kinds(kept)[4:6] == ["published", "mended"]
    mended = ledger.read(kept.settings)[5]
    assert mended["torn_text"].startswith('{"at":')
    assert "row 6 was torn" in mended["reasons"][0]
    assert verify_all(kept.settings).rows == 6


def test_a_row_that_lacks_only_its_end_counts(kept: ReleaseHome) -> None:
    tear(kept, off=1)
    plan(kept.settings, kept.receipts)
    assert kinds(kept)[4:7] == ["published", "nothing_new", "mended"]
    assert verify_all(kept.settings).rows == 7


def test_a_last_row_cut_short_by_hand_is_no_tear(kept: ReleaseHome) -> None:
    kept.settings.ledger.write_bytes(kept.settings.ledger.read_bytes()[:-40])
    with pytest.raises(LedgerBroken, match="E-AUDIT-CHAIN at 5: the ledger ends after row 4 and had 5"):
        plan(kept.settings, kept.receipts)


def test_a_stop_between_row_and_head_is_no_alarm_however_often(kept: ReleaseHome) -> None:
    for number in range(3):
        ledger.append(kept.settings, "nothing_new", reasons=[str(number)])
        write_json(kept.settings.ledger_head, asdict(ledger.end_of(lines(kept)[:-1])))
    assert verify_all(kept.settings).rows == 8


def test_a_lost_head_is_taken_up_again_and_written_down(kept: ReleaseHome) -> None:
    kept.settings.ledger_head.unlink()
    plan(kept.settings, kept.receipts)
    assert "ledger.head was lost" in ledger.read(kept.settings)[5]["reasons"][0]
    known = ledger.head(kept.settings)
    assert known is not None
    assert known.rows == 6


def test_a_row_is_one_line_whatever_its_text(home: ReleaseHome) -> None:
    ledger.append(home.settings, "interrupted", release_id="v000002", reasons=["a\nb\u2028c\x85d"])
    ledger.append(home.settings, "nothing_new")
    assert [row.get("reasons") for row in ledger.read(home.settings)] == [["a\nb\u2028c\x85d"], None]
    assert verify(home.settings).rows == 2


def test_a_damaged_release_is_still_set_aside(kept: ReleaseHome) -> None:
    """The chain is whole; what does not hold is the release."""
    path = kept.published / "v000002" / "csv" / "sdr_ranking.csv"
    path.chmod(0o640)
    path.write_text("month\n", "utf-8")
    plan(kept.settings, kept.receipts)
    assert kept.current() == "v000001"
    with pytest.raises(PodiumError):
        certificate.read(kept.published / "v000002")
