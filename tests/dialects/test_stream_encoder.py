"""What all encoders share: they refuse by name what is no event, and tell proxies to leave streams alone."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream import dialects, events as e
from slipstream.dialects import Encoder, Reply
from slipstream.dialects.common.stream_encoder import refuse_other
from slipstream.errors import InvalidRequestError

ENCODERS = [(name, Reply()) for name in dialects.names()] + [
    ("ui", Reply(options={"text": True})), ("ollama", Reply(options={"endpoint": "generate"})),
    ("slipstream", Reply(options={"event_names": True})), ("openai_chat", Reply(ids="s")),
]  # fmt: skip


class Own(e.TextDelta, frozen=True, gc=False, tag="own"):
    """An event of a caller's own, which no dialect has a form for."""


NONE_OF_OURS: list[Any] = [
    "x", b"x", None, 3, 1.5, True, [], {}, {"type": "text-delta", "text": "x"}, object(), e.TextDelta, e.Message(),
    [e.TextDelta("x")], Own("x"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "reply"), ENCODERS)
@pytest.mark.parametrize("begun", [False, True])
def test_what_is_no_event_is_refused_by_name(name: str, reply: Reply, begun: bool) -> None:
    encoder, other = dialects.get(name).encoder(reply), dialects.get(name).encoder(reply)
    events = (e.Start(), e.StepStart(), e.TextStart(), e.TextDelta("a")) if begun else ()
    assert [encoder.feed(event) for event in events] == [other.feed(event) for event in events]
    for value in NONE_OF_OURS:
        if name == "ui" and reply.options and isinstance(value, Own):
            continue  # text is text
        with pytest.raises(
            InvalidRequestError, match=r"event: .* is no event; accepted: one of slipstream\.events"
        ) as caught:
            encoder.feed(value)
        assert caught.value.argument == "event"
    rest = (e.Finish("stop", "stop"),) if not begun else (e.TextEnd(), e.StepEnd(), e.Finish("stop", "stop"))
    assert _all(encoder, rest) == _all(other, rest), "a refused value must leave no trace"


def _all(encoder: Encoder, events: tuple[e.Event, ...]) -> bytes:
    return b"".join((*map(encoder.feed, events), encoder.end()))


def test_the_refusal_names_the_kind_and_not_the_value() -> None:
    with pytest.raises(InvalidRequestError, match="event: a str is no event") as caught:
        refuse_other("secret")
    assert "secret" not in caught.value.message
    refuse_other(e.TextDelta("x"))


@pytest.mark.parametrize(("name", "reply"), ENCODERS)
@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\u0085"])
def test_what_was_held_ends_on_one_line_too(name: str, reply: Reply, character: str) -> None:
    encoder = dialects.get(name).encoder(reply)
    for event in (e.Start(id=character, model=character), e.StepStart(), e.Usage(input_tokens=1, output_tokens=2)):
        assert character.encode() not in encoder.feed(event)
    assert character.encode() not in encoder.end()


@pytest.mark.parametrize(("name", "reply"), ENCODERS)
def test_no_encoder_lets_a_proxy_pack_its_stream(name: str, reply: Reply) -> None:
    headers = {key.lower(): value for key, value in dialects.get(name).encoder(reply).headers.items()}
    assert headers.get("cache-control") in (None, "no-cache, no-transform")
    if name in ("ui", "ag_ui"):
        assert headers["cache-control"] == "no-cache, no-transform"


@pytest.mark.parametrize("name", dialects.names())
@pytest.mark.parametrize("body", [b'{"model":"m"}', '{"model":"m"}', None, [], 3, {1: 2}])
def test_a_body_that_was_not_decoded_is_refused_and_told_so(name: str, body: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"body: .* decoded: a mapping, such as json\.loads gives") as caught:
        dialects.get(name).read(body)
    assert caught.value.argument == "body"
