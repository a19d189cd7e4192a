"""Events as a body of chat completions, and read again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.dialects.chat_wire import events_of, quiet

from slipstream import dialects, events as e
from slipstream.dialects.common.reply import Reply
from slipstream.events import Event


def told(events: Iterable[Event], *, dialect: str = "openai_chat", **reply: Any) -> bytes:
    """The body of these events."""
    encoder = dialects.get(dialect).encoder(Reply(**reply))
    body = b"".join([encoder.feed(event) for event in events]) + encoder.end()
    assert encoder.finished
    assert encoder.feed(e.TextDelta("late")) == encoder.end() == b""
    return body


def again(events: Iterable[Event], *, dialect: str = "openai_chat") -> list[Event]:
    """What a reader makes of the body of these events, without heartbeats."""
    return quiet(events_of(told(events, dialect=dialect), dialect=dialect))
