"""One choice of the answer: which blocks are open, and what opens and closes them.

Text and thinking take turns: the one closes before the other opens. Calls stay open beside both until the choice ends.
"""

from __future__ import annotations

from typing import Any

from slipstream.codec.tags import TagStripper, ThinkSplitter
from slipstream.dialects.common.openai_shape.calls import Calls
from slipstream.dialects.common.openai_shape.chunks import Delta, ToolDelta
from slipstream.dialects.common.openai_shape.details import Details
from slipstream.dialects.common.openai_shape.proofs import NO_PROOF, Proof, proof_of
from slipstream.events import (
    Event,
    FinishReason,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    StepEnd,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputStart,
)


class Answer:
    """The state of one choice.

    Args:
        index: the choice.
        used: the ids of calls given out so far in the stream.
        expect_think: see `ThinkSplitter`.
        tags: literal tags to remove from the text; none for most.

    Attributes:
        text_id, reasoning_id: the open block, or None.
        ended: True once a finish reason has come.
        named: True once thinking has come in a field of its own: its text in `reasoning_details` is a repetition.
        plain: the open text block, if text in which no tag begins passes as it is; else None.
        spoken: True if the open text block is the transcript of the sound.
        untagged: True if no tags are looked for in the text at all.
    """

    __slots__ = (
        "_blocks", "_prefix", "_splitter", "_stripper", "calls", "details", "ended", "filters", "index", "named",
        "plain", "raw_reason", "reason", "reasoning_id", "spoken", "text_id", "untagged",
    )  # fmt: skip

    def __init__(self, index: int, used: set[str], *, expect_think: bool = False, tags: tuple[str, ...] = ()) -> None:
        self.index = index
        self.text_id: str | None = None
        self.reasoning_id: str | None = None
        self.plain: str | None = None
        self.calls = Calls(index, used)
        self.details = Details()
        self.ended = self.named = self.spoken = False
        self.reason: FinishReason = "other"
        self.raw_reason: str | None = None
        self.filters: Any = None
        self._prefix = f"c{index}:" if index else ""
        self._blocks = {"text": 0, "reasoning": 0}
        self._splitter: ThinkSplitter | None = ThinkSplitter(expect_think=expect_think)
        self._stripper = TagStripper(tags) if tags else None
        self.untagged = not tags

    @property
    def touched(self) -> bool:
        """True if text, thinking or a call has begun."""
        return any(self._blocks.values()) or self.calls.any

    def write(self, text: str, out: list[Event]) -> None:
        """Take a piece of content, in which thinking may stand in tags."""
        if self._splitter is None:
            self._text(text, out)
            return
        for kind, piece in self._splitter.feed(text):
            if kind == "text":
                self._text(piece, out)
            else:
                self.think(piece, out)
        if self._splitter.idle:
            self._splitter = None

    def begin_speech(self, out: list[Event]) -> str:
        """What is said from now on is the transcript of the sound: returns the block of text that it will be.

        It is a block of its own, which no content joins, so that it can be told as what it is.
        """
        self.close_text(out)
        self.close_reasoning(out)
        self.text_id = self._open("text")
        self.spoken = True
        return self.text_id

    def think(self, text: str, out: list[Event]) -> None:
        """Take a piece of thinking."""
        id = self.reasoning_id or self._begin_thinking(out)
        out.append(ReasoningDelta(text, id, self.index))

    def _begin_thinking(self, out: list[Event]) -> str:
        self.close_text(out)
        self.reasoning_id = id = self._open("reasoning")
        out.append(ReasoningStart(id, self._blocks["reasoning"] - 1, self.index))
        return id

    def prove(self, details: list[Any], thought: str, out: list[Event]) -> None:
        """Take blocks of thinking that we have told ourselves, in which each entry ends one (see `proofs`).

        Args:
            details: the entries; others among them are left to the caller.
            thought: thinking that came beside them: that of the same blocks, told once more.
            out: where the events go.
        """
        told, self.named = self.named and not thought, self.named or bool(thought)
        for proof in filter(None, map(proof_of, details)):
            if proof.text and not told:
                self.think(proof.text, out)
            if self.reasoning_id is None:
                self._begin_thinking(out)
            self.close_reasoning(out, proof)

    def flush(self, out: list[Event]) -> None:
        """Give what was held back as the start of a tag."""
        splitter, self._splitter = self._splitter, None
        for kind, piece in splitter.end() if splitter is not None else ():
            if kind == "text":
                self._text(piece, out)
            else:
                self.think(piece, out)
        if self._stripper is not None and not self._stripper.idle:
            self._put(self._stripper.end(), out)

    def close_text(self, out: list[Event]) -> None:
        """Close the open text block, if there is one."""
        if self._stripper is not None and not self._stripper.idle:
            self._put(self._stripper.end(), out)
        if self.text_id is not None:
            out.append(TextEnd(self.text_id, self.index))
            self.text_id = self.plain = None
            self.spoken = False

    def close_reasoning(self, out: list[Event], proof: Proof = NO_PROOF) -> None:
        """Close the open block of thinking, if there is one."""
        if self.reasoning_id is not None:
            details = [*(self.details.take() or ()), *(proof.details or ())]
            end = ReasoningEnd(self.reasoning_id, proof.signature, proof.redacted, details or None, choice=self.index)
            out.append(end)
            self.reasoning_id = None

    def call(self, delta: Delta, out: list[Event]) -> None:
        """Take pieces of calls; where one begins, text and thinking are over."""
        made: list[Event] = []
        for piece in delta.tool_calls or ():
            self.calls.take(piece, made)
        if delta.function_call is not None:  # the legacy form: one call, without id
            self.calls.take(ToolDelta(index=0, function=delta.function_call), made)
        if any(isinstance(event, ToolInputStart) for event in made):
            self.flush(out)
            self.close_text(out)
            self.close_reasoning(out)
        out += made

    def close(self, out: list[Event], *, runnable: bool = True) -> None:
        """Close all that is open; the complete calls come out."""
        self.flush(out)
        self.close_text(out)
        if self.details and self.reasoning_id is None:
            # Signatures and encrypted thinking that came when no thinking was open: a block that holds nothing else.
            self._begin_thinking(out)
        self.close_reasoning(out)
        self.calls.end(self.reason, out, runnable=runnable)

    def finish(self, raw: str, reason: FinishReason, out: list[Event], *, runnable: bool) -> None:
        """Take the finish reason: everything that is open closes."""
        self.ended = True
        self.raw_reason, self.reason = raw, reason
        self.close(out, runnable=runnable)

    def step_end(self) -> StepEnd:
        """The last event of this choice. Complete calls outweigh what a provider says (WIRE section 8 row 29).

        Where it said nothing the answer may have been cut, and no reason is made up: nobody may run its calls.
        """
        if self.calls.complete and self.reason in ("stop", "other") and self.raw_reason is not None:
            self.reason = "tool_calls"
        return StepEnd(self.reason, self.raw_reason, self.index)

    def _text(self, text: str, out: list[Event]) -> None:
        if self._stripper is None:
            self._put(text, out)
        else:
            self._put(self._stripper.feed(text), out)
            self.plain = self.text_id if self._stripper.idle else None

    def _put(self, text: str, out: list[Event]) -> None:
        if not text:
            return
        if self.spoken:
            self.close_text(out)
        if self.text_id is None:
            self.close_reasoning(out)
            self.text_id = self._open("text")
            self.plain = self.text_id
            out.append(self.text_start())
        out.append(TextDelta(text, self.text_id, self.index))

    def text_start(self) -> TextStart:
        """The event that opens the block of text that began last."""
        return TextStart(self.text_id or "", self._blocks["text"] - 1, self.index)

    def _open(self, kind: str) -> str:
        count = self._blocks[kind]
        self._blocks[kind] = count + 1
        return f"{self._prefix}{kind}-{count}"
