"""The chunk types: what we read of a line, and nothing else.

Strategy: as in OpenAI's shape there are two. `Chunk` is all that a line with a piece of text needs; it leaves out the
model and the time, which stand in every line. `WholeChunk` names everything, for the first line, the last, and calls.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct


class Function(Struct, gc=False):
    """What a call calls. Arguments are an object; some builds send JSON text."""

    name: str = ""
    arguments: Any = None


class Call(Struct, gc=False):
    """A whole call; servers before the end of 2025 give no id."""

    id: str | None = None
    function: Function | None = None


class Piece(Struct, gc=False):
    """A piece of the answer, as `message` of `/api/chat`."""

    content: str | None = None
    thinking: str | None = None
    tool_calls: list[Call] | None = None
    images: list[str] | None = None


class Chunk(Struct, gc=False):
    """A line, as far as a piece of text needs it; `response` is what `/api/generate` has in place of a message."""

    message: Piece | None = None
    response: str | None = None
    thinking: str | None = None
    done: bool = False
    logprobs: list[Any] | None = None
    error: Any = None


class WholeChunk(Chunk, gc=False):
    """A line with everything we know of. Durations are nanoseconds."""

    model: str | None = None
    created_at: str | None = None
    done_reason: str | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_count: int | None = None
    prompt_eval_duration: int | None = None
    eval_count: int | None = None
    eval_duration: int | None = None
    context: list[Any] | None = None
    tool_calls: list[Call] | None = None
    image: str | None = None
    completed: int | None = None
    total: int | None = None
    remote_model: str | None = None
    remote_host: str | None = None


NARROW: Final = msgspec.json.Decoder(Chunk)
WHOLE: Final = msgspec.json.Decoder(WholeChunk)

_TYPES: Final[dict[str, type]] = {
    **dict.fromkeys(("response", "thinking", "model", "created_at", "done_reason", "image"), str),
    **dict.fromkeys(("remote_model", "remote_host"), str),
    **dict.fromkeys(("total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration"), int),
    **dict.fromkeys(("eval_count", "eval_duration", "completed", "total"), int),
    **dict.fromkeys(("logprobs", "context"), list),
}


def loosen(wire: dict[str, Any]) -> WholeChunk:
    """The chunk of an object some of whose fields have unexpected types; those are left out.

    Raises:
        ValueError: nothing in it is of this API.
    """
    message = wire.get("message")
    fields = {name: wire[name] for name, kind in _TYPES.items() if _is(wire.get(name), kind)}
    if not fields and not isinstance(message, dict):
        raise ValueError("no field of this API")
    return WholeChunk(
        message=_piece(message) if isinstance(message, dict) else None,
        tool_calls=_calls(wire.get("tool_calls")),
        done=wire.get("done") is True,
        error=wire.get("error"),
        **fields,
    )


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _piece(wire: dict[str, Any]) -> Piece:
    texts = {name: wire[name] for name in ("content", "thinking") if isinstance(wire.get(name), str)}
    images = wire.get("images")
    kept = [image for image in images if isinstance(image, str)] if isinstance(images, list) else None
    return Piece(**texts, tool_calls=_calls(wire.get("tool_calls")), images=kept)


def _calls(wire: Any) -> list[Call] | None:
    if not isinstance(wire, list):
        return None
    found = []
    for call in wire:
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            id = call.get("id")
            made = Function(function["name"], function.get("arguments"))
            found.append(Call(id if isinstance(id, str) else None, made))
    return found
