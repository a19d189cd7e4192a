"""The local model's server: started when first asked for, shared by the process, gone with it.

Strategy: llama.cpp runs in a child process (`_serve.py`), not in ours. Measured in ours: loading holds the interpreter
lock for the whole 0.6 s, a forked child that exits normally hangs for ever in llama.cpp's clean-up, an assertion in C++
ends the user's program, and the reason of a failed load goes to the terminal only. The child costs 0.05 s more to
start, the same time to the first token and the same tokens a second; and stopping it takes 0.02 s, whatever it does.

The child lives as long as the pipe to its standard input is open: also when this process is killed, it ends.
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import secrets
import selectors
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from slipstream.errors import LocalModelError
from slipstream.local.files import model_name, runtime_folder

THREADS_VARIABLE: Final = "SLIPSTREAM_LOCAL_THREADS"
"""The environment variable with the number of threads that compute.

On 2 cores: 2 threads give 115 tokens/s, but 28 while another program keeps a core busy, because each thread waits for
the other at every step; 1 thread gives 75, always."""

CONTEXT_VARIABLE: Final = "SLIPSTREAM_LOCAL_CONTEXT"
"""The environment variable with the tokens of one conversation."""

CONTEXT: Final = 4096
"""Tokens of prompt and answer in one conversation. The embedded model was trained with 8192; this costs half."""

SLOTS: Final = 4
"""Conversations computed at once; more wait in line."""

HTTP_THREADS: Final = 64
"""Connections answered at once. llama.cpp keeps a thread for each stream, also for those in line: with its default of
6, a health check waited 0.8 s behind 24 streams."""

START_SECONDS: Final = 120.0
"""How long a model may take to load: an 8 GB file from a slow disk."""

STOP_SECONDS: Final = 2.0
"""How long the child may take to end before it is killed; it takes 0.02 s unless it is loading."""

_SCRIPT: Final = Path(__file__).with_name("_serve.py")
_REASON_LINES: Final = 3
_HEALTH_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the local model answers.

    Args:
        base_url: `http://127.0.0.1:PORT/v1`: `/chat/completions`, `/messages` and `/responses` stand below it.
        api_key: random, new for each server; as `Authorization: Bearer` or `x-api-key`.
        model: the model's name. The server has one model and ignores the request's.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str

    @property
    def origin(self) -> str:
        """The address without `/v1`, as the Anthropic SDK wants its base URL."""
        return self.base_url.removesuffix("/v1")


class LocalServer:
    """One model's server. Safe to use from many threads; a forked child starts its own.

    Args:
        model: the GGUF file.
        context: tokens of one conversation, prompt and answer; None takes SLIPSTREAM_LOCAL_CONTEXT, else 4096.
        slots: conversations computed at once.
        threads: threads that compute; None takes SLIPSTREAM_LOCAL_THREADS, else half the cores, at least 2.
        start_seconds: how long loading may take.
    """

    def __init__(
        self,
        model: Path,
        *,
        context: int | None = None,
        slots: int = SLOTS,
        threads: int | None = None,
        start_seconds: float = START_SECONDS,
    ) -> None:
        self._model = model
        self._context = context
        self._slots = slots
        self._threads = threads
        self._start_seconds = start_seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._endpoint: Endpoint | None = None
        _servers.add(self)

    @property
    def pid(self) -> int | None:
        """The child's process id, or None while there is none."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    @property
    def current(self) -> Endpoint | None:
        """The address if the server runs now; nothing is started."""
        return self._endpoint if self.pid is not None else None

    def endpoint(self) -> Endpoint:
        """The address; the first call starts the server and waits until it answers (0.5 s for the embedded model).

        A server whose process has died is started anew.

        Raises:
            LocalModelError: the runtime is not installed, or the model does not load; the message says why.
        """
        with self._lock:
            if (running := self.current) is not None:
                return running
            self._end()
            try:
                self._endpoint = self._start()
            except BaseException:  # also KeyboardInterrupt: no half-started child may stay
                self._end()
                raise
            return self._endpoint

    def stop(self) -> None:
        """End the server, and every answer it is giving. Harmless if it does not run; it can be started again."""
        with self._lock:
            self._end()

    def _start(self) -> Endpoint:
        key = secrets.token_urlsafe(24)
        config = {
            "folder": str(runtime_folder()),
            "model": str(self._model),
            "name": model_name(self._model),
            "api_key": key,
            "context": self._context or _number(CONTEXT_VARIABLE) or CONTEXT,
            "slots": self._slots,
            "threads": self._threads or _number(THREADS_VARIABLE) or default_threads(),
            "http_threads": HTTP_THREADS,
        }
        deadline = time.monotonic() + self._start_seconds
        with tempfile.TemporaryFile() as log:
            self._child = child = _spawn(log)
            reply = _exchange(child, config, deadline)
            if reply is None:
                raise self._not_started(child, log)
        endpoint = Endpoint(f"{reply['address']}/v1", key, str(config["name"]))
        _check_health(endpoint)
        return endpoint

    def _not_started(self, child: subprocess.Popen[bytes], log: IO[bytes]) -> LocalModelError:
        if child.poll() is None and not _ended(child, 0.5):
            return LocalModelError(f"the local model {self._model} did not load within {self._start_seconds:g} s")
        log.seek(0)
        reason = _reason(log.read().decode("utf-8", "replace"))
        return LocalModelError(
            f"the local model {self._model} did not start (exit code {child.returncode}): {reason}",
            hint="`slipstream doctor` checks the model and its runtime",
        )

    def _end(self) -> None:
        child, self._child, self._endpoint = self._child, None, None
        if child is None:
            return
        _close_pipes(child)
        if not _ended(child, STOP_SECONDS):
            child.kill()
            child.wait()

    def _forget(self) -> None:
        """In a forked child: the server is the parent's. Only our copies of the pipe are closed."""
        child, self._child, self._endpoint = self._child, None, None
        self._lock = threading.Lock()  # the old one may be held by a thread that does not exist here
        if child is not None:
            _close_pipes(child)
            child.returncode = 0  # else Popen warns that it still runs, and waits for a process that is not our child


def default_threads() -> int:
    """Half the cores (they may be hyper-threads), but 2 to 8, and never more than there are."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 8, max(2, cores // 2))


def _number(variable: str) -> int | None:
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise LocalModelError(f"{variable} is {text!r}; it takes a whole number, 1 or more")
    return int(text)


def _spawn(log: IO[bytes]) -> subprocess.Popen[bytes]:
    if not sys.executable:
        raise LocalModelError(
            "the local model needs a Python interpreter to run in, and sys.executable names none",
            hint="start it from an ordinary Python, or serve the model with any OpenAI-compatible server",
        )
    command = [sys.executable, "-I", "-S", str(_SCRIPT)]
    try:
        # Its own session: Ctrl-C in the terminal is for the user's program, which then decides what ends.
        return subprocess.Popen(  # noqa: S603 - our own interpreter and script
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0, start_new_session=True
        )
    except OSError as error:
        raise LocalModelError(f"the local model's process could not be started ({error.strerror})") from None


def _exchange(child: subprocess.Popen[bytes], config: dict[str, Any], deadline: float) -> dict[str, str] | None:
    """Send the configuration; wait for the reply. None if the child ended or the deadline passed before it."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(config).encode() + b"\n")
        line = _read_line(child.stdout, deadline)
    except (OSError, ValueError):  # the pipe broke, or was closed under us at exit
        return None
    reply: dict[str, str] | None = json.loads(line) if line.endswith(b"\n") else None
    return reply


def _read_line(pipe: IO[bytes], deadline: float) -> bytes:
    """Bytes up to a line end, the end of the pipe, or the deadline."""
    line = b""
    with selectors.DefaultSelector() as selector:  # not select(): that refuses file numbers from 1024 on
        selector.register(pipe, selectors.EVENT_READ)
        while not line.endswith(b"\n") and selector.select(max(0.0, deadline - time.monotonic())):
            piece = os.read(pipe.fileno(), 4096)
            if not piece:
                break
            line += piece
    return line


def _check_health(endpoint: Endpoint) -> None:
    where = urlsplit(endpoint.origin)
    if where.hostname != "127.0.0.1":
        raise LocalModelError(f"the local model's server listens on {endpoint.origin}, not on the loopback address")
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=_HEALTH_SECONDS)  # uses no proxy
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise LocalModelError(f"the local model's server started but does not answer ({error})") from None
    finally:
        connection.close()
    if status != http.client.OK:
        raise LocalModelError(f"the local model's server started but is not healthy (status {status})")


def _reason(log: str) -> str:
    """The first lines of llama.cpp's error log, without their time stamps; they come in order of cause."""
    lines = [line.partition(" E ")[2].strip() or line.strip() for line in log.splitlines()]
    if any(line.startswith("Traceback") for line in lines) and " E " not in log:
        return lines[-1]
    unique = list(dict.fromkeys(" ".join(line.split()) for line in lines if line))
    return "; ".join(unique[:_REASON_LINES]) or "it gave no reason"


def _ended(child: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _close_pipes(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


_servers: weakref.WeakSet[LocalServer] = weakref.WeakSet()


def _stop_all() -> None:
    for server in list(_servers):
        server._end()  # without the lock: a thread that is starting a server must not hold up the exit


def _forget_all() -> None:
    for server in list(_servers):
        server._forget()


atexit.register(_stop_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
