"""Streams for the tests of stages: made ones, recorded ones, and ways to cut and to time them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from slipstream import dialects
from slipstream.errors import SlipstreamError
from slipstream.events import (
    Event,
    Finish,
    ReasoningDelta,
    RefusalDelta,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
)
from slipstream.flow.stage import Stage

DIALECTS = {
    "openai_chat": "openai_chat",
    "openai_compat": "openai_chat",
    "glm": "zhipu",
    "glm_via_others": "openai_chat",
    "anthropic": "anthropic",
}
"""The folders of recorded streams whose dialect is known here."""


def answer(*parts: str) -> list[Event]:
    """A whole stream whose text comes in these parts."""
    deltas = [TextDelta(part) for part in parts]
    return [Start(), StepStart(), TextStart(), *deltas, TextEnd(), StepEnd(), Finish()]


def cut(text: str, sizes: Sequence[int]) -> list[str]:
    """The text in parts of these sizes, and the rest."""
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return [part for part in [*parts, text[at:]] if part]


def text_of(events: Iterable[Event], kind: type[Event] = TextDelta, choice: int = 0) -> str:
    """All deltas of a kind, joined."""
    return "".join(
        event.text
        for event in events
        if isinstance(event, (TextDelta, ReasoningDelta, RefusalDelta))
        and type(event) is kind
        and event.choice == choice
    )


def joined(events: Iterable[Event]) -> list[Event]:
    """The events with runs of deltas of one block put together: what does not depend on the cuts."""
    out: list[Event] = []
    for event in events:
        last = out[-1] if out else None
        if (
            isinstance(event, (TextDelta, ReasoningDelta))
            and isinstance(last, (TextDelta, ReasoningDelta))
            and (type(event), event.id, event.choice) == (type(last), last.id, last.choice)
        ):
            out[-1] = type(event)(last.text + event.text, event.id, event.choice)
        else:
            out.append(event)
    return out


def recordings(corpora: Path) -> list[list[Event]]:
    """The events of every recorded stream whose dialect is known."""
    found: list[list[Event]] = []
    for folder, dialect in DIALECTS.items():
        for path in sorted((corpora / "streams" / folder).glob("*.sse")):
            decoder = dialects.get(dialect).decoder()
            try:
                found.append([*decoder.feed(path.read_bytes()), *decoder.end()])
            except SlipstreamError:
                continue  # a recording of a broken body
    assert len(found) > 20
    return found


class Noted:
    """A last stage that notes when each event came."""

    def __init__(self) -> None:
        self.log: list[tuple[float, Event]] = []

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        self.log.append((now, event))
        return (event,)

    def on_wake(self, now: float) -> Iterable[Event]:
        return ()

    def on_end(self, now: float) -> Iterable[Event]:
        return ()

    def wake_at(self) -> float | None:
        return None


def timed(stage: Stage, events: Sequence[Event], times: Sequence[float]) -> list[tuple[float, Event]]:
    """What a stage gives, with the time at which it does."""
    from slipstream import flow

    noted = Noted()
    out = flow.apply([stage, noted], events, times)
    return noted.log[: len(out)]  # without the end that `apply` makes for a stream that has none
