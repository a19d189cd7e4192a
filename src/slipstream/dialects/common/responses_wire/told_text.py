"""Text, refusals and thinking, told as items.

Thinking is told as a summary, whatever it was: OpenAI's SDK, the AI SDK and LangChain show summaries as they stream,
and none of them shows `reasoning_text`. Each block is one part of a summary.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import msgspec

from slipstream.dialects.common.responses_wire.proofs import item_fields
from slipstream.dialects.common.responses_wire.telling import (
    COMPLETED,
    IN_PROGRESS,
    GrowingItem,
    Teller,
    fixed,
)
from slipstream.dialects.common.wire import Wire
from slipstream.events import ReasoningEnd


class SaidItem(GrowingItem):
    """A message with one part."""

    PREFIX = "msg"
    PLACE: ClassVar[Wire] = {"content_index": 0}

    @abstractmethod
    def part(self, text: Any) -> Wire:
        """The part with this text."""

    @abstractmethod
    def said(self) -> bytes:
        """The event that tells the whole text."""

    def item(self, status: str) -> Wire:
        content = [] if status == IN_PROGRESS else [self.part(self.text)]
        return {"id": self.id, "type": "message", "status": status, "role": "assistant", "content": content}

    def begin(self) -> bytes:
        """The message and its part begin."""
        return self.added() + self.event("content_part.added", {"content_index": 0, "part": self.part("")})

    def end(self) -> bytes:
        """The message is whole."""
        said = self.said()
        return said + self.event("content_part.done", {"content_index": 0, "part": self.part(self.text)}) + self.done()

    def close(self) -> bytes:
        return self.end()


class TextItem(SaidItem):
    """Text, and what it cites.

    Args:
        teller: writes its frames.
        phase: what the message is for (`commentary`, `final_answer`), or "".
    """

    DELTA = "output_text"
    BESIDE: ClassVar[Wire] = {"logprobs": []}

    def __init__(self, teller: Teller, phase: str = "") -> None:
        super().__init__(teller)
        self._phase = phase
        self._annotations: list[msgspec.Raw] = []
        self._logprobs: list[msgspec.Raw] = []

    def part(self, text: Any) -> Wire:
        return {"type": "output_text", "text": text, "annotations": self._annotations, "logprobs": self._logprobs}

    def item(self, status: str) -> Wire:
        item = super().item(status)
        return {**item, "phase": self._phase} if self._phase else item

    def said(self) -> bytes:
        return self.event("output_text.done", {"content_index": 0, "text": self.text, "logprobs": self._logprobs})

    def cite(self, annotation: Wire) -> bytes:
        """Something that the text cites."""
        number, cited = len(self._annotations), fixed(annotation)
        self._annotations.append(cited)
        return self.event(
            "output_text.annotation.added", {"content_index": 0, "annotation_index": number, "annotation": cited}
        )

    def weigh(self, logprobs: list[Any]) -> bytes:
        """Log probabilities of the text that came last. Their frame has no text: that has been sent already."""
        entries = [fixed(entry) for entry in logprobs]
        self._logprobs += entries
        return self.event("output_text.delta", {"content_index": 0, "delta": "", "logprobs": entries})

    @property
    def length(self) -> int:
        """How many characters there are so far."""
        return len(msgspec.json.decode(self.text, type=str))


class RefusalItem(SaidItem):
    """A refusal."""

    DELTA = "refusal"

    def part(self, text: Any) -> Wire:
        return {"type": "refusal", "refusal": text}

    def said(self) -> bytes:
        return self.event("refusal.done", {"content_index": 0, "refusal": self.text})


class ReasoningItem(GrowingItem):
    """A block of thinking."""

    PREFIX = "rs"
    DELTA = "reasoning_summary_text"
    PLACE: ClassVar[Wire] = {"summary_index": 0}

    def __init__(self, teller: Teller) -> None:
        super().__init__(teller)
        self._begun = False
        self._end = ReasoningEnd()

    def item(self, status: str) -> Wire:
        if status == IN_PROGRESS:
            return {"id": self.id, "type": "reasoning", "summary": []}
        summary = [self._part()] if self.kept else []
        return {"id": self.id, "type": "reasoning", "summary": summary, **item_fields(self._end, bytes(self.kept))}

    def grow(self, text: str) -> bytes:
        opening = b""
        if not self._begun:
            self._begun = True
            part = {"type": "summary_text", "text": ""}
            opening = self.event("reasoning_summary_part.added", {"summary_index": 0, "part": part})
        return opening + super().grow(text)

    def end(self, event: ReasoningEnd, status: str = COMPLETED) -> bytes:
        """The block is whole."""
        self._end = event
        ending = b""
        if self._begun:
            ending = self.event("reasoning_summary_text.done", {"summary_index": 0, "text": self.text})
            ending += self.event("reasoning_summary_part.done", {"summary_index": 0, "part": self._part()})
        return ending + self.done(status)

    def close(self) -> bytes:
        return self.end(ReasoningEnd())

    def _part(self) -> Wire:
        return {"type": "summary_text", "text": self.text}
