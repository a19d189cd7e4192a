"""Bodies in OpenAI's shape: recorded ones, made ones, and ways to cut them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from slipstream import dialects
from slipstream.events import Event, Heartbeat, Message, Order

RECORDED = {
    "openai_chat": 13,
    "openai_compat": 13,
    "glm": 7,
    "glm_via_others": 2,
}
"""The folders of recorded chat completion streams, and how many each holds."""

DONE = b"data: [DONE]\n\n"


def dialect_of(folder: str) -> str:
    """The dialect that decodes the streams of a folder."""
    return "zhipu" if folder == "glm" else "openai_chat"


def recorded(corpora: Path, folder: str, number: int) -> bytes:
    """A recorded body. `.chunks.txt` files hold one payload a line, without framing and without the end mark."""
    (path,) = (corpora / "streams" / folder).glob(f"{number:02}-*")
    body = path.read_bytes()
    if path.suffix == ".sse":
        return body
    return b"".join(b"data: " + line + b"\n\n" for line in body.split(b"\n") if line.strip()) + DONE


def frames_of(body: bytes) -> list[bytes]:
    """A recorded body frame by frame; all recordings end their lines with LF."""
    return [frame + b"\n\n" for frame in body.split(b"\n\n") if frame.strip()]


def sse(*wires: dict[str, Any] | bytes) -> bytes:
    """Objects (or raw payloads) as frames."""
    payloads = (wire if isinstance(wire, bytes) else json.dumps(wire).encode() for wire in wires)
    return b"".join(b"data: " + payload + b"\n\n" for payload in payloads)


def chunk(delta: dict[str, Any] | None = None, *, finish: str | None = None, index: int = 0, **fields: Any) -> Any:
    """A chunk with one choice. `choices=...` among the fields replaces it."""
    choice = {"index": index, "delta": {} if delta is None else delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": [choice], **fields}


def text(content: str, **fields: Any) -> Any:
    """A chunk with a piece of text."""
    return chunk({"content": content}, **fields)


def call(index: int | None = 0, id: str | None = None, name: str | None = None, arguments: Any = None) -> Any:
    """A chunk with a piece of a tool call; what is None is absent."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    piece = {key: value for key, value in (("index", index), ("id", id)) if value is not None}
    return chunk({"tool_calls": [{**piece, "type": "function", "function": function}]})


def finish(reason: str = "stop", **fields: Any) -> Any:
    """The chunk with the finish reason."""
    return chunk({}, finish=reason, **fields)


def events_of(*parts: bytes, dialect: str = "openai_chat", **options: Any) -> list[Event]:
    """The events of a body that came in these parts. They are in legal order, and the decoder is finished."""
    decoder = dialects.get(dialect).decoder(**options)
    events = [event for part in parts for event in decoder.feed(part)] + decoder.end()
    assert decoder.finished
    assert decoder.feed(b"data: {}\n\n") == decoder.end() == []
    Order().check_all(events)
    return events


def decode(*wires: dict[str, Any] | bytes, done: bool = True, dialect: str = "openai_chat", **options: Any) -> Message:
    """The message of these chunks, `[DONE]` behind them; the same whole, byte by byte and chunk by chunk."""
    body = sse(*wires) + (DONE if done else b"")
    events = quiet(events_of(body, dialect=dialect, **options))
    assert quiet(events_of(*pieces(body, 1), dialect=dialect, **options)) == events
    assert quiet(events_of(*frames_of(body), dialect=dialect, **options)) == events
    return Message.of(events)


def quiet(events: Iterable[Event]) -> list[Event]:
    """The events without heartbeats, which come once a read and so depend on the cuts."""
    return [event for event in events if not isinstance(event, Heartbeat)]


def pieces(body: bytes, size: int) -> list[bytes]:
    """The body in pieces of one size."""
    return [body[at : at + size] for at in range(0, len(body), size)]


def cut(body: bytes, places: Sequence[int]) -> list[bytes]:
    """The body cut at these places, each taken modulo its length."""
    at = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(at)]


def kinds(events: Iterable[Event]) -> list[str]:
    """The types of the events, runs of the same counted once."""
    names = [event.type for event in events]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]
