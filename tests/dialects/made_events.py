"""Made-up, legal event streams, for tests of what encodes and decodes them.

Strategy: a stream is made of tracks (a block with its deltas, a whole call, one loose event), which are laid side by
side in an order that hypothesis draws; so blocks stand open together whenever `interleaved` allows, and what comes out
is legal by its making. `Order` checks it all the same.

    legal_streams()                                 any stream there can be: every type of event, every end
    legal_streams(kinds=[TextDelta, ToolCall])      only these, and what must stand around them
    legal_streams(choices=1, steps=1, texts=WHOLE_TEXTS, ends=[Finish], interleaved=False)      a plain one
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from slipstream.events import types as e
from slipstream.events.order import Order
from slipstream.events.types import EVENT_TYPES, Event

Draw = Callable[[st.SearchStrategy[Any]], Any]

WHOLE_ODD: Final = (
    "", " ", "\n", "\r\n\r\n", "\u2028", "\x00", "\ufeff", "\U0001f468\u200d\U0001f469", "data: x\n\n", "</think>",
    '"\\', "你好", "e\u0301", "\x7f\x1b[31m", "<b>&amp;",
)  # fmt: skip
HALVES: Final = ("\ud83d", "\ude00", "a\udc00b")
WHOLE_TEXTS: Final[st.SearchStrategy[str]] = st.sampled_from(WHOLE_ODD) | st.text(max_size=6)
"""Texts that UTF-8 can hold; "" too."""
TEXTS: Final[st.SearchStrategy[str]] = WHOLE_TEXTS | st.sampled_from(HALVES)
"""Any texts, lone surrogates too."""
VALUES: Final[st.SearchStrategy[Any]] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WHOLE_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WHOLE_TEXTS, inner, max_size=3),
    max_leaves=4,
)
"""Any JSON."""
OBJECTS: Final[st.SearchStrategy[dict[str, Any]]] = st.dictionaries(WHOLE_TEXTS, VALUES, max_size=3)
REASONS: Final = (
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "pause",
    "error",
    "interrupted",
    "cancelled",
    "other",
)
RAW_REASONS: Final = (None, "stop", "end_turn", "STOP", "completed", "sensitive", "refusal", "made up")
ENDS: Final[tuple[type[Event] | None, ...]] = (e.Finish, e.Error, e.Abort, None)
BLOCKS: Final = (e.TextDelta, e.ReasoningDelta, e.ToolInputDelta)
"""What `kinds` names to have whole blocks: with their start and end, a call also with its `ToolCall`."""

_NUMBERS: Final = st.none() | st.integers(0, 10**6)
_OPTIONAL: Final = st.none() | WHOLE_TEXTS
_FRACTIONS: Final = st.floats(0, 1)
_DETAILS: Final = st.none() | st.lists(VALUES, max_size=2)
_METADATA: Final = st.none() | OBJECTS
_CREATED: Final = st.none() | st.integers(1, 2**31)
_STEP_END: Final = st.builds(e.StepEnd, reason=st.sampled_from(REASONS), raw_reason=st.sampled_from(RAW_REASONS))


@cache
def loose(texts: st.SearchStrategy[str] = TEXTS) -> dict[type[Event], st.SearchStrategy[Any]]:
    """A strategy for each type of event that stands alone and may come between any two others of a step."""
    url = st.sampled_from(("", "https://example.org/a?b=c&d", "not a url"))
    bools = st.booleans()
    return {
        e.ToolResult: st.builds(
            e.ToolResult, id=texts, output=VALUES, name=texts, provider_executed=bools, preliminary=bools
        ),
        e.ToolError: st.builds(e.ToolError, id=texts, error=texts, name=texts, provider_executed=bools),
        e.RefusalDelta: st.builds(e.RefusalDelta, text=texts),
        e.Source: st.builds(
            e.Source, id=texts, url=url, title=texts, block=st.none() | texts, metadata=st.none() | OBJECTS
        ),
        e.File: st.builds(
            e.File, media_type=st.sampled_from(("image/png", "audio/wav", "text/plain", "")), url=url, id=texts,
            data=st.binary(max_size=8),
        ),
        e.Box: st.builds(
            e.Box, points=st.lists(_FRACTIONS, min_size=2, max_size=6).map(tuple), label=texts, source=texts,
            kind=st.sampled_from(("box", "point", "polygon")), pixels=st.none() | st.just((1, 2, 3, 4)),
        ),
        e.Usage: st.builds(
            e.Usage, input_tokens=_NUMBERS, output_tokens=_NUMBERS, total_tokens=_NUMBERS, reasoning_tokens=_NUMBERS,
            cached_tokens=_NUMBERS, cache_write_tokens=_NUMBERS, estimated=bools, details=st.none() | OBJECTS,
        ),
        e.Heartbeat: st.builds(e.Heartbeat, comment=texts),
        e.Retry: st.builds(e.Retry, attempt=st.integers(1, 9), delay=_FRACTIONS, reason=texts, model=texts),
        e.Resume: st.builds(e.Resume, attempt=st.integers(1, 9), reason=texts, model=texts, exact=bools),
        e.Retract: st.builds(e.Retract, reason=texts),
        e.Moderation: st.builds(e.Moderation, verdict=OBJECTS, source=texts),
        e.Partial: st.builds(e.Partial, value=VALUES, complete=bools),
        e.Element: st.builds(e.Element, value=VALUES, index=st.integers(0, 9)),
        e.Progress: st.builds(
            e.Progress, state=st.sampled_from(("waiting", "thinking", "answering", "calling", "done")),
            fraction=st.none() | _FRACTIONS, tokens=st.integers(0, 99), seconds=_FRACTIONS,
        ),
        e.Metadata: st.builds(e.Metadata, data=OBJECTS),
        e.Raw: st.builds(e.Raw, data=VALUES),
    }  # fmt: skip


_ANYWHERE: Final = (e.Heartbeat, e.Retry, e.Metadata, e.Moderation, e.Progress, e.Raw)


class _Maker:
    """Draws the tracks of one stream, with ids that are unique in it."""

    def __init__(self, draw: Draw, kinds: frozenset[type[Event]], texts: st.SearchStrategy[str]) -> None:
        self.draw = draw
        self.kinds = kinds
        self.texts = texts
        self.loose = {kind: made for kind, made in loose(texts).items() if kind in kinds}
        self.makers = [*(_TRACKS[kind] for kind in _TRACKS if kind in kinds), *([_Maker.one] if self.loose else [])]
        self.any_loose = st.sampled_from(list(self.loose)) if self.loose else st.nothing()
        self.any_track = st.sampled_from(self.makers) if self.makers else st.nothing()
        self.count = 0
        self.calls: list[str] = []
        self.blocks: list[str] = []

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.count}"

    def one(self, choice: int) -> list[Event]:
        """A loose event; half the time it names a call or a block that there is."""
        made = self.draw(self.loose[self.draw(self.any_loose)])
        known = {"id": self.calls} if type(made) in (e.ToolResult, e.ToolError) else {}
        known = {"block": self.blocks} if type(made) is e.Source else known
        changes: dict[str, Any] = {name: ids[-1] for name, ids in known.items() if ids and self.draw(st.booleans())}
        return [msgspec.structs.replace(made, **changes, **_choice_of(made, choice))]

    def text(self, choice: int) -> list[Event]:
        id = self.id("text")
        self.blocks.append(id)
        deltas = [e.TextDelta(text, id, choice) for text in self.pieces()]
        return [e.TextStart(id=id, index=self.count, choice=choice), *deltas, e.TextEnd(id=id, choice=choice)]

    def reasoning(self, choice: int) -> list[Event]:
        id = self.id("reasoning")
        deltas = [e.ReasoningDelta(text, id, choice) for text in self.pieces()]
        signature, details = self.draw(_OPTIONAL), self.draw(_DETAILS)
        redacted = None if deltas else self.draw(_OPTIONAL)
        end = e.ReasoningEnd(id=id, choice=choice, signature=signature, redacted=redacted, details=details)
        return [e.ReasoningStart(id=id, index=self.count, choice=choice), *deltas, end]

    def call(self, choice: int) -> list[Event]:
        """A call in pieces: sound arguments, none at all, or some that are no JSON."""
        id, name, own = self.id("call"), self.draw(st.sampled_from(("f", "get_weather"))), self.draw(st.booleans())
        self.calls.append(id)
        value = self.draw(OBJECTS)
        written = msgspec.json.encode(value).decode()
        whole = self.draw(st.sampled_from((written, written, "", written + "{")))
        middle = self.draw(st.integers(0, len(whole)))
        deltas = [e.ToolInputDelta(text, id, choice) for text in (whole[:middle], whole[middle:]) if whole]
        sound = whole == written
        end = e.ToolCall(
            id=id, name=name, provider_executed=own, choice=choice, index=self.count, arguments=whole or "{}",
            input=value if sound else {} if not whole else None, error=None if sound or not whole else "no JSON",
            metadata=self.draw(_METADATA),
        )  # fmt: skip
        start = e.ToolInputStart(id=id, name=name, index=self.count, provider_executed=own, choice=choice)
        return [start, *deltas, e.ToolInputEnd(id=id, choice=choice), end]

    def whole_call(self, choice: int) -> list[Event]:
        """A call that came whole, as from Ollama and Gemini."""
        return self.call(choice)[-1:]

    def pieces(self) -> list[str]:
        found: list[str] = self.draw(st.lists(self.texts, max_size=4))
        return found

    def step(self, choices: int, *, interleaved: bool) -> list[Event]:
        """A step: one model call for each choice."""
        numbers = range(choices)
        tracks = []
        for _ in range(self.draw(st.integers(0, 4)) if self.makers else 0):
            choice = self.draw(st.integers(0, choices - 1))
            tracks.append(self.draw(self.any_track)(self, choice))
        turns = [number for number, track in enumerate(tracks) for _ in track]
        if interleaved:
            turns = self.draw(st.permutations(turns))
        waiting = [iter(track) for track in tracks]
        return [
            *(e.StepStart(choice=choice) for choice in numbers),
            *(next(waiting[number]) for number in turns),
            *(msgspec.structs.replace(self.draw(_STEP_END), choice=choice) for choice in numbers),
        ]

    def answer(self, choices: int, steps: int, *, interleaved: bool) -> list[Event]:
        """What stands between the first event and the end."""
        early = [kind for kind in _ANYWHERE if kind in self.loose]
        found = [self.draw(self.loose[self.draw(st.sampled_from(early))])] if early and self.draw(st.booleans()) else []
        id, model, created = self.draw(self.texts), self.draw(self.texts), self.draw(_CREATED)
        found.append(e.Start(id=id, model=model, created=created))
        for _ in range(self.draw(st.integers(1, steps))):
            found += self.step(choices, interleaved=interleaved)
            if self.loose and self.draw(st.booleans()):
                found += self.one(0)
        return found

    def end(self, kind: type[Event] | None) -> list[Event]:
        if kind is None:
            return []
        return [self.draw(_end(kind, self.texts))]


def _choice_of(event: Event, choice: int) -> dict[str, int]:
    return {"choice": choice} if hasattr(event, "choice") else {}


_TRACKS: Final[dict[type[Event], Callable[[_Maker, int], list[Event]]]] = {
    e.TextDelta: _Maker.text,
    e.ReasoningDelta: _Maker.reasoning,
    e.ToolInputDelta: _Maker.call,
    e.ToolCall: _Maker.whole_call,
}
_END_FIELDS: Final[dict[type[Event], Callable[[st.SearchStrategy[str]], dict[str, st.SearchStrategy[Any]]]]] = {
    e.Finish: lambda _: {"reason": st.sampled_from(REASONS), "raw_reason": st.sampled_from(RAW_REASONS)},
    e.Abort: lambda texts: {"reason": texts},
    e.Error: lambda texts: {
        "message": texts, "kind": st.sampled_from(("APIError", "OverloadedError", "RateLimitError", "made up")),
        "code": st.none() | texts, "status": st.none() | st.sampled_from((200, 401, 429, 500, 529)),
        "retryable": st.booleans(), "request_id": st.none() | texts, "seconds": st.none() | _FRACTIONS,
    },
}  # fmt: skip


@cache
def _end(kind: type[Event], texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **_END_FIELDS[kind](texts))


@st.composite
def legal_streams(
    draw: Draw,
    *,
    choices: int = 2,
    steps: int = 2,
    kinds: Collection[type[Event]] = EVENT_TYPES,
    texts: st.SearchStrategy[str] = TEXTS,
    ends: Sequence[type[Event] | None] = ENDS,
    interleaved: bool = True,
) -> list[Event]:
    """Legal lists of events.

    Args:
        choices: at most so many answers in one stream.
        steps: at most so many model calls one after the other.
        kinds: the types that may occur beside `Start`, `StepStart`, `StepEnd` and the end. A block comes whole when
            its delta is named (`BLOCKS`), a call without pieces when `ToolCall` is, a new beginning when `Restart` is.
        texts: the texts of deltas, ids of loose events and the like.
        ends: the last event is one of these; with None the list just stops. An `Error`, an `Abort` and None may cut
            the answer anywhere, with blocks open.
        interleaved: False lets every block close before the next opens.
    """
    maker = _Maker(draw, frozenset(kinds), texts)
    found: list[Event] = []
    many = draw(st.integers(1, choices))
    if e.Restart in maker.kinds and draw(st.integers(0, 3)) == 0:
        void = maker.answer(many, steps, interleaved=interleaved)
        first = next(number for number, event in enumerate(void) if type(event) is e.StepStart)
        found = void[: draw(st.integers(first + 1, len(void)))]
        found.append(e.Restart(attempt=draw(st.integers(2, 9)), reason=draw(texts), model=draw(texts)))
    answer = maker.answer(many, steps, interleaved=interleaved)
    end = draw(st.sampled_from(list(ends)))
    cut = len(answer) if end is e.Finish else draw(st.integers(0, len(answer)))
    found += [*answer[:cut], *maker.end(end)]
    Order().check_all(found)
    return found


def without(events: Iterable[Event], *types: type[Event]) -> list[Event]:
    """The events that are of none of these types."""
    return [event for event in events if type(event) not in types]


def joined(events: Iterable[Event]) -> list[Event]:
    """The events with neighbouring deltas of one block (and one choice) joined, and empty ones left out."""
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if not isinstance(event, (*BLOCKS, e.RefusalDelta)):
            found.append(event)
        elif isinstance(last, type(event)) and (last.choice, _id(last)) == (event.choice, _id(event)):
            found[-1] = msgspec.structs.replace(event, text=last.text + event.text)
        elif event.text:
            found.append(event)
    return found


def _id(event: Event) -> str | None:
    return getattr(event, "id", None)


def renamed(events: Iterable[Event]) -> list[Event]:
    """The events with ids of blocks by order of appearance (`b0`, `b1`, ...), wherever named, and indices likewise."""
    names: dict[str, str] = {}
    found = []
    for event in events:
        changes: dict[str, Any] = {}
        for field in ("id", "block") if not isinstance(event, (e.Start, e.Source, e.File)) else ("block",):
            value = getattr(event, field, None)
            if isinstance(value, str):
                changes[field] = names.setdefault(value, f"b{len(names)}")
        if "id" in changes and hasattr(event, "index"):
            changes["index"] = int(changes["id"][1:])
        found.append(msgspec.structs.replace(event, **changes) if changes else event)
    return found
