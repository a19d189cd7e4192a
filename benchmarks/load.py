"""Readers of a relay, in a process of their own: `python -m benchmarks.load URL MODEL STREAMS ROUNDS [deaf]`.

They speak just enough HTTP over plain sockets that their own cost is small and alike for every relay. Prints one line
of JSON: frames read, and seconds from each request to its first text, sorted.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from urllib.parse import urlsplit

BODY = {"messages": [{"role": "user", "content": "hello"}], "stream": True}


def request(url: str, model: str) -> bytes:
    """The request as it goes over the wire."""
    parts = urlsplit(url)
    body = json.dumps({"model": model, **BODY}).encode()
    head = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
    return f"{head}authorization: Bearer sk-bench\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


class Reader:
    """One connection, and what it has read."""

    def __init__(self, url: str, model: str) -> None:
        self._url = urlsplit(url)
        self._request = request(url, model)
        self.frames = 0
        self.firsts: list[float] = []

    async def run(self, rounds: int, delay: float = 0.0) -> None:
        """After so many seconds ask and read, one request after the other."""
        await asyncio.sleep(delay)
        reader, writer = await asyncio.open_connection(self._url.hostname, self._url.port, limit=1 << 20)
        for _ in range(rounds):
            began = time.perf_counter()
            writer.write(self._request)
            await self._read(reader, began)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader, began: float) -> None:
        first, tail = True, b""
        while not tail.endswith(b"0\r\n\r\n"):
            data = await reader.read(1 << 16)
            if not data:
                raise ConnectionError(f"the relay closed after {self.frames} frames: {tail!r}")
            text = tail + data
            self.frames += text.count(b'"content":"') + text.count(b'"content": "')
            self.frames -= tail.count(b'"content":"') + tail.count(b'"content": "')
            if first and self.frames and b'"content"' in text:
                self.firsts.append(time.perf_counter() - began)
                first = False
            tail = text[-40:]


async def read(url: str, model: str, streams: int, rounds: int) -> dict[str, object]:
    """All readers, one after the other within a second: people do not ask all at the same instant."""
    readers = [Reader(url, model) for _ in range(streams)]
    await asyncio.gather(*(reader.run(rounds, at / streams) for at, reader in enumerate(readers)))
    firsts = sorted(first for reader in readers for first in reader.firsts)
    return {"frames": sum(reader.frames for reader in readers), "firsts": firsts}


async def deaf(url: str, model: str) -> None:
    """A reader that asks and never reads."""
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(request(url, model))
    print("{}", flush=True)
    await asyncio.sleep(3600)


if __name__ == "__main__":
    address, name, count, times, *mode = sys.argv[1:]
    if mode:
        asyncio.run(deaf(address, name))
    else:
        print(json.dumps(asyncio.run(read(address, name, int(count), int(times)))))
