"""Bodies of Ollama's API: recorded ones, made ones, and what decodes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.dialects.chat_wire import pieces

from slipstream import dialects
from slipstream.events import Event, Message, Order

RECORDED = 7
TIME = "2026-08-17T08:22:52.061545Z"
CREATED = 1_786_954_972


def recorded(corpora: Path, number: int) -> bytes:
    """A recorded body."""
    (path,) = (corpora / "streams" / "ollama").glob(f"{number:02}-*")
    return path.read_bytes()


def lines_of(body: bytes) -> list[dict[str, Any]]:
    """The objects of a body, by the simplest means."""
    return [json.loads(line) for line in body.decode().split("\n") if line.strip()]


def line(content: str = "", *, done: bool = False, message: dict[str, Any] | None = None, **fields: Any) -> bytes:
    """A line of `/api/chat`."""
    said = {"role": "assistant", "content": content, **(message or {})}
    wire = {"model": "m", "created_at": TIME, "message": said, "done": done, **fields}
    return json.dumps(wire).encode() + b"\n"


def call(name: str | None, arguments: Any, **fields: Any) -> bytes:
    """A line with one call; `fields` stand beside its function."""
    return line(message={"tool_calls": [{**fields, "function": {"name": name, "arguments": arguments}}]})


def last(reason: str | None = "stop", **fields: Any) -> bytes:
    """The last line; 3 tokens asked and 5 answered."""
    said = {} if reason is None else {"done_reason": reason}
    return line(done=True, **{"prompt_eval_count": 3, "eval_count": 5, **said, **fields})


def events_of(*parts: bytes, **options: Any) -> list[Event]:
    """The events of a body that came in these parts. They are in legal order, and the decoder is finished."""
    decoder = dialects.get("ollama").decoder(**options)
    events = [event for part in parts for event in decoder.feed(part)] + decoder.end()
    assert decoder.finished
    assert decoder.feed(last()) == decoder.end() == []
    Order().check_all(events)
    return events


def decode(*lines: bytes, **options: Any) -> list[Event]:
    """The events of these lines; the same whole, line by line and byte by byte."""
    body = b"".join(lines)
    events = events_of(body, **options)
    assert events_of(*lines, **options) == events
    assert events_of(*pieces(body, 1), **options) == events
    return events


def message_of(*lines: bytes, **options: Any) -> Message:
    """The message of these lines."""
    return Message.of(decode(*lines, **options))
