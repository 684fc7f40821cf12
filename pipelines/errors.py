"""What Podium says to a person when it stops, and the exit code that goes with it.

Every message is one line, `CODE where: what, expected …, found …, what to do`. Values of people never appear in it.
"""

from __future__ import annotations

MAX_LINE = 1000


class PodiumError(Exception):
    """A stop that a person can act on. Subclasses fix the exit code of the command line."""

    exit_code = 5

    def __init__(
        self,
        code: str,
        where: str,
        what: str,
        *,
        expected: str = "",
        found: str = "",
        do: str = "",
    ) -> None:
        self.code = code
        parts = [what, expected and f"expected {expected}", found and f"found {found}", do]
        line = f"{code} {where}: " + ", ".join(part for part in parts if part)
        # Whatever a name or a header brought with it: one printable line of a bounded length.
        line = "".join(char if char.isprintable() else " " for char in line[: 2 * MAX_LINE])
        super().__init__(" ".join(line.split())[:MAX_LINE])


class UsageError(PodiumError):
    """Wrong arguments or configuration."""

    exit_code = 2


class HeldByGate(PodiumError):
    """The gate refused the build; the last release stands."""

    exit_code = 3


class LedgerBroken(PodiumError):
    """The ledger is not the one Podium wrote; nothing is published on it."""

    exit_code = 3


class FileRefused(PodiumError):
    """One delivered file cannot be taken; the others still are."""

    exit_code = 4


class InfrastructureError(PodiumError):
    """Disk, permissions, a crashed tool: nothing the data could cause."""

    exit_code = 5


class Busy(PodiumError):
    """Another run holds the lock."""

    exit_code = 6
