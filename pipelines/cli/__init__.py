"""`podium …`: reads arguments, calls one function, turns what it says into an exit code.

Nothing is decided here. Imports that cost time stand inside the commands, so that `--help` and `status` are quick.
"""

from pipelines.cli.commands import main

__all__ = ["main"]
