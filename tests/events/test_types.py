"""The event types: their tags, and their way through JSON."""

from __future__ import annotations

import re

import msgspec
import pytest

from slipstream import events as e
from slipstream.events.types import AnyEvent, is_output

SAMPLES: list[e.Event] = [
    e.Start("m", "model", created=5),
    e.TextDelta("héllo 你好", "text-1", 2),
    e.ReasoningEnd("reasoning-0", signature="sig"),
    e.ToolCall("c", "add", {"a": [1, None]}, '{"a":[1,null]}'),
    e.Usage(1, 2, 3, estimated=True),
    e.Box((0.1, 0.2, 0.3, 0.4), label="cat"),
    e.File("image/png", b"\x00\xff"),
    e.Error("no", kind="OverloadedError", retryable=True),
]


@pytest.mark.parametrize("kind", e.EVENT_TYPES)
def test_a_class_is_its_tag_in_camel_case(kind: type[e.Event]) -> None:
    tag = str(kind.__struct_config__.tag)
    assert kind.__name__ == "".join(part.capitalize() for part in tag.split("-"))
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", tag)


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.type)
def test_events_survive_json(event: e.Event) -> None:
    assert msgspec.json.decode(msgspec.json.encode(event), type=AnyEvent) == event


def test_events_are_frozen() -> None:
    with pytest.raises(AttributeError):
        e.TextDelta("x").text = "y"  # type: ignore[misc]


def test_an_empty_piece_is_no_output() -> None:
    assert is_output(e.TextDelta("x"))
    assert not is_output(e.TextDelta(""))
    assert is_output(e.ToolCall("c", "f"))
    assert not is_output(e.Heartbeat())
    assert not is_output(e.TextStart())


def test_usage_answers_to_openai_names() -> None:
    usage = e.Usage(1, 2, 3)
    assert (usage.prompt_tokens, usage.completion_tokens) == (1, 2)
