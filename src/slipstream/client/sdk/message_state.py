"""What Anthropic's `messages.stream()` helper knows: frames in; events, and the answer so far, out. Pure, for both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from slipstream.client.sdk import message_events as e
from slipstream.client.sdk.growing import GrowingText, value_so_far
from slipstream.client.sdk.message_objects import Message, RawMessageStreamEvent
from slipstream.client.sdk.wire import Later, WireObject
from slipstream.errors import ProtocolError, SlipstreamError

_TEXTS: Final[dict[str, tuple[str, type[WireObject]]]] = {
    "text_delta": ("text", e.TextEvent),
    "thinking_delta": ("thinking", e.ThinkingEvent),
}
"""The type of a delta -> the field of its block that grows by it, which is also the event's type; and the event."""

_INPUT: Final = "partial_json"

_BARE: Final = {"id": "", "type": "message", "role": "assistant", "model": "", "content": []}
"""The message of a server that leaves `message_start` out: llama.cpp does when the first token is half a character."""


class BlockState:
    """A block of the answer, as far as it has come.

    Attributes:
        wire: the block as it opened.
        texts: the fields that grow; the arguments of a call, as JSON text, under `partial_json`.
        citations: what it cites.
    """

    __slots__ = ("citations", "texts", "wire")

    def __init__(self, wire: Mapping[str, Any]) -> None:
        self.wire = dict(wire)
        self.texts: dict[str, GrowingText] = {}
        self.citations: list[Any] = list(wire.get("citations") or ())

    def grow(self, name: str, piece: str) -> GrowingText:
        """Add to a field; return it."""
        text = self.texts.get(name)
        if text is None:
            text = self.texts[name] = GrowingText()
            if isinstance(self.wire.get(name), str):
                text.append(self.wire[name])
        text.append(piece)
        return text

    def plain(self) -> dict[str, Any]:
        """The block as it is now, as JSON."""
        made = {**self.wire, **{name: str(text) for name, text in self.texts.items() if name != _INPUT}}
        if str(self.texts.get(_INPUT, "")):
            made["input"] = _input(str(self.texts[_INPUT]))
        if self.citations:
            made["citations"] = list(self.citations)
        return made


class MessageState:
    """The whole answer, as far as it has come."""

    def __init__(self) -> None:
        self._message: dict[str, Any] | None = None
        self._blocks: dict[int, BlockState] = {}

    def take(self, event: RawMessageStreamEvent) -> list[WireObject]:
        """Take a frame; return its events: the frame itself, or its richer form, and what the helper adds."""
        wire = event._wire
        handle = _HANDLERS.get(str(wire.get("type")))
        if handle is None:
            return [event]
        if self._message is None and wire["type"] != "message_start":
            self._message = dict(_BARE)
        return handle(self, event, wire)

    def message(self) -> Message:
        """The answer so far, or the whole once the stream has ended.

        Raises:
            ProtocolError: it has not begun.
        """
        if self._message is None:
            raise ProtocolError("the answer has not begun: nothing of it has come")
        blocks = [self._blocks[index].plain() for index in sorted(self._blocks)]
        return Message.of({**self._message, "content": blocks, "usage": dict(self._message.get("usage") or {})})

    def text(self) -> str:
        """All text blocks, joined.

        Raises:
            SlipstreamError: the answer has none.
        """
        message = self.message()
        texts = [block.text for block in message.content if block.type == "text"]
        if not texts:
            kinds = ", ".join(block.type for block in message.content) or "no block at all"
            raise SlipstreamError(f"the answer has no text block, but {kinds}; see get_final_message().content")
        return "".join(texts)

    def _start(self, event: WireObject, wire: Mapping[str, Any]) -> list[WireObject]:
        if self._message is None:
            self._message = dict(wire.get("message") or {})
            self._blocks = {i: BlockState(block) for i, block in enumerate(self._message.get("content") or ())}
        return [event]

    def _open(self, event: WireObject, wire: Mapping[str, Any]) -> list[WireObject]:
        self._blocks[wire.get("index") or 0] = BlockState(wire.get("content_block") or {})
        return [event]

    def _delta(self, event: WireObject, wire: Mapping[str, Any]) -> list[WireObject]:
        block, delta = self._blocks.get(wire.get("index") or 0), wire.get("delta") or {}
        added = _grow(block, delta) if block is not None else None
        return [event] if added is None else [event, added]

    def _close(self, event: WireObject, wire: Mapping[str, Any]) -> list[WireObject]:
        block = self._blocks.get(wire.get("index") or 0)
        if block is None:
            return [event]
        return [e.ContentBlockStopEvent.over({**wire, "content_block": Later(block.plain)})]

    def _message_delta(self, event: WireObject, wire: Mapping[str, Any]) -> list[WireObject]:
        assert self._message is not None  # `take` saw to it
        delta, usage = wire.get("delta") or {}, wire.get("usage") or {}
        self._message |= {name: value for name, value in delta.items() if value is not None or name != "container"}
        # Cumulative: a later figure replaces an earlier one, and what is left out stays (WIRE section 4).
        known = {name: value for name, value in usage.items() if value is not None}
        self._message["usage"] = {**(self._message.get("usage") or {}), **known}
        return [event]

    def _stop(self, event: WireObject, wire: Mapping[str, Any]) -> list[WireObject]:  # noqa: ARG002
        message = self.message()
        return [e.MessageStopEvent.over({**wire, "message": Later(lambda: message)})]


_Handler = Callable[[MessageState, WireObject, Mapping[str, Any]], list[WireObject]]
_HANDLERS: Final[dict[str, _Handler]] = {
    "message_start": MessageState._start,
    "content_block_start": MessageState._open,
    "content_block_delta": MessageState._delta,
    "content_block_stop": MessageState._close,
    "message_delta": MessageState._message_delta,
    "message_stop": MessageState._stop,
}


def _grow(block: BlockState, delta: Mapping[str, Any]) -> WireObject | None:
    """Let a block grow by a delta; return the event the helper adds, or None."""
    kind = str(delta.get("type"))
    if kind in _TEXTS:
        name, made = _TEXTS[kind]
        piece = delta.get(name) or ""
        return made.over({"type": name, name: piece, "snapshot": block.grow(name, piece).snapshot()})
    if kind == "input_json_delta":
        text = block.grow(_INPUT, delta.get(_INPUT) or "")
        value = text.value_snapshot() if str(text) else dict(block.wire.get("input") or {})
        return e.InputJsonEvent.over({"type": "input_json", _INPUT: delta.get(_INPUT), "snapshot": value})
    if kind == "signature_delta":
        block.wire["signature"] = delta.get("signature")
        return e.SignatureEvent.over({"type": "signature", "signature": delta.get("signature")})
    if kind == "citations_delta":
        block.citations.append(delta.get("citation"))
        cited = list(block.citations)
        return e.CitationEvent.over({"type": "citation", "citation": delta.get("citation"), "snapshot": cited})
    for name in ("content", "encrypted_content"):  # a compaction (beta): echoed back, it must be whole
        if kind == "compaction_delta" and isinstance(delta.get(name), str):
            block.grow(name, delta[name])
    return None


def _input(text: str) -> Any:
    """The arguments of a call; as far as they go if they were cut, as the SDK does."""
    try:
        return json.loads(text)
    except ValueError:
        return value_so_far(text)
