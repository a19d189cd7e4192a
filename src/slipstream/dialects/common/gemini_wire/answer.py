"""One candidate as far as it has come: its parts in, events out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slipstream.dialects.common.gemini_wire.calls import CODE, Calls
from slipstream.dialects.common.gemini_wire.chunks import data_of, without
from slipstream.dialects.common.gemini_wire.ids import Ids
from slipstream.dialects.common.gemini_wire.signatures import proof_of
from slipstream.dialects.common.gemini_wire.sources import Sources
from slipstream.dialects.common.wire import Wire, obj, text
from slipstream.events import (
    Event,
    File,
    FinishReason,
    Raw,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    StepEnd,
    TextDelta,
    TextEnd,
    TextStart,
)


class Answer:
    """One candidate. Text and thoughts are blocks; one is open at a time, as parts come one after the other.

    Args:
        index: the candidate's.
        ids: gives out ids, for all candidates.

    Attributes:
        text_id, thought_id: the open block, or None.
        ratings: the last safety ratings, as they came.
        said: what was told of it beside the parts, by Google's names.
        raw_reason: Google's word for the end; None while it goes on.
    """

    __slots__ = (
        "_ids",
        "_reason",
        "calls",
        "index",
        "ratings",
        "raw_reason",
        "said",
        "sources",
        "text_id",
        "thought_id",
    )  # fmt: skip

    def __init__(self, index: int, ids: Ids) -> None:
        self.index = index
        self.text_id: str | None = None
        self.thought_id: str | None = None
        self.calls = Calls(index, ids)
        self.sources = Sources(index, ids)
        self.ratings: Any = None
        self.said: dict[str, Any] = {}
        self.raw_reason: str | None = None
        self._reason: FinishReason = "other"
        self._ids = ids

    def take(self, part: Wire, out: list[Event]) -> None:
        """Take a part of its content."""
        signature = text(part, "thoughtSignature")
        kind = next((name for name in _PARTS if name in part), None)
        if kind is not None and isinstance(part[kind], dict):
            self._close_blocks(out)
            if kind != "functionCall":
                self.calls.end(out)
            _PARTS[kind](self, part[kind], signature, out)
        elif isinstance(part.get("text"), str) or signature:
            self._take_text(text(part, "text"), signature, out, thought=part.get("thought") is True)
        elif without(part):
            out.append(Raw(data=part))

    def end(self, reason: FinishReason, raw_reason: str, out: list[Event]) -> None:
        """The candidate has ended; everything is closed."""
        self.close(out)
        self._reason, self.raw_reason = reason, raw_reason

    def close(self, out: list[Event]) -> None:
        """Close what is open."""
        self.calls.end(out)
        self._close_blocks(out)

    def step_end(self) -> StepEnd:
        """How it ended."""
        calls = self._reason == "stop" and self.calls.complete
        return StepEnd("tool_calls" if calls else self._reason, self.raw_reason, self.index)

    def _take_text(self, piece: str, signature: str, out: list[Event], *, thought: bool) -> None:
        if piece or (signature and thought):
            self.calls.end(out)
            (self._think if thought else self._write)(piece, out)
        if signature:
            self._sign(signature, len(piece), out, on="thought" if thought else "text")

    def _write(self, piece: str, out: list[Event]) -> None:
        if self.text_id is None:
            self._close_blocks(out)
            self.text_id, number = self._ids.block("text")
            out.append(TextStart(self.text_id, number, self.index))
        out.append(TextDelta(piece, self.text_id, self.index))

    def _think(self, piece: str, out: list[Event]) -> None:
        if self.thought_id is None:
            self._close_blocks(out)
            self.thought_id, number = self._ids.block("reasoning")
            out.append(ReasoningStart(self.thought_id, number, self.index))
        if piece:
            out.append(ReasoningDelta(piece, self.thought_id, self.index))

    def _sign(self, signature: str, characters: int, out: list[Event], *, on: str) -> None:
        """A signed part is the last of its block. Behind a text the signature is an empty thought."""
        if on == "text":
            self._close_blocks(out)
            self._think("", out)
        assert self.thought_id is not None  # opened by whoever called
        signed, redacted, details = proof_of(signature, on, characters)
        out.append(ReasoningEnd(self.thought_id, signed, redacted, details, self.index))
        self.thought_id = None

    def _close_blocks(self, out: list[Event]) -> None:
        if self.text_id is not None:
            out.append(TextEnd(self.text_id, self.index))
        if self.thought_id is not None:
            out.append(ReasoningEnd(self.thought_id, choice=self.index))
        self.text_id = self.thought_id = None

    # One function for each kind of part that is no text.

    def _call(self, wire: Wire, signature: str, out: list[Event]) -> None:
        self.calls.take(wire, signature, out)

    def _code(self, wire: Wire, signature: str, out: list[Event]) -> None:
        self.calls.run(CODE, wire, without(wire, "id"), signature, out)

    def _code_result(self, wire: Wire, signature: str, out: list[Event]) -> None:  # noqa: ARG002
        self.calls.result(CODE, wire, without(wire, "id"), out)

    def _tool_call(self, wire: Wire, signature: str, out: list[Event]) -> None:
        self.calls.run(text(wire, "toolType") or "tool", wire, obj(wire, "args"), signature, out)

    def _tool_response(self, wire: Wire, signature: str, out: list[Event]) -> None:  # noqa: ARG002
        self.calls.result(text(wire, "toolType") or "tool", wire, wire.get("response"), out)

    def _blob(self, wire: Wire, signature: str, out: list[Event]) -> None:  # noqa: ARG002
        data = data_of(text(wire, "data"))
        blob = None if data is None else File(text(wire, "mimeType"), data, choice=self.index)
        out.append(blob or Raw(data={"inlineData": wire}))

    def _file(self, wire: Wire, signature: str, out: list[Event]) -> None:  # noqa: ARG002
        out.append(File(text(wire, "mimeType"), url=text(wire, "fileUri"), choice=self.index))


_PARTS: Final[dict[str, Callable[[Answer, Wire, str, list[Event]], None]]] = {
    "functionCall": Answer._call,
    "executableCode": Answer._code,
    "codeExecutionResult": Answer._code_result,
    "toolCall": Answer._tool_call,
    "toolResponse": Answer._tool_response,
    "inlineData": Answer._blob,
    "fileData": Answer._file,
}
