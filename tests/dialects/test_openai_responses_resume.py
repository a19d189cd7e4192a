"""Sequence numbers, and streams that another connection goes on with (RELIABILITY C1 rows 6 and 7, C2 row 27)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.responses_cases import (
    CREATED,
    Wire,
    added,
    completed,
    done,
    events_of,
    frames_of,
    item,
    message,
    new,
    numbered,
    on,
    output_text,
    recorded,
    response,
    sse,
    text,
    wires_of,
)

from slipstream import dialects, events as e
from slipstream.dialects.common.face import Cursor, Resumable
from slipstream.dialects.common.responses_wire.decoder import ResponsesDecoder
from slipstream.dialects.common.responses_wire.numbers import GAP, NEW, REPEATED, Numbers
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message, Order


def sequence_error(events: Sequence[Event]) -> e.Error:
    error = events[-1]
    assert isinstance(error, e.Error)
    assert (error.kind, error.code, error.retryable) == ("ProtocolError", "sequence", True)
    return error


# The numbers themselves.


def test_numbers_that_count() -> None:
    numbers = Numbers()
    assert [numbers.take(n, "a") for n in (3, 4, 4, 3, 6, 5)] == [NEW, NEW, REPEATED, REPEATED, GAP, NEW]
    assert (numbers.last, numbers.repeated, numbers.off) == (5, 2, False)


def test_what_has_no_number_is_not_checked() -> None:
    numbers = Numbers()
    assert [numbers.take(n, "a") for n in (None, 0, None, 1)] == [NEW] * 4
    assert numbers.last == 1


def test_a_number_that_another_kind_had_is_no_number() -> None:
    numbers = Numbers()
    kinds = [(0, "created"), (1, "delta"), (2, "delta"), (1, "delta"), (1, "done"), (9, "delta"), (3, "delta")]
    assert [numbers.take(*one) for one in kinds] == [NEW, NEW, NEW, REPEATED, NEW, NEW, NEW]
    assert numbers.off
    assert numbers.last is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ab")), max_size=30))
def test_numbers_against_a_plain_list(stream: list[tuple[int, str]]) -> None:
    numbers, kinds, off, base = Numbers(), list[str](), False, 0
    for number, kind in stream:
        if off or not kinds:
            expected = NEW
            base = base if kinds else number
        elif number - base == len(kinds):
            expected = NEW
        elif number - base > len(kinds):
            expected = GAP
        elif number >= base and kinds[number - base] == kind:
            expected = REPEATED
        else:
            expected, off = NEW, True
        if not off and expected == NEW:
            kinds.append(kind)
        assert numbers.take(number, kind) == expected


# Numbers in a stream.


def test_a_missing_event_ends_the_stream(corpora: Path) -> None:
    frames = frames_of(recorded(corpora, 11))
    whole = events_of(*frames)
    for missing in range(1, len(frames) - 1):
        events = events_of(*frames[:missing], *frames[missing + 1 :])
        assert str(missing + 1) in sequence_error(events).message
        assert events[:-1] == whole[: len(events) - 1]


def test_events_that_change_places_end_the_stream(corpora: Path) -> None:
    frames = frames_of(recorded(corpora, 6))
    for place in range(1, len(frames) - 1):
        swapped = [*frames[:place], frames[place + 1], frames[place], *frames[place + 2 :]]
        sequence_error(events_of(*swapped))


def test_repeated_events_are_dropped(corpora: Path) -> None:
    for number in (6, 9, 11):
        frames = frames_of(recorded(corpora, number))
        whole = events_of(*frames)
        for place in [*range(min(12, len(frames) - 1)), len(frames) - 2]:
            assert events_of(*frames[: place + 1], *frames[place:]) == whole  # one twice
            assert events_of(*frames[: place + 1], *frames) == whole  # all of it from the beginning


def test_a_gap_is_skipped_by_who_skips_frames(corpora: Path) -> None:
    frames = frames_of(recorded(corpora, 6))
    broken = [*frames[:6], b"data: {oops\n\n", *frames[7:]]
    found = Message.of(events_of(*broken, lenient=True))
    assert found.complete
    assert found.text != Message.of(events_of(*frames)).text
    sequence_error(events_of(*frames[:6], *frames[7:]))


ANSWER = [
    CREATED,
    added(item("message")),
    text("a"),
    text("b"),
    text("a"),
    done(message(output_text("aba"))),
    completed(),
]


def renumbered(numbers: Iterable[int | None]) -> bytes:
    return sse(*({**wire, "sequence_number": number} for wire, number in zip(ANSWER, numbers, strict=True)))


@pytest.mark.parametrize("numbers", [
    [None] * 7, [0] * 7, [1] * 7, [-1] * 7, [0, 1, 2, 3, 4, 1, 5], [0, None, 1, None, 2, None, 3],
    [0, 1, 2, 3, 4, 5, 0], [7, 8, 9, 10, 11, 12, 13], [0, 0, 0, 1, 2, 0, 0], [0, 1, 2, 3, 4, 0, 1],
])  # fmt: skip
def test_servers_that_number_in_their_own_way_lose_nothing(numbers: list[int | None]) -> None:
    found = Message.of(events_of(renumbered(numbers)))
    assert (found.text, found.complete) == ("aba", True)


def test_keepalives_may_count_or_not() -> None:
    alive: Wire = {"type": "keepalive"}
    counted = numbered([LASTING, alive, text("a"), alive, alive, text("b"), completed()])
    stream = [alive, LASTING, alive, text("a"), alive, alive, text("b"), completed()]
    places = [0, 0, 1, 1, 2, 2, 2, 3]
    uncounted = [{**wire, "sequence_number": place} for wire, place in zip(stream, places, strict=True)]
    for wires in (counted, uncounted):
        found = Message.of(events_of(sse(*wires)))
        assert (found.text, found.complete) == ("ab", True)
    sequence_error(events_of(sse(*counted[:4], *counted[5:])))
    decoder = new()
    decoder.feed(sse(*counted[:5]))
    assert decoder.resume_cursor == Cursor("resp_1", 2)
    assert Message.of(decoder.continued().feed(sse(*counted[5:]))).text == "b"
    assert Message.of(decoder.continued().feed(sse(*counted[3:]))).text == "b"


def test_a_response_that_begins_at_0_again_is_another_one() -> None:
    first = numbered([CREATED, text("wrong"), text("!")])
    other = numbered(
        [{"type": "response.created", "response": {**response(), "id": "resp_2"}}, text("right"), completed()]
    )
    found = Message.of(events_of(sse(*first, *other)))
    assert (found.text, found.id, found.complete) == ("right", "resp_2", True)


# The cursor.


def background(body: bytes) -> bytes:
    """A recorded stream, as if its response had been made in the background."""
    return re.sub(rb'"background": ?false', b'"background":true', body)


def test_the_cursor_is_there_for_what_lasts(corpora: Path) -> None:
    decoder = new()
    assert decoder.resume_cursor is None
    frames = frames_of(background(recorded(corpora, 6)))
    id = wires_of(frames[0])[0]["response"]["id"]
    for number, frame in enumerate(frames[:-1]):
        decoder.feed(frame)
        assert decoder.resume_cursor == Cursor(id, number)
    decoder.feed(frames[-1])
    assert decoder.resume_cursor is None  # it is over


@pytest.mark.parametrize("fields", [
    {}, {"background": False}, {"background": None}, {"background": 1}, {"background": True, "store": False},
    {"background": True, "id": ""},
])  # fmt: skip
def test_what_does_not_last_has_no_cursor(fields: Wire) -> None:
    decoder = new()
    created = {"type": "response.created", "response": {**response(), **fields}}
    decoder.feed(sse(*numbered([created, text("a")])))
    assert decoder.resume_cursor is None


def test_without_numbers_there_is_no_cursor() -> None:
    for wires in ([LASTING, text("a")], [{**LASTING, "sequence_number": 0}, {**text("a"), "sequence_number": 0}]):
        decoder = new()
        decoder.feed(sse(*wires))
        assert decoder.resume_cursor is None


LASTING = {"type": "response.created", "response": response(background=True, store=True)}


@pytest.mark.parametrize("end", [
    completed(), {"type": "error", "code": "server_error", "message": "x"},
    {"type": "response.failed", "response": response("failed")},
    {"type": "response.cancelled", "response": response("cancelled")},
])  # fmt: skip
def test_what_the_provider_ended_is_not_resumed(end: Wire) -> None:
    decoder = new()
    decoder.feed(sse(*numbered([LASTING, text("a"), end])))
    assert decoder.finished
    assert decoder.resume_cursor is None
    with pytest.raises(InvalidRequestError, match="over"):
        decoder.continued()


def test_the_paths() -> None:
    dialect = dialects.get("openai_responses")
    assert isinstance(dialect, Resumable)
    assert dialect.resume_path(Cursor("resp_123", 42)) == "responses/resp_123?stream=true&starting_after=42"
    assert dialect.cancel_path(Cursor("resp_123", 42)) == "responses/resp_123/cancel"
    assert dialect.resume_path(Cursor("a/b?c&d", 0)) == "responses/a%2Fb%3Fc%26d?stream=true&starting_after=0"


# Resuming.


class Provider:
    """The other side: it has all events, and gives those after a number."""

    def __init__(self, body: bytes) -> None:
        self._frames = frames_of(body)

    def after(self, cursor: Cursor) -> bytes:
        assert isinstance(cursor.after, int)
        return b"".join(self._frames[cursor.after + 1 :])


def resumed(decoder: ResponsesDecoder, provider: Provider, *, ended: bool) -> list[Event] | None:
    """The events of the rest, if it can be resumed; `ended` if somebody asked for the end before."""
    held = decoder.end() if ended else []
    events = [event for event in held if not isinstance(event, e.Error)]
    cursor = decoder.resume_cursor
    if cursor is None:
        return None
    rest = decoder.continued()
    assert decoder.finished
    return events + rest.feed(provider.after(cursor)) + rest.end()


@pytest.mark.parametrize("number", [6, 11])
def test_a_cut_at_every_byte_is_spliced_exactly(corpora: Path, number: int) -> None:
    body = background(recorded(corpora, number))
    whole, provider, frames = events_of(body), Provider(body), frames_of(body)
    first, last = len(frames[0]), len(body) - len(frames[-1])
    for place in range(len(body)):
        decoder = new()
        events = decoder.feed(body[:place])
        rest = resumed(decoder, provider, ended=place % 2 == 0)
        if rest is None:
            assert place < first or place > last
        else:
            assert events + rest == whole


@pytest.mark.parametrize("number", [3, 8, 9, 10, 14])
def test_a_cut_after_every_event_is_spliced_exactly(corpora: Path, number: int) -> None:
    body = background(recorded(corpora, number))
    whole, provider = events_of(body), Provider(body)
    decoder, events = new(), list[Event]()
    frames = frames_of(body)
    for count, frame in enumerate(frames[:-1]):
        if count and (count < 12 or count % 23 == 0 or count > len(frames) - 4):
            events += decoder.feed(frame[: len(frame) // 2])
            if (rest := resumed(decoder, provider, ended=False)) is not None:
                assert events + rest == whole
                decoder = decoder.continued()
        events += decoder.feed(frame)
    events += decoder.feed(frames[-1])
    assert events == whole
    Order().check_all(events)


@pytest.mark.parametrize("number", [6, 8, 9, 11])
def test_any_number_of_cuts_and_repetitions(corpora: Path, number: int) -> None:
    body = background(recorded(corpora, number))
    whole, frames = events_of(body), frames_of(body)
    generator = random.Random(number)
    for _ in range(20):
        decoder, events = new(), list[Event]()
        while not events or not isinstance(events[-1], e.Finish):
            cursor = decoder.resume_cursor
            # Some servers begin a little earlier than they were asked to.
            start = max(0, (int(cursor.after) + 1 if cursor else 0) - generator.randrange(3))
            part = b"".join(frames[start:])
            decoder = decoder.continued() if cursor else new()
            got = decoder.feed(part[: generator.randrange(len(frames[0]), 2 * len(part))])
            events = events + got if cursor else got
        assert events == whole


def test_each_attempt_begins_at_the_same_place(corpora: Path) -> None:
    body = background(recorded(corpora, 9))
    whole, provider, frames = events_of(body), Provider(body), frames_of(body)
    decoder = new()
    events = decoder.feed(b"".join(frames[:105]))
    cursor = decoder.resume_cursor
    assert cursor is not None
    for _ in range(2):
        attempt = decoder.continued()
        attempt.feed(b"".join(frames[105:130]))  # it breaks before anybody saw anything of it
    assert decoder.resume_cursor == cursor
    assert decoder.feed(frames[105]) == decoder.end() == []
    rest = decoder.continued()
    assert events + rest.feed(provider.after(cursor)) == whole


def test_a_gap_and_a_broken_frame_can_be_resumed(corpora: Path) -> None:
    body = background(recorded(corpora, 6))
    whole, provider, frames = events_of(body), Provider(body), frames_of(body)
    for wrong in (frames[8], b"data: {oops\n\n"):
        decoder = new()
        *events, error = decoder.feed(b"".join([*frames[:7], wrong]))
        assert isinstance(error, e.Error)
        assert error.retryable
        assert decoder.resume_cursor is not None
        assert decoder.resume_cursor.after == 6
        assert events + (resumed(decoder, provider, ended=False) or []) == whole


def test_what_is_resumed_may_break_again_and_may_have_gaps(corpora: Path) -> None:
    frames = frames_of(background(recorded(corpora, 6)))
    decoder = new()
    decoder.feed(b"".join(frames[:7]))
    again = decoder.continued()
    assert again.feed(frames[7])
    assert isinstance(again.end()[-1], e.Error)
    assert again.resume_cursor is not None
    assert again.resume_cursor.after == 7
    sequence_error(again.continued().feed(frames[9]))


def test_options_go_on_as_well() -> None:
    decoder = new(include_raw=True, lenient=True, max_event_bytes=5000)
    decoder.feed(sse(*numbered([LASTING, text("a")])) + b"data: {oops\n\n")
    rest = decoder.continued()
    assert rest.malformed == 1
    (event,) = rest.feed(sse(*numbered([text("b")], 5)))
    assert event.raw["delta"] == "b"
    error = rest.feed(b"data: " + b"x" * 6000)[-1]
    assert isinstance(error, e.Error)
    assert error.kind == "EventTooLargeError"


def test_a_state_that_was_told_is_not_told_again() -> None:
    state = {"type": "response.in_progress", "response": response(background=True)}
    wires = numbered([LASTING, state, text("a"), state, text("b"), completed()])
    whole = events_of(sse(*wires))
    decoder = new()
    events = decoder.feed(sse(*wires[:3]))
    assert events + decoder.continued().feed(sse(*wires[3:])) == whole
    assert sum(isinstance(event, e.Heartbeat) for event in whole) == 1


def test_a_call_goes_on_in_the_middle_of_its_arguments() -> None:
    call = item("code_interpreter_call", container_id="k", code="")
    grown = [on("code_interpreter_call_code.delta", delta=piece) for piece in ('a = "', "\n", '"')]
    wires = numbered([LASTING, added(call), *grown, done({**call, "code": 'a = "\n"'}), completed()])
    whole = events_of(sse(*wires))
    for place in range(1, len(wires)):
        decoder = new()
        events = decoder.feed(sse(*wires[:place]))
        assert events + decoder.continued().feed(sse(*wires[place:])) == whole
    assert Message.of(whole).tool_calls[0].input == {"container_id": "k", "code": 'a = "\n"'}
