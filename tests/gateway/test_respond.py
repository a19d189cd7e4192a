"""What `respond` refuses, and what it tells of failures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.client.answers import KEY
from tests.faults.hostile import HostileServer, read_request, send, wait_for
from tests.faults.wire import chunk, frame, head
from tests.gateway.asgi import Exchange
from tests.gateway.plain import PLAIN

from slipstream import AsyncClient
from slipstream.dialects import Reply
from slipstream.errors import InvalidRequestError, RateLimitError, UnknownModelError
from slipstream.events import Event, Finish, TextDelta, Usage
from slipstream.gateway import respond

ANSWER: list[Event] = [TextDelta("one"), TextDelta("two"), Finish()]
BEAT = b"\n"


# ---- failures


async def test_a_broken_stream_ends_as_the_dialects_error() -> None:
    with HostileServer([read_request, send(head() + chunk(frame({"content": "one"}))), wait_for("never")]) as server:
        async with AsyncClient(base_url=server.url, api_key=KEY, max_retries=0, timeout={"idle": 0.1}) as client:
            exchange = await Exchange().run(respond(client.stream("Hi", model="gpt-test"), PLAIN))
    assert exchange.body.startswith(BEAT + b"one\n[error StreamTimeoutError: ")
    assert exchange.ended


async def test_an_unexpected_exception_is_masked_and_logged_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken() -> AsyncIterator[Event]:
        yield TextDelta("one")
        raise RuntimeError("canary: the patient's name")

    exchange = await Exchange().run(respond(broken(), PLAIN))
    assert exchange.body == BEAT + b"one\n[error InternalError: an internal error ended the answer]\n"
    assert "unexpected RuntimeError at" in caplog.text
    assert "test_respond.py" in caplog.text
    assert "canary" not in caplog.text


async def test_errors_of_ours_keep_their_words() -> None:
    async def refused() -> AsyncIterator[Event]:
        yield TextDelta("one")
        raise RateLimitError("too many", status=429)

    exchange = await Exchange().run(respond(refused(), PLAIN))
    assert exchange.body == BEAT + b"one\n[error RateLimitError: too many]\n"


@pytest.mark.parametrize("item", ["text", {"type": "text-delta"}, (0, TextDelta("a"))])
async def test_what_is_no_event_is_refused_by_name(item: Any) -> None:
    async def wrong() -> AsyncIterator[Any]:
        yield item

    exchange = await Exchange().run(respond(wrong(), PLAIN))
    assert f"[error InvalidRequestError: the stream gives a {type(item).__name__}; it takes".encode() in exchange.body
    with pytest.raises(InvalidRequestError, match=type(item).__name__):
        respond([item], PLAIN)


# ---- bad input


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"heartbeat": 0}, "heartbeat"),
        ({"heartbeat": True}, "heartbeat"),
        ({"heartbeat": float("nan")}, "heartbeat"),
        ({"wait": -1}, "wait"),
        ({"wait": "1"}, "wait"),
        ({"status": 204}, "status"),
        ({"status": "200"}, "status"),
        ({"headers": {"x": "a\r\nset-cookie: b"}}, "headers"),
        ({"headers": {"x y": "a"}}, "headers"),
        ({"headers": ["x"]}, "headers"),
        ({"headers": {"x": "\u4e2d"}}, "headers"),
        ({"reply": {"model": "m"}}, "reply"),
        ({"background": 5}, "background"),
    ],
)
def test_a_bad_argument_is_refused_by_name(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named) as caught:
        respond(ANSWER, PLAIN, **arguments)
    assert caught.value.argument == named


@pytest.mark.parametrize("source", ["text", b"bytes", {}, None, 7])
def test_what_gives_no_events_is_refused(source: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"the stream is a {type(source).__name__}"):
        respond(source, PLAIN)


@pytest.mark.parametrize("dialect", [None, 5, object()])
def test_what_is_no_dialect_is_refused(dialect: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"dialect is a .*; it takes a name: ") as caught:
        respond(ANSWER, dialect)
    assert caught.value.argument == "dialect"


@pytest.mark.parametrize(("reply", "told"), [(None, False), (Reply(), True)])
async def test_openais_clients_get_the_usage_only_when_it_is_asked_for(reply: Reply | None, told: bool) -> None:
    events = [*ANSWER[:-1], Usage(input_tokens=1, output_tokens=2), ANSWER[-1]]
    exchange = await Exchange().run(respond(events, "openai", reply=reply))
    assert (b'"choices":[]' in exchange.body) is told


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(UnknownModelError, match="opneai"):
        respond(ANSWER, "opneai")
