"""Writing to a terminal so that nothing is lost."""

from __future__ import annotations

import io
import os
import threading

from slipstream.client.show.descriptor import Descriptor


def test_a_pipe_that_does_not_block_gets_all_of_it() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    found = []

    def drain() -> None:
        while data := os.read(read, 65536):
            found.append(data)

    text = "你好 " * 100_000
    with open(write, "w", encoding="utf-8") as out:
        out.write("held, ")
        thread = threading.Thread(target=drain)
        thread.start()
        Descriptor(out).write(text)
    thread.join(10)
    os.close(read)
    assert b"".join(found).decode() == "held, " + text


def test_a_stream_without_a_descriptor() -> None:
    out = io.StringIO()
    Descriptor(out).write("a")
    assert out.getvalue() == "a"
