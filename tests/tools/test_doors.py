"""The loop behind both doors, over real HTTP: the old function form, tools for the caller, stopping from outside."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from tests.replay_server import ReplayServer
from tests.tools.looping import outcomes
from tests.tools.provider import Provider, Turn, openai_body

from slipstream import AsyncClient, Client, InvalidRequestError
from slipstream.events import Message, TextDelta, ToolCall

ASK_PERSON = {"type": "function", "function": {"name": "ask_person", "parameters": {"type": "object"}}}
KEY = "k-0123456789"


def double(n: int) -> int:
    """Twice the number.

    Args:
        n: the number.
    """
    return 2 * n


def calls_of(*numbers: int) -> list[tuple[str, str, str]]:
    """Calls of `double`."""
    return [(f"c{n}", "double", f'{{"n": {n}}}') for n in numbers]


def test_the_sync_door_runs_the_loop() -> None:
    together = threading.Barrier(2)

    def meet(n: int) -> int:
        together.wait(5)
        return n

    calls = [(f"c{n}", "meet", f'{{"n": {n}}}') for n in (1, 2)]
    with (
        Provider("openai_chat", Turn("Wait. ", calls=calls), Turn("Done.")) as provider,
        Client(base_url=provider.url, api_key=KEY) as client,
        client.stream("go", model="m-1", tools=[meet]) as stream,
    ):
        assert list(stream.text_stream) == ["Wait. ", "Done."]
        assert sorted(outcomes(stream.message.tool_results)) == [("c1", 1), ("c2", 2)]
        assert stream.metrics.attempts == 2


def test_whole_answers_loop_as_well() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "double", "arguments": '{"n": 4}'}}
    bodies: list[dict[str, Any]] = [
        {"role": "assistant", "content": None, "tool_calls": [call]}, {"role": "assistant", "content": "It is 8."},
    ]  # fmt: skip
    with ReplayServer() as server:
        for body, reason in zip(bodies, ("tool_calls", "stop"), strict=True):
            whole = {"id": "c", "model": "m", "choices": [{"index": 0, "message": body, "finish_reason": reason}]}
            server.serve(body=json.dumps(whole).encode())
        with Client(base_url=server.url, api_key=KEY) as client:
            message = client.complete("go", model="m-1", tools=[double])
    assert (message.text, outcomes(message.tool_results)) == ("It is 8.", [("c", 8)])


async def test_the_old_function_form_is_answered_in_the_old_form() -> None:
    turns = [Turn(calls=[("", "double", '{"n": 4}')], legacy=True), Turn(calls=[("", "double", '{"n": "x"}')],
             legacy=True), Turn("It is 8.")]  # fmt: skip
    with Provider("openai_chat", *turns) as provider:
        async with AsyncClient(base_url=provider.url, api_key=KEY) as client:
            message = await client.stream("go", model="m-1", tools=[double])
        told = provider.bodies[2]["messages"]
        assert told[1] == {
            "role": "assistant", "content": None, "function_call": {"name": "double", "arguments": '{"n": 4}'},
        }  # fmt: skip
        assert told[2] == {"role": "function", "name": "double", "content": "8"}
        assert told[4]["role"] == "function"
        assert "the argument 'n' is wrong" in told[4]["content"]
        assert [call.id for call in message.tool_calls] == ["call_0", "call_0-2"]
        assert message.text == "It is 8."


async def test_a_tool_for_the_caller_ends_the_loop_and_the_caller_goes_on() -> None:
    both = [*calls_of(4), ("p", "ask_person", "{}")]
    with Provider("openai_chat", Turn(calls=both), Turn("Thanks.")) as provider:
        async with AsyncClient(base_url=provider.url, api_key=KEY) as client:
            message = await client.stream("go", model="m-1", tools=[double, ASK_PERSON])
            assert (message.finish_reason, outcomes(message.tool_results)) == ("tool_calls", [("c4", 8)])
            answered = {"role": "tool", "tool_call_id": "p", "content": "yes"}
            messages = [{"role": "user", "content": "go"}, message, answered]
            final = await client.stream(messages=messages, model="m-1", tools=[double, ASK_PERSON])
        assert (final.text, provider.results()) == ("Thanks.", [("c4", "8"), ("p", "yes")])


async def test_who_approves_and_who_stops() -> None:
    def approve(call: ToolCall) -> bool | str:
        return call.input["n"] < 5 or "too much"

    def stop_when(message: Message) -> bool:
        return len(message.tool_results) == 1

    with Provider("openai_chat", Turn(calls=calls_of(4, 5)), Turn(calls=calls_of(1))) as provider:
        async with AsyncClient(base_url=provider.url, api_key=KEY) as client:
            message = await client.stream("go", model="m-1", tools=[double], approve=approve, stop_when=stop_when)
        assert provider.results() == [("c4", "8"), ("c5", "not approved: too much")]
        assert message.finish_reason == "tool_calls"
        assert len(provider.bodies) == 2


async def test_the_bound_on_rounds() -> None:
    def script(body: dict[str, Any]) -> Turn:
        return Turn(calls=calls_of(1))

    with Provider("openai_chat", script=script) as provider:
        async with AsyncClient(base_url=provider.url, api_key=KEY) as client:
            message = await client.stream("go", model="m-1", tools=[double], max_rounds=3)
        assert (len(provider.bodies), len(message.tool_results)) == (3, 2)
        assert message.finish_reason == "tool_calls"


async def test_stages_see_one_stream() -> None:
    with Provider("openai_chat", Turn("one two ", calls=calls_of(1)), Turn("three four.")) as provider:
        async with AsyncClient(base_url=provider.url, api_key=KEY) as client:
            stream = client.stream("go", model="m-1", tools=[double]).words()
            pieces = [event.text async for event in stream if isinstance(event, TextDelta)]
    assert pieces == ["one ", "two ", "three ", "four."]


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_a_sync_reader_is_freed_while_a_tool_hangs(how: str) -> None:
    begun, release = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        release.wait(60)

    with (
        Provider("openai_chat", Turn(calls=[("a", "hang", "{}")])) as provider,
        Client(base_url=provider.url, api_key=KEY) as client,
        client.stream("go", model="m-1", tools=[hang]) as stream,
    ):
        reader = threading.Thread(target=stream.until_done)
        reader.start()
        assert begun.wait(5)
        getattr(stream, how)()
        reader.join(10)
        assert not reader.is_alive(), "it waits for the tool"
        release.set()
        assert stream.message.finish_reason == "cancelled"
        assert outcomes(stream.message.tool_results) == [("a", "the call was cancelled")]


def test_the_old_programs_still_get_their_calls() -> None:
    with ReplayServer() as server:
        server.serve(body=openai_body(Turn(calls=calls_of(4))))
        with Client(base_url=server.url, api_key=KEY) as client:
            declared = {"name": "double", "parameters": {"type": "object"}}
            with client.stream("go", model="m-1", tools=[declared]) as stream:
                assert [call.input for call in stream.tool_calls] == [{"n": 4}]
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"tools": [ASK_PERSON], "max_rounds": 3}, "no function in tools"),
        ({"tools": [double], "n": 2}, "one answer"),
        ({"tools": [double], "tool_timeout": -1}, "tool_timeout"),
        ({"tools": [double], "max_rounds": 0}, "max_rounds"),
    ],
)
def test_what_contradicts_itself_is_refused(options: dict[str, Any], told: str) -> None:
    with Client(base_url="http://127.0.0.1:9", api_key=KEY) as client, pytest.raises(InvalidRequestError, match=told):
        client.stream("go", model="m-1", **options)
