"""RELIABILITY row 27: a provider that keeps its answers resumes them, and the splice is exact at every event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.replay_server import Answer, ReplayServer, Request

import slipstream
from slipstream import AsyncClient, Client, Resume, errors
from slipstream.events import Event, Order

TEXT = ["The", " sea", " is", " wide", ".\n", "天空", "也是", "。"]


def wires() -> Iterator[dict[str, Any]]:
    """A background answer: text and then a call."""
    response = {"id": "resp_1", "object": "response", "background": True, "store": True, "model": "m", "output": []}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "status": "in_progress"}
    call = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "look", "arguments": ""}
    where = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    text, arguments = "".join(TEXT), '{"at": "the sea"}'
    part = {"type": "output_text", "text": "", "annotations": []}
    yield {"type": "response.created", "response": {**response, "status": "queued"}}
    yield {"type": "response.in_progress", "response": {**response, "status": "in_progress"}}
    yield {"type": "response.output_item.added", "output_index": 0, "item": message}
    yield {"type": "response.content_part.added", **where, "part": part}
    for piece in TEXT:
        yield {"type": "response.output_text.delta", **where, "delta": piece, "logprobs": []}
    yield {"type": "response.output_text.done", **where, "text": text, "logprobs": []}
    yield {"type": "response.content_part.done", **where, "part": {**part, "text": text}}
    whole = {**message, "status": "completed", "content": [{**part, "text": text}]}
    yield {"type": "response.output_item.done", "output_index": 0, "item": whole}
    yield {"type": "response.output_item.added", "output_index": 1, "item": call}
    at = {"item_id": "fc_1", "output_index": 1}
    for begin in range(0, len(arguments), 5):
        piece = arguments[begin : begin + 5]
        yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
    yield {"type": "response.function_call_arguments.done", **at, "name": "look", "arguments": arguments}
    yield {"type": "response.output_item.done", "output_index": 1, "item": {**call, "arguments": arguments}}
    usage = {"input_tokens": 9, "output_tokens": 12, "total_tokens": 21}
    final = {**response, "status": "completed", "output": [whole, {**call, "arguments": arguments}], "usage": usage}
    yield {"type": "response.completed", "response": final}


FRAMES = [
    f"event: {wire['type']}\ndata: {json.dumps({**wire, 'sequence_number': number})}\n\n".encode()
    for number, wire in enumerate(wires())
]


@dataclass
class Background(ReplayServer):
    """Keeps one answer, and gives what comes after a number.

    Attributes:
        cuts: bytes that each request gets; None, and what comes after the last, is all.
    """

    cuts: list[int | None] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def _answer(self, request: Request) -> Answer:
        self.asked.append((request.method, request.path))
        query = parse_qs(urlsplit(request.path).query)
        after = int(query.get("starting_after", ["-1"])[0])
        body = b"".join(FRAMES[after + 1 :])
        cut = self.cuts.pop(0) if self.cuts else None
        return Answer(body[:cut], 200, {"content-type": "text/event-stream"}, None, 0)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slipstream.run.retry.RetryPolicy, "delay", lambda self, attempt: 0.0)


def options(server: Background) -> dict[str, Any]:
    return {"provider": "openai-responses", "base_url": server.url, "api_key": "k", "model": "m", "max_retries": 5}


ASK: dict[str, Any] = {"extra": {"background": True}}


def shown(events: list[Event]) -> list[Event]:
    """The events but for what tells of the break."""
    Order().check_all(events)
    return [event for event in events if event.type not in ("resume", "retry")]


def uncut() -> list[Event]:
    with Background() as server, Client(**options(server)) as client:
        return list(client.stream("hi", **ASK))


OFFSETS = [len(b"".join(FRAMES[:count])) for count in range(5, len(FRAMES))]


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("policy", ["continue", "restart"])
def test_the_splice_is_exact_after_every_event(offset: int, policy: Any) -> None:
    with Background(cuts=[offset]) as server, Client(**options(server)) as client:
        stream = client.stream("hi", on_break=policy, **ASK)
        events = list(stream)
        assert shown(events) == uncut()
        resume = next(event for event in events if isinstance(event, Resume))
        assert resume.exact
        assert [method for method, _ in server.asked] == ["POST", "GET"]
        assert "/responses/resp_1?" in server.asked[1][1]
        assert stream.usage is not None
        assert stream.usage.output_tokens == 12, "one answer is counted once"


@pytest.mark.parametrize("offset", range(OFFSETS[0], OFFSETS[-1], 97))
async def test_the_splice_is_exact_inside_an_event_and_again(offset: int) -> None:
    with Background(cuts=[offset, 700, 700]) as server:
        async with AsyncClient(**options(server)) as client:
            events = [event async for event in client.stream("hi", on_break="continue", **ASK)]
    assert shown(events) == uncut()


def test_by_default_the_error_says_that_it_could_be_resumed() -> None:
    with Background(cuts=[OFFSETS[3]]) as server, Client(**options(server)) as client:
        with pytest.raises(errors.StreamInterruptedError) as caught:
            client.stream("hi", **ASK).until_done()
        assert caught.value.resumable


def test_a_break_before_content_is_asked_anew() -> None:
    with Background(cuts=[len(b"".join(FRAMES[:2]))]) as server, Client(**options(server)) as client:
        events = shown(list(client.stream("hi", on_break="continue", **ASK)))
        assert [event for event in events if event.type != "heartbeat"] == [
            event for event in uncut() if event.type != "heartbeat"
        ]


@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_resumed_body_that_breaks_before_content_is_asked_from_the_same_place(more: int) -> None:
    """What such a body began - the start of a call, say - was never shown, and must come again."""
    after_text = len(b"".join(FRAMES[: 4 + len(TEXT) + 3]))
    sizes = [len(b"".join(FRAMES[4 + len(TEXT) + 3 :][:count])) for count in (0, 1, 1)]
    cuts: list[int | None] = [after_text, *sizes[: more + 1]]
    with Background(cuts=cuts) as server, Client(**options(server)) as client:
        assert shown(list(client.stream("hi", on_break="continue", **ASK))) == uncut()
