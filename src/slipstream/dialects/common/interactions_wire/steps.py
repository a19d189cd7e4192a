"""The steps of an interaction: what the model said, thought and called, each on its way.

A step opens with `step.start`, which may hold some of it or all of it, grows by `step.delta` and closes with
`step.stop`. Steps have an index, and several may be open.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import msgspec

from slipstream.dialects.common.gemini_wire.chunks import without
from slipstream.dialects.common.gemini_wire.ids import Ids
from slipstream.dialects.common.interactions_wire.media import KINDS, read_file
from slipstream.dialects.common.interactions_wire.proofs import proof_of
from slipstream.dialects.common.interactions_wire.sources import source_of
from slipstream.dialects.common.openai_shape.calls import parse_arguments
from slipstream.dialects.common.wire import Wire, obj, objects, text
from slipstream.events import (
    Event,
    Raw,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
    ToolResult,
)


class Step(ABC):
    """A step on its way.

    Attributes:
        text_id: the open text block, or None.
    """

    text_id: str | None = None

    @abstractmethod
    def open(self, step: Wire, out: list[Event]) -> None:
        """Take the step as it begins, with whatever is in it."""

    @abstractmethod
    def grow(self, delta: Wire, out: list[Event]) -> bool:
        """Take a piece; False if it is of a kind that nobody knows."""

    @abstractmethod
    def close(self, out: list[Event]) -> None:
        """The step is over."""


class OutputStep(Step):
    """What the model says: text, what the text cites, and media."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def open(self, step: Wire, out: list[Event]) -> None:
        for content in objects(step, "content"):
            if not self.grow(content, out):
                out.append(Raw(data=content))

    def grow(self, delta: Wire, out: list[Event]) -> bool:
        kind = delta.get("type")
        if kind == "text":
            self._write(text(delta, "text"), out)
        elif kind not in ("text_annotation_delta", "text_annotation"):
            file = read_file(delta) if kind in KINDS else None
            if file is not None:
                self.close(out)
                out.append(file)
            return file is not None
        cited = objects(delta, "annotations")
        out.extend(source_of(one, self._ids.block("source")[0], self.text_id) for one in cited)
        return True

    def close(self, out: list[Event]) -> None:
        if self.text_id is not None:
            out.append(TextEnd(self.text_id))
            self.text_id = None

    def _write(self, piece: str, out: list[Event]) -> None:
        if self.text_id is None and piece:
            self.text_id, number = self._ids.block("text")
            out.append(TextStart(self.text_id, number))
        if piece and self.text_id is not None:
            out.append(TextDelta(piece, self.text_id))


class ThoughtStep(Step):
    """What the model thought, in summary, and the proof of it."""

    def __init__(self, ids: Ids) -> None:
        self._id, self._number = ids.block("reasoning")
        self._signature = ""

    def open(self, step: Wire, out: list[Event]) -> None:
        self._signature = text(step, "signature")
        out.append(ReasoningStart(self._id, self._number))
        for content in objects(step, "summary"):
            self._think(content, out)

    def grow(self, delta: Wire, out: list[Event]) -> bool:
        if delta.get("type") == "thought_signature":
            self._signature = text(delta, "signature") or self._signature
            return True
        return delta.get("type") == "thought_summary" and self._think(obj(delta, "content"), out)

    def close(self, out: list[Event]) -> None:
        out.append(ReasoningEnd(self._id, *proof_of(self._signature)))

    def _think(self, content: Wire, out: list[Event]) -> bool:
        piece = text(content, "text")
        if piece:
            out.append(ReasoningDelta(piece, self._id))
        return bool(piece) or not without(content, "type")


class CallStep(Step):
    """A call of a function, or of a tool that Google runs itself (`google_search_call`, ...).

    Args:
        ids: gives out ids.
        kind: the step's type.
    """

    def __init__(self, ids: Ids, kind: str) -> None:
        self._ids = ids
        self._own = kind != "function_call"
        self._kind = kind.removesuffix("_call")
        self._id = self._name = ""
        self._index = 0
        self._given: Any = None  # arguments that came as an object
        self._pieces: list[str] = []
        self._beyond: Wire = {}

    def open(self, step: Wire, out: list[Event]) -> None:
        self._id, self._index = self._ids.call(text(step, "id"))
        self._name = text(step, "name") or self._kind
        self._given = step.get("arguments")
        self._beyond = without(step, "type", "id", "name", "arguments")
        out.append(ToolInputStart(self._id, self._name, self._index, provider_executed=self._own))

    def grow(self, delta: Wire, out: list[Event]) -> bool:
        piece = delta.get("arguments")
        if isinstance(piece, str):
            if piece:
                self._pieces.append(piece)
                out.append(ToolInputDelta(piece, self._id))
        elif isinstance(piece, dict):
            self._given = piece
        self._beyond |= without(delta, "type", "arguments")
        return piece is not None or "signature" in delta

    def close(self, out: list[Event]) -> None:
        if not self._pieces:
            self._pieces.append(msgspec.json.encode({} if self._given is None else self._given).decode())
            out.append(ToolInputDelta(self._pieces[0], self._id))
        written = "".join(self._pieces)
        value, error = parse_arguments(written)
        out.append(ToolInputEnd(self._id))
        out.append(
            ToolCall(
                id=self._id, name=self._name, input=value, arguments=written, error=error, index=self._index,
                provider_executed=self._own, metadata=self._beyond or None,
            )
        )  # fmt: skip

    @property
    def runnable(self) -> bool:
        """True for a call that the caller must answer."""
        return not self._own


class ResultStep(Step):
    """What a call returned, of a tool that Google ran."""

    def __init__(self, kind: str) -> None:
        self._kind = kind.removesuffix("_result")
        self._id = self._name = ""
        self._output: Any = None

    def open(self, step: Wire, out: list[Event]) -> None:  # noqa: ARG002
        self._id = text(step, "call_id")
        self._take(step)

    def grow(self, delta: Wire, out: list[Event]) -> bool:  # noqa: ARG002
        self._take(delta)
        return "result" in delta or "signature" in delta

    def close(self, out: list[Event]) -> None:
        name = self._name or self._kind
        out.append(ToolResult(id=self._id, output=self._output, name=name, provider_executed=True))

    def _take(self, wire: Wire) -> None:
        """Lists of results come in pieces, each with further ones; anything else is whole."""
        self._name = text(wire, "name") or self._name
        found = wire.get("result")
        if isinstance(found, list) and isinstance(self._output, list):
            self._output = [*self._output, *found]
        elif found is not None:
            self._output = found


class OtherStep(Step):
    """A step that nobody here knows: every frame of it becomes a `Raw`."""

    def open(self, step: Wire, out: list[Event]) -> None:
        out.append(Raw(data=step))

    def grow(self, delta: Wire, out: list[Event]) -> bool:  # noqa: ARG002
        return False

    def close(self, out: list[Event]) -> None:
        """Nothing was open."""


def step_of(kind: str, ids: Ids) -> Step:
    """A step of this type, about to begin."""
    if kind == "model_output":
        return OutputStep(ids)
    if kind == "thought":
        return ThoughtStep(ids)
    if kind.endswith("_call"):
        return CallStep(ids, kind)
    return ResultStep(kind) if kind.endswith("_result") else OtherStep()
