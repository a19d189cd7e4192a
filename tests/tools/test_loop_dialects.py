"""The loop over real HTTP, in each dialect, against a provider that refuses what the real one refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import pytest
from tests.tools.looping import kinds, outcomes
from tests.tools.provider import CUT, WIRES, Provider, Turn

from slipstream import AsyncClient, AsyncStream, events as e
from slipstream.errors import StreamInterruptedError
from slipstream.events import Event, Message, Order

pytestmark = pytest.mark.parametrize("dialect", sorted(WIRES))

Start = Callable[..., Provider]


@pytest.fixture
def start(dialect: str) -> Iterator[Start]:
    """Starts providers that speak the dialect, and stops them."""
    with ExitStack() as stack:
        yield lambda *turns, **more: stack.enter_context(Provider(dialect, *turns, **more))


async def play(provider: Provider, *tools: Any, **options: Any) -> list[Event]:
    """All events of a loop over this provider."""
    async with opened(provider, *tools, **options) as stream:
        events = [event async for event in stream]
    Order().check_all(events)
    assert asyncio.all_tasks() == {asyncio.current_task()}, "a task is left"
    return events


@asynccontextmanager
async def opened(provider: Provider, *tools: Any, ask: Any = "go on", **options: Any) -> AsyncIterator[AsyncStream]:
    """A stream of this provider's answers."""
    messages = [{"role": "user", "content": ask}] if isinstance(ask, str) else ask
    async with (
        AsyncClient(base_url=provider.url, api_key="k-0123456789", **provider.wire.options) as client,
        client.stream(model="m-1", max_tokens=99, tools=tools, messages=messages, **options) as stream,
    ):
        yield stream


def weather(city: str, days: int = 1) -> dict[str, Any]:
    """The weather of a city."""
    return {"city": city, "days": days}


async def time(zone: str) -> str:
    """The time in a zone."""
    return f"noon in {zone}"


async def test_one_call_and_its_answer(start: Start) -> None:
    provider = start(Turn("Let me see.", calls=[("a", "weather", '{"city": "Oslo"}')]), Turn("Fine."))
    events = await play(provider, weather)
    assert provider.results() == [("a", '{"city":"Oslo","days":1}')]
    message = Message.of(events)
    assert (message.text, message.finish_reason, message.complete) == ("Let me see.Fine.", "stop", True)
    assert message.usage is not None
    assert (message.usage.input_tokens, message.usage.output_tokens) == (20, 10)
    assert kinds(events).count("start") == kinds(events).count("finish") == 1
    assert kinds(events).count("step-start") == kinds(events).count("step-end") == 2
    assert len(provider.requests) == 2


async def test_parallel_calls_of_sync_and_async_tools(start: Start) -> None:
    calls = [("a", "weather", '{"city": "Oslo"}'), ("b", "time", '{"zone": "CET"}'), ("c", "time", '{"zone": "UTC"}')]
    provider = start(Turn(calls=calls), Turn("Done."))
    events = await play(provider, weather, time)
    assert provider.results() == [("a", '{"city":"Oslo","days":1}'), ("b", "noon in CET"), ("c", "noon in UTC")]
    assert sorted(id for id, _ in outcomes(events)) == ["a", "b", "c"]


async def test_two_rounds_of_calls_with_the_same_ids(start: Start) -> None:
    again = Turn("More. ", "Hm.", calls=[("a", "weather", '{"city": "Rome"}')])
    provider = start(Turn(calls=[("a", "weather", '{"city": "Oslo"}')], thinking="Well."), again, Turn("Done."))
    events = await play(provider, weather)
    assert [result["city"] for _, result in outcomes(events)] == ["Oslo", "Rome"]
    assert [id for id, _ in outcomes(events)] == ["a", "a-2"]
    assert [id for id, _ in provider.results()] == ["a", "a"]  # the provider's own, both times
    message = Message.of(events)
    assert message.usage is not None
    assert message.usage.total_tokens == 45
    assert message.text == "More. Done."


async def test_the_whole_message_goes_back_in_the_right_turns(start: Start) -> None:
    provider = start(Turn(calls=[("a", "time", '{"zone": "CET"}')], thinking="Hm."), Turn("Noon."), Turn("Yes."))
    first = Message.of(await play(provider, time))
    asked = [{"role": "user", "content": "when"}, first, {"role": "user", "content": "sure?"}]
    events = await play(provider, time, ask=asked)
    assert Message.of(events).text == "Yes."
    roles = [message["role"] for message in provider.bodies[-1]["messages"]]
    tool = "user" if "anthropic" in str(provider.wire.options) else "tool"
    assert roles == ["user", "assistant", tool, "assistant", "user"]


async def test_a_signed_thought_goes_back_before_its_call(start: Start) -> None:
    provider = start(Turn(calls=[("a", "time", '{"zone": "CET"}')], thinking="Hm."), Turn("Noon."))
    await play(provider, time)
    spoken = provider.bodies[1]["messages"][1]
    if isinstance(spoken["content"], list):
        assert spoken["content"][0] == {"type": "thinking", "thinking": "Hm.", "signature": "sig"}
    elif provider.wire is WIRES["zhipu"]:
        assert spoken["reasoning_content"] == "Hm."


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("weather", '{"city": ', "no valid JSON"),
        ("weather", '{"town": "Oslo"}', "there is no argument 'town'; weather takes city, days; the argument 'city'"),
        ("weather", '{"city": 7}', "the argument 'city' is wrong"),
        ("forecast", "{}", "there is no tool 'forecast'; there are: boom, weather"),
        ("boom", "{}", "KeyError: 'nobody'"),
    ],
)
async def test_the_model_sees_what_went_wrong(start: Start, name: str, arguments: str, told: str) -> None:
    def boom() -> None:
        raise KeyError("nobody")

    provider = start(Turn(calls=[("a", name, arguments), ("b", "weather", '{"city": "Oslo"}')]), Turn("Sorry."))
    events = await play(provider, weather, boom)
    (first, error), (second, result) = provider.results()
    assert (first, second) == ("a", "b")
    assert told in error
    assert "Traceback" not in error
    assert result == '{"city":"Oslo","days":1}'
    (failed,) = [event for event in events if isinstance(event, e.ToolError)]
    assert (failed.id, failed.error) == ("a", error)
    assert Message.of(events).text == "Sorry."


async def test_nothing_runs_when_the_answer_is_cut_in_a_call(start: Start) -> None:
    ran: list[str] = []
    provider = start(Turn(calls=[("a", "note", '{"text": "x"}'), ("b", "note", '{"text": "y"}')], finish=CUT))
    async with opened(provider, _note(ran)) as stream:
        with pytest.raises(StreamInterruptedError):
            await stream.until_done()
    assert stream.finish_reason == "interrupted"
    assert (ran, stream.message.tool_results, len(provider.requests)) == ([], [], 1)


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_nothing_runs_when_the_answer_was_ended(start: Start, reason: str) -> None:
    ran: list[str] = []
    provider = start(Turn(calls=[("a", "note", '{"text": "x"}')], finish=reason))
    events = await play(provider, _note(ran))
    assert events[-1].type == "finish"
    assert Message.of(events).finish_reason == reason
    assert (ran, outcomes(events), len(provider.requests)) == ([], [], 1)


async def test_calls_run_though_the_reason_is_stop(start: Start) -> None:
    provider = start(Turn(calls=[("a", "time", '{"zone": "CET"}')], finish="stop"), Turn("Noon."))
    assert Message.of(await play(provider, time)).text == "Noon."


async def test_arguments_of_any_script(start: Start) -> None:
    provider = start(Turn(calls=[("a", "time", '{"zone": "北京 \\ud83d\\ude00 é"}')]), Turn("好。"))
    await play(provider, time)
    assert provider.results() == [("a", "noon in 北京 😀 é")]


async def test_the_model_answers_to_what_it_is_told(start: Start, dialect: str) -> None:
    def script(body: dict[str, Any]) -> Turn:
        told = WIRES[dialect].results(body)
        if len(told) < 3:
            return Turn(calls=[(f"c{len(told)}", "add", f'{{"a": {len(told)}, "b": "{len(told)}"}}')])
        return Turn(", ".join(text for _, text in told))

    def add(a: int, b: int) -> int:
        return a + b

    provider = start(script=script)
    assert Message.of(await play(provider, add)).text == "0, 2, 4"
    assert len(provider.requests) == 4


def _note(ran: list[str]) -> Callable[[str], str]:
    def note(text: str) -> str:
        """Write something down."""
        ran.append(text)
        return "noted"

    return note
