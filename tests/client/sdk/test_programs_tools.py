"""A tool call out of the stream, and the answer to its result: EXAMPLES row 8.

Each program runs with the official SDK and with ours, and prints the same: see `side_by_side.py`.
"""

# ruff: noqa: N803 - the argument is the class that a program would import
from __future__ import annotations

import json
from typing import Any

import openai
import pytest
import zai
from tests.client.sdk import recorded as r
from tests.client.sdk.side_by_side import bodies, printed, same_bodies
from tests.replay_server import ReplayServer

from slipstream import sdk

Capture = pytest.CaptureFixture[str]


# ---- row 8

WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def get_weather(city: str) -> str:
    return f"{city}: 18 °C"


def tool_loop(client: Any, chunks: list[Any]) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris and in Oslo?"}]
    calls: dict[int, dict[str, str]] = {}
    for chunk in client.chat.completions.create(model="m", messages=messages, tools=[WEATHER], stream=True):
        chunks.append(chunk)
        if not chunk.choices:
            continue
        for call in chunk.choices[0].delta.tool_calls or []:
            known = calls.setdefault(call.index, {"id": "", "name": "", "arguments": ""})
            known["id"] = call.id or known["id"]
            if call.function.name:
                known["name"] = call.function.name
            known["arguments"] += call.function.arguments or ""
        if chunk.choices[0].finish_reason == "tool_calls":
            break
    messages.append(
        {
            "role": "assistant",
            "tool_calls": [
                {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}}
                for c in calls.values()
            ],
        }
    )
    for c in calls.values():
        result = get_weather(**json.loads(c["arguments"]))
        messages.append({"role": "tool", "tool_call_id": c["id"], "content": result})
    for chunk in client.chat.completions.create(model="m", messages=messages, tools=[WEATHER], stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            print(chunk.choices[0].delta.content, end="")
    print()


def call_delta(index: int, arguments: str, **fields: Any) -> dict[str, Any]:
    function = {"arguments": arguments, **({"name": fields.pop("name")} if "name" in fields else {})}
    return {"tool_calls": [{"index": index, "function": function, **fields}]}


CALLS = r.sse(
    r.chunk(delta={"role": "assistant", "content": None}),
    r.chunk(delta=call_delta(0, "", id="call_1", type="function", name="get_weather")),
    r.chunk(delta=call_delta(0, '{"city": ')),
    r.chunk(delta=call_delta(0, '"Paris"}')),
    r.chunk(delta=call_delta(1, "", id="call_2", type="function", name="get_weather")),
    r.chunk(delta=call_delta(1, '{"city": "Oslo"}')),
    r.chunk(finish="tool_calls"),
)


@pytest.mark.parametrize(
    ("official", "ours"),
    [(openai.OpenAI, sdk.OpenAI), (zai.ZhipuAiClient, sdk.ZhipuAI), (zai.ZaiClient, sdk.ZaiClient)],
)
def test_row_8_a_tool_call_and_the_second_answer(
    at_server: ReplayServer, capsys: Capture, official: Any, ours: Any
) -> None:
    for _ in range(2):
        at_server.serve(body=CALLS).serve(body=r.ANSWER)
    out = printed(lambda kind: tool_loop(kind(), []), capsys, official, ours)
    assert out == "冷知识：章鱼有三颗心。\n"
    _, second = same_bodies(at_server)
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "tool", "tool"]
    assert second["messages"][3] == {"role": "tool", "tool_call_id": "call_2", "content": "Oslo: 18 °C"}


def legacy_function_call(OpenAI: Any) -> None:
    client = OpenAI()
    messages: list[Any] = [{"role": "user", "content": "Weather in Paris?"}]
    name, arguments = "", ""
    for chunk in client.chat.completions.create(
        model="m", messages=messages, functions=[WEATHER["function"]], stream=True
    ):
        call = chunk.choices[0].delta.function_call
        if call:
            name = call.name or name
            arguments += call.arguments or ""
        if chunk.choices[0].finish_reason == "function_call":
            print(name, arguments)
    messages.append({"role": "assistant", "content": None, "function_call": {"name": name, "arguments": arguments}})
    messages.append({"role": "function", "name": name, "content": get_weather(**json.loads(arguments))})
    for chunk in client.chat.completions.create(model="m", messages=messages, stream=True):
        if chunk.choices:
            print(chunk.choices[0].delta.content, end="")
    print()


def test_row_8_the_legacy_roles(at_server: ReplayServer, capsys: Capture) -> None:
    call = r.sse(
        r.chunk(delta={"role": "assistant", "function_call": {"name": "get_weather", "arguments": ""}}),
        r.chunk(delta={"function_call": {"arguments": '{"city": "Paris"}'}}),
        r.chunk(finish="function_call"),
    )
    for _ in range(2):
        at_server.serve(body=call).serve(body=r.ANSWER)
    assert 'get_weather {"city": "Paris"}' in printed(legacy_function_call, capsys, openai.OpenAI, sdk.OpenAI)
    assert same_bodies(at_server)[1]["messages"][2]["role"] == "function"


def test_row_8_a_message_of_ours_goes_back_as_it_is(at_server: ReplayServer) -> None:
    answer = json.loads(r.WHOLE_ANSWER)
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    answer["choices"][0]["message"] = {"role": "assistant", "content": None, "tool_calls": [call]}
    at_server.serve(body=json.dumps(answer).encode()).serve(body=r.ANSWER)
    with sdk.OpenAI() as client:
        messages: list[Any] = [{"role": "user", "content": "Weather?"}]
        message = client.chat.completions.create(model="m", messages=messages).choices[0].message
        assert message.tool_calls is not None
        messages += [message, {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "18"}]
        list(client.chat.completions.create(model="m", messages=messages, stream=True))
    assert bodies(at_server)[1]["messages"][1] == {"role": "assistant", "content": None, "tool_calls": [call]}
