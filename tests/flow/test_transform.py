"""A function as a stage: one, several, none; and every wrong one refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace
from tests.flow.made import answer, text_of

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import Abort, Error, Event, Finish, Heartbeat, Metadata, TextDelta, TextEnd
from slipstream.flow.boxes import boxes
from slipstream.flow.pipeline import Pipeline
from slipstream.flow.transform import transform


def upper(event: TextDelta) -> Event:
    return replace(event, text=event.text.upper())


def test_one_for_one() -> None:
    assert flow.apply(transform(upper, types=TextDelta), answer("a", "b")) == answer("A", "B")


def test_none_drops_and_several_go_on_in_order() -> None:
    def double(event: Event) -> Iterable[Event] | None:
        return None if isinstance(event, Heartbeat) else [event, Metadata({"after": event.type})]

    out = flow.apply(transform(double), [Heartbeat(), TextDelta("x")])
    assert out == [TextDelta("x"), Metadata({"after": "text-delta"})]


def test_a_generator_will_do() -> None:
    def letters(event: TextDelta) -> Iterator[Event]:
        for letter in event.text:
            yield replace(event, text=letter)

    assert text_of(flow.apply(transform(letters, "text-delta"), answer("abc"))) == "abc"


def test_only_what_was_asked_for_is_given() -> None:
    seen: list[Event] = []

    def note(event: Event) -> Event:
        seen.append(event)
        return event

    assert flow.apply(transform(note, types=[TextEnd, "heartbeat"]), [*answer("a")]) == answer("a")
    assert seen == [TextEnd()]


def test_an_object_that_is_called() -> None:
    class Counter:
        count = 0

        def __call__(self, event: Event) -> Event:
            self.count += 1
            return event

    counter = Counter()
    flow.apply(transform(counter), answer("a"))
    assert counter.count == len(answer("a"))


@pytest.mark.parametrize("end", [Finish(), Error("x"), Abort()], ids=lambda event: str(event.type))
def test_the_end_cannot_be_dropped(end: Event) -> None:
    assert flow.apply(transform(lambda event: None), [TextDelta("x"), end]) == [end]


def test_it_may_end_the_stream() -> None:
    def stop(event: TextDelta) -> Event:
        return Error("enough") if event.text == "b" else event

    out = flow.apply(transform(stop, TextDelta), answer("a", "b", "c"))
    assert out == [*answer("a")[:4], Error("enough")]


def failing(result: Any) -> tuple[list[Event], Exception | None]:
    """What comes out, and what was raised, when the function returns this for a text."""
    pipeline = Pipeline([transform(lambda event: result, TextDelta)])
    return pipeline.feed(answer("a"), 0.0), pipeline.exception


@pytest.mark.parametrize(
    ("result", "where"),
    [
        ("text", "the function returned a str; accepted: an event, several, or None"), (3, "returned a int"),
        ([TextDelta("a"), "b"], "returned a str among others"), ({"a": 1}, "returned a str among others"),
        (TextDelta, "returned a StructMeta"),
    ],
)  # fmt: skip
def test_another_result_ends_the_stream_and_says_why(result: Any, where: str) -> None:
    out, raised = failing(result)
    assert isinstance(out[-1], Error)
    assert out[-1].kind == "StageError"
    assert isinstance(raised, InvalidRequestError)
    assert where in raised.message


def test_a_result_that_would_have_to_be_awaited_is_closed_and_refused() -> None:
    async def later() -> Event:
        return TextDelta("x")

    _, raised = failing(later())
    assert isinstance(raised, InvalidRequestError)
    assert "returned a coroutine" in raised.message


def test_an_exception_ends_the_stream_with_a_stage_error() -> None:
    def fail(event: Event) -> Event:
        raise RuntimeError("with the prompt in it")

    out = flow.apply(transform(fail), answer("a"))
    assert out == [Error("the stage Transform raised RuntimeError", kind="StageError")]


async def waits(event: Event) -> Event:
    return event


async def waits_often(event: Event) -> Any:
    yield event


class Waiting:
    async def __call__(self, event: Event) -> Event:
        return event


@pytest.mark.parametrize(
    ("function", "where"),
    [
        (waits, "the function is async"), (waits_often, "the function is async"), (Waiting(), "the function is async"),
        (3, "a int is no function"), (None, "a NoneType is no function"), (boxes(), r"accepted: through\(stage\)"),
        (type(boxes()), r"accepted: through\(stage\)"),
    ],
)  # fmt: skip
def test_what_is_no_plain_function_is_refused(function: Any, where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        transform(function)


def test_unknown_types_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"transform\(types=\): there is no event 'text'"):
        transform(upper, types="text")


@given(st.lists(st.text(max_size=5), max_size=20))
def test_a_function_that_changes_nothing_changes_nothing(parts: list[str]) -> None:
    assert flow.apply(transform(lambda event: event), answer(*parts)) == answer(*parts)
