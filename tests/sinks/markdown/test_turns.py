"""Callbacks are made one after the other, whoever feeds and drains at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Final

import pytest

from slipstream.sinks.markdown import BlockEvent, BlockOpen, Markdown

Wait = Callable[[], Awaitable[Any]]


class Heard:
    """What the callbacks of a parser did, in order, and whether one ran while another did."""

    def __init__(self, wait: Wait) -> None:
        self.all: list[str] = []
        self.ended = 0
        self._wait, self._running = wait, False
        self.markdown = Markdown().on("block-open", self.opened).on("block-close", self.closed)

    async def opened(self, event: BlockOpen) -> None:
        self._note(f"{event.id} opens")
        self._running = True
        try:
            await self._wait()
        finally:
            self._running = False
            self.ended += 1

    def closed(self, event: BlockEvent) -> None:
        self._note(f"{event.id} closes")

    def _note(self, what: str) -> None:
        self.all.append(f"{what} while another one runs" if self._running else what)


def in_order(blocks: int) -> list[str]:
    return [f"{at} {what}" for at in range(1, blocks + 1) for what in ("opens", "closes")]


async def turns() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


class Gate:
    """What a callback waits for: each call until it is let through."""

    def __init__(self) -> None:
        self.futures: list[asyncio.Future[None]] = []

    def __call__(self) -> asyncio.Future[None]:
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]

    async def open_all(self, calls: int) -> None:
        for at in range(calls):
            while len(self.futures) <= at:
                await asyncio.sleep(0)
            self.futures[at].set_result(None)


@pytest.mark.parametrize("wait", [turns, lambda: asyncio.sleep(0.001), lambda: asyncio.sleep(0)])
async def test_two_feed_at_once(wait: Wait) -> None:
    heard = Heard(wait)

    async def feed(text: str, blocks: int) -> None:
        await heard.markdown.afeed(text)
        assert heard.ended >= blocks

    tasks = [asyncio.create_task(feed(f"{'abc'[at]}\n\n", at + 1)) for at in range(3)]
    await asyncio.gather(*tasks, feed("d\n\n", 4))
    assert heard.all == in_order(4)


async def test_a_second_feed_waits_for_its_calls_and_no_others() -> None:
    gate = Gate()
    heard = Heard(gate)
    first = asyncio.create_task(heard.markdown.afeed("a\n\nb\n\n"))
    await asyncio.sleep(0)
    second = asyncio.create_task(heard.markdown.afeed("c\n\n"))
    await turns()
    assert (heard.all, first.done(), second.done()) == (["1 opens"], False, False)
    third = asyncio.create_task(heard.markdown.afeed("d\n\n"))
    await gate.open_all(3)
    await second
    assert not third.done()
    gate.futures[3].set_result(None)
    await asyncio.gather(first, third)
    assert heard.all == in_order(4)


async def test_a_feed_meanwhile_calls_nothing_before_its_turn() -> None:
    gate = Gate()
    heard = Heard(gate)
    draining = asyncio.create_task(heard.markdown.afeed("a\n\n"))
    await asyncio.sleep(0)
    heard.markdown.feed("b\n\n")
    assert heard.all == ["1 opens"]
    await gate.open_all(2)
    await draining
    assert heard.all == in_order(2)


async def test_who_is_cancelled_while_making_calls_leaves_them_to_the_next() -> None:
    gate = Gate()
    heard = Heard(gate)
    first = asyncio.create_task(heard.markdown.afeed("a\n\n"))
    await asyncio.sleep(0)
    others = [asyncio.create_task(heard.markdown.afeed(f"{text}\n\n")) for text in "bc"]
    await turns()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await asyncio.sleep(0)
    assert gate.futures[0].cancelled()
    gate.futures[1].set_result(None)
    while len(gate.futures) < 3:
        await asyncio.sleep(0)
    gate.futures[2].set_result(None)
    await asyncio.gather(*others)
    assert heard.all == in_order(3)


async def test_who_is_cancelled_while_waiting_stops_nobody() -> None:
    gate = Gate()
    heard = Heard(gate)
    first = asyncio.create_task(heard.markdown.afeed("a\n\n"))
    await asyncio.sleep(0)
    second = asyncio.create_task(heard.markdown.afeed("b\n\n"))
    await turns()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await gate.open_all(2)
    await first
    assert heard.all == in_order(2)


async def test_an_async_callback_may_feed_and_drain() -> None:
    """It does not wait for calls that wait for it; also not through another parser, or a task of its own."""
    heard: list[str] = []
    other = Markdown()
    markdown = Markdown()

    async def opened(event: BlockOpen) -> None:
        heard.append(f"{event.id} begins")
        await asyncio.sleep(0)
        if event.id == 1:
            await markdown.afeed("b\n\n")
            await asyncio.create_task(markdown.drain())
            await other.afeed("x\n\n")
        heard.append(f"{event.id} ends")

    async def back(event: BlockOpen) -> None:
        await markdown.afeed("c\n\n")

    markdown.on("block-open", opened)
    other.on("block-open", back)
    async with asyncio.timeout(5):
        await markdown.afeed("a\n\n")
    assert heard == [f"{at} {what}" for at in (1, 2, 3) for what in ("begins", "ends")]


async def test_a_task_that_a_callback_leaves_behind_waits_as_others_do() -> None:
    gate = Gate()
    heard = Heard(gate)
    tasks: list[asyncio.Task[Any]] = []

    async def later() -> None:
        await gate.futures[0]
        await heard.markdown.afeed("b\n\n")
        assert heard.ended == 2  # raised by the `gather` below

    def start(event: BlockOpen) -> None:
        if not tasks:
            tasks.append(asyncio.get_running_loop().create_task(later()))

    heard.markdown.on("block-open", start)
    feeding = asyncio.create_task(heard.markdown.afeed("a\n\n"))
    await asyncio.sleep(0)
    await gate.open_all(2)
    await asyncio.gather(feeding, *tasks)
    assert heard.all == in_order(2)


class Odd:
    """An awaitable that is no coroutine and no future."""

    def __await__(self) -> Generator[Any, Any, None]:
        return iter(())  # type: ignore[return-value]


KINDS: Final[tuple[Callable[[], Any], ...]] = (
    Odd,
    lambda: asyncio.sleep(0),
    lambda: asyncio.ensure_future(asyncio.sleep(0)),
)


async def test_any_awaitable_does() -> None:
    heard: list[int] = []

    def opened(event: BlockOpen) -> Any:
        heard.append(event.id)
        return KINDS[event.id % 3]()

    markdown = Markdown().on("block-open", opened)
    await markdown.afeed("a\n\nb\n\nc\n\nd\n\n")
    assert heard == [1, 2, 3, 4]
