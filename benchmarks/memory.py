"""The memory of this process."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_kib() -> int:
    """The most memory this process has had so far, in KiB.

    On Linux from VmHWM, because `ru_maxrss` of a fresh process begins at its parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak
