"""Thinking that a model writes into its text, between `<think>` and `</think>`, becomes thinking.

The dialects do this for answers in OpenAI's shape; this stage is for every other source. A text block is opened only
when text of it is known, so that the thinking before it has a block of its own, in legal order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from slipstream.codec.tags import Piece, ThinkSplitter
from slipstream.events import (
    Abort,
    Error,
    Event,
    File,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    Restart,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputStart,
)
from slipstream.flow.arguments import flag
from slipstream.flow.stage import Untimed

Key = tuple[str, int]

_BARRIERS: Final = frozenset((ToolInputStart, ToolCall, File, StepEnd))


class ThinkTags(Untimed):
    """The stage behind `think_tags()`.

    Tags count where a text block begins, and right behind a block of thinking; elsewhere they are text. White space
    around them is dropped. At most a tag's length is held, and white space before one.

    Args:
        expect_think: True for models whose template has opened the thinking: their answers begin with it, and only
            `</think>` comes. It holds for the first text of each step.

    Raises:
        InvalidRequestError: `expect_think` is neither True nor False.
    """

    def __init__(self, expect_think: bool = False) -> None:
        self._expect = flag("expect_think", expect_think)
        self._blocks: dict[Key, _Block] = {}  # the open text blocks in which a tag may still come
        self._plain: set[Key] = set()  # the others
        self._begun: set[int] = set()  # choices whose step has had text or thinking

    def on_event(self, event: Event, now: float) -> Iterable[Event]:  # noqa: ARG002
        """Part text into thinking and text."""
        kind = type(event)
        if kind is TextDelta:
            key: Key = (event.id, event.choice)  # type: ignore[attr-defined]
            return (event,) if key in self._plain else self._on_text(event, key)  # type: ignore[arg-type]
        if isinstance(event, TextStart):
            self._open((event.id, event.choice)).start = event
            return ()
        if isinstance(event, TextEnd):
            return self._on_text_end(event, (event.id, event.choice))
        return self._others(event, kind)

    def on_end(self, now: float) -> Iterable[Event]:  # noqa: ARG002
        """What is held of blocks that never closed."""
        made = [event for block in self._blocks.values() for event in block.finish()]
        self._blocks.clear()
        return made

    def _open(self, key: Key) -> _Block:
        expect = self._expect and key[1] not in self._begun
        self._begun.add(key[1])
        self._plain.discard(key)
        block = self._blocks[key] = _Block(key, expect_think=expect)
        return block

    def _on_text(self, event: TextDelta, key: Key) -> Iterable[Event]:
        block = self._blocks.get(key) or self._open(key)
        made = block.feed(event)
        if block.splitter.idle:
            made += block.close_thinking()
            del self._blocks[key]
            self._plain.add(key)
        return made

    def _on_text_end(self, event: TextEnd, key: Key) -> Iterable[Event]:
        block = self._blocks.pop(key, None)
        if block is None:
            self._plain.discard(key)
            return (event,)
        made = block.finish()
        if block.only_thought:  # a text block of which nothing is left
            return made
        return [*made, *block.take_start(), event]

    def _others(self, event: Event, kind: type[Event]) -> Iterable[Event]:
        if isinstance(event, (Error, Abort)):
            return (*(made for block in self._blocks.values() for made in block.flush()), event)
        if kind in _BARRIERS and self._blocks:
            choice: int = event.choice  # type: ignore[attr-defined]
            blocks = [block for key, block in self._blocks.items() if key[1] == choice]
            return (*(made for block in blocks for made in block.flush()), event)
        if isinstance(event, ReasoningStart):
            self._begun.add(event.choice)  # the thinking came apart from the text
        elif isinstance(event, StepStart):
            self._begun.discard(event.choice)
        elif isinstance(event, Restart):
            self._blocks.clear()
            self._plain.clear()
            self._begun.clear()
        return (event,)


class _Block:
    """A text block in which a tag may still come."""

    __slots__ = ("_key", "_last", "_thinking", "_thought", "_written", "splitter", "start")

    def __init__(self, key: Key, *, expect_think: bool) -> None:
        self._key = key
        self._last = TextDelta("", *key)
        self._thinking = False  # a block of thinking is open
        self._thought = False
        self._written = False
        self.start: TextStart | None = None  # held until there is text
        self.splitter = ThinkSplitter(expect_think=expect_think)

    @property
    def only_thought(self) -> bool:
        """True if there was thinking and no text."""
        return self._thought and not self._written

    def feed(self, event: TextDelta) -> list[Event]:
        """What is known of the text so far."""
        self._last = event
        return self._events(self.splitter.feed(event.text))

    def flush(self) -> list[Event]:
        """What is held, as no tag."""
        return self._events(self.splitter.flush())

    def finish(self) -> list[Event]:
        """The last of it; thinking is closed."""
        return [*self._events(self.splitter.end()), *self.close_thinking()]

    def close_thinking(self) -> list[Event]:
        """The end of the thinking, if it is open."""
        if not self._thinking:
            return []
        self._thinking = False
        return [ReasoningEnd(self._thinking_id, choice=self._key[1])]

    def take_start(self) -> list[Event]:
        """The start of the text block, once."""
        start, self.start = self.start, None
        return [] if start is None else [start]

    @property
    def _thinking_id(self) -> str:
        return f"{self._key[0]}-thinking"

    def _events(self, pieces: list[Piece]) -> list[Event]:
        made: list[Event] = []
        for kind, text in pieces:
            if kind == "text":
                made += self.close_thinking()
                made += self.take_start()
                self._written = True
                made.append(self._last if text == self._last.text else TextDelta(text, *self._key, raw=self._last.raw))
            else:
                made += self._open_thinking()
                made.append(ReasoningDelta(text, self._thinking_id, self._key[1], raw=self._last.raw))
        return made

    def _open_thinking(self) -> list[Event]:
        if self._thinking:
            return []
        self._thinking = self._thought = True
        index = self.start.index if self.start is not None else 0
        return [ReasoningStart(self._thinking_id, index, self._key[1])]


def think_tags(expect_think: bool = False) -> ThinkTags:
    """A stage that takes `<think>...</think>` out of the text; see `ThinkTags`."""
    return ThinkTags(expect_think)
