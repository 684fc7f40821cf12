"""What a person sees on stderr while a night runs, made from the `podium.*` loggers and nothing else.

One line per part of the night, written over while that part works; now and then a line where stderr is no terminal.
Nothing here estimates: a count or a name is shown because a part reported it.
"""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

ROOT = "podium"
CLEAR_LINE = "\r\x1b[2K"
PAUSE = 2.0


class ProgressHandler(logging.Handler):
    """Writes records of the `podium` loggers as `m:ss part message`.

    With `live`, an info line takes the place of the one before it from the same part. Without, a part that says much
    is shown every `PAUSE` seconds. Either way the last line of each part stays, and every warning.
    """

    def __init__(self, stream: TextIO, live: bool) -> None:
        super().__init__(logging.INFO)
        self.stream = stream
        self.live = live
        self.started = time.monotonic()
        self.part = ""
        self.written_at = 0.0
        self.open_line = ""  # live: what stands on the unfinished line; else: what is kept back

    def emit(self, record: logging.LogRecord) -> None:
        part = record.name.removeprefix(ROOT).lstrip(".") or ROOT
        line = _one_line(f"{self._elapsed()} {part:<10} {_said(record)}")
        is_new = part != self.part or record.levelno > logging.INFO
        self.part = part
        if is_new:
            self.finish_line()
        if record.levelno > logging.INFO:
            self.stream.write(line + "\n")
        elif self.live:
            self._write_over(line)
        else:
            self._write_now_and_then(line, is_new)
        self.stream.flush()

    def _write_over(self, line: str) -> None:
        width = shutil.get_terminal_size().columns
        self.stream.write(CLEAR_LINE if self.open_line else "")
        self.open_line = line if len(line) < width else line[: width - 2] + "…"
        self.stream.write(self.open_line)

    def _write_now_and_then(self, line: str, is_new: bool) -> None:
        now = time.monotonic()
        if not is_new and now - self.written_at < PAUSE:
            self.open_line = line
            return
        self.stream.write(line + "\n")
        self.open_line, self.written_at = "", now

    def finish_line(self) -> None:
        """Let what was said last stay, so that the next thing begins on its own line."""
        if self.open_line:
            self.stream.write("\n" if self.live else self.open_line + "\n")
            self.stream.flush()
        self.open_line = ""

    def _elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        return f"{minutes:>3}:{seconds:02}"


def _said(record: logging.LogRecord) -> str:
    """The message as the part said it: Dagster's handler, where it comes first, puts its run and step in front."""
    told = getattr(record, "dagster_meta", None)
    return str(told["orig_message"]) if told else record.getMessage()


def _one_line(text: str) -> str:
    """A file name may hold line ends and escape sequences; a log line may not."""
    return "".join(char if char.isprintable() else "?" for char in text)


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[None]:
    """Show the `podium` loggers on `stream` (default: stderr) while the block runs."""
    stream = stream or sys.stderr
    logger = logging.getLogger(ROOT)
    handler = ProgressHandler(stream, live=stream.isatty())
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.finish_line()
        logger.setLevel(level)
        logger.propagate = propagate
