"""The answer of an Ollama stream: text and thinking as in OpenAI's shape, calls that come whole."""

from __future__ import annotations

import binascii
from typing import Any, Final

import msgspec

from slipstream.codec.text import join_surrogates
from slipstream.dialects.common.ollama_wire.chunks import Call
from slipstream.dialects.common.openai_shape.answer import Answer
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.events import Event, File, FinishReason, ToolCall, ToolInputDelta, ToolInputEnd, ToolInputStart

# The first bytes of what image models give; Ollama says no type.
_MAGIC: Final = {
    b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp",
}  # fmt: skip


class OllamaAnswer(Answer):
    """The state of the answer; see `Answer`. There is one, as this API gives no more.

    Attributes:
        whole_calls: how many calls have come.
    """

    __slots__ = ("_used", "whole_calls")

    def __init__(self) -> None:
        super().__init__(0, set())
        self.whole_calls = 0
        self._used: set[str] = set()

    def take_call(self, call: Call, out: list[Event]) -> None:
        """Take a whole call: all its events come at once. One without a name is none."""
        function = call.function
        if function is None or not function.name:
            return
        self.flush(out)
        self.close_text(out)
        self.close_reasoning(out)
        id, index = self._id(call.id), self.whole_calls
        self.whole_calls += 1
        text, value, error = _arguments(function.arguments)
        out += (
            ToolInputStart(id, function.name, index),
            ToolInputDelta(text, id),
            ToolInputEnd(id),
            ToolCall(id, function.name, value, text, error, index),
        )

    def take_image(self, image: str, out: list[Event]) -> None:
        """Take a picture, in base64; what is none is left out, as there is nothing to show."""
        try:
            data = binascii.a2b_base64(image, strict_mode=True)
        except (binascii.Error, ValueError):
            return
        kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "application/octet-stream")
        out.append(File(kind, data))

    def why(self, said: FinishReason) -> FinishReason:
        """Why it ended: calls outweigh a `stop` (WIRE section 8 row 29)."""
        return "tool_calls" if self.whole_calls and said in ("stop", "other") else said

    def _id(self, id: str | None) -> str:
        """The call's id, or one made up; unique in the stream."""
        base = id or f"call_{self.whole_calls}"
        found, count = base, 0
        while found in self._used:
            count += 1
            found = f"{base}-{count}"
        self._used.add(found)
        return found


def _arguments(wire: Any) -> tuple[str, Any, str | None]:
    """The arguments as text and decoded; and why they could not be."""
    if wire is None or wire == "":
        return "{}", {}, None
    if not isinstance(wire, str):
        return _text_of(wire), wire, None
    try:
        return wire, parse_loosely(wire.encode()), None
    except (ValueError, RecursionError) as error:
        return wire, None, f"the arguments are no JSON ({type(error).__name__})"


def _text_of(value: Any) -> str:
    return join_surrogates(msgspec.json.encode(value).decode())
