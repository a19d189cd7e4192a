"""A wait for something that happens once, which a signal cannot spoil.

Strategy: `Event` takes its lock in Python code, and `Thread.join` notes in Python code (up to 3.12) that a thread has
ended. A signal handler that raises there, as on Ctrl-C, leaves the lock taken, or the thread noted as ended. A
`SimpleQueue` waits in C, and a flag says what has happened, whoever took the entry.
"""

from __future__ import annotations

import contextlib
import queue


class Latch:
    """Set once, from any thread; any thread may wait for that.

    Attributes:
        is_set: whether it is.
    """

    def __init__(self) -> None:
        self.is_set = False
        self._entry: queue.SimpleQueue[None] = queue.SimpleQueue()

    def set(self) -> None:
        """Wake who waits. May be called again."""
        self.is_set = True
        self._entry.put(None)

    def wait(self, timeout: float) -> bool:
        """Wait until it is set, for so many seconds at most; return whether it is."""
        if not self.is_set:
            with contextlib.suppress(queue.Empty):
                self._entry.get(timeout=timeout)
                self._entry.put(None)  # for a second thread that waits here
        return self.is_set
