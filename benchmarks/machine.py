"""How fast this machine is, against the one that the bars in microseconds were written on."""

from __future__ import annotations

import functools

from benchmarks.decode import EVENTS, median_us, openai_sdk
from benchmarks.recordings import FRAMES

OPENAI_US = 64.0
"""What the openai SDK took for a chunk on that machine."""


@functools.cache
def slower() -> float:
    """How many times more CPU time the openai SDK takes for a chunk here, measured now; bars are stretched by it."""
    body = b"".join(FRAMES["openai"](EVENTS))
    pieces = [body[i : i + 16384] for i in range(0, len(body), 16384)]
    return max(1.0, median_us(openai_sdk(pieces)) / OPENAI_US)
