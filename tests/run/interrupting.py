"""A signal handler that raises, at each place where the interpreter would run one.

Strategy: CPython looks for signals after a call, when a function begins and when a loop turns. A trace function sees
every instruction, so that it can raise at the n-th of these places: what a Ctrl-C does once in a million times, every
time.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from types import CodeType, FrameType
from typing import Any

_LOOKS = ("CALL", "CALL_FUNCTION_EX", "CALL_KW", "RESUME", "JUMP_BACKWARD")


@cache
def _places(code: CodeType) -> frozenset[int]:
    """Offsets of the instructions before which the interpreter has looked for signals."""
    steps = [step for step in dis.get_instructions(code) if step.opname != "CACHE"]
    return frozenset(after.offset for before, after in pairwise(steps) if before.opname in _LOOKS)


def interrupted(work: Callable[[], object], place: int) -> bool:
    """Do the work in this thread, and raise KeyboardInterrupt in it.

    Args:
        work: what is interrupted.
        place: at which of the places, from 0.

    Returns:
        False if it has fewer places.
    """
    left = place

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode" and frame.f_lasti in _places(frame.f_code):
            left -= 1
            if left < 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return left < 0
