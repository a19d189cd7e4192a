"""One text on its way through the guard: over pieces, and over the border of its blocks.

Strategy: a text goes on over the end of its block. What cannot be judged yet keeps the end of the block back, with the
number of characters that must go before it; if the next block of the same text opens, its start waits as well, and the
scanner just goes on. So a word that two blocks share is one word. Where something else comes between, `part` lets go
what was held, and tells the scanner what that was: the rest of a match is still found.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from msgspec.structs import replace

from slipstream.events import Event, ReasoningDelta, ReasoningEnd, ReasoningStart, RefusalDelta, TextDelta, TextStart
from slipstream.flow.guard.reaction import Part, Reaction, Writer
from slipstream.flow.guard.screen import Rules

Delta = TextDelta | ReasoningDelta | RefusalDelta
CHANNELS: Final[dict[type[Event], str]] = {TextDelta: "text", ReasoningDelta: "reasoning", RefusalDelta: "refusal"}


class Lane:
    """The state of one text.

    Args:
        rules: what is looked for.
        reaction: what is done about it.
        kind: the deltas it comes in.
        choice: the answer it belongs to.
        keep_raw: True lets deltas keep their wire objects.

    Attributes:
        waiting: borders that wait for the text before them, each with the characters between it and the one before.
    """

    __slots__ = ("_id", "_keep_raw", "_kind", "_scanner", "_touched", "_writer", "choice", "waiting")

    def __init__(self, rules: Rules, reaction: Reaction, kind: type[Delta], choice: int, *, keep_raw: bool) -> None:
        self.choice = choice
        self._kind = kind
        self._keep_raw = keep_raw
        self._scanner = rules.scanner()
        self._writer = Writer(reaction, CHANNELS[kind], choice)
        self._id = ""  # the block that what goes out next belongs to
        self._touched = False  # something of that block was matched
        self.waiting: deque[list[Any]] = deque()

    def prime(self, text: str) -> None:
        """Tell what has been shown of this text already."""
        self._scanner.prime(text)

    def begin(self, id: str) -> None:
        """A block grows that nobody opened."""
        self._id = id

    def feed(self, event: Delta) -> list[Event]:
        """Take a delta; return what goes on."""
        writer, pieces = self._writer, self._scanner.feed(event.text)
        if self.waiting or writer.pending or len(pieces) > 1:
            return self._put(writer.write(pieces), event.raw)
        if not pieces:
            return []
        shown, rule, _ = pieces[0]
        if rule is not None:
            return self._put(writer.write(pieces), event.raw)
        writer.covering = False  # from here on the common case, written out for speed: one clear piece
        if shown == event.text and (event.raw is None or self._keep_raw):
            return [event]
        kept = event.raw if self._keep_raw else None
        if self._kind is TextDelta:
            return [TextDelta(shown, self._id, self.choice, raw=kept)]
        out: list[Event] = []
        self._write(shown, kept, out)
        return out

    def border(self, event: Event) -> list[Event]:
        """A block of this text opens or closes: that is said once all that stood before has gone on."""
        before = self._scanner.held + self._writer.pending
        if not before and not self.waiting:
            return [self._passed(event)]
        self.waiting.append([before - sum(count for count, _ in self.waiting), event])
        return []

    def part(self) -> list[Event]:
        """Something else comes between this text and what follows of it: what is held goes on."""
        if not self._scanner.held and not self._writer.pending:
            return []
        held = self._scanner.held_text
        out = self.finish()
        if held:
            self._scanner.prime(held)
        return out

    def finish(self) -> list[Event]:
        """The text ends well: all that is held goes on."""
        parts = self._writer.write(self._scanner.end())
        return self._put([*parts, *self._writer.end()], None)

    # ---- parts to events

    def _put(self, parts: list[Part], raw: Any) -> list[Event]:
        """The deltas of these parts, and the borders that they set free."""
        out: list[Event] = []
        shown = ""
        for part in parts:
            size, text, masked = part
            self._touched |= masked
            while self.waiting and size >= self.waiting[0][0]:
                count, border = self.waiting.popleft()
                cut = len(text) if masked else count  # a mask stands where its span began
                shown, text, size = shown + text[:cut], text[cut:], size - count
                self._write(shown, raw, out)
                shown = ""
                out.append(self._passed(border))
                self._touched |= masked and size > 0
            if self.waiting:
                self.waiting[0][0] -= size
            shown += text
        self._write(shown, raw, out)
        return out

    def _write(self, text: str, raw: Any, out: list[Event]) -> None:
        if not text:
            return
        kept = raw if self._keep_raw else None
        if self._kind is TextDelta:
            out.append(TextDelta(text, self._id, self.choice, raw=kept))
        elif self._kind is ReasoningDelta:
            out.append(ReasoningDelta(text, self._id, self.choice, raw=kept))
        else:
            out.append(RefusalDelta(text, choice=self.choice, raw=kept))

    def _passed(self, border: Event) -> Event:
        """A border that goes on. Thinking that was masked is not what its provider signed: an echo would be refused."""
        if isinstance(border, (TextStart, ReasoningStart)):
            self._id, self._touched = border.id, False
        elif isinstance(border, ReasoningEnd) and self._touched:
            return replace(border, signature=None, details=None)
        return border
