"""The certificate of a release: what it vouches for, and the proof that a directory is what it vouches for.

Trusts nothing but the bytes it reads. Whether a proven release may become current is publish.py's question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.errors import PodiumError
from pipelines.release.files import canonical_json, read_json, sha256_of, write_json

NAME = "certificate.json"
FORMAT = 1
Facts = dict[str, Any]
_PASSED = ("pass", "warn")
_OVERRIDDEN = "block_overridden"


def artefacts(directory: Path) -> dict[str, dict[str, Any]]:
    """Size and hash of every file below `directory` but the certificate, by its relative path."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_symlink() or not path.is_dir())
    return {
        path.relative_to(directory).as_posix(): {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in files
        if path != directory / NAME
    }


def write(directory: Path, facts: Mapping[str, Any]) -> None:
    """Hash what lies in `directory` and write its certificate with `facts`: the last file of a release."""
    listed = artefacts(directory)
    whole = {"format": FORMAT, **facts, "artefacts": listed, "build_id": _sha256(listed)}
    write_json(directory / NAME, whole | {"certificate_sha256": _sha256(whole)})


def read(directory: Path) -> Facts:
    """The facts of a certificate that is unchanged since it was written. Raises PodiumError otherwise."""
    try:
        facts = read_json(directory / NAME)
    except (OSError, ValueError) as error:
        raise _refusal(directory, "no readable certificate") from error
    stated = facts.get("certificate_sha256")
    rest = {key: value for key, value in facts.items() if key != "certificate_sha256"}
    if stated != _sha256(rest) or facts.get("format") != FORMAT:
        raise _refusal(directory, "the certificate was changed after it was written")
    return facts


def verify(directory: Path) -> Facts:
    """Re-prove a release: every byte is certified, every required check was executed and none blocks.

    Returns the certificate's facts. Raises PodiumError naming the first thing that does not hold.
    """
    facts = read(directory)
    _verify_artefacts(directory, facts["artefacts"])
    _verify_checks(directory, facts)
    return facts


def _verify_artefacts(directory: Path, certified: Mapping[str, Any]) -> None:
    links = [path for path in directory.rglob("*") if path.is_symlink()]
    if links:
        raise _refusal(directory, f"{links[0].name} is a link")
    found = artefacts(directory)
    for name in sorted(found.keys() | certified.keys()):
        if name not in found:
            raise _refusal(directory, f"{name} is missing")
        if name not in certified:
            raise _refusal(directory, f"{name} is not certified")
        if found[name] != certified[name]:
            raise _refusal(directory, f"{name} was changed", certified[name]["sha256"][:12], found[name]["sha256"][:12])
    if "podium.duckdb" not in found:
        raise _refusal(directory, "podium.duckdb is missing")


def _verify_checks(directory: Path, facts: Facts) -> None:
    checks = facts["checks"]
    if facts["decision"] != "publish" or not facts["checks_sha256"]:
        raise _refusal(directory, "not certified for publishing", "decision publish", f"decision {facts['decision']}")
    if not any(check["is_required"] for check in checks):
        raise _refusal(directory, "no required check was executed")
    overridden = {override["check_id"] for override in facts["overrides"]}
    for check in checks:
        is_let_through = check["verdict"] == _OVERRIDDEN and check["check_id"] in overridden
        if check["verdict"] not in _PASSED and not is_let_through:
            raise _refusal(directory, f"check {check['check_id']} did not pass", found=f"verdict {check['verdict']}")
        if check["is_required"] and not check["rows_examined"]:
            raise _refusal(directory, f"required check {check['check_id']} examined nothing")


def _sha256(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _refusal(directory: Path, what: str, expected: str = "", found: str = "") -> PodiumError:
    return PodiumError("E-CERTIFICATE", directory.name, what, expected=expected, found=found, do="not fit to publish")
