"""Recordings of every form, made of one list of events."""

from __future__ import annotations

from typing import Final

import msgspec

from slipstream.events import (
    Event,
    File,
    Finish,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    Usage,
)
from slipstream.flow.record import record

EVENTS: Final[list[Event]] = [
    Start(id="1", model="m", created=1),
    StepStart(),
    ReasoningStart(),
    ReasoningDelta("hm \ud83d"),  # half a surrogate pair, as some servers cut it
    ReasoningEnd(signature="s"),
    TextStart(id="text-1"),
    TextDelta("天空 is ", id="text-1"),
    TextDelta("blue.\n", id="text-1"),
    TextEnd(id="text-1"),
    File("image/png", b"\x89PNG"),
    Usage(3, 4, 7),
    StepEnd(),
    Finish(),
]
TIMES: Final = [0.1 * number for number in range(len(EVENTS))]


class _Text:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str) -> None:
        self.lines += [text] if text else []


def timed_lines(events: list[Event] = EVENTS, times: list[float] = TIMES) -> list[bytes]:
    """What `flow.record` writes."""
    file = _Text()
    recorder = record(file)
    recorder.on_start(0.0)
    for at, event in zip(times, events, strict=False):
        list(recorder.on_event(event, at))
    return [line.encode() for line in file.lines]


def event_lines() -> list[bytes]:
    """What `slipstream chat --json` writes; JSON takes no half surrogate, so that event is another here."""
    plain = [ReasoningDelta("hm") if isinstance(event, ReasoningDelta) else event for event in EVENTS]
    return [msgspec.json.encode(event) + b"\n" for event in plain]
