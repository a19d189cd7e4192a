"""What work costs."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds, without the garbage collector: its visits cost what the whole test run holds, not what this does."""
    collects = gc.isenabled()
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        if collects:
            gc.enable()
