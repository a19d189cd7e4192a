"""Both doors behind one function, and what every fault is held against (RELIABILITY C, oracle O1, and no secrets)."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.faults.wire import TEXT

from slipstream import AsyncClient, Client
from slipstream.errors import SlipstreamError
from slipstream.events import Event, Heartbeat, Message, Retry, TextDelta
from slipstream.run.metrics import Metrics

KEY = "sk-canary-0123456789abcdefghij"
PROMPT = "canary question: what is my medical record number 4711?"
SECRETS = (KEY, PROMPT, "0123456789abcdefghij", "medical record")


@dataclass
class Outcome:
    """How a stream went.

    Attributes:
        text: what the application saw, piece by piece.
        error: what was raised, or None.
        seconds: from the first read to the end.
    """

    events: list[Event] = field(default_factory=list)
    error: SlipstreamError | None = None
    message: Message = field(default_factory=Message)
    metrics: Metrics = field(default_factory=Metrics)
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The text as the application saw it."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    def kinds(self) -> list[str]:
        """The events' tags, without heartbeats and retries."""
        return [event.type for event in self.events if not isinstance(event, (Heartbeat, Retry))]

    def check(self, truth: str) -> Outcome:
        """Oracle O1: the text is a prefix of the truth, and the whole of it if the stream claims success."""
        assert truth.startswith(self.text), f"not a prefix of the truth: {self.text!r}"
        assert self.kinds().count("start") <= 1, "a retry showed"
        if self.error is None and self.message.finish_reason != "cancelled":
            assert self.text == truth
            assert self.message.complete
        if self.error is not None:
            check_no_secrets(self.error)
            partial = self.error.partial
            assert (partial.text if partial is not None else "") == self.text
        return self


def check_no_secrets(error: BaseException | None) -> None:
    """Neither the key nor the prompt stands in anything that a log would print of this exception."""
    while error is not None:
        shown = f"{error} {error!r} {vars(error)} {''.join(traceback.format_exception(error))}"
        for secret in SECRETS:
            assert secret not in shown, f"{type(error).__name__} shows {secret!r}"
        error = error.__cause__ or error.__context__


class Door(Protocol):
    """Asks once and reads to the end."""

    def __call__(
        self, url: str, *, truth: str = TEXT, settings: dict[str, Any] | None = None, **options: Any
    ) -> Outcome:
        """Ask the server at `url`; `settings` go to the client, `options` to the call."""
        ...


def client_settings(url: str, settings: dict[str, Any] | None) -> dict[str, Any]:
    """The arguments of a client for a test's server."""
    return {"base_url": url, "api_key": KEY, **(settings or {})}


def ask_sync(url: str, *, truth: str = TEXT, settings: dict[str, Any] | None = None, **options: Any) -> Outcome:
    """The sync door."""
    outcome = Outcome()
    with Client(**client_settings(url, settings)) as client, client.stream(PROMPT, **options) as stream:
        began = time.perf_counter()
        try:
            for event in stream:
                outcome.events.append(event)
        except SlipstreamError as error:
            outcome.error = error
        outcome.seconds = time.perf_counter() - began
        outcome.message, outcome.metrics = stream.message, stream.metrics
    return outcome.check(truth)


async def read_async(url: str, *, settings: dict[str, Any] | None = None, **options: Any) -> Outcome:
    """The async door, within a loop."""
    outcome = Outcome()
    async with AsyncClient(**client_settings(url, settings)) as client, client.stream(PROMPT, **options) as stream:
        began = time.perf_counter()
        try:
            async for event in stream:
                outcome.events.append(event)
        except SlipstreamError as error:
            outcome.error = error
        outcome.seconds = time.perf_counter() - began
        outcome.message, outcome.metrics = stream.message, stream.metrics
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"
    return outcome


def ask_async(url: str, *, truth: str = TEXT, settings: dict[str, Any] | None = None, **options: Any) -> Outcome:
    """The async door, on a loop of its own."""
    return asyncio.run(read_async(url, settings=settings, **options)).check(truth)


DOORS: dict[str, Callable[..., Outcome]] = {"sync": ask_sync, "async": ask_async}
