"""A server that does what it is told, byte by byte: the broken providers of RELIABILITY C1.

Strategy: a script is a row of steps (send these bytes, wait for the test's word, reset, fall silent), one script a
connection. It speaks raw bytes and knows no HTTP beyond finding the end of a request, so that it can break every rule.
It runs in a thread of its own: a stall it sees is the client's. Loopback only; connections, bytes and time are bounded.

    with HostileServer([read_request, send(HEAD), send(b"data: {"), reset]) as server:
        ...
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from tests.replay_server import Request, read_request as parse_request

MAX_LINES = 2000
"""Connections one server takes: a retry storm ends as a failed test, not as a full machine."""

MAX_SECONDS = 30.0
"""How long one script may run: a client that hangs ends as a failed test."""


class Line:
    """One connection, as the server sees it.

    Attributes:
        requests: what was read from it.
        sent: bytes written to the socket's buffer so far.
        gone: set once the client has closed or reset it.
        over: set once the server is done with it.
    """

    def __init__(self, server: HostileServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.requests: list[Request] = []
        self.sent = 0
        self.gone = threading.Event()
        self.over = threading.Event()

    async def send(self, data: bytes) -> None:
        """Write, and wait until the socket has room for more."""
        self.writer.write(data)
        self.sent += len(data)
        await self.writer.drain()

    async def until_gone(self) -> None:
        """Read and throw away until the client closes."""
        while await self.reader.read(65536):
            pass
        self.gone.set()


Step = Callable[[Line], Awaitable[None]]
Script = Sequence[Step]


class HostileServer:
    """Runs one script a connection, in turn; the last one serves all further connections.

    Attributes:
        url: the base address, `http://127.0.0.1:port` (https with `tls`).
        lines: the connections so far.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = scripts
        self._tls = tls
        self._events: dict[str, asyncio.Event] = {}
        self._reached: dict[str, threading.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="hostile-server", daemon=True)
        self._ready = threading.Event()
        self.lines: list[Line] = []
        self.port = 0

    @property
    def url(self) -> str:
        """The base address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Request]:
        """All requests of all connections."""
        return [request for line in self.lines for request in line.requests]

    def go(self, name: str) -> None:
        """Let scripts that wait for this word go on."""
        self._loop.call_soon_threadsafe(lambda: self._event(name).set())

    def wait_until(self, name: str, timeout: float = 5.0) -> None:
        """Wait until a script has come to `reached(name)`."""
        assert self._reach(name).wait(timeout), f"no connection came to {name!r}"

    def wait_gone(self, line: int = -1, timeout: float = 2.0) -> None:
        """Wait until the client has closed a connection."""
        assert self.lines[line].gone.wait(timeout), "the client did not close its socket"

    def _event(self, name: str) -> asyncio.Event:
        return self._events.setdefault(name, asyncio.Event())

    def _reach(self, name: str) -> threading.Event:
        return self._reached.setdefault(name, threading.Event())

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the hostile server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda _loop, _context: None)  # our own broken handshakes are no news
        start = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls, limit=2**20, backlog=500)
        server = self._loop.run_until_complete(start)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # closed transports let go of their sockets one turn later
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        line = Line(self, reader, writer)
        self.lines.append(line)
        number = len(self.lines) - 1
        try:
            if number < MAX_LINES:
                async with asyncio.timeout(MAX_SECONDS):
                    await _play(self._scripts[min(number, len(self._scripts) - 1)], line)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, BrokenPipeError):
            line.gone.set()
        except (TimeoutError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            line.over.set()
            self._tasks.discard(task)


async def _play(script: Script, line: Line) -> None:
    for step in script:
        await step(line)


# ---- steps


async def read_request(line: Line) -> None:
    """Read one request."""
    request = await parse_request(line.reader, line.writer.get_extra_info("peername"))
    if request is None:
        raise ConnectionResetError("the client closed before it asked")
    line.requests.append(request)


async def silence(line: Line) -> None:
    """Say nothing more, until the client goes."""
    await line.until_gone()


async def reset(line: Line) -> None:
    """Close with RST instead of FIN."""
    sock: socket.socket = line.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.writer.transport.abort()


async def vanish(line: Line) -> None:
    """Close the socket at once; under TLS without a close_notify."""
    line.writer.transport.abort()


async def half_close(line: Line) -> None:
    """Send FIN, and go on reading."""
    line.writer.write_eof()


def send(data: bytes) -> Step:
    """Write these bytes in one go."""

    async def step(line: Line) -> None:
        await line.send(data)

    return step


def dribble(data: bytes, size: int = 1, pause: float = 0.0) -> Step:
    """Write bytes in small pieces, each a segment of its own; `pause` is in seconds."""

    async def step(line: Line) -> None:
        sock: socket.socket = line.writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), size):
            await line.send(data[start : start + size])
            await asyncio.sleep(pause)

    return step


def flood(piece: bytes, limit: int, pause: float | None = None) -> Step:
    """Write a piece again and again until the client goes, or `limit` bytes are out."""

    async def step(line: Line) -> None:
        while line.sent < limit:
            await line.send(piece)
            if pause is not None:
                await asyncio.sleep(pause)

    return step


def reached(name: str) -> Step:
    """Tell the test that the script has come here."""

    async def step(line: Line) -> None:
        line.server._reach(name).set()

    return step


def wait_for(name: str) -> Step:
    """Wait for the test's word."""

    async def step(line: Line) -> None:
        await line.server._event(name).wait()

    return step


@contextlib.contextmanager
def full_backlog() -> Iterator[str]:
    """An address where connecting hangs: a listener whose queue is full, so that the kernel drops every SYN."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def refused() -> str:
    """An address where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}"
