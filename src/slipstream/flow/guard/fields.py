"""Every field of every event: which hold a model's or a tool's text, and what the guard does with each.

This is the table behind "nothing forbidden ever leaves" (RELIABILITY row 68). A field stands in one of three places:

- `STREAMED`: it comes in pieces, and goes through a lane of its own (`lane`, `calls`);
- `SCREENED`: it comes whole, and is looked at whole;
- `PASSED`: it holds no text of a model, for the reason that stands there.

A test holds this table against the events, so that a new event or field fails until somebody decides. Events that
nobody decided on (a user's own) are looked through, every field. `raw`, the wire object, holds everything unguarded: no
event keeps it unless the user asks.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec
from msgspec.structs import replace

from slipstream.events import types as e
from slipstream.events.types import Event
from slipstream.flow.guard.values import Look, screened

# ---- kinds of fields


def _text(value: Any, look: Look) -> Any:
    return look(value)


def _value(value: Any, look: Look) -> Any:
    """What a model or a tool made: the digits of its numbers are text too."""
    return screened(value, look, numbers=True)


def _object(value: Any, look: Look) -> Any:
    """A provider's object: its numbers are times and counts, and what it encrypts it wants back."""
    return screened(value, look, opaque=True)


def _beside(value: dict[str, Any], look: Look) -> Any:
    """Log probabilities spell the text a second time, token by token: no look at one token can judge that."""
    rest = {key: item for key, item in value.items() if key != "logprobs"}
    return _object(value if len(rest) == len(value) else rest, look)


Field = Callable[[Any, Look], Any]

STREAMED: Final[dict[type[Event], frozenset[str]]] = {
    e.TextDelta: frozenset(("text",)),
    e.ReasoningDelta: frozenset(("text",)),
    e.RefusalDelta: frozenset(("text",)),
    e.ToolInputDelta: frozenset(("text",)),
}

SCREENED: Final[dict[type[Event], dict[str, Field]]] = {
    e.ReasoningEnd: {"details": _object},
    e.ToolInputStart: {"name": _text},
    e.ToolCall: {"name": _text, "input": _value, "arguments": _text, "error": _text, "metadata": _object},
    e.ToolResult: {"name": _text, "output": _value},
    e.ToolError: {"name": _text, "error": _text},
    e.Source: {"url": _text, "title": _text, "metadata": _object},
    e.File: {"data": _value, "url": _text},
    e.Box: {"label": _text, "source": _text},
    e.Partial: {"value": _value},
    e.Element: {"value": _value},
    e.Usage: {"details": _object},
    e.StepEnd: {"raw_reason": _text},
    e.Finish: {"raw_reason": _text},
    e.Abort: {"reason": _text},
    e.Error: {"message": _text, "code": _text},
    e.Heartbeat: {"comment": _text},
    e.Retract: {"reason": _text},
    e.Moderation: {"verdict": _object, "source": _text},
    e.Metadata: {"data": _beside},
    e.Raw: {"data": _object},
}

BESIDE: Final = frozenset(
    (e.ReasoningEnd, e.Usage, e.StepEnd, e.Finish, e.Abort, e.Error, e.Heartbeat, e.Retract, e.Moderation, e.Metadata,
     e.Raw)
)  # fmt: skip
"""What is said beside the answer. A match in it is always masked: an error must not turn into a good end."""

_ID: Final = "made by the provider or by us, and refers to other events"
_NUMBER: Final = "a number of ours or the provider's"
_WORD: Final = "a word of ours"
_OPAQUE: Final = "encrypted by the provider, and wanted back to the letter"
_OWN: Final = "the provider's name or ours for a model, a reason, a type"

_PLACE: Final = {"id": _ID, "index": _NUMBER, "choice": _NUMBER}
PASSED: Final[dict[type[Event], dict[str, str]]] = {
    e.Start: {"id": _ID, "model": _OWN, "created": _NUMBER},
    e.StepStart: {"choice": _NUMBER},
    e.TextStart: _PLACE,
    e.TextDelta: {"id": _ID, "choice": _NUMBER},
    e.TextEnd: {"id": _ID, "choice": _NUMBER},
    e.ReasoningStart: _PLACE,
    e.ReasoningDelta: {"id": _ID, "choice": _NUMBER},
    e.ReasoningEnd: {"id": _ID, "choice": _NUMBER, "signature": _OPAQUE, "redacted": _OPAQUE},
    e.ToolInputStart: {**_PLACE, "provider_executed": _WORD},
    e.ToolInputDelta: {"id": _ID, "choice": _NUMBER},
    e.ToolInputEnd: {"id": _ID, "choice": _NUMBER},
    e.ToolCall: {**_PLACE, "provider_executed": _WORD},
    e.ToolResult: {"id": _ID, "choice": _NUMBER, "provider_executed": _WORD, "preliminary": _WORD},
    e.ToolError: {"id": _ID, "choice": _NUMBER, "provider_executed": _WORD},
    e.RefusalDelta: {"choice": _NUMBER},
    e.Source: {"id": _ID, "block": _ID, "choice": _NUMBER},
    e.File: {"id": _ID, "choice": _NUMBER, "media_type": _OWN},
    e.Box: {"points": _NUMBER, "pixels": _NUMBER, "kind": _WORD, "choice": _NUMBER},
    e.Usage: {
        **dict.fromkeys(
            ("input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens"), _NUMBER
        ),
        "cache_write_tokens": _NUMBER,
        "estimated": _WORD,
    },
    e.StepEnd: {"reason": _WORD, "choice": _NUMBER},
    e.Finish: {"reason": _WORD},
    e.Abort: {},
    e.Error: {"kind": _WORD, "status": _NUMBER, "retryable": _WORD, "request_id": _ID, "seconds": _NUMBER},
    e.Heartbeat: {},
    e.Retry: {"attempt": _NUMBER, "delay": _NUMBER, "reason": _WORD, "model": _OWN},
    e.Resume: {"attempt": _NUMBER, "reason": _WORD, "model": _OWN, "exact": _WORD},
    e.Restart: {"attempt": _NUMBER, "reason": _WORD, "model": _OWN},
    e.Retract: {"choice": _NUMBER},
    e.Moderation: {},
    e.Partial: {"complete": _WORD, "choice": _NUMBER},
    e.Element: {"index": _NUMBER, "choice": _NUMBER},
    e.Progress: {"state": _WORD, "fraction": _NUMBER, "tokens": _NUMBER, "seconds": _NUMBER},
    e.Metadata: {"choice": _NUMBER},
    e.Raw: {},
}

# ---- events


def screen_event(event: Event, look: Look, *, pass_raw: bool) -> Event | None:
    """An event that comes whole, as it may go on.

    Args:
        event: any event but the streamed ones.
        look: judges one string.
        pass_raw: True keeps wire objects, log probabilities and `Raw` events as they are.

    Returns:
        The very same event if nothing was found in it, another one, or None if it cannot go on at all.
    """
    kind = type(event)
    if pass_raw and kind in (e.Raw, e.Metadata):
        return event
    whole = _WHOLE.get(kind)
    made = _by_fields(event, kind, look) if whole is None else whole(event, look)
    if made is None or made.raw is None or pass_raw:
        return made
    return replace(made, raw=None)


def _by_fields(event: Event, kind: type[Event], look: Look) -> Event:
    fields = SCREENED.get(kind)
    if fields is None:
        fields = {} if kind in PASSED else dict.fromkeys(_names(kind), _value)
    changed: dict[str, Any] = {}
    for name, field in fields.items():
        value = getattr(event, name)
        if value:
            new = field(value, look)
            if new is not value:
                changed[name] = new
    return replace(event, **changed) if changed else event


def _names(kind: type[Event]) -> list[str]:
    return [name for name in kind.__struct_fields__ if name != "raw"]


def _metadata(event: Any, look: Look) -> Event | None:
    made = _by_fields(event, e.Metadata, look)
    return made if made.data else None  # type: ignore[attr-defined]


def _raw(event: Any, look: Look) -> None:
    """A wire object that nobody understood: it may be a piece of a text, and no look at a piece can judge that."""


def _typed(event: Any, look: Look) -> Event | None:
    """An object of a user's type cannot hold a mask, so one in which something matched does not go on."""
    return event if screened(event.value, look, numbers=True) is event.value else None


def _partial(event: Any, look: Look) -> Event | None:
    """An unfinished object still grows, and its last word may be the first half of a forbidden one."""
    return _typed(event, look) if event.complete else None


def _file(event: e.File, look: Look) -> Event:
    """Text in a file is text. Pictures, sound and other bytes are not looked into."""
    if not event.media_type.startswith(_TEXT_MEDIA):
        inline = event.url.startswith("data:")
        url = event.url if inline else look(event.url)
        return event if url == event.url else replace(event, url=url)
    data = screened(event.data, look)
    url = _data_url(event.url, look) if event.url.startswith("data:") else look(event.url)
    return event if data is event.data and url == event.url else replace(event, data=data, url=url)


def _data_url(url: str, look: Look) -> str:
    head, _, body = url.partition(",")
    if not head.endswith(";base64"):
        text = unquote(body)
        seen = look(text)
        return url if seen == text else f"{head},{quote(seen)}"
    try:
        data = base64.b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return ""
    new = screened(data, look)
    return url if new is data else f"{head},{base64.b64encode(new).decode()}"


_TEXT_MEDIA: Final = (
    "text/", "application/json", "application/xml", "application/yaml", "application/javascript", "image/svg",
)  # fmt: skip

_WHOLE: Final[dict[type[Event], Callable[[Any, Look], Event | None]]] = {
    e.Metadata: _metadata,
    e.Raw: _raw,
    e.Partial: _partial,
    e.Element: _typed,
    e.File: _file,
}


# ---- calls


def screen_call(event: e.ToolCall, look: Look, arguments: str, *, streamed: bool) -> e.ToolCall:
    """A complete call.

    Args:
        event: the call as the model made it.
        look: judges one string.
        arguments: its arguments as they may go on, or have gone on.
        streamed: True if they have: then they stay, whatever the input says.
    """
    made: dict[str, Any] = dict(zip(("input", "arguments", "error"), _said(event, look, arguments), strict=True))
    if streamed:
        made["arguments"] = arguments
    for name in ("name", "error", "metadata"):
        old = made.get(name, getattr(event, name))
        made[name] = SCREENED[e.ToolCall][name](old, look) if old else old
    changed = {name: new for name, new in made.items() if new is not getattr(event, name)}
    return replace(event, **changed) if changed else event


def _said(event: e.ToolCall, look: Look, arguments: str) -> tuple[Any, str, str | None]:
    """The input, the arguments and the error of a call.

    What the arguments say is not looked at again: a mask in it may stand where it makes a word of its neighbour, and
    then the input would not be what was streamed.
    """
    if arguments != event.arguments and event.error is None:
        value, error = _decoded(arguments)
        return value, arguments, error
    if event.error is None and _decoded(arguments)[0] == event.input:
        return event.input, event.arguments, None
    new = _value(event.input, look)  # they do not say the same, so both are looked at
    if new is not event.input and arguments == event.arguments:
        arguments = json.dumps(new, ensure_ascii=False)
    return new, arguments, event.error


def _decoded(arguments: str) -> tuple[Any, str | None]:
    try:
        return msgspec.json.decode(arguments), None
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(arguments, strict=False, parse_constant=_no_constant), None
    except (ValueError, RecursionError):
        return None, "the arguments are no valid JSON"


def _no_constant(name: str) -> None:
    """NaN and its like are no JSON; what stands behind them was not read as strings."""
    raise ValueError(name)
