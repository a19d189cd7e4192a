"""Recordings that come through a named pipe: what is opened for them is closed again."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.record.recordings import EVENTS, event_lines, timed_lines

from slipstream import record
from slipstream.errors import InvalidRequestError

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")

WHOLE = b"".join(timed_lines())


@contextmanager
def pipe(path: Path, data: bytes) -> Iterator[Path]:
    """A named pipe that holds these bytes; in the block it has a writer, so that it does not end."""
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    os.write(writer, data)
    os.close(reader)  # the bytes stay while there is a writer
    try:
        yield path
    finally:
        os.close(writer)
        join()


def join() -> None:
    """Wait for the thread that reads; it closes the file when its read is over, and then ends."""
    for thread in threading.enumerate():
        if thread.name == "slipstream-replay":
            thread.join()


def has_reader(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:  # ENXIO (POSIX, open)
        return False
    return True


def test_a_pipe_is_closed_once_it_was_played(tmp_path: Path) -> None:
    with pipe(tmp_path / "p", WHOLE) as path:
        stream = record.replay(path, speed="max")
        assert has_reader(path)
        events = iter(stream)
        assert [next(events) for _ in EVENTS[:-1]] == EVENTS[:-1]  # the last is held until the pipe ends
    assert list(events) == EVENTS[-1:]
    assert not has_reader(path)


def test_a_stream_that_is_closed_closes_its_pipe(tmp_path: Path) -> None:
    with pipe(tmp_path / "p", WHOLE) as path:
        with record.replay(path, speed=0.001) as stream:  # the next event is minutes away
            assert next(iter(stream)) == EVENTS[0]
            assert has_reader(path)
        join()
        assert not has_reader(path)
    with pipe(tmp_path / "q", event_lines()[0]) as path, record.replay(path) as stream:
        assert next(iter(stream)) == EVENTS[0]  # the pipe is silent then
    assert not has_reader(path)


def test_so_does_one_that_nobody_has_read(tmp_path: Path) -> None:
    async def main(path: Path) -> None:
        stream = record.replay_async(path)
        assert has_reader(path)
        await stream.close()

    with pipe(tmp_path / "p", WHOLE) as path:
        record.replay(path).close()
        assert not has_reader(path)
    with pipe(tmp_path / "q", WHOLE) as path:
        asyncio.run(main(path))
        assert not has_reader(path)


def test_a_pipe_that_is_refused_is_closed(tmp_path: Path) -> None:
    with pipe(tmp_path / "p", b"\x7fELF\x02\x00\x00") as path:
        with pytest.raises(InvalidRequestError, match="p: is binary"):
            record.replay(path)
        assert not has_reader(path)
        with pytest.raises(InvalidRequestError, match="speed is -1"):
            record.replay(path, speed=-1)
        assert not has_reader(path)


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    with pipe(tmp_path / "p", WHOLE) as path:
        recording = record.Recording(path)
    assert [event for batch in recording.batches() for _, event in batch] == EVENTS
    assert not has_reader(path)
    with pytest.raises(InvalidRequestError, match="p: can be read only once"):
        list(recording.batches())
