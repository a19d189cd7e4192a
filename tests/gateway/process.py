"""`slipstream serve` as a process, and raw clients of it."""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Mapping
from signal import SIGKILL, SIGTERM
from types import TracebackType
from typing import Any, Self

from tests.cli.shell import COMMAND, environment

PATIENCE = 30.0
"""Seconds that a server may take to start or to stop: the machine may be busy."""


class Serving:
    """A running server; a context manager.

    Attributes:
        port: where it listens, on 127.0.0.1.
        welcome: the line that it printed.
        log: what it wrote to stderr, once it has ended.
        seconds: from its start to its line.
    """

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self._arguments = arguments
        self._env = env
        self.port = 0
        self.welcome = ""
        self.log = ""
        self.seconds = 0.0

    def __enter__(self) -> Self:
        began = time.monotonic()
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *self._arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(self._env), text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.welcome = self._process.stdout.readline()
        self.seconds = time.monotonic() - began
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.welcome)
        if found is None:
            raise AssertionError(f"the server did not start: {self.welcome!r} {self._end()}")
        self.port = int(found[1])
        self._collected = threading.Thread(target=self._collect, daemon=True)
        self._collected.start()
        return self

    def _collect(self) -> None:
        assert self._process.stderr is not None
        self.log = self._process.stderr.read()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.stop(SIGKILL)

    def _end(self) -> str:
        self._process.kill()
        return self._process.communicate()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def signal(self, number: int = SIGTERM) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end; return the exit code."""
        code = self._process.wait(PATIENCE)
        self._collected.join(PATIENCE)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._process.stdout.close()
        self._process.stderr.close()
        return code

    def stop(self, number: int = SIGTERM) -> int:
        """Send it a signal, wait for its end."""
        self.signal(number)
        return self.wait()

    def resident(self) -> int:
        """Its memory now, in bytes."""
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * 4096


class Caller:
    """A client with nothing between it and the socket.

    Attributes:
        received: every byte so far.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def ask(
        self, path: str, body: Any, headers: Mapping[str, str] | None = None, version: str = "1.1", method: str = "POST"
    ) -> Self:
        """Send a request."""
        data = b"" if body is None else json.dumps(body).encode()
        named = {"host": "127.0.0.1", "content-length": str(len(data)), **(headers or {})}
        lines = [f"{method} {path} HTTP/{version}", *(f"{name}: {value}" for name, value in named.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + data)
        return self

    def until(self, wanted: bytes) -> bytes:
        """Read until these bytes have come; return all."""
        while wanted not in self.received:
            data = self.socket.recv(65536)
            if not data:
                raise AssertionError(f"{wanted!r} did not come: {self.received!r}")
            self.received += data
        return self.received

    def rest(self) -> bytes:
        """Read to the end of the connection; return all."""
        while data := self.socket.recv(65536):
            self.received += data
        return self.received

    def reset(self) -> None:
        """Close with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    @property
    def status(self) -> int:
        return int(self.received.split(b" ", 2)[1])

    @property
    def body(self) -> bytes:
        """The body so far, without its chunks' lengths."""
        head, _, data = self.received.partition(b"\r\n\r\n")
        return unchunked(data) if b"transfer-encoding: chunked" in head.lower() else data


def unchunked(data: bytes) -> bytes:
    """The content of chunks, the last of which may be missing."""
    body = b""
    while data:
        size, found, data = data.partition(b"\r\n")
        if not found or not int(size, 16):
            break
        body, data = body + data[: int(size, 16)], data[int(size, 16) + 2 :]
    return body


def request(port: int, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Caller:
    """Ask, and read to the end; POST where there is a body."""
    with Caller(port) as caller:
        method = "GET" if body is None else "POST"
        caller.ask(path, body, {"connection": "close", **(headers or {})}, method=method)
        caller.rest()
    return caller
