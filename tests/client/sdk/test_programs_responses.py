"""Programs for OpenAI's Responses API: they run with the official SDK and with ours, and print and send the same."""

# ruff: noqa: N803 - an argument is the class that a program would import
from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import openai
import pydantic
import pytest
from tests.client.sdk import recorded as r
from tests.client.sdk.side_by_side import printed, same_bodies
from tests.replay_server import ReplayServer

from slipstream import sdk

Capture = pytest.CaptureFixture[str]

ANSWER = r.numbered(*r.answer_frames("冷知识", "：章鱼有", "三颗心。"))
WHOLE = json.dumps(r.answer_frames("冷知识：章鱼有三颗心。")[-1]["response"]).encode()


class Fact(pydantic.BaseModel):
    animal: str
    hearts: int


FACT = r.numbered(*r.answer_frames('{"animal": "octopus",', ' "hearts": 3}'))


def closing(program: Callable[[Any], None]) -> Callable[[Any], None]:
    """The program, given a client of this class and no longer than it runs."""

    def run(kind: Any) -> None:
        with kind() as client:
            program(client)

    return run


def print_text(client: Any) -> None:
    for event in client.responses.create(model="m", input="讲几个冷知识", stream=True):
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
        elif event.type == "response.completed":
            print("\n", event.response.output_text, event.response.usage.total_tokens, event.response.created_at)
        else:
            print(event)


def test_print_the_text(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=ANSWER, chunks=[7])
    out = printed(closing(print_text), capsys, openai.OpenAI, sdk.OpenAI)
    assert out.endswith("冷知识：章鱼有三颗心。 21 1.0\n")
    assert "ResponseContentPartAddedEvent(content_index=0, item_id='msg_1'" in out
    assert same_bodies(at_server)[0] == {"model": "m", "input": "讲几个冷知识", "stream": True}
    assert [request.path for request in at_server.requests] == ["/responses", "/responses"]


def print_whole(client: Any) -> None:
    response = client.responses.create(
        model="m", input=[{"role": "user", "content": "Hi"}], instructions="Be brief.", max_output_tokens=99
    )
    print(response.output_text, response.status, response.output[0].content[0].text, response.usage.input_tokens)
    print(response.id, response.error, response.incomplete_details, response.output[0])


def test_a_whole_response(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=WHOLE)
    assert "冷知识：章鱼有三颗心。 completed" in printed(closing(print_whole), capsys, openai.OpenAI, sdk.OpenAI)
    assert same_bodies(at_server)[0]["instructions"] == "Be brief."


def stream_helper(client: Any) -> None:
    with client.responses.stream(model="m", input="Hi") as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                print(event.delta, event.snapshot, event.logprobs)
            elif event.type == "response.output_text.done":
                print(event.text, event.parsed)
        response = stream.get_final_response()
    print(response.output_text, response.output_parsed, response.usage.total_tokens)
    print(stream.until_done() is stream)


def test_the_stream_helper(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=ANSWER, chunks=[11])
    out = printed(closing(stream_helper), capsys, openai.OpenAI, sdk.OpenAI)
    assert "：章鱼有 冷知识：章鱼有 []" in out
    assert same_bodies(at_server)[0]["stream"] is True


def stream_an_object(client: Any) -> None:
    with client.responses.stream(model="m", input="Hi", text_format=Fact, text={"verbosity": "low"}) as stream:
        for event in stream:
            if event.type == "response.output_text.done":
                print(event.parsed)
    response = stream.get_final_response()
    print(response.output_parsed.hearts, response.output[0].content[0].parsed)


def parse_an_object(client: Any) -> None:
    response = client.responses.parse(model="m", input="Hi", text_format=Fact)
    print(response.output_parsed, response.output_text)


def test_objects_of_a_class(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=FACT)
    assert "3 animal='octopus' hearts=3" in printed(closing(stream_an_object), capsys, openai.OpenAI, sdk.OpenAI)
    text = same_bodies(at_server)[0]["text"]
    assert (text["verbosity"], text["format"]["name"], text["format"]["strict"]) == ("low", "Fact", True)


def test_a_whole_object(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=json.dumps(r.answer_frames('{"animal": "octopus", "hearts": 3}')[-1]["response"]).encode())
    assert "animal='octopus' hearts=3" in printed(closing(parse_an_object), capsys, openai.OpenAI, sdk.OpenAI)
    same_bodies(at_server)


TOOL = {
    "type": "function", "name": "get_weather", "strict": True,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
                   "additionalProperties": False},
}  # fmt: skip


def call_frames() -> list[dict[str, Any]]:
    item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "",
            "status": "in_progress"}  # fmt: skip
    done = {**item, "status": "completed", "arguments": '{"city": "Oslo"}'}
    place = {"item_id": "fc_1", "output_index": 0}
    return [
        {"type": "response.created", "response": r.response(status="in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.function_call_arguments.delta", **place, "delta": '{"city": '},
        {"type": "response.function_call_arguments.delta", **place, "delta": '"Oslo"}'},
        {"type": "response.function_call_arguments.done", **place, "arguments": '{"city": "Oslo"}'},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": "response.completed", "response": r.response(done)},
    ]


def tool_loop(client: Any) -> None:
    items: list[Any] = [{"role": "user", "content": "Weather in Oslo?"}]
    with client.responses.stream(model="m", input=items, tools=[TOOL]) as stream:
        for event in stream:
            if event.type == "response.function_call_arguments.delta":
                print(event.delta, event.snapshot)
        response = stream.get_final_response()
    items += response.output
    for item in response.output:
        if item.type == "function_call":
            print(item.name, item.arguments, item.parsed_arguments["city"])
            items.append({"type": "function_call_output", "call_id": item.call_id, "output": "18 °C"})
    for event in client.responses.create(model="m", input=items, tools=[TOOL], stream=True):
        if event.type == "response.output_text.delta":
            print(event.delta, end="")


def test_a_tool_call_and_the_second_answer(at_server: ReplayServer, capsys: Capture) -> None:
    for _ in range(2):
        at_server.serve(body=r.numbered(*call_frames())).serve(body=ANSWER)
    assert 'get_weather {"city": "Oslo"} Oslo' in printed(closing(tool_loop), capsys, openai.OpenAI, sdk.OpenAI)
    call, result = same_bodies(at_server)[1]["input"][1:]
    assert (call["call_id"], result["output"]) == ("call_1", "18 °C")
    assert "parsed_arguments" not in call


def go_on(client: Any) -> None:
    seen = -1
    for event in client.responses.create(model="m", input="Hi", background=True, stream=True):
        seen = event.sequence_number
        if event.type == "response.output_text.delta":
            print(event.delta, end="|")
            break
    for event in client.responses.retrieve("resp_1", stream=True, starting_after=seen):
        print(event.type, event.sequence_number)
    print(client.responses.retrieve("resp_1").status, client.responses.cancel("resp_1").status)
    with client.responses.stream(response_id="resp_1", starting_after=5) as stream:
        for event in stream:
            print(event.type, event.sequence_number)
        print(stream.get_final_response().output_text)


def test_a_background_response_is_taken_up_again(at_server: ReplayServer, capsys: Capture) -> None:
    frames = r.answer_frames("one ", "two ", "three", background=True)
    at_server.serve("/cancel", json.dumps(r.response(status="cancelled")).encode())
    at_server.serve("/responses", r.numbered(*frames))
    for _ in range(2):
        at_server.serve("/responses/resp_1", r.numbered(*frames[5:], first=5)).serve("/responses/resp_1", WHOLE)
        at_server.serve("/responses/resp_1", r.numbered(*frames))
    out = printed(closing(go_on), capsys, openai.OpenAI, sdk.OpenAI)
    assert "one |response.output_text.delta 5\n" in out
    assert "completed cancelled\n" in out
    assert "three\n" in out
    sent = [(request.method, request.path) for request in at_server.requests]
    half = len(sent) // 2
    assert [(method, sorted(path.replace("?", "&").split("&"))) for method, path in sent[:half]] == [
        (method, sorted(path.replace("?", "&").split("&"))) for method, path in sent[half:]
    ]
    assert sent[half:][1] == ("GET", "/responses/resp_1?stream=true&starting_after=4")
    assert sent[half:][3] == ("POST", "/responses/resp_1/cancel")


def failing(client: Any) -> None:
    with client.with_options(max_retries=0).responses.create(model="m", input="Hi", stream=True) as stream:
        for event in stream:
            if event.type == "response.failed":
                print(event.response.status, event.response.error.code, event.response.error.message)
            elif event.type == "error":
                print(event.code, event.message, event.param)
            else:
                print(event.type)


ERROR = {"code": "server_error", "message": "an odd failure"}
FAILED = {"type": "response.failed", "response": r.response(status="failed", error=ERROR)}
FLAT_ERROR = {"type": "error", **ERROR, "param": None}


@pytest.mark.parametrize("end", [FAILED, FLAT_ERROR])
@pytest.mark.parametrize("count", [1, 5])
def test_a_failure_is_the_last_event(at_server: ReplayServer, capsys: Capture, end: Any, count: int) -> None:
    """As in the official SDK: a program that reads events hears of it from them, and nothing raises."""
    at_server.serve(body=r.numbered(*r.answer_frames("half")[:count], end))
    out = printed(closing(failing), capsys, openai.OpenAI, sdk.OpenAI)
    assert "server_error an odd failure" in out


def a_failed_response(client: Any) -> None:
    client = client.with_options(max_retries=0)
    response = client.responses.create(model="m", input="Hi")
    print(response.status, response.error, response.output_text)


@pytest.mark.parametrize("status", ["failed", "queued", "in_progress", "cancelled", "incomplete"])
def test_a_response_says_its_status(at_server: ReplayServer, capsys: Capture, status: str) -> None:
    error = ERROR if status == "failed" else None
    at_server.serve(body=json.dumps(r.response(status=status, error=error)).encode())
    assert printed(closing(a_failed_response), capsys, openai.OpenAI, sdk.OpenAI).startswith(status)


async def async_program(AsyncOpenAI: Any) -> None:
    async with AsyncOpenAI() as client:
        async for event in await client.responses.create(model="m", input="Hi", stream=True):
            print(event.type)
        async with client.responses.stream(model="m", input="Hi", text_format=Fact) as stream:
            kinds = [event.type async for event in stream]
            print(kinds, (await stream.get_final_response()).output_parsed)
        print((await client.responses.create(model="m", input="Hi")).output_text)
        print((await client.responses.parse(model="m", input="Hi", text_format=Fact)).output_parsed)
        print((await client.responses.retrieve("resp_1")).status)
        print((await client.responses.cancel("resp_1")).status)
        async for event in await client.responses.retrieve("resp_1", stream=True):
            print(event.sequence_number)


def test_async(at_server: ReplayServer, capsys: Capture) -> None:
    whole = json.dumps(r.answer_frames('{"animal": "octopus", "hearts": 3}')[-1]["response"]).encode()
    for _ in range(2):
        for body in (FACT, FACT, whole, whole):
            at_server.serve("/responses", body)
        at_server.serve("/resp_1", whole).serve("/resp_1", FACT)
    at_server.serve("/cancel", json.dumps(r.response(status="cancelled")).encode())
    out = printed(lambda kind: asyncio.run(async_program(kind)), capsys, openai.AsyncOpenAI, sdk.AsyncOpenAI)
    assert out.count("animal='octopus' hearts=3") == 2
    same_bodies_of(at_server)


def same_bodies_of(server: ReplayServer) -> None:
    sent = [request.body and json.loads(request.body) for request in server.requests]
    half = len(sent) // 2
    assert sent[:half] == sent[half:]
