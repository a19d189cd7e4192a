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
import os
import secrets
import tempfile
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from slipstream.errors import LocalModelError
from slipstream.local.child import Child, close_pipes, ended, exchange, reason, spawn
from slipstream.local.files import model_name, runtime_folder
from slipstream.local.settings import (
    ANSWER,
    CONTEXT,
    CONTEXT_VARIABLE,
    HTTP_THREADS,
    SLOTS,
    THREADS_VARIABLE,
    check_number,
    default_threads,
    number,
)

START_SECONDS: Final = 120.0
"""How long a model may take to load: an 8 GB file from a slow disk."""

_HEALTH_SECONDS: Final = 5.0
_LAST_WORDS_SECONDS: Final = 0.5  # between a child's closing of its pipe and its end


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

    Raises:
        InvalidRequestError: a number is not a whole number above 0.
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
        for name, value in (("context", context), ("slots", slots), ("threads", threads)):
            check_number(name, value)
        self._model = model
        self._context = context
        self._slots = slots
        self._threads = threads
        self._start_seconds = start_seconds
        self._lock = threading.Lock()
        self._child: Child | None = None
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
            "context": self._context or number(CONTEXT_VARIABLE) or CONTEXT,
            "answer": ANSWER,
            "slots": self._slots,
            "threads": self._threads or number(THREADS_VARIABLE) or default_threads(),
            "http_threads": HTTP_THREADS,
        }
        deadline = time.monotonic() + self._start_seconds
        with tempfile.TemporaryFile() as log:
            self._child = child = spawn(log)
            reply = exchange(child, config, deadline)
            if reply is None:
                raise self._not_started(child, log)
        endpoint = Endpoint(f"{reply['address']}/v1", key, str(config["name"]))
        _check_health(endpoint)
        return endpoint

    def _not_started(self, child: Child, log: IO[bytes]) -> LocalModelError:
        if not ended(child, _LAST_WORDS_SECONDS):
            return LocalModelError(f"the local model {self._model} did not load within {self._start_seconds:g} s")
        log.seek(0)
        why = reason(log.read().decode("utf-8", "replace"))
        return LocalModelError(
            f"the local model {self._model} did not start (exit code {child.returncode}): {why}",
            hint="`slipstream doctor` checks the model and its runtime",
        )

    def _end(self) -> None:
        child, self._child, self._endpoint = self._child, None, None
        if child is None:
            return
        close_pipes(child)
        child.kill()  # it has nothing to save, and a question would wait for a model that is still loading
        child.wait()

    def _forget(self) -> None:
        """In a forked child: the server is the parent's. Only our copies of the pipe are closed."""
        child, self._child, self._endpoint = self._child, None, None
        self._lock = threading.Lock()  # the old one may be held by a thread that does not exist here
        if child is not None:
            close_pipes(child)
            child.returncode = 0  # else Popen warns that it still runs, and waits for a process that is not our child


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
