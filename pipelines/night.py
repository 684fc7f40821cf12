"""What one night is about: which D, which release id, after which release, and whether it has anything to do.

Plans only. Reading deliveries is intake's work, building dbt's, publishing release/'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

from pipelines.crash import crash_point
from pipelines.errors import InfrastructureError, UsageError
from pipelines.intake.receipts import Receipt
from pipelines.release import ledger, provenance, releases
from pipelines.release.files import canonical_json, read_json, write_json
from pipelines.release.recovery import PLAN, recover
from pipelines.settings import Settings


@dataclass(frozen=True)
class Night:
    """One run. `as_of` is D; `built_at` is UTC without a zone; `inputs_sha256` is what the plan rests on."""

    release_id: str
    previous_release_id: str | None
    as_of: date
    built_at: datetime
    promote: bool
    inputs_sha256: str = ""


def counted(receipts: Sequence[Receipt], as_of: date) -> list[Receipt]:
    """The receipts a night for `as_of` is made of: loaded, and delivered by then."""
    return [receipt for receipt in receipts if receipt.verdict == "loaded" and receipt.delivered_on <= as_of]


def plan(settings: Settings, receipts: Sequence[Receipt], as_of: date | None = None, promote: bool = False) -> Night:
    """Plan the next night and save it; `as_of` defaults to the newest delivery date of which a file was loaded.

    Call it under `night_lock`: it first finishes or clears away what a killed night left behind.
    Raises UsageError when no file was loaded that a night for `as_of` could be made of.
    """
    recover(settings)
    day = as_of or max((receipt.delivered_on for receipt in receipts if receipt.verdict == "loaded"), default=None)
    if day is None or not counted(receipts, day):
        when = f" by {day}" if day else ""
        raise UsageError(
            "E-NO-DELIVERY",
            str(settings.inbox),
            f"nothing was delivered{when}",
            do="see podium status for refused files",
        )
    night = Night(
        release_id=releases.next_release_id(settings),
        previous_release_id=releases.current_id(settings),
        as_of=day,
        built_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        promote=promote,
        inputs_sha256=inputs_sha256(settings, receipts, day),
    )
    save(settings, night)
    crash_point("S4", 1)
    return night


def inputs_sha256(settings: Settings, receipts: Sequence[Receipt], as_of: date) -> str:
    """Over everything a release for `as_of` is a function of: deliveries, D, configuration, code and lock file."""
    deliveries = sorted(
        (r.source, r.delivered_on.isoformat(), r.entity, r.sha256, r.is_full, r.version)
        for r in counted(receipts, as_of)
    )
    inputs = {
        "deliveries": deliveries,
        "as_of": as_of,
        "config": provenance.config_sha256(settings),
        "code": provenance.code_sha256(),
        "lock": provenance.lock_sha256(),
    }
    return hashlib.sha256(canonical_json(inputs).encode()).hexdigest()


def nothing_new(settings: Settings, night: Night) -> str | None:
    """Why there is nothing to do for `night`, in words; None when it has to be built."""
    current = releases.current(settings)
    if current and current.inputs_sha256 == night.inputs_sha256:
        return f"{current.release_id} is current and already made of these inputs"
    if night.promote:
        return None
    rolled_back = ledger.withdrawn(ledger.read(settings)).get(night.inputs_sha256)
    if rolled_back:
        return f"{rolled_back} was made of these inputs and rolled back; --promote publishes them again"
    beside = [r for r in releases.list_releases(settings) if r.inputs_sha256 == night.inputs_sha256]
    if current and night.as_of < current.as_of and beside:
        return f"{beside[-1].release_id} lies beside the current release and is already made of these inputs"
    return None


def save(settings: Settings, night: Night) -> None:
    """Keep the plan in work/night.json: for the steps of the night, and to tell that it was killed."""
    settings.work.mkdir(parents=True, exist_ok=True)
    write_json(settings.work / PLAN, asdict(night))


def discard(settings: Settings) -> None:
    """Forget a plan that nobody will carry out, so that it does not look like a night that was killed."""
    (settings.work / PLAN).unlink(missing_ok=True)


def load(settings: Settings) -> Night:
    """The plan of the running night. Raises InfrastructureError when there is none."""
    try:
        kept = read_json(settings.work / PLAN)
    except (OSError, ValueError) as error:
        raise InfrastructureError(
            "E-NO-NIGHT", str(settings.work), "no night was planned", do="run podium run"
        ) from error
    dates = {"as_of": date.fromisoformat(kept["as_of"]), "built_at": datetime.fromisoformat(kept["built_at"])}
    return Night(**{**kept, **dates})
