"""The latch: it wakes everybody, waits no longer than asked, and no signal spoils it."""

from __future__ import annotations

import itertools
import threading
from functools import partial

from tests.run.interrupting import interrupted

from slipstream.run.latch import Latch


def test_who_waits_is_woken_and_so_is_the_next() -> None:
    latch, heard = Latch(), list[bool]()
    threads = [threading.Thread(target=lambda: heard.append(latch.wait(30))) for _ in range(3)]
    for thread in threads:
        thread.start()
    latch.set()
    latch.set()
    for thread in threads:
        thread.join(30)
    assert heard == [True] * 3
    assert latch.wait(0)


def test_a_wait_ends_though_nothing_happens() -> None:
    latch = Latch()
    assert not latch.wait(0.001)
    assert not latch.is_set


def test_a_signal_spoils_neither_side() -> None:
    for place in itertools.count():
        latch = Latch()
        still_waits = interrupted(partial(latch.wait, 0.001), place)
        still_sets = interrupted(latch.set, place)
        latch.set()
        assert latch.wait(5)
        if not still_waits and not still_sets:
            break
    assert place > 2
