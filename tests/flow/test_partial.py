"""`partial` and `elements` as stages: where the JSON is found, which answer it belongs to, and how a stream ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.cost import cpu
from tests.flow.made import answer, cut, recordings
from tests.flow.typed.kinds import Circle, Person, Recipe, Step, Zoo

from slipstream.events import (
    Abort,
    Element,
    Error,
    Event,
    Finish,
    FinishReason,
    Order,
    Partial,
    RefusalDelta,
    Restart,
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
from slipstream.flow.partial import CUT, Elements, Partials, TypedStage, elements, partial

STEP = '{"title": "boil", "minutes": 3}'
WHOLE = Step("boil", 3)  # type: ignore[arg-type]


def told(events: list[Event]) -> list[Event]:
    """What a typed stage has added."""
    return [event for event in events if isinstance(event, (Partial, Element, Error))]


def last(kind: Any, *parts: str) -> Any:
    """The last thing told of an answer whose text comes in these parts."""
    return told(apply(partial(kind), answer(*parts)))[-1]


# --- where the JSON is -----------------------------------------------------------------------------------------------

BEFORE = ["", " \n", "```json\n", "```\n", "Here it is:\n", "Use {name} and [1] and [] first:\n", "A { } or [x](y) ",
          "The set {1, 2} is not it. ~~~json\n", 'As {"x": 1} shows: ']  # fmt: skip
BEHIND = ["", "\n", "\n```", ' Enjoy! {"title": 3}', "```\nAnything [else]?"]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("behind", BEHIND)
def test_prose_and_fences_are_passed_over(before: str, behind: str) -> None:
    text = before + STEP + behind
    for parts in ([text], list(text)):
        events = apply(partial(Step), answer(*parts))
        assert [event for event in events if not isinstance(event, Partial)] == answer(*parts)
        assert told(events)[-1] == Partial(WHOLE, complete=True)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(BEFORE), st.sampled_from(BEHIND), st.lists(st.integers(1, 9), max_size=30))
def test_any_cut_ends_alike(before: str, behind: str, sizes: list[int]) -> None:
    assert last(Step, *cut(before + STEP + behind, sizes)) == Partial(WHOLE, complete=True)


def test_a_list_after_a_footnote() -> None:
    text = f"As in [1] and [2, 3]: [{STEP}]"
    assert last(list[Step], *text) == Partial([WHOLE], complete=True)


def test_what_is_wrong_in_the_only_document_is_told_at_the_end() -> None:
    found = last(Step, *'Here: {"title": 7}')
    assert isinstance(found, Error)
    assert found.message == "the answer is no Step: $.title does not fit; accepted: a string"


def test_hostile_prose_is_not_read_again_and_again() -> None:
    found = last(Step, "{x " * 2000 + STEP)
    assert isinstance(found, Error)


def test_a_bare_scalar_in_a_fence() -> None:
    assert last(int, "```\n", "4", "2\n```") == Partial(42, complete=True)
    assert last(Step | None, "null") == Partial(None, complete=True)
    assert last(Any, " 42 ") == Partial(42, complete=True)


def test_several_text_blocks_are_one_answer() -> None:
    events: list[Event] = [
        Start(), StepStart(), TextStart("a"), TextDelta('{"title": "bo', "a"), TextEnd("a"), TextStart("b"),
        TextDelta('il", "minutes": 3}', "b"), TextEnd("b"), StepEnd(), Finish(),
    ]  # fmt: skip
    out = apply(partial(Step), events)
    assert told(out)[-1] == Partial(WHOLE, complete=True)
    Order().check_all(out)


def test_several_choices() -> None:
    deltas: list[Event] = [TextDelta(part, f"t{choice}", choice) for part in STEP for choice in (0, 1)]
    out = told(apply(partial(Step), deltas))
    for choice in (0, 1):
        assert [event for event in out if event.choice == choice][-1] == Partial(WHOLE, True, choice)  # type: ignore[attr-defined]
    found = apply(partial(Step), [TextDelta("{", choice=1), TextDelta(" 1", choice=1)])[-1]
    assert isinstance(found, Error)
    assert found.message.endswith("(choice 1)")


# --- when it is told -------------------------------------------------------------------------------------------------


def test_a_partial_follows_the_delta_that_changed_it_and_no_other() -> None:
    parts = ['{"ti', 'tle": ', '"bo', "il", '"', ', "minutes": ', "3", "", "}"]
    out = apply(partial(Step), [TextDelta(part) for part in parts])
    following = [parts[at - 1] if isinstance(event, Partial) else None for at, event in _places(out)]
    assert [part for part in following if part is not None] == ['{"ti', '"bo', "il", '"', "}"]


def _places(events: list[Event]) -> list[tuple[int, Event]]:
    """Each event with how many deltas stand before it."""
    found, deltas = [], 0
    for event in events:
        deltas += isinstance(event, TextDelta)
        found.append((deltas, event))
    return found


def test_the_value_is_one_live_object() -> None:
    out = told(apply(partial(Step), [TextDelta(part) for part in STEP]))
    assert len({id(event.value) for event in out[:-1]}) == 1  # type: ignore[attr-defined]


def test_every_bounds_how_often() -> None:
    stage = partial(Step, every=1.0)
    events: list[Event] = [TextDelta(part) for part in ('{"title": "', "a", "b", "c", "d")]
    out = apply(stage, [*events, TextDelta('"}')], [0.0, 0.1, 0.2, 1.5, 1.6, 1.7])
    assert "".join("P" if isinstance(event, Partial) else "t" for event in out) == "tPttPtttP"
    assert told(out)[-1] == Partial(Step("abcd"), complete=True)


def test_what_waits_is_told_in_time_and_before_an_end() -> None:
    stage = partial(Step, every=1.0)
    assert len(list(stage.on_event(TextDelta('{"title": "a'), 0.0))) == 2
    assert stage.wake_at() is None
    assert len(list(stage.on_event(TextDelta("b"), 0.5))) == 1
    assert stage.wake_at() == 1.0
    assert [type(event) for event in stage.on_wake(1.0)] == [Partial]
    assert stage.wake_at() is None
    assert len(list(stage.on_event(TextDelta("c"), 1.5))) == 1
    assert [type(event) for event in stage.on_event(Abort(), 1.6)] == [Partial, Abort]


# --- how it ends -----------------------------------------------------------------------------------------------------


def ended(text: str, reason: FinishReason) -> list[Event]:
    events: list[Event] = [Start(), StepStart(), TextStart(), TextDelta(text), TextEnd()]
    out = apply(partial(Step), [*events, StepEnd(reason), Finish(reason)])
    Order().check_all(out)
    return out


@pytest.mark.parametrize("reason", sorted(CUT))
def test_an_answer_that_was_cut_is_no_error(reason: FinishReason) -> None:
    out = ended('{"title": "bo', reason)
    assert told(out) == [Partial(Step("bo"), complete=False)]
    assert out[-1] == Finish(reason)


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "other"])
def test_an_answer_that_breaks_off_is_an_error(reason: FinishReason) -> None:
    out = ended('{"title": "bo', reason)
    assert isinstance(out[-1], Error)
    assert out[-1].kind == "InvalidOutputError"
    assert "breaks off at $.title, character 13" in out[-1].message


def test_an_answer_without_the_object() -> None:
    assert isinstance(ended("no", "stop")[-1], Error)
    assert ended("I look it up.", "tool_calls")[-1] == Finish("tool_calls")


def test_the_object_may_come_in_a_later_step() -> None:
    first: list[Event] = [Start(), StepStart(), TextStart("a"), TextDelta("Let me see.", "a"), TextEnd("a")]
    second = [StepStart(), TextStart("b"), TextDelta(STEP, "b"), TextEnd("b"), StepEnd()]
    third = [StepStart(), TextStart("c"), TextDelta("Done.", "c"), TextEnd("c"), StepEnd(), Finish()]
    out = apply(partial(Step), [*first, StepEnd("tool_calls"), *second, *third])
    assert told(out)[-1] == Partial(WHOLE, complete=True)
    assert out[-1] == Finish()


def test_a_refusal_is_told_as_such() -> None:
    events: list[Event] = [Start(), StepStart(), RefusalDelta("I will not."), StepEnd(), Finish()]
    found = apply(partial(Step), events)[-1]
    assert isinstance(found, Error)
    assert found.message == "the model refused to answer; accepted: Step"


def test_an_error_ends_the_stream_after_the_text() -> None:
    out = apply(partial(Step), answer('{"title": ', "7, ", '"minutes": 3}'))
    assert out[-2] == TextDelta("7, ")
    assert isinstance(out[-1], Error)
    Order().check_all(out)


@pytest.mark.parametrize("end", [Abort(), Error("broken")])
def test_a_stream_that_breaks_keeps_its_last_partial(end: Event) -> None:
    out = apply(partial(Step), [TextDelta('{"title": "bo'), end])
    assert told(out)[0] == Partial(Step("bo"))
    assert out[-1] is end


def test_a_restart_begins_anew() -> None:
    head: list[Event] = [Start(), StepStart(), TextStart()]
    out = apply(partial(Step), [*head, TextDelta('{"title": "old'), Restart(), *answer(STEP)])
    assert told(out)[-1] == Partial(WHOLE, complete=True)
    Order().check_all(out)


# --- the arguments of a tool -----------------------------------------------------------------------------------------


def call(id: str, name: str, *parts: str, choice: int = 0) -> list[Event]:
    deltas = [ToolInputDelta(part, id, choice) for part in parts]
    return [ToolInputStart(id, name, choice=choice), *deltas, ToolInputEnd(id, choice)]


def test_the_arguments_of_one_tool() -> None:
    text = [Start(), StepStart(), TextStart(), TextDelta('{"title": 7}'), TextEnd()]
    calls = [*call("c1", "other", '{"title": 7}'), *call("c2", "cook", *STEP)]
    events = [*text, *calls, StepEnd("tool_calls"), Finish("tool_calls")]
    out = apply(partial(Step, tool="cook"), events)
    assert told(out)[-1] == Partial(WHOLE, complete=True)
    assert [event for event in out if not isinstance(event, Partial)] == events
    Order().check_all(out)


def test_arguments_that_came_whole() -> None:
    out = apply(partial(Step, tool="cook"), [ToolCall("c", "cook", arguments=STEP)])
    assert told(out) == [Partial(WHOLE, complete=True)]
    events = [*call("c", "cook"), ToolCall("c", "cook", arguments="{}")]
    assert told(apply(partial(dict, tool="cook"), events)) == [Partial({}, complete=True)]


def test_two_calls_at_once() -> None:
    events: list[Event] = [ToolInputStart("a", "cook"), ToolInputStart("b", "cook")]
    events += [ToolInputDelta(part, id) for part in STEP for id in "ab"]
    assert [event for event in told(apply(partial(Step, tool="cook"), events)) if event.complete] == [  # type: ignore[attr-defined]
        Partial(WHOLE, complete=True)
    ] * 2


@pytest.mark.parametrize(("reason", "fails"), [("length", False), ("tool_calls", True)])
def test_arguments_that_break_off(reason: FinishReason, fails: bool) -> None:
    events = [Start(), StepStart(), *call("c", "cook", '{"title": "a'), StepEnd(reason), Finish(reason)]
    assert isinstance(apply(partial(Step, tool="cook"), events)[-1], Error if fails else Finish)


def test_a_tool_that_was_not_called_is_no_error() -> None:
    assert apply(partial(Step, tool="cook"), answer("Just text.")) == answer("Just text.")


# --- elements --------------------------------------------------------------------------------------------------------


ITEMS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(dict, title=st.text(max_size=5), minutes=st.integers(0, 99)), max_size=5
)


@settings(max_examples=40, deadline=None)
@given(ITEMS, st.lists(st.integers(1, 9)))
def test_elements_come_as_they_close(items: list[dict[str, Any]], sizes: list[int]) -> None:
    wanted = [Element(msgspec.convert(item, Step), at) for at, item in enumerate(items)]
    inner: Any = {"a": {"x": "y", "b": items}, "b": [7]}
    for path, whole in ((None, items), ("steps", {"a": 1, "steps": items, "z": [1]}), ("a.b", inner)):
        parts = cut(json.dumps(whole, ensure_ascii=False), sizes)
        assert told(apply(elements(Step, path), answer(*parts))) == wanted


def test_an_element_follows_the_delta_that_closed_it() -> None:
    out = apply(elements(Step), [TextDelta(part) for part in f"[{STEP}, {STEP}]"])
    places = [deltas for deltas, event in _places(out) if isinstance(event, Element)]
    assert places == [1 + len(STEP), 3 + 2 * len(STEP)]


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        (int, "[1, 23, 4", [1, 23]),
        (str, '["a", "b', ["a"]),
        (Any, '[{"a": [1]}, 2]', [{"a": [1]}, 2]),
        (Person, '[{"name": "a", "age": "3"}, {"na', [Person(name="a", age=3)]),
        (Zoo, '[{"zooName": "z", "animals": []}', [Zoo(zooName="z", animals=[])]),
        (Circle, "[", []),
        (list[int], "[[1], [2, 3]", [[1], [2, 3]]),
    ],
)
def test_elements_of_any_kind(kind: Any, text: str, values: list[Any]) -> None:
    stage = elements(kind)
    found = [event for part in text for event in stage.on_event(TextDelta(part), 0.0) if isinstance(event, Element)]
    assert [event.value for event in found] == values


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (None, f'[{STEP}, {{"title": 7}}]',
         "the answer is no list of Step: $[1].title does not fit; accepted: a string"),
        ("steps", '{"steps": [{}]}', "the answer is no list of Step: $.steps[0] lacks the field 'title'"),
        ("steps", '{"steps": 7}', "the answer is no list of Step: $.steps does not fit; accepted: a list"),
        ("steps", '{"other": 7}', "the answer is no list of Step: $ lacks the field 'steps'"),
        (None, f"[{STEP}, ", "the answer breaks off at $, character 34: its JSON is not closed"),
        (None, f"[{STEP} {STEP}]", "the answer is no JSON at $, character 33: expected , or ]"),
        (None, "nothing", "there is no JSON in the answer; accepted: list of Step"),
    ],
)  # fmt: skip
def test_elements_that_do_not_fit(path: str | None, text: str, message: str) -> None:
    for parts in ([text], list(text)):
        *items, error = told(apply(elements(Step, path), answer(*parts)))
        assert isinstance(error, Error)
        assert error.message == message
        assert items == [Element(WHOLE)] * text.startswith(f"[{STEP}")


# --- recorded streams ------------------------------------------------------------------------------------------------


def test_recorded_calls(corpora: Path) -> None:
    """Every call of every recording: what grew is what the decoder says it is."""
    calls = 0
    for events in recordings(corpora):
        for wanted in [event for event in events if isinstance(event, ToolCall) and event.error is None]:
            out = apply(partial(dict, tool=wanted.name), [e for e in events if getattr(e, "id", "") == wanted.id])
            assert told(out)[-1] == Partial(wanted.input, complete=True)
            calls += 1
    assert calls > 20


def test_recorded_prose_passes_untouched(corpora: Path) -> None:
    """None of the recorded texts has JSON in it: they pass, and the missing object is told at the end of the step."""
    missing = 0
    for events in recordings(corpora):
        out = apply(partial(dict), events)
        passed = [event for event in out if not isinstance(event, (Partial, Error))]
        assert passed == events[: len(passed)]
        missing += isinstance(out[-1], Error) and out[-1].message == "there is no JSON in the answer; accepted: dict"
    assert missing > 10


# --- work ------------------------------------------------------------------------------------------------------------


def seconds(kind: Any, parts: list[str]) -> float:
    events: list[Event] = [TextDelta(part) for part in parts]
    stage: TypedStage[Any] = partial(kind)
    return cpu(lambda: [stage.on_event(event, 0.0) for event in events])


@pytest.mark.parametrize(
    ("kind", "head", "unit"),
    [
        (Recipe, '{"name": "', ["abcd"]),
        (Recipe, '{"name": "', ["讲\\n", "a"]),
        (list[str], '["', ["ab", "cd", '", "']),
        (Any, '{"a": "', ["讲讲"]),
        (Recipe, '{"steps": [', ['{"title', '": "ab', 'cd"}, ']),
        (Recipe, '{"amounts": {', ['"k": 1', ", "]),
    ],
    ids=["string", "escapes", "strings", "plain", "objects", "dict"],
)
def test_a_delta_costs_the_same_however_much_came_before(kind: Any, head: str, unit: list[str]) -> None:
    one, many = ([head, *unit * times] for times in (4000 // len(unit), 32000 // len(unit)))
    ratio = min(seconds(kind, many) / seconds(kind, one) for _ in range(4))
    assert ratio < 30  # linear is 8, quadratic 64


def test_a_reader_who_keeps_the_string_gets_one_that_stays() -> None:
    stage = partial(Step)
    kept = []
    for part in ('{"title": "', *["abc"] * 5000):
        *_, event = stage.on_event(TextDelta(part), 0.0)
        assert isinstance(event, Partial)
        kept.append(event.value.title)
    assert all(len(each) == 3 * at for at, each in enumerate(kept))


def test_the_stages_know_their_type() -> None:
    one: Partials[Step] = partial(Step)
    two: Elements[Person] = elements(Person, "a")
    assert (type(one), type(two)) == (Partials, Elements)
