"""Tokens counted by us when the provider did not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from slipstream import wrap
from slipstream.events import Abort, Finish, Message, ReasoningDelta, RefusalDelta, TextDelta, ToolInputDelta
from slipstream.flow.tokens import by_length
from slipstream.run import estimate as module
from slipstream.run.estimate import counter, estimate

ENGLISH = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all. "
CHINESE = "章鱼有三颗心脏，血液是蓝色的，因为里面含有铜而不是铁。"


@pytest.mark.parametrize(("text", "least", "most"), [("", 0, 0), (ENGLISH, 15, 25), (CHINESE, 15, 30)])
def test_a_length_makes_a_fair_guess(text: str, least: int, most: int) -> None:
    assert least <= by_length(text) <= most


def test_a_text_of_one_letter_is_a_token() -> None:
    assert by_length("a") == 1


def test_the_tokenizer_counts_exactly_where_it_is_installed() -> None:
    pytest.importorskip("bpe_openai", reason="slipstream[tokens] is not installed")
    assert counter()("hello world") == 2


def test_the_whole_answer_is_counted() -> None:
    message = Message.of(
        [
            ReasoningDelta(ENGLISH),
            TextDelta(ENGLISH),
            RefusalDelta("no"),
            ToolInputDelta('{"city": "Paris"}', id="c"),
            TextDelta(ENGLISH, choice=1),
            Finish(),
        ]
    )
    count = counter()
    usage = estimate(CHINESE, message)
    assert usage.estimated
    assert usage.input_tokens == count(CHINESE)
    assert usage.reasoning_tokens == count(ENGLISH)
    assert usage.output_tokens == 3 * count(ENGLISH) + count("no") + count('{"city": "Paris"}')
    assert usage.total_tokens == (usage.input_tokens or 0) + (usage.output_tokens or 0)


def test_who_stops_an_answer_does_not_wait_for_the_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_counter", None)
    usage = estimate(None, Message.of([TextDelta(ENGLISH), Abort("cancelled")]))
    assert usage.output_tokens == by_length(ENGLISH)
    assert not module.loaded()


async def test_the_event_loop_does_not_stand_still_while_the_tokenizer_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = 0
    loading = threading.Event()
    seen = threading.Event()

    def load() -> module.Counter:
        loading.set()
        assert seen.wait(30), "the loop did not go on"
        return by_length

    async def turn() -> None:
        nonlocal turns
        while not seen.is_set():
            await asyncio.sleep(0)
            turns += loading.is_set()
            if turns > 3:
                seen.set()

    async def chunks() -> AsyncIterator[dict[str, Any]]:
        for delta, reason in (({"content": ENGLISH}, None), ({}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            yield {"object": "chat.completion.chunk", "choices": [choice]}

    monkeypatch.setattr(module, "_counter", None)
    monkeypatch.setattr(module, "_load", load)
    other = asyncio.create_task(turn())
    async with wrap(chunks()) as stream:
        await stream.until_done()
    await other
    assert stream.usage is not None
    assert stream.usage.output_tokens == by_length(ENGLISH)
