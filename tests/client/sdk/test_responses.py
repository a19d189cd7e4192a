"""What our Responses shape does beyond the official one: refusals by name, cuts, resuming, errors."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest
from tests.client.sdk import recorded as r
from tests.replay_server import ReplayServer

from slipstream import errors, sdk
from slipstream.client.sdk import response_events, response_stream_events
from slipstream.client.sdk.response_events import ResponseStreamEvent
from slipstream.client.sdk.response_state import ResponseState, Wanted

FRAMES = r.answer_frames("one ", "two ", "three")
ASKED: dict[str, Any] = {"model": "m", "input": "Hi"}


class City(msgspec.Struct):
    name: str


def openai(server: ReplayServer, **settings: Any) -> sdk.OpenAI:
    return sdk.OpenAI(base_url=server.url, api_key="k", **{"max_retries": 0, **settings})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input": None}, "input is missing"),
        ({"text_format": "Fact"}, "text_format is a str; it takes a class"),
        ({"text_format": int, "text": {"format": {"type": "text"}}}, "text_format stands beside"),
        ({"starting_after": 3}, "starting_after goes with response_id"),
        ({"response_id": "resp_1"}, "model cannot be changed by response_id; it takes include"),
    ],
)
def test_bad_input_is_refused_by_name(server: ReplayServer, change: dict[str, Any], message: str) -> None:
    with openai(server) as client, pytest.raises(errors.InvalidRequestError, match=message):
        client.responses.stream(**ASKED | change).__enter__()
    assert not server.requests


@pytest.mark.parametrize("response_id", ["", " ", None, 3])
def test_an_id_that_is_none_is_refused(server: ReplayServer, response_id: Any) -> None:
    with openai(server) as client:
        for ask in (client.responses.retrieve, client.responses.cancel):
            with pytest.raises(errors.InvalidRequestError, match="response_id"):
                ask(response_id)
    assert not server.requests


def test_an_id_is_one_part_of_the_path(server: ReplayServer) -> None:
    server.serve(body=json.dumps(r.response()).encode())
    with openai(server) as client:
        client.responses.retrieve("../a?b", extra_headers={"x-mine": "1"}, extra_query={"include": ["a", "b"]})
    assert server.requests[0].path == "/responses/..%2Fa%3Fb?include=a&include=b"
    assert server.requests[0].headers["x-mine"] == "1"
    assert "content-type" not in server.requests[0].headers


def test_what_is_not_there_says_what_is() -> None:
    responses: Any = sdk.OpenAI(api_key="k").responses
    with pytest.raises(AttributeError, match=r"no attribute 'delete'.*responses.create"):
        responses.delete("resp_1")


def test_a_cut_stream_is_no_success(server: ReplayServer) -> None:
    server.serve(body=r.numbered(*FRAMES[:6]))
    seen: list[Any] = []
    with openai(server) as client, pytest.raises(errors.StreamInterruptedError) as caught:
        seen.extend(client.responses.create(**ASKED, stream=True))
    assert [event.type for event in seen] == [frame["type"] for frame in FRAMES[:6]]
    assert caught.value.partial.text == "one two "


def test_a_background_stream_that_breaks_is_resumed_and_every_event_comes_once(server: ReplayServer) -> None:
    frames = r.answer_frames("one ", "two ", "three", background=True)
    server.serve("/responses", r.numbered(*frames[:6])).serve("/resp_1", r.numbered(*frames[6:], first=6))
    with openai(server, max_retries=2) as client:
        events = list(client.responses.create(**ASKED, background=True, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(frames)))
    assert events[-1].response.output_text == "one two three"
    assert server.requests[1].path == "/responses/resp_1?stream=true&starting_after=5"


def test_a_helper_goes_on_with_a_background_response_that_breaks(server: ReplayServer) -> None:
    frames = r.answer_frames("one ", "two ", "three", background=True)
    server.serve("/responses", r.numbered(*frames[:6])).serve("/resp_1", r.numbered(*frames[6:], first=6))
    with openai(server, max_retries=2) as client, client.responses.stream(**ASKED, background=True) as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        assert stream.get_final_response().output_text == "one two three"
    assert snapshots == ["one ", "one two ", "one two three"]


def test_a_failed_response_raises_from_the_helper_alone(server: ReplayServer) -> None:
    error = {"code": "server_error", "message": "an odd failure"}
    failed = {"type": "response.failed", "response": r.response(status="failed", error=error)}
    server.serve(body=r.numbered(*FRAMES[:5], failed))
    with openai(server) as client:
        with client.responses.create(**ASKED, stream=True) as frames:
            assert [event.type for event in frames][-1] == "response.failed"
            assert isinstance(frames.failure, errors.ServerError)
        with client.responses.stream(**ASKED) as stream, pytest.raises(errors.ServerError, match="an odd failure"):
            stream.get_final_response()


def test_an_incomplete_response_is_given_as_it_is(server: ReplayServer) -> None:
    end = {"type": "response.incomplete", "response": r.response(status="incomplete",
           incomplete_details={"reason": "max_output_tokens"})}  # fmt: skip
    server.serve(body=r.numbered(*FRAMES[:5], end))
    with openai(server) as client, client.responses.stream(**ASKED) as stream:
        response = stream.get_final_response()
    assert response.incomplete_details is not None
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")


def cut_response(reason: str = "max_output_tokens", status: str = "incomplete") -> r.Wire:
    """A response whose JSON is not whole."""
    part = {"type": "output_text", "text": '{"name": "Os', "annotations": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": [part]}
    details = {"reason": reason} if status == "incomplete" else None
    return r.response(item, status=status, incomplete_details=details)


CUTS = [
    (cut_response(), errors.ProtocolError, "cut at max_output_tokens"),
    (cut_response("content_filter"), errors.ContentFilteredError, "filter cut the answer"),
    (cut_response("other"), errors.ProtocolError, "content is no City"),
    (cut_response(status="completed"), errors.ProtocolError, "content is no City"),
]


@pytest.mark.parametrize(("response", "kind", "said"), CUTS)
def test_an_answer_that_was_cut_says_so_where_it_is_decoded(
    server: ReplayServer, response: r.Wire, kind: type[Exception], said: str
) -> None:
    done = {**r.answer_frames(response["output"][0]["content"][0]["text"])[5], "type": "response.output_text.done"}
    end = {"type": f"response.{response['status']}", "response": response}
    server.serve(body=json.dumps(response).encode())
    server.serve(body=r.numbered(*FRAMES[:5], done, end))
    with openai(server) as client:
        with pytest.raises(kind, match=said):
            client.responses.parse(**ASKED, text_format=City)
        with client.responses.stream(**ASKED, text_format=City) as stream, pytest.raises(kind, match=said) as caught:
            stream.until_done()
    assert caught.value.__cause__ is not None or kind is errors.ContentFilteredError


def test_a_text_that_is_not_of_the_class_raises_when_the_stream_fails_too() -> None:
    done = r.answer_frames("half")[5]
    for end in ({"type": "response.failed", "response": r.response(status="failed")}, {"type": "error"}):
        state = ResponseState(Wanted(kind=City))
        assert state.take(ResponseStreamEvent.of(done)) == []
        with pytest.raises(errors.ProtocolError, match="content is no City"):
            state.take(ResponseStreamEvent.of(end))


def test_what_fails_before_content_is_tried_again(server: ReplayServer) -> None:
    error = {"code": "server_error", "message": "again, please"}
    failed = {"type": "response.failed", "response": r.response(status="failed", error=error)}
    server.serve(body=r.numbered(FRAMES[0], failed)).serve(body=r.numbered(*FRAMES))
    with openai(server, max_retries=2) as client:
        events = list(client.responses.create(**ASKED, stream=True))
    assert [event.type for event in events] == [frame["type"] for frame in FRAMES]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"object": "list"}', b"3"])
def test_an_answer_that_is_no_response(server: ReplayServer, body: bytes) -> None:
    server.serve(body=body)
    with openai(server) as client, pytest.raises(errors.SlipstreamError):
        client.responses.create(**ASKED)


def test_a_refused_request_is_raised(server: ReplayServer) -> None:
    server.serve(body=b'{"error": {"message": "no such model", "code": "model_not_found"}}', status=404)
    with openai(server) as client:
        for stream in (True, False):
            with pytest.raises(sdk.NotFoundError):
                client.responses.create(**ASKED, stream=stream)


def test_leaving_the_block_closes(server: ReplayServer) -> None:
    frames = r.answer_frames(*(f"word {number} " for number in range(3000)))
    server.serve(body=r.numbered(*frames), chunks=[300], pause=0.01)
    with openai(server) as client, client.responses.stream(**ASKED) as stream:
        next(stream)
    assert server.all_gone()


async def test_leaving_the_async_block_closes(server: ReplayServer) -> None:
    frames = r.answer_frames(*(f"word {number} " for number in range(3000)))
    server.serve(body=r.numbered(*frames), chunks=[300], pause=0.01)
    async with sdk.AsyncOpenAI(base_url=server.url, api_key="k") as client:
        async with client.responses.stream(**ASKED) as stream:
            await anext(stream)
        assert await asyncio.to_thread(server.all_gone)


# ---- the state alone


def test_arguments_of_strict_tools_are_decoded() -> None:
    tools = [
        {"type": "function", "name": "a", "strict": True},
        {"type": "function", "name": "b"},
        {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "c", "strict": True}]},
    ]
    wanted = Wanted(tools)
    assert wanted.arguments({"name": "a", "arguments": '{"x": 1}'}) == {"x": 1}
    assert wanted.arguments({"name": "a", "namespace": "a", "arguments": "{}"}) == {}
    assert wanted.arguments({"name": "b", "arguments": '{"x": 1}'}) is None
    assert wanted.arguments({"name": "c", "namespace": "n", "arguments": "{}"}) == {}
    assert wanted.arguments({"name": "c", "arguments": "{}"}) is None
    with pytest.raises(errors.ProtocolError, match="strict"):
        wanted.arguments({"name": "a", "arguments": "{"})


def test_remarks_on_the_way_are_not_decoded() -> None:
    wanted = Wanted((), dict[str, int])
    assert wanted.text("Let me see.", "commentary") is None
    assert wanted.text('{"a": 1}', "final_answer") == {"a": 1}


@pytest.mark.parametrize("wire", [{}, {"type": None}, {"type": "response.new", "x": 1}, {"type": "response.completed"}])
def test_odd_frames_pass(wire: dict[str, Any]) -> None:
    state = ResponseState(Wanted())
    event = ResponseStreamEvent.of(wire)
    assert state.take(event) == [event]
    assert state.response is None


def test_every_class_survives_a_copy() -> None:
    import copy
    import pickle

    for module in (response_events, response_stream_events):
        for tag in module._EVENTS:
            family: Any = getattr(module, "ResponseStreamEvent", None) or getattr(module, "HelperEvent", None)
            event = family.of({"type": tag, "sequence_number": 1})
            assert type(event) is not family
            assert pickle.loads(pickle.dumps(event)) == copy.deepcopy(event) == event
            assert "type=" in repr(event)


# ---- the order of frames, and what is asked for twice


def test_frames_come_in_their_order_however_they_arrive(server: ReplayServer) -> None:
    """A sign of life that is a frame must not overtake the frames that wait for the first content."""
    body = r.numbered(*FRAMES)
    server.serve(body=body, chunks=[len(r.numbered(FRAMES[0])), 1000], pause=0.05)
    with openai(server) as client:
        events = list(client.responses.create(**ASKED, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(FRAMES)))


def test_a_background_response_tells_its_id_at_once(server: ReplayServer) -> None:
    frames = r.answer_frames("one", background=True)
    start = r.numbered(*frames[:2])
    server.serve(body=r.numbered(*frames), chunks=[len(start), 10**6], pause=30)
    with openai(server, timeout=20) as client, client.responses.create(**ASKED, background=True, stream=True) as events:
        first, second = next(events), next(events)
    assert (first.type, first.response.id, second.type) == ("response.created", "resp_1", "response.in_progress")


def test_a_background_response_that_breaks_before_its_content_is_not_asked_for_twice(server: ReplayServer) -> None:
    frames = r.answer_frames("one ", "two", background=True)
    server.serve("/responses", r.numbered(*frames[:3])).serve("/resp_1", r.numbered(*frames[3:], first=3))
    with openai(server, max_retries=2) as client:
        events = list(client.responses.create(**ASKED, background=True, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(frames)))
    assert events[-1].response.output_text == "one two"
    assert [(request.method, request.path) for request in server.requests] == [
        ("POST", "/responses"), ("GET", "/responses/resp_1?stream=true&starting_after=2"),
    ]  # fmt: skip
