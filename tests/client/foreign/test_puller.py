"""The next item of a sync iterator, with and without a deadline."""

from __future__ import annotations

import contextvars
import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from slipstream.client.foreign.puller import END, ROOM, WOKEN, Inline, Puller, Threaded


@pytest.mark.parametrize("kind", [Inline, Threaded])
def test_items_come_in_order_and_then_the_end(kind: type[Inline | Threaded]) -> None:
    puller: Puller = kind(iter(range(100)))
    assert [puller.get(None) for _ in range(100)] == list(range(100))
    assert puller.get(None) is END
    assert puller.get(None) is END


@pytest.mark.parametrize("kind", [Inline, Threaded])
def test_what_the_iterator_raises_is_raised(kind: type[Inline | Threaded]) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("broken")

    puller: Puller = kind(items())
    assert puller.get(None) == 1
    with pytest.raises(OSError, match="broken"):
        puller.get(None)


def test_a_deadline_wakes() -> None:
    gate = threading.Event()

    def items() -> Iterator[int]:
        gate.wait(10)
        yield 1

    puller = Threaded(items())
    assert puller.get(time.monotonic() + 0.01) is WOKEN
    gate.set()
    assert puller.get(None) == 1


def test_a_reader_who_stops_stops_the_iterator() -> None:
    taken = itertools.count()
    seen: list[int] = []

    def items() -> Iterator[int]:
        for number in taken:
            seen.append(number)
            yield number

    puller = Threaded(items())
    assert puller.get(None) == 0
    puller.stop()
    thread = puller._thread
    assert thread is not None
    thread.join(5)
    assert not thread.is_alive()
    assert len(seen) <= ROOM + 3


def test_stop_frees_a_reader_who_waits() -> None:
    gate = threading.Event()

    def items() -> Iterator[int]:
        gate.wait(10)
        yield 1

    puller = Threaded(items())
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(puller.get(None)))
    thread.start()
    puller.stop()
    thread.join(5)
    assert found == [END]
    gate.set()


def test_the_iterator_sees_the_readers_context() -> None:
    name = contextvars.ContextVar("name", default="nobody")
    name.set("the reader")

    def items() -> Iterator[str]:
        yield name.get()

    assert Threaded(items()).get(None) == "the reader"
