"""A server that gives recorded bodies over loopback: the other end of the SDK, CLI and client tests.

    with ReplayServer() as server:
        server.serve(body=recorded, chunks=[100, 1], pause=0.01)
        client = slipstream.Client(base_url=server.url, api_key="k")

It is plain asyncio streams in a thread of its own, so that neither the code under test nor its HTTP library can share a
mistake with it. For broken servers see `tests/faults/hostile.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True)
class Request:
    """One request as it came in.

    Attributes:
        method, path: of the request line; `path` holds the query.
        headers: names in lower case.
        body: whole, transfer coding undone.
        peer: address and port of the client; equal for two requests on one connection.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: Any = None


class Gate:
    """Stands between two pieces of a body, or before the first: nothing more is sent until the test opens it.

    What a test waits for, it sees before it goes on, however busy the machine is.
    """

    def __init__(self) -> None:
        self._open = threading.Event()

    def open(self) -> None:
        """Send what comes after it. From any thread."""
        self._open.set()

    async def passed(self) -> None:
        """Wait until it is open; in the server's loop."""
        while not self._open.is_set():
            await asyncio.sleep(0.005)


@dataclass
class Answer:
    """One response; see `ReplayServer.serve`."""

    body: bytes
    status: int
    headers: Mapping[str, str]
    chunks: Sequence[int | bytes | Gate] | None
    pause: float

    def pieces(self) -> list[bytes | Gate]:
        """The body as it is written, piece by piece."""
        if self.chunks is None:
            return [self.body] if self.body else []
        return list(_cut(self.body, self.chunks))


def _cut(body: bytes, chunks: Sequence[int | bytes | Gate]) -> list[bytes | Gate]:
    pieces: list[bytes | Gate] = []
    at = 0
    for chunk in chunks:
        if isinstance(chunk, int):
            pieces.append(body[at : at + chunk])
            at += chunk
        else:
            pieces.append(chunk)
    size = next((chunk for chunk in reversed(chunks) if isinstance(chunk, int)), 0)
    while size and at < len(body):
        pieces.append(body[at : at + size])
        at += size
    return [piece for piece in pieces if piece]


@dataclass
class ReplayServer:
    """Serves recorded bodies; a context manager with its own thread and loop.

    Attributes:
        requests: what came in, in order.
        connections: how many connections were accepted.
        url: the address, without a trailing slash: `http://127.0.0.1:port`.
    """

    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    _answers: dict[str | None, list[Answer]] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _change: threading.Condition = field(default_factory=threading.Condition)

    def serve(
        self,
        path: str | None = None,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        chunks: Sequence[int | bytes | Gate] | None = None,
        pause: float = 0.0,
    ) -> Self:
        """Add an answer. Several for one path are given in turn; the last of them again and again.

        Args:
            path: the end of the request's path without its query, such as `/chat/completions`; None answers the rest.
            body: what is sent; its content type is guessed unless `headers` names one.
            status: the HTTP status.
            headers: added to the response.
            chunks: sizes in bytes of the pieces the body is written in (the last size repeats), or the pieces
                themselves as bytes; None writes it whole. A `Gate` holds back what comes after it; as the first of
                them it holds back the status line too.
            pause: seconds between two pieces.
        """
        named = {name.lower(): value for name, value in (headers or {}).items()}
        named.setdefault("content-type", _content_type(body))
        self._answers.setdefault(path, []).append(Answer(body, status, named, chunks, pause))
        return self

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="replay-server", daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the replay server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, ready: threading.Event) -> None:
        loop = self._loop
        assert loop is not None
        server = loop.run_until_complete(asyncio.start_server(self._connection, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(self._end_tasks())
        loop.close()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def all_gone(self, within: float = 5.0) -> bool:
        """Wait until no connection is open.

        Args:
            within: seconds to wait at most. A connection that is being written to is seen to be gone at the next write.

        Returns:
            True if none is open.
        """
        with self._change:
            return self._change.wait_for(lambda: not self._tasks, within)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while request := await read_request(reader, writer.get_extra_info("peername")):
                self.requests.append(request)
                await self._ready(reader)
                await _write(writer, self._answer(request))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the server is closing
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            with self._change:
                self._tasks.discard(task)
                self._change.notify_all()

    async def _ready(self, reader: asyncio.StreamReader) -> None:
        """What comes before the answer."""

    def _answer(self, request: Request) -> Answer:
        path = request.path.partition("?")[0]
        known = [name for name in self._answers if name is not None and path.endswith(name)]
        name = max(known, key=len) if known else None
        answers = self._answers.get(name)
        if not answers:
            return Answer(b'{"error": {"message": "no answer for this path"}}', 404, {}, None, 0)
        return answers.pop(0) if len(answers) > 1 else answers[0]


def _content_type(body: bytes) -> str:
    start = body.lstrip()[:1]
    if start in (b"{", b"["):
        return "application/json"
    return "text/html" if start == b"<" else "text/event-stream; charset=utf-8"


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    pieces = answer.pieces()
    if pieces and isinstance(first := pieces[0], Gate):
        await first.passed()
    reason = REASONS.get(answer.status, "Status")
    lines = [f"HTTP/1.1 {answer.status} {reason}", "transfer-encoding: chunked"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    for number, piece in enumerate(pieces):
        if isinstance(piece, Gate):
            await piece.passed()
            continue
        if number and answer.pause:
            await asyncio.sleep(answer.pause)
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def read_request(reader: asyncio.StreamReader, peer: Any = None) -> Request | None:
    """The next request of a connection, or None when the client closed it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Request(method, path, headers, await _read_body(reader, headers), peer)


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return body
