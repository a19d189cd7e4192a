"""How much memory something takes while it runs."""

from __future__ import annotations

import gc
import resource
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

STATM = Path("/proc/self/statm")


def resident() -> int:
    """The memory of this process now, in bytes; where the system does not tell, the most it ever had."""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class MemoryWatch:
    """Looks every few milliseconds, from a thread of its own.

    Attributes:
        grown: bytes by which the memory grew at its highest.
    """

    def __init__(self) -> None:
        self.grown = 0
        self._start = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(0.003):
            self.grown = max(self.grown, resident() - self._start)

    def __enter__(self) -> Self:
        gc.collect()
        self._start = resident()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self.grown = max(self.grown, resident() - self._start)
