"""Takes a person's decision about a held build and writes it into the ledger, or says why it cannot be taken.

What a decision does to the next night is decisions.py's part.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from data_checks.verdict import Decision, DecisionKind
from pipelines.errors import UsageError
from pipelines.release import ledger
from pipelines.release.decisions import KINDS, now, recorded
from pipelines.release.files import read_json
from pipelines.release.lock import night_lock
from pipelines.release.recovery import recover
from pipelines.settings import Settings

# Long enough for the next night, short enough that nobody forgets it.
USUAL_LIFE = "24h"
LONGEST_LIFE = timedelta(days=7)
LONGEST_TEXT = 500
_UNITS = {"h": "hours", "d": "days"}

Check = dict[str, Any]


def decide(
    settings: Settings,
    kind: DecisionKind,
    release_id: str,
    name: str,
    *,
    reason: str,
    by: str,
    expires: str = USUAL_LIFE,
    second: str | None = None,
) -> list[Decision]:
    """Write down that `by` lets the checks called `name` (an id or a code) of a held build through, and returns each.

    Each decision is bound to the build's content, the check and what it observed. Raises UsageError for a check that
    cannot be decided so, LedgerBroken where the ledger was tampered with.
    """
    said = {"reasons": [text("--reason", reason)], "by": text("--by", by), "second": _second(second, by)}
    life = lifetime(expires)
    with night_lock(settings):
        recover(settings)
        build = held_build(settings, release_id)
        checks = decidable(build, name, kind)
        said["expires_at"] = (now() + life).isoformat(timespec="seconds")
        return [_write(settings, kind, build, check, said) for check in checks]


def lifetime(said: str) -> timedelta:
    """`24h` or `3d` as time. Raises UsageError for another form and for more than LONGEST_LIFE."""
    found = re.fullmatch(r"([1-9]\d{0,3})([hd])", said.strip())
    life = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if life is None or life > LONGEST_LIFE:
        expected = f"1h to {LONGEST_LIFE.days}d"
        raise UsageError("E-DECISION", "--expires", "no such time", expected=expected, found=repr(said))
    return life


def text(option: str, said: str) -> str:
    """What a person wrote, on one line. Raises UsageError where it says nothing or is too long for a ledger."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())
    if not plain or len(plain) > LONGEST_TEXT:
        expected, found = f"1 to {LONGEST_TEXT} characters", str(len(plain))
        raise UsageError("E-DECISION", option, "cannot stand in the ledger", expected=expected, found=found)
    return plain


def _second(said: str | None, by: str) -> str | None:
    if said is None:
        return None
    second = text("--second", said)
    if second.casefold() == text("--by", by).casefold():
        raise UsageError("E-DECISION", "--second", "is the one who decides", do="name somebody else, or leave it out")
    return second


def held_build(settings: Settings, release_id: str) -> dict[str, Any]:
    """`checks.json` of a held build. Raises UsageError when it is not kept, or was not built to its end."""
    kept = {path.parent.name: path for path in sorted(settings.held.glob("v*/checks.json"))}
    if release_id not in kept:
        expected = f"one of {', '.join(kept)}" if kept else "a night that the gate held"
        raise UsageError("E-NO-HELD", release_id, "no such held build is kept", expected=expected)
    build = read_json(kept[release_id])
    if not build["content_sha256"]:
        raise UsageError("E-DECISION", release_id, "was not built to its end, so there is nothing to decide about")
    return build


def decidable(build: dict[str, Any], name: str, kind: DecisionKind) -> list[Check]:
    """The blocking checks of a held build that `name` means, by id or by code.

    Raises UsageError where there is none, and where one of them is not for a decision of this kind.
    """
    blocking = [check for check in build["checks"] if check["verdict"] == "block"]
    meant = [check for check in blocking if name in (check["check_id"], check["code"])]
    if not meant:
        names = ", ".join(sorted({check["code"] for check in blocking}))
        raise UsageError("E-DECISION", name, f"does not hold {build['release_id']}", expected=f"one of {names}")
    for check in meant:
        if check["decision"] != kind:
            raise UsageError("E-DECISION", check["check_id"], _refusal(check))
    return meant


def commands(build: dict[str, Any], home: str) -> list[str]:
    """What to type to let a held build through, one line per code; empty where something in it nobody can decide."""
    blocking = [check for check in build["checks"] if check["verdict"] == "block"]
    if not build["content_sha256"] or any(check["decision"] not in KINDS for check in blocking):
        return []
    codes = {check["code"]: check["decision"] for check in blocking}
    tail = f'--reason "WHY" --by NAME --expires {USUAL_LIFE} --home {home}'
    return [f"podium {kind} {build['release_id']} {code} {tail}" for code, kind in codes.items()]


def _refusal(check: Check) -> str:
    if check["code"] in ("E-CHECK-ERROR", "E-NO-EVIDENCE"):
        return "was not judged, so there is nothing to override: repair the check or its inputs"
    if check["decision"] == "never":
        return f"guards integrity and is never overridden ({check['description']}): repair the data or the code"
    meant = {"ack": "a declared change, podium ack is for it", "override": "an anomaly, podium override is for it"}
    return f"is {meant[check['decision']]}"


def _write(
    settings: Settings, kind: DecisionKind, build: dict[str, Any], check: Check, said: dict[str, Any]
) -> Decision:
    number = sum(row["kind"] in KINDS for row in ledger.read(settings)) + 1
    bound = {name: check[name] for name in ("check_id", "code", "observed", "observed_value", "threshold_value")}
    about = {"release_id": build["release_id"], "as_of": build["as_of"], "content_sha256": build["content_sha256"]}
    return recorded(ledger.append(settings, kind, decision_id=f"D{number:04d}", **about, **bound, **said))
