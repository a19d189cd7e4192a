"""What all endpoints of one server share: the client that asks providers, the models, the gate, the running answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from slipstream.client import AsyncClient, AsyncStream
from slipstream.events import Error
from slipstream.gateway.body import MAX_REQUEST
from slipstream.gateway.carrier import Carrier, Carry
from slipstream.gateway.catalogue import Catalogue
from slipstream.gateway.failures import SHUTTING_DOWN
from slipstream.gateway.gate import Gate
from slipstream.gateway.relay import Relay

WAIT = 10.0
"""Seconds that a provider may take to accept a request before our headers leave without its verdict. A refusal comes
within a second as a rule, and then keeps its HTTP status; proxies cut what is silent for 30 seconds."""


class Manner(Struct, frozen=True, kw_only=True):
    """How a server answers.

    Args:
        heartbeat, wait, stall: see `carrier.Telling`; in seconds.
        max_request: bytes of a request's body at most.
    """

    heartbeat: float | None = 15.0
    wait: float = WAIT
    stall: float | None = 60.0
    max_request: int = MAX_REQUEST


class Gateway:
    """One server's state.

    Args:
        client: asks providers.
        catalogue: the models that may be named.
        gate: lets requests in.
        manner: how it answers.
        carry: makes what brings an answer to its client; `Relay` keeps nothing.

    Attributes:
        draining: True once no further answer should begin; readiness is off then.
    """

    def __init__(
        self, client: AsyncClient, catalogue: Catalogue, gate: Gate, manner: Manner, carry: Carry = Relay
    ) -> None:
        self.client = client
        self.catalogue = catalogue
        self.gate = gate
        self.manner = manner
        self.carry = carry
        self.draining = False
        self._running: set[Carrier] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def running(self) -> int:
        """How many answers are on their way."""
        return len(self._running)

    def ask(self, model: str, options: Mapping[str, Any], *, streaming: bool) -> AsyncStream:
        """The stream of a request; nothing is sent before it is read.

        Args:
            model: its name, or "" for the default.
            options: see `asking.options_of`.
            streaming: False asks the provider for the whole answer at once.

        Raises:
            InvalidRequestError: the request cannot be passed on; the message says why.
        """
        asked = {**options, "model": model or None, "keep": not streaming}  # a relay has no use for the message
        return self.client._ask(None, asked, streaming=streaming)

    @contextmanager
    def counted(self, carrier: Carrier) -> Iterator[None]:
        """Around the telling of an answer."""
        self._running.add(carrier)
        self._idle.clear()
        try:
            yield
        finally:
            self._running.discard(carrier)
            if not self._running:
                self._idle.set()

    async def drain(self, seconds: float, grace: float = 1.0, error: Error = SHUTTING_DOWN) -> bool:
        """Let the running answers end, then end them.

        Args:
            seconds: how long they may still take.
            grace: seconds that clients then have to take the last words.
            error: what those are told that are not over by then.

        Returns:
            True if all have ended.
        """
        self.draining = True
        await self._until_idle(seconds)
        for carrier in list(self._running):
            carrier.stop(error)
        return await self._until_idle(grace)

    async def _until_idle(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True
