"""The content blocks of an answer as they open, grow and close: one small function for each kind.

Ids are unique in the stream: `text-0` and `reasoning-1` by the block's index, the provider's own for calls; one that
comes again (spliced streams, careless gateways) gets a number behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from slipstream.dialects.common.anthropic_wire import chunks as c
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.events import (
    Event,
    File,
    Metadata,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    Source,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolError,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
    ToolResult,
)

OWN_CALLS: Final = ("server_tool_use", "mcp_tool_use")
"""Calls that the provider runs itself."""

# What a call says beside id, name and input, and wants to have back.
_ECHOED: Final = ("server_name", "caller")


class Block:
    """An open block."""

    __slots__ = ("given", "id", "kind", "metadata", "name", "own", "pieces", "redacted", "signature")

    def __init__(self, kind: str, id: str) -> None:
        self.kind = kind
        self.id = id
        self.name = ""
        self.own = False  # run by the provider
        self.given: Any = None  # arguments that came whole when the block opened
        self.pieces: list[str] = []
        self.metadata: dict[str, Any] | None = None
        self.signature: str | None = None
        self.redacted: str | None = None


class Blocks:
    """The blocks of one answer.

    Attributes:
        text_ids: index -> id of the open text blocks, for the decoder's fast path.
        calls: how many calls are complete that the caller must run.
    """

    def __init__(self) -> None:
        self.text_ids: dict[int, str] = {}
        self.calls = 0
        self._open: dict[int, Block] = {}
        self._ids: set[str] = set()
        self._names: dict[str, str] = {}  # call id -> name, for results
        self._sources = 0

    def open(self, index: int, wire: dict[str, Any], out: list[Event]) -> bool:
        """A block opens; False if its kind is unknown."""
        if index in self._open:
            self.close(index, out)
        kind = wire.get("type")
        if not isinstance(kind, str):
            return False
        opener = _OPENERS.get(kind)
        if opener is not None:
            opener(self, index, wire, out)
            return True
        if kind.endswith("_tool_result"):
            self._result(kind, wire, out)
            return True
        return False

    def grow(self, index: int, piece: Any, out: list[Event]) -> bool:
        """A block grows; False if the piece does not belong to it."""
        block = self._open.get(index) or self._open_unannounced(index, piece, out)
        if block is None:
            return False
        grower = _GROWERS[block.kind].get(type(piece))
        if grower is not None:
            grower(self, block, piece, out)
        return grower is not None

    def close(self, index: int, out: list[Event]) -> None:
        """A block is whole."""
        block = self._open.pop(index, None)
        self.text_ids.pop(index, None)
        if block is not None:
            _CLOSERS[block.kind](self, block, out)

    def close_all(self, out: list[Event]) -> None:
        """The answer is whole, and so are the blocks whose own end never came."""
        for index in list(self._open):
            self.close(index, out)

    def _unique(self, id: Any, otherwise: str) -> str:
        base = id if isinstance(id, str) and id else otherwise
        found, number = base, 1
        while found in self._ids:
            number += 1
            found = f"{base}-{number}"
        self._ids.add(found)
        return found

    def _add(self, kind: str, index: int, id: Any = None) -> Block:
        block = self._open[index] = Block(kind, self._unique(id, f"{kind}-{index}"))
        return block

    def _open_unannounced(self, index: int, piece: Any, out: list[Event]) -> Block | None:
        """A piece without its block's start: text and thinking can do without, a call cannot (it has no name)."""
        kind = _UNANNOUNCED.get(type(piece))
        if kind is None:
            return None
        self.open(index, {"type": kind}, out)
        return self._open[index]

    # Text.

    def _open_text(self, index: int, wire: dict[str, Any], out: list[Event]) -> None:
        block = self._add("text", index)
        self.text_ids[index] = block.id
        out.append(TextStart(id=block.id, index=index))
        text = wire.get("text")
        if isinstance(text, str) and text:
            out.append(TextDelta(text=text, id=block.id))
        for citation in wire.get("citations") or ():
            if isinstance(citation, dict):
                self._cite(block, citation, out)

    def _grow_text(self, block: Block, piece: c.TextPiece, out: list[Event]) -> None:
        if piece.text:
            out.append(TextDelta(text=piece.text, id=block.id))

    def _grow_citations(self, block: Block, piece: c.CitationPiece, out: list[Event]) -> None:
        self._cite(block, piece.citation, out)

    def _cite(self, block: Block, citation: dict[str, Any], out: list[Event]) -> None:
        url = citation.get("url") or citation.get("source")
        title = citation.get("title") or citation.get("document_title")
        source = Source(
            id=f"source-{self._sources}",
            url=url if isinstance(url, str) else "",
            title=title if isinstance(title, str) else "",
            block=block.id,
            metadata=citation,
        )
        self._sources += 1
        out.append(source)

    def _close_text(self, block: Block, out: list[Event]) -> None:
        out.append(TextEnd(id=block.id))

    # Thinking.

    def _open_thinking(self, index: int, wire: dict[str, Any], out: list[Event]) -> None:
        block = self._add("reasoning", index)
        block.signature = wire.get("signature") if isinstance(wire.get("signature"), str) else None
        block.redacted = wire.get("data") if isinstance(wire.get("data"), str) else None
        out.append(ReasoningStart(id=block.id, index=index))
        text = wire.get("thinking")
        if isinstance(text, str) and text:
            out.append(ReasoningDelta(text=text, id=block.id))

    def _grow_thinking(self, block: Block, piece: c.ThinkingPiece, out: list[Event]) -> None:
        if piece.thinking:
            out.append(ReasoningDelta(text=piece.thinking, id=block.id))

    def _grow_signature(self, block: Block, piece: c.SignaturePiece, out: list[Event]) -> None:  # noqa: ARG002
        block.signature = piece.signature

    def _close_thinking(self, block: Block, out: list[Event]) -> None:
        out.append(ReasoningEnd(id=block.id, signature=block.signature or None, redacted=block.redacted))

    # Calls and what they returned.

    def _open_call(self, index: int, wire: dict[str, Any], out: list[Event]) -> None:
        block = self._add("tool", index, wire.get("id"))
        name = wire.get("name")
        block.name = self._names[block.id] = name if isinstance(name, str) else ""
        block.own = wire["type"] in OWN_CALLS
        block.given = wire.get("input") or None
        block.metadata = _call_metadata(wire, own=block.own)
        out.append(ToolInputStart(id=block.id, name=block.name, index=index, provider_executed=block.own))

    def _grow_input(self, block: Block, piece: c.InputPiece, out: list[Event]) -> None:
        if piece.partial_json:
            block.pieces.append(piece.partial_json)
            out.append(ToolInputDelta(text=piece.partial_json, id=block.id))

    def _close_call(self, block: Block, out: list[Event]) -> None:
        if block.given is not None and not block.pieces:  # a call made by the provider's own code comes whole
            self._grow_input(block, c.InputPiece(msgspec.json.encode(block.given).decode()), out)
        arguments = "".join(block.pieces) or "{}"
        value, error = decode_arguments(arguments)
        self.calls += not block.own
        out.append(ToolInputEnd(id=block.id))
        out.append(
            ToolCall(
                id=block.id, name=block.name, input=value, arguments=arguments, error=error,
                provider_executed=block.own, metadata=block.metadata,
            )
        )  # fmt: skip

    def _result(self, kind: str, wire: dict[str, Any], out: list[Event]) -> None:
        id = str(wire.get("tool_use_id") or "")
        name = self._names.get(id) or kind.removesuffix("_tool_result")
        content = wire.get("content")
        error = _error_in(content, failed=bool(wire.get("is_error")))
        if error is None:
            out.append(ToolResult(id=id, output=content, name=name, provider_executed=True))
        else:
            out.append(ToolError(id=id, error=error, name=name, provider_executed=True))

    # The rest.

    def _open_file(self, index: int, wire: dict[str, Any], out: list[Event]) -> None:  # noqa: ARG002
        out.append(File(media_type="application/octet-stream", id=str(wire.get("file_id") or "")))

    def _open_fallback(self, index: int, wire: dict[str, Any], out: list[Event]) -> None:  # noqa: ARG002
        out.append(Metadata(data={"fallback": {key: value for key, value in wire.items() if key != "type"}}))

    def _open_compaction(self, index: int, wire: dict[str, Any], out: list[Event]) -> None:  # noqa: ARG002
        block = self._add("compaction", index)
        block.metadata = {key: wire[key] for key in ("content", "encrypted_content") if wire.get(key) is not None}

    def _grow_compaction(self, block: Block, piece: c.CompactionPiece, out: list[Event]) -> None:  # noqa: ARG002
        found = {"content": piece.content, "encrypted_content": piece.encrypted_content}
        block.metadata = {**(block.metadata or {}), **{key: text for key, text in found.items() if text is not None}}

    def _close_compaction(self, block: Block, out: list[Event]) -> None:
        out.append(Metadata(data={"compaction": block.metadata or {}}))


def decode_arguments(arguments: str) -> tuple[Any, str | None]:
    """A call's arguments, decoded, and why they could not be, or None.

    Strict JSON first; lone surrogates, which strict JSON refuses, become U+FFFD.
    """
    try:
        return msgspec.json.decode(arguments), None
    except (ValueError, RecursionError) as error:
        if "\\u" in arguments:
            try:
                return parse_loosely(arguments.encode("utf-8", "replace")), None
            except (ValueError, RecursionError):
                pass
        return None, f"the arguments are no valid JSON: {error}"


def _call_metadata(wire: dict[str, Any], *, own: bool) -> dict[str, Any] | None:
    """What must go back with the call. The plain caller says nothing: the model itself called."""
    found = {key: wire[key] for key in _ECHOED if wire.get(key) and wire[key] != {"type": "direct"}}
    return {"type": wire["type"], **found} if own else found or None


def _error_in(content: Any, *, failed: bool) -> str | None:
    """The error that the content of a result states, or None: an error object, or text marked as one (MCP)."""
    if isinstance(content, dict) and str(content.get("type", "")).endswith("_error"):
        return str(content.get("error_code") or content["type"])
    if not failed:
        return None
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict)) or "error"
    return content if isinstance(content, str) and content else "error"


_OPENERS: Final[dict[str, Callable[[Blocks, int, dict[str, Any], list[Event]], None]]] = {
    "text": Blocks._open_text,
    "thinking": Blocks._open_thinking,
    "redacted_thinking": Blocks._open_thinking,
    "tool_use": Blocks._open_call,
    "server_tool_use": Blocks._open_call,
    "mcp_tool_use": Blocks._open_call,
    "container_upload": Blocks._open_file,
    "fallback": Blocks._open_fallback,
    "compaction": Blocks._open_compaction,
}
_GROWERS: Final[dict[str, dict[type, Callable[[Blocks, Block, Any, list[Event]], None]]]] = {
    "text": {c.TextPiece: Blocks._grow_text, c.CitationPiece: Blocks._grow_citations},
    "reasoning": {c.ThinkingPiece: Blocks._grow_thinking, c.SignaturePiece: Blocks._grow_signature},
    "tool": {c.InputPiece: Blocks._grow_input},
    "compaction": {c.CompactionPiece: Blocks._grow_compaction},
}
_CLOSERS: Final[dict[str, Callable[[Blocks, Block, list[Event]], None]]] = {
    "text": Blocks._close_text,
    "reasoning": Blocks._close_thinking,
    "tool": Blocks._close_call,
    "compaction": Blocks._close_compaction,
}
_UNANNOUNCED: Final[dict[type, str]] = {c.TextPiece: "text", c.ThinkingPiece: "thinking"}
