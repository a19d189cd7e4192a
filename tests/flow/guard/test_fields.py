"""Row 68: every field of every event that can hold a text meets the guard. A new event or field fails here."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from slipstream import events
from slipstream.events import EVENT_TYPES, Event
from slipstream.flow.guard import guard
from slipstream.flow.guard.fields import BESIDE, PASSED, SCREENED, STREAMED, screen_event

from .streams import all_text, run, stream, text_block

WORD = "forbidden"


def look(text: str) -> str:
    return text.replace(WORD, "***")


def fields_of(kind: type[Event]) -> set[str]:
    return {*kind.__struct_fields__} - {"raw"}


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_somebody_has_decided_on_every_field(kind: type[Event]) -> None:
    places = [STREAMED.get(kind, frozenset()), SCREENED.get(kind, {}), PASSED.get(kind, {})]
    named = [name for place in places for name in place]
    assert sorted(named) == sorted(set(named)), "a field stands in two places"
    assert set(named) == fields_of(kind), "a field stands in none, or there is no such field"
    assert kind in PASSED, "every type has a row, be it an empty one"


def test_the_table_has_no_other_types() -> None:
    assert {*STREAMED, *SCREENED, *PASSED} == {*EVENT_TYPES}
    assert set(SCREENED) >= BESIDE


def test_what_passes_has_a_reason() -> None:
    assert all(len(reason) > 10 for row in PASSED.values() for reason in row.values())


TEXT_FIELDS = [(kind, name) for kind in EVENT_TYPES for name in (*STREAMED.get(kind, ()), *SCREENED.get(kind, {}))]
# What a field of this type can hold, with the word in it at every depth.
HIDING: dict[str, list[Any]] = {
    "text": [WORD, f"a {WORD} b"],
    "str": [WORD, f"a {WORD} b"],
    "bytes": [WORD.encode()],
    "json": [WORD, [WORD], {"a": {WORD: 1}}, {"a": [{"b": f"x {WORD}"}]}, {"n": 1, "s": WORD}],
    "any": [WORD, [WORD], {"a": {WORD: 1}}, {"a": [{"b": f"x {WORD}"}]}, (WORD,), WORD.encode(), {"n": 1, "s": WORD}],
    "dict": [{"a": WORD}, {WORD: "a"}, {"a": [{"b": f"x {WORD}"}]}],
    "list": [[{"text": WORD}], [WORD]],
}
KIND_OF = {
    "input": "json", "output": "any", "value": "any", "metadata": "dict", "details": "any", "data": "any",
    "verdict": "dict",
}  # fmt: skip
NEEDED: dict[type[Event], dict[str, Any]] = {
    events.ToolInputStart: {"id": "x", "name": "n"},
    events.ToolInputDelta: {"id": "x"},
    events.ToolCall: {"id": "x", "name": "n"},
    events.ToolResult: {"id": "x"},
    events.ToolError: {"id": "x", "error": "e"},
    events.Source: {"id": "x"},
    events.File: {"media_type": "text/plain"},
    events.Box: {"points": (0.0, 0.0, 1.0, 1.0)},
    events.Partial: {"value": None, "complete": True},
    events.Element: {"value": None},
    events.Error: {"message": "m"},
    events.Moderation: {"verdict": {}},
    events.Metadata: {"data": {}},
}


def hiding(kind: type[Event], name: str) -> list[Event]:
    """Events of this type with the word in this field."""
    shape = KIND_OF.get(name, "str")
    if kind is events.File:
        shape = "bytes" if name == "data" else "str"
    if (kind, name) in ((events.Metadata, "data"), (events.Usage, "details")):
        shape = "dict"
    if (kind, name) == (events.ReasoningEnd, "details"):
        shape = "list"
    made = [{**NEEDED.get(kind, {}), name: value} for value in HIDING[shape]]
    if kind is events.ToolCall and name == "arguments":
        made = [{**NEEDED[kind], name: f'{{"a": "{WORD}"}}', "input": {"a": WORD}}]
    return [kind(**given) for given in made]


def before_of(kind: type[Event]) -> list[Event]:
    """What must stand before such an event."""
    if kind is events.TextDelta:
        return [events.TextStart()]
    if kind in (events.ReasoningDelta, events.ReasoningEnd):
        return [events.ReasoningStart()]
    if kind is events.Finish:
        return [events.StepEnd()]
    return [events.ToolInputStart("x", "n")] if kind is events.ToolInputDelta else []


@pytest.mark.parametrize("on_match", ["mask", "drop", "stop", "retract"])
@pytest.mark.parametrize(("kind", "name"), TEXT_FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_the_word_leaves_through_no_field(kind: type[Event], name: str, on_match: Any) -> None:
    for event in hiding(kind, name):
        assert WORD in repr(event)
        given = stream(before_of(kind), [event], end=False)
        out = run(guard([WORD], on_match=on_match), given)
        assert WORD not in all_text(out)
        ended = bool(out) and out[-1] == events.Finish("content_filter", "guard")
        follows = on_match in ("stop", "retract") and kind not in (*BESIDE, events.Raw)
        assert ended == follows


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_no_wire_object_leaves(kind: type[Event]) -> None:
    made = msgspec.structs.replace(kind(**NEEDED_ALL.get(kind, {})), raw={"content": WORD})
    out = guard([WORD]).on_event(made, 0.0)
    assert WORD not in repr([*out])
    out = guard(check=lambda text: False).on_event(made, 0.0)
    assert WORD not in repr([*out])


NEEDED_ALL: dict[type[Event], dict[str, Any]] = {
    **NEEDED,
    events.TextDelta: {"text": "t"},
    events.ReasoningDelta: {"text": "t"},
    events.RefusalDelta: {"text": "t"},
    events.ToolInputDelta: {"id": "x", "text": "t"},
    events.ToolInputEnd: {"id": "x"},
    events.Progress: {"state": "waiting"},
    events.Retry: {"attempt": 2, "delay": 0.1, "reason": "OverloadedError"},
}


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_an_event_without_the_word_is_the_same_event(kind: type[Event]) -> None:
    event = kind(**NEEDED_ALL.get(kind, {}))
    made = screen_event(event, look, pass_raw=False) if kind not in STREAMED else event
    assert made is event or (kind in (events.Raw, events.Metadata) and made is None)


class Special(Event, frozen=True, gc=False, tag="special"):
    """An event of a user's own stage."""

    note: str
    more: Any = None


def test_an_event_that_nobody_decided_on_is_looked_through() -> None:
    out = run_alone(Special(f"a {WORD}", {"b": [WORD]}))
    assert out == [Special("a ***", {"b": ["***"]})]


def run_alone(event: Event) -> list[Event]:
    return [*guard([WORD]).on_event(event, 0.0)]


# ---- one by one


def test_log_probabilities_spell_the_text_again() -> None:
    logprobs = {"content": [{"token": "for"}, {"token": "bidden"}]}
    assert run_alone(events.Metadata({"logprobs": logprobs})) == []
    assert run_alone(events.Metadata({"logprobs": logprobs, "a": 1})) == [events.Metadata({"a": 1})]
    kept = guard([WORD], pass_raw=True).on_event(events.Metadata({"logprobs": logprobs}), 0.0)
    assert [*kept] == [events.Metadata({"logprobs": logprobs})]


def test_raw_events_pass_only_if_asked() -> None:
    event = events.Raw(data={"x": 1})
    assert run_alone(event) == []
    assert [*guard([WORD], pass_raw=True).on_event(event, 0.0)] == [event]


def test_what_providers_encrypt_stays_to_the_letter() -> None:
    metadata = {"encrypted_index": f"Eo8{WORD}", "cited_text": WORD}
    (out,) = run_alone(events.Source("s", metadata=metadata))
    assert out == events.Source("s", metadata={"encrypted_index": f"Eo8{WORD}", "cited_text": "***"})
    call = events.ToolCall("c", "t", {}, metadata={"thought_signature": WORD})
    assert run_alone(call) == [call]
    # A tool's own output has no such fields.
    (result,) = run_alone(events.ToolResult("c", {"signature": WORD}))
    assert result == events.ToolResult("c", {"signature": "***"})


def test_times_and_counts_of_providers_are_no_telephone_numbers() -> None:
    event = events.Metadata({"at": 13800138000})
    assert [*guard(pii=True).on_event(event, 0.0)] == [event]
    (result,) = guard(pii=True).on_event(events.ToolResult("c", {"call": 13800138000}), 0.0)
    assert result == events.ToolResult("c", {"call": "***"})


def test_files() -> None:
    picture = events.File("image/png", WORD.encode(), url=f"data:image/png;base64,{WORD}")
    assert run_alone(picture) == [picture]
    assert run_alone(events.File("image/png", url=f"https://a/{WORD}")) == [
        events.File("image/png", url="https://a/***")
    ]
    assert run_alone(events.File("text/csv", WORD.encode())) == [events.File("text/csv", b"***")]
    inline = "data:text/plain;base64," + base64.b64encode(WORD.encode()).decode()
    cleaned = "data:text/plain;base64," + base64.b64encode(b"***").decode()
    assert run_alone(events.File("text/plain", url=inline)) == [events.File("text/plain", url=cleaned)]
    assert run_alone(events.File("text/plain", url="data:text/plain;base64,A")) == [events.File("text/plain")]
    (coded,) = run_alone(events.File("text/plain", url="data:text/plain,%66orbidden%20x"))
    assert coded == events.File("text/plain", url="data:text/plain,%2A%2A%2A%20x")


@dataclass
class City:
    """A typed answer."""

    name: str
    size: int = 0


class Town(msgspec.Struct):
    """Another."""

    name: str


@pytest.mark.parametrize("make", [City, Town, lambda name: {"name": name}, lambda name: [name]])
def test_typed_answers_pass_or_do_not(make: Any) -> None:
    for kind in (events.Element, lambda value: events.Partial(value, complete=True)):
        clean, bad = kind(make("Rome")), kind(make(WORD))
        assert run_alone(clean) == [clean]
        assert run_alone(bad) == []
    assert run_alone(events.Partial(make("Rome"))) == [], "it still grows"


def test_a_call_is_consistent() -> None:
    (out,) = run_alone(events.ToolCall("c", "t", {"a": WORD, "n": 1}, f'{{"a": "{WORD}", "n": 1}}'))
    assert out == events.ToolCall("c", "t", {"a": "***", "n": 1}, '{"a": "***", "n": 1}')
    # The arguments and the input do not say the same: both are looked at.
    (out,) = run_alone(events.ToolCall("c", "t", {"a": WORD}, "{}"))
    assert out == events.ToolCall("c", "t", {"a": "***"}, '{"a": "***"}')
    (out,) = run_alone(events.ToolCall("c", "t", None, f"{{'{WORD}'", error="the arguments are no valid JSON"))
    assert out == events.ToolCall("c", "t", None, "{'***'", error="the arguments are no valid JSON")
    (out,) = run_alone(events.ToolCall("c", "t", {"a": "b\n"}, '{"a": "b\n", "' + WORD + '": 0}'))
    assert out == events.ToolCall("c", "t", {"a": "b\n", "***": 0}, '{"a": "b\n", "***": 0}')


def test_a_number_written_otherwise_is_the_same_number() -> None:
    (out,) = guard(pii=["phone"]).on_event(events.ToolCall("c", "t", {"n": 13800138000.0}, '{"n": 1.3800138e10}'), 0.0)
    assert isinstance(out, events.ToolCall)
    assert out.input == {"n": "***.0"}
    assert "1.38" not in out.arguments


def test_the_table_is_what_the_stage_uses() -> None:
    """The events of a whole stream, with the word in every field at once."""
    given = stream(text_block(WORD), [event for kind, name in TEXT_FIELDS if kind in (events.Source, events.Box)
                                      for event in hiding(kind, name)])  # fmt: skip
    assert WORD not in all_text(run(guard([WORD]), given))


CALLS: list[tuple[dict[str, Any], str, str]] = [
    # A mask makes a word of its neighbour: that is not what came, so it stays.
    ({"words": ["b"], "whole_words": True, "patterns": ["a"]}, '{"t":"ba"}', '{"t":"b***"}'),
    ({"words": ["bad"], "on_match": "drop"}, '{"t":"bbadad"}', '{"t":"***"}'),
    ({"words": ["bad"], "on_match": "drop"}, '{"t":"x bad"}', '{"t":"x "}'),
    ({"pii": ["phone"]}, '{"f":1.3800138e10}', '{"f":"***.0"}'),
    ({"pii": ["phone"]}, '{"f":13800138000e0,"g":1e3}', '{"f":"***e0","g":1e3}'),
    ({"words": ["bad"]}, '{"bad":1,"b\\u0061d ":[2.50,true]}', '{"***":1,"*** ":[2.50,true]}'),
    ({"words": ["bad"]}, '{"n":2.50}', '{"n":2.50}'),
]


@pytest.mark.parametrize(("options", "given", "expected"), CALLS)
def test_a_complete_call_says_what_was_streamed(options: dict[str, Any], given: str, expected: str) -> None:
    call = events.ToolCall("c", "t", json.loads(given), given)
    for parts in ([given], [*given], []):
        deltas: list[Event] = [events.ToolInputDelta(part, "c") for part in parts]
        before: list[Event] = [events.ToolInputStart("c", "t"), *deltas, events.ToolInputEnd("c")]
        out = run(guard(**options), stream([*before, call]))
        shown = "".join(event.text for event in out if isinstance(event, events.ToolInputDelta))
        (made,) = (event for event in out if isinstance(event, events.ToolCall))
        assert shown == (expected if parts else "")
        assert made.arguments == expected
        assert made.input == json.loads(expected)


def test_a_call_that_was_streamed_keeps_its_arguments() -> None:
    """An input that a stage before has changed is looked at, and does not change what was streamed."""
    it = guard([WORD])
    it.on_event(events.ToolInputDelta('{"a":1}', "c"), 0.0)
    (out,) = it.on_event(events.ToolCall("c", "t", {"a": WORD}, '{"a":1}'), 0.0)
    assert out == events.ToolCall("c", "t", {"a": "***"}, '{"a":1}')
    it.on_event(events.ToolInputDelta('{"a":1', "d"), 0.0)
    # The end of its block was missing: what was held goes on before the call.
    held, call = it.on_event(events.ToolCall("d", "t", {"a": 1}, '{"a":1'), 0.0)
    assert (held, call) == (events.ToolInputDelta("1", "d"), events.ToolCall("d", "t", {"a": 1}, '{"a":1'))


def test_what_is_no_json_is_not_decoded() -> None:
    (out,) = run_alone(events.ToolCall("c", "t", {"a": [0, WORD]}, f'{{"a": [NaN, "{WORD}"]}}'))
    assert out == events.ToolCall("c", "t", None, '{"a": [NaN, "***"]}', error="the arguments are no valid JSON")


@pytest.mark.parametrize("on_hit", [True, False])
def test_what_was_streamed_is_told_of_once(on_hit: bool) -> None:
    told: list[tuple[str, str]] = []
    parts = ['{"a": "', WORD, '"}'] if on_hit else []
    whole = f'{{"a": "{WORD}"}}'
    deltas: list[Event] = [events.ToolInputDelta(part, "c") for part in parts]
    call = events.ToolCall("c", "t", {"a": WORD}, whole)
    stage = guard([WORD], on_hit=lambda *about: told.append(about))
    given = [events.ToolInputStart("c", "t"), *deltas, events.ToolInputEnd("c"), call]
    for event in stream(given):
        stage.on_event(event, 0.0)
        for job in stage.jobs():
            job.call()
    assert told == [("words", "tool_input")]
