"""The Messages stream, decoded: `message_start`, blocks one after the other, `message_delta`, `message_stop`.

Strategy: the common frame, a piece of text, is dealt with at the top of `_take`; everything else goes through one table
from chunk type to method. Only `message_stop` ends an answer well: a stream that stops after its stop reason was cut by
something in between (WIRE section 4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.anthropic_wire import chunks as c, usage as usages
from slipstream.dialects.common.anthropic_wire.blocks import Blocks
from slipstream.dialects.common.http_errors import error_event, parse_wire
from slipstream.dialects.common.stream_decoder import NOTED, UNKNOWN, StreamDecoder
from slipstream.events import (
    Error,
    Event,
    Finish,
    FinishReason,
    Heartbeat,
    Metadata,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
)

REASONS: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "pause_turn": "pause",
    "compaction": "pause",
}

# An error inside a 200 has lost its status; these are the ones that Anthropic documents for each type.
STATUS_OF: Final = {
    "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402, "permission_error": 403,
    "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500, "timeout_error": 504,
    "overloaded_error": 529,
}  # fmt: skip

_NOTED_BESIDE: Final = ("stop_sequence", "stop_details", "container")


class AnthropicDecoder(StreamDecoder):
    """Decodes one streamed answer of the Messages API; see `StreamDecoder` for the arguments.

    A block is whole when the provider closes it, so a `ToolCall` comes right after its `ToolInputEnd`, before the stop
    reason is known. A `message_start` that repeats the id is a duplicate; one with another id, while the first answer
    is unfinished, is a spliced stream and ends it. After `message_stop` everything is ignored.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = c.DECODER

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._id: str | None = None
        self._blocks = Blocks()
        self._text_ids = self._blocks.text_ids
        self._usage: dict[str, Any] = {}
        self._stop_reason: str | None = None
        self._stopped = False

    @property
    def complete(self) -> bool:
        """True once `message_stop` has come."""
        return self._stopped

    def _take(self, chunk: Any, out: list[Event]) -> int:
        if type(chunk) is c.BlockDelta:
            delta = chunk.delta
            if type(delta) is c.TextPiece:
                id = self._text_ids.get(chunk.index)
                if id is not None:
                    if delta.text:
                        out.append(TextDelta(delta.text, id))
                    return NOTED
            if self._id is None:
                self._begin(out)
            return NOTED if self._blocks.grow(chunk.index, delta, out) else UNKNOWN
        take = _TAKE.get(type(chunk))
        return UNKNOWN if take is None else take(self, chunk, out)

    def _loosen(self, wire: dict[str, Any]) -> Any:
        return c.loosen(wire)

    def _error_of(self, wire: dict[str, Any]) -> Error | None:
        if not wire.get("error") and wire.get("type") != "error" and not _is_flat_error(wire):
            return None
        code, message = parse_wire(wire)
        request_id = wire.get("request_id")
        return error_event(
            STATUS_OF.get(code or ""), code, message, request_id if isinstance(request_id, str) else None
        )

    def _flush(self, out: list[Event]) -> None:
        """Nothing is ever held back."""

    def _close(self, out: list[Event]) -> None:
        self._begin(out)
        self._blocks.close_all(out)
        reason = self._reason()
        if self._usage:
            out.append(usages.neutral(self._usage))
        out.append(StepEnd(reason=reason, raw_reason=self._stop_reason))
        out.append(Finish(reason=reason, raw_reason=self._stop_reason))

    def _take_done(self, out: list[Event]) -> int:  # noqa: ARG002
        """`[DONE]` is no mark of this API; gateways write it after `message_stop`, which alone counts."""
        return NOTED

    def _reason(self) -> FinishReason:
        raw = self._stop_reason
        reason = "stop" if raw is None else REASONS.get(raw, "other")
        return "tool_calls" if reason == "stop" and self._blocks.calls else reason  # WIRE section 8 row 29

    def _begin(self, out: list[Event], id: str = "", model: str = "") -> None:
        """Open the answer, once; also for gateways that leave `message_start` out."""
        if self._id is None:
            self._id = id
            out.append(Start(id=id, model=model))
            out.append(StepStart())

    def _take_start(self, chunk: c.MessageStart, out: list[Event]) -> int:
        message = chunk.message
        id = _text(message.get("id"))
        if self._id is not None:
            if id == self._id:
                return NOTED
            return self._fail(out, "ProtocolError", "another answer begins inside this one", retryable=True)
        self._begin(out, id, _text(message.get("model")))
        for index, block in enumerate(message.get("content") or ()):
            if isinstance(block, dict):
                self._blocks.open(index, block, out)
                self._blocks.close(index, out)
        self._take_end_of(message, out)
        return NOTED

    def _take_block_start(self, chunk: c.BlockStart, out: list[Event]) -> int:
        self._begin(out)
        return NOTED if self._blocks.open(chunk.index, chunk.content_block, out) else UNKNOWN

    def _take_block_stop(self, chunk: c.BlockStop, out: list[Event]) -> int:
        self._blocks.close(chunk.index, out)
        return NOTED

    def _take_message_delta(self, chunk: c.MessageDelta, out: list[Event]) -> int:
        self._begin(out)
        self._take_end_of({**(chunk.delta or {}), "usage": chunk.usage}, out)
        if chunk.context_management:
            out.append(Metadata(data={"context_management": chunk.context_management}))
        return NOTED

    def _take_end_of(self, wire: dict[str, Any], out: list[Event]) -> None:
        """Stop reason, usage and what stands beside them."""
        usages.merge(self._usage, wire.get("usage"))
        self._stop_reason = _text(wire.get("stop_reason")) or self._stop_reason
        beside = {key: wire[key] for key in _NOTED_BESIDE if wire.get(key)}
        if beside:
            out.append(Metadata(data=beside))

    def _take_stop(self, chunk: c.MessageStop, out: list[Event]) -> int:  # noqa: ARG002
        self._stopped = True
        return self._conclude(out)

    def _take_ping(self, chunk: c.Ping, out: list[Event]) -> int:  # noqa: ARG002
        out.append(Heartbeat("ping"))
        return NOTED

    def _take_error(self, chunk: c.ErrorChunk, out: list[Event]) -> int:
        error = self._error_of({"type": "error", "error": chunk.error, "request_id": chunk.request_id})
        return self._fail_with(error or Error(message="error"), out)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_flat_error(wire: dict[str, Any]) -> bool:
    """An error of a gateway, without an envelope: a message and no answer."""
    return wire.get("type") != "message" and any(key in wire for key in ("message", "detail", "msg"))


_TAKE: Final[dict[type, Callable[[AnthropicDecoder, Any, list[Event]], int]]] = {
    c.MessageStart: AnthropicDecoder._take_start,
    c.BlockStart: AnthropicDecoder._take_block_start,
    c.BlockStop: AnthropicDecoder._take_block_stop,
    c.MessageDelta: AnthropicDecoder._take_message_delta,
    c.MessageStop: AnthropicDecoder._take_stop,
    c.Ping: AnthropicDecoder._take_ping,
    c.ErrorChunk: AnthropicDecoder._take_error,
}
