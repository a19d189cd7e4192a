"""Writing to a terminal so that nothing is lost."""

from __future__ import annotations

import io
import os
import pty
import threading
import tty

import pytest

from slipstream.client.show.abilities import size_of
from slipstream.client.show.descriptor import Descriptor


def test_a_terminal_that_does_not_block_gets_all_of_it() -> None:
    read, write = pty.openpty()
    tty.setraw(write)
    os.set_blocking(write, False)
    expected = "held, " + "你好 " * 10_000
    found = bytearray()

    def drain() -> None:
        while len(found) < len(expected.encode()):
            found.extend(os.read(read, 65536))

    with open(write, "w", encoding="utf-8") as out:
        out.write(expected[:6])
        thread = threading.Thread(target=drain)
        thread.start()
        Descriptor(out).write(expected[6:])
        thread.join(10)
    os.close(read)
    assert found.decode() == expected


class Elsewhere(io.StringIO):
    """The stdout of a notebook: it names the descriptor of its kernel, and shows what is written in the page."""

    encoding = "ascii"

    def __init__(self, descriptor: int, *, terminal: bool) -> None:
        super().__init__()
        self._descriptor, self._terminal = descriptor, terminal

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return self._terminal


def test_a_descriptor_that_is_not_the_terminal_of_the_stream_gets_nothing() -> None:
    master, slave = pty.openpty()
    read, write = os.pipe()
    os.set_blocking(master, False)
    os.set_blocking(read, False)
    for out in (Elsewhere(slave, terminal=False), Elsewhere(write, terminal=True)):
        Descriptor(out).write("a好")
        assert out.getvalue() == "a?"
        assert size_of(out, {}) == (80, 24)
    for descriptor in (master, read):
        with pytest.raises(BlockingIOError):
            os.read(descriptor, 1)
    for descriptor in (master, slave, read, write):
        os.close(descriptor)


def test_a_stream_without_a_descriptor() -> None:
    out = io.StringIO()
    Descriptor(out).write("a")
    assert out.getvalue() == "a"
