"""Streams to guard, and what the guard must make of them, said plainly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from slipstream.events import (
    Event,
    Finish,
    Message,
    Order,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
)
from slipstream.flow import apply
from slipstream.flow.stage import Stage

MASK = "#"


def text_block(*parts: str, id: str = "text-0", choice: int = 0) -> list[Event]:
    return [TextStart(id, choice=choice), *(TextDelta(part, id, choice) for part in parts), TextEnd(id, choice)]


def reasoning_block(*parts: str, id: str = "reasoning-0", choice: int = 0, signature: str | None = None) -> list[Event]:
    deltas = [ReasoningDelta(part, id, choice) for part in parts]
    return [ReasoningStart(id, choice=choice), *deltas, ReasoningEnd(id, signature, choice=choice)]


def call_block(*parts: str, id: str = "call-0", name: str = "tool", choice: int = 0) -> list[Event]:
    deltas = [ToolInputDelta(part, id, choice) for part in parts]
    call = ToolCall(id, name, None, "".join(parts) or "{}", choice=choice)
    return [ToolInputStart(id, name, choice=choice), *deltas, ToolInputEnd(id, choice), call]


def stream(*groups: Iterable[Event], choices: int = 1, end: bool = True) -> list[Event]:
    """A whole stream of one step an answer around these events."""
    inside = [event for group in groups for event in group]
    ends = [*(StepEnd(choice=choice) for choice in range(choices)), Finish()] if end else []
    return [Start(), *(StepStart(choice) for choice in range(choices)), *inside, *ends]


def run(stage: Stage, events: Sequence[Event], times: Sequence[float] | None = None) -> list[Event]:
    """What comes out, in legal order."""
    out = apply(stage, events, times)
    Order().check_all(out)
    return out


def text_of(events: Iterable[Event], kind: type[Event] = TextDelta, choice: int = 0) -> str:
    """One text as it was shown."""
    return "".join(
        event.text  # type: ignore[attr-defined]
        for event in events
        if type(event) is kind and event.choice == choice  # type: ignore[attr-defined]
    )


def all_text(events: Iterable[Event]) -> str:
    """Everything that left, as one string: what a look at the socket would see."""
    return "\n".join(repr(event) for event in events) + "\n" + repr(Message.of(events).to_dict())


def without_text(events: Iterable[Event]) -> list[Event]:
    """The events but the deltas of texts."""
    return [event for event in events if type(event) not in (TextDelta, ReasoningDelta, RefusalDelta)]


def masked(text: str, words: Sequence[str], mask: str | Callable[[int], str] = MASK) -> str:
    """The text with every union of overlapping occurrences masked, by a text or by what its length makes of it."""
    spans: list[list[int]] = []
    for start, end in sorted(
        (at, at + len(word)) for word in words for at in range(len(text)) if text.startswith(word, at)
    ):
        if spans and start < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    for start, end in reversed(spans):
        text = text[:start] + (mask if isinstance(mask, str) else mask(end - start)) + text[end:]
    return text


def cut(text: str, places: Iterable[int]) -> list[str]:
    """The text in parts."""
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(bounds)]
