"""What a person sees on stderr while a night runs, made from the `podium.*` loggers and nothing else.

One line per part of the night that is written over while that part works; plain lines where stderr is not a terminal.
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


class ProgressHandler(logging.Handler):
    """Writes records of the `podium` loggers as `m:ss part message`.

    With `live`, an info line takes the place of the one before it from the same part; warnings always stay.
    """

    def __init__(self, stream: TextIO, live: bool) -> None:
        super().__init__(logging.INFO)
        self.stream = stream
        self.live = live
        self.started = time.monotonic()
        self.open_part: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        part = record.name.removeprefix(ROOT).lstrip(".") or ROOT
        line = _one_line(f"{self._elapsed()} {part:<10} {record.getMessage()}")
        if not self.live:
            self.stream.write(line + "\n")
        else:
            self._write_live(part, line, stays=record.levelno > logging.INFO)
        self.stream.flush()

    def _write_live(self, part: str, line: str, stays: bool) -> None:
        if self.open_part is not None:
            self.stream.write(CLEAR_LINE if self.open_part == part and not stays else "\n")
        if stays:
            self.stream.write(line + "\n")
            self.open_part = None
            return
        width = shutil.get_terminal_size().columns
        self.stream.write(line if len(line) < width else line[: width - 2] + "…")
        self.open_part = part

    def close(self) -> None:
        """End the line that is still open, so that what is printed next begins on its own."""
        if self.open_part is not None:
            self.stream.write("\n")
            self.stream.flush()
            self.open_part = None
        super().close()

    def _elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        return f"{minutes:>3}:{seconds:02}"


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
        handler.close()
        logger.setLevel(level)
        logger.propagate = propagate
