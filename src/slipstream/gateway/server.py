"""Runs the application on uvicorn, and stops it properly.

Strategy: uvicorn's own way to stop waits for answers without telling their clients anything, and raises the signal
again when it is done, so that the process ends with an error. Here the first signal closes the listening socket and
turns readiness off, running answers go on for a while, then each ends as its dialect ends an error, and the exit code
is 0. A second signal ends everything at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette

from slipstream import dialects
from slipstream.client import endpoint as endpoints
from slipstream.errors import InvalidRequestError, SlipstreamError
from slipstream.gateway.failures import log
from slipstream.gateway.gate import is_loopback
from slipstream.gateway.gateway import Gateway
from slipstream.gateway.protocol import http_protocol
from slipstream.gateway.routes import ROUTES

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

DRAIN: Final = 10.0
"""Seconds that running answers get: container platforms kill 30 s after the signal, some of them after 10."""

GRACE: Final = 1.0
"""Seconds that clients get to take what was written last."""

KEEP_ALIVE: Final = 75
"""Seconds that an idle connection stays open: as long as nginx keeps its own, so that no proxy is surprised."""

USER_TIMEOUT: Final = 60_000
"""Milliseconds after which the kernel gives a client up that acknowledges nothing: one that vanished without a word."""

BACKLOG: Final = 2048

LATER: Final = ("aiohttp", "slipstream.run.aiohttp_transport", "slipstream.run.driver")
"""What the first answer needs and the start does not: it is imported once the server listens."""


class Server(uvicorn.Server):
    """A uvicorn that drains; see `serve`.

    Attributes:
        stopped_by: the signal that ended it at once, or None.
    """

    def __init__(
        self, config: uvicorn.Config, gateway: Gateway, *, drain: float, announce: Callable[[], object]
    ) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._drain_seconds = drain
        self._announce = announce
        self._forced = asyncio.Event()
        self.stopped_by: int | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Our handlers while the server runs; uvicorn's would raise the signal again at the end."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def _on_signal(self, number: int) -> None:
        if self.should_exit:
            self.stopped_by = number
            self._forced.set()
        self.should_exit = True
        self._gateway.draining = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so, then load what the first answer will need."""
        await super().startup(sockets)
        if self.started:
            self._announce()
            threading.Thread(target=warm_up, args=(self._gateway,), name="slipstream-warm-up", daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let answers end or end them, and close."""
        for server in (*self.servers, *(sockets or ())):
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()  # idle ones close; the others do with the end of their answer
        stopping = asyncio.ensure_future(self._stop_answers())
        forced = asyncio.ensure_future(self._forced.wait())
        await asyncio.wait((stopping, forced), return_when=asyncio.FIRST_COMPLETED)
        for task in (stopping, forced):
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self.stopped_by is None:
            await self._let_go()
        await self.lifespan.shutdown()

    async def _stop_answers(self) -> None:
        if self._gateway.running:
            log.info("shutting down: %d answers get %g s", self._gateway.running, self._drain_seconds)
        await self._gateway.drain(self._drain_seconds, GRACE)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                while self.server_state.connections:  # noqa: ASYNC110 - uvicorn tells nobody when one has closed
                    await asyncio.sleep(0.01)

    async def _let_go(self) -> None:
        if tasks := set(self.server_state.tasks):
            await asyncio.wait(tasks, timeout=GRACE)


def warm_up(gateway: Gateway) -> None:
    """Load what the first answer needs, and start the local model if it is the default."""
    for module in LATER:
        importlib.import_module(module)
    for name in {route.dialect for route in ROUTES}:
        dialects.get(name)
    gc.collect()
    gc.freeze()  # modules and classes stay for ever: no collection need look at them, which takes 50 ms, again
    plugin = gateway.catalogue.default.plugin
    if plugin is None:
        return
    try:
        endpoints.start_plugin(plugin)
    except SlipstreamError as error:
        log.error("the local model does not start: %s", error)  # and each request will say so


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        InvalidRequestError: the address cannot be listened on; the message says why.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror  # without the address
        raise InvalidRequestError(f"cannot listen on {host} port {port}: {why}", argument="port") from None
    except (OverflowError, UnicodeError) as why:
        raise InvalidRequestError(f"cannot listen on {host} port {port}: {why}", argument="port") from None
    if sys.platform == "linux":
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT)  # accepted sockets inherit it
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return listening


def check_exposure(host: str, *, has_keys: bool) -> None:
    """Refuse to be reached from other machines by everybody.

    Raises:
        InvalidRequestError: the host is not loopback, and there are no keys.
    """
    if not has_keys and not is_loopback(host.lower()):
        raise InvalidRequestError(
            f"host {host} can be reached from other machines, and there are no keys: everybody could use this server's "
            "providers",
            hint="give --keys FILE or SLIPSTREAM_KEYS, or listen on 127.0.0.1",
            argument="host",
        )


def serve(
    app: Starlette, listening: socket.socket, *, drain: float = DRAIN, announce: Callable[[], object] = bool
) -> int:
    """Run the application until a signal stops it.

    Args:
        app: what `create_app` gave.
        listening: a listening socket; it is closed at the end.
        drain: seconds that running answers get after the first SIGTERM or SIGINT.
        announce: called once the server listens.

    Returns:
        The exit code: 0, or 128 and the number of the signal that ended it at once.
    """
    config = uvicorn.Config(
        app, http=http_protocol(), ws="none", lifespan="on", loop="none", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, timeout_keep_alive=KEEP_ALIVE,
    )  # fmt: skip
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_run(config, app.state.gateway, listening, drain, announce))


async def _run(
    config: uvicorn.Config, gateway: Gateway, listening: socket.socket, drain: float, announce: Callable[[], object]
) -> int:
    server = Server(config, gateway, drain=drain, announce=announce)
    await server.serve(sockets=[listening])
    return 0 if server.stopped_by is None else 128 + server.stopped_by


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        factory: Any = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = factory
    return made
