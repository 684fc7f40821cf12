"""A stretch of a night that is finished once it is begun, because stopping in it would leave work to the next run.

Only what takes seconds belongs inside. A kill ends it like everything else; see recovery.py.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_ASKED_TO_STOP = {signal.SIGINT, signal.SIGTERM}


@contextmanager
def unbroken() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for the end of the block, also for processes that it starts."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKED_TO_STOP)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
