"""How a command ends: one line on stderr and an exit code, never a traceback.

Codes: 0 done or nothing new · 2 usage or configuration · 3 held by the gate · 4 a delivered file was refused ·
5 infrastructure or an unexpected error · 6 another run holds the lock · 130 interrupted (Ctrl-C or SIGTERM).
"""

from __future__ import annotations

import errno
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pipelines.errors import InfrastructureError, PodiumError

INTERRUPTED = 130
HOME = "podium.home"


class Group(click.Group):
    """A command group whose errors are for a person."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except PodiumError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("I-INTERRUPTED podium: ended as asked; `podium status` says what stands", err=True)
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            click.echo(str(_infrastructure(error)), err=True)
            ctx.exit(InfrastructureError.exit_code)
        except Exception as error:
            click.echo(_unexpected(error, ctx.meta.get(HOME)), err=True)
            ctx.exit(InfrastructureError.exit_code)


def _infrastructure(error: OSError) -> InfrastructureError:
    """Disk, permissions and the like, named by the operating system."""
    code = {errno.ENOSPC: "E-DISK", errno.EDQUOT: "E-DISK", errno.EACCES: "E-PERM", errno.EROFS: "E-PERM"}
    where = str(error.filename or "operating system")
    return InfrastructureError(code.get(error.errno or 0, "E-OS"), where, error.strerror or type(error).__name__)


def _unexpected(error: Exception, home: Path | None) -> str:
    """One line about a mistake of Podium's own; the traceback goes to a file under <home>/logs."""
    name = f"error-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    told = "there is no home to keep the details in"
    if home is not None:
        try:
            path = home / "logs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600)
            path.write_text("".join(traceback.format_exception(error)), "utf-8")
            told = f"see {path}"
        except OSError:
            told = "the details could not be written down"
    return f"E-INTERNAL podium: {type(error).__name__}, {told}, please report it"
