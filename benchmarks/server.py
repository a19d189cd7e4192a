"""The server of the benchmarks, in a process of its own: plays a stream as fast, or as evenly, as the path says.

    POST /{openai|anthropic|event|long}/{events}/{events a write}/{microseconds between writes}/...

It speaks just enough HTTP for the clients measured here, so that its own cost does not blur theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.recordings import FRAMES

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nx-request-id: req_1\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
PATH = re.compile(rb"POST /(\w+)/(\d+)/(\d+)/(\d+)/")


@functools.lru_cache(maxsize=32)
def writes(shape: str, events: int, per_write: int) -> list[bytes]:
    """The HTTP chunks of a stream, one a write."""
    frames = FRAMES[shape](events)
    blocks = (b"".join(frames[i : i + per_write]) for i in range(0, len(frames), per_write))
    chunks: dict[bytes, bytes] = {}  # a long stream repeats itself; its blocks are kept once
    return [chunks.setdefault(block, b"%x\r\n%b\r\n" % (len(block), block)) for block in blocks]


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection, request after request; a client that goes is no error (uvloop says RuntimeError)."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, RuntimeError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            found = PATH.match(head)
            if found is None:  # a relay that asks which models there are
                writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                continue
            await play(writer, found[1].decode(), int(found[2]), int(found[3]), int(found[4]) / 1e6)
    writer.close()


async def play(writer: asyncio.StreamWriter, shape: str, events: int, per_write: int, interval: float) -> None:
    """Send one answer."""
    writer.write(HEAD)
    loop = asyncio.get_running_loop()
    due = loop.time()
    for block in writes(shape, events, per_write):
        writer.write(block)
        if interval:
            due += interval
            await asyncio.sleep(due - loop.time())
        else:
            await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def serve() -> None:
    """Serve until killed; the port is the first line of output."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def running() -> Iterator[str]:
    """A server process; gives its address."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.server"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        try:
            import uvloop

            uvloop.run(serve())
        except ImportError:
            asyncio.run(serve())
