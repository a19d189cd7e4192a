"""A server process that is held to what any server owes, whatever the test does with it.

    with Watched("--drain", "0.5", upstream=provider.url) as served:
        ...

Leaving the block stops it with SIGTERM, unless the test has ended it: it ends with code 0, nothing of it is left, and
its log tells of no accident.
"""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from tests.e2e.asks import MODEL
from tests.gateway.process import Serving

ACCIDENTS = re.compile(r"Traceback|ResourceWarning|never retrieved|never awaited|was destroyed|an unexpected| ERROR ")
"""What the log of a server must not hold, whatever its clients and its provider do."""


class Watched(Serving):
    """A running server.

    Args:
        options: after `slipstream serve --port 0`.
        upstream: the base address of what plays OpenAI.
        expected: a pattern of log lines that the test brings about, and that are no accidents.
    """

    def __init__(self, *options: str, upstream: str, expected: str = "^$") -> None:
        reached = {"OPENAI_BASE_URL": upstream, "OPENAI_API_KEY": "sk-upstream"}
        super().__init__("--model", MODEL, *options, env=reached)
        self._expected = expected
        self._family: set[int] = set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._close()
        finally:
            super().__exit__(kind, error, trace)

    def _close(self) -> None:
        if self._process.poll() is None:
            assert self.stop() == 0
        until(lambda: not any(map(_runs, self._family)), 1)
        assert not self.listens()
        lines = [line for line in self.log.splitlines() if ACCIDENTS.search(line)]
        assert not [line for line in lines if not re.search(self._expected, line)], self.log

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal."""
        self._family |= set(_descendants(self.pid))
        super().signal(number)

    def listens(self) -> bool:
        """True if it takes a connection."""
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", self.port), 2):
            return True
        return False


def _descendants(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in children.read_text().split()]
    return found[1:]


def _runs(pid: int) -> bool:
    """False for a zombie too: it has ended, and whoever adopted it has not looked yet."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(condition: Callable[[], object], within: float = 5.0) -> float:
    """Look again and again until this holds; return the seconds it took, or fail."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within, f"not within {within:g} s"
        time.sleep(0.002)
    return time.monotonic() - began
