"""`guard()`: what it accepts, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard import Guard, GuardRules, guard
from slipstream.flow.stage import Stage, WorkingStage

from .streams import run, stream, text_block, text_of


def check(text: str) -> bool:
    return "bad" in text


def test_it_is_a_stage() -> None:
    stage = guard(["bad"])
    assert isinstance(stage, Guard)
    assert isinstance(stage, Stage)
    assert isinstance(stage, WorkingStage)
    assert stage.wake_at() is None
    assert not stage.busy


@pytest.mark.parametrize(
    "stage",
    [
        guard(["bad"]),
        guard(words=["bad"]),
        guard({"rude": ["bad"]}),
        guard(patterns=["b.d"]),
        guard(GuardRules(["bad"])),
        guard(words=GuardRules(["bad"])),
        guard(check=check),
        guard(["worse"], check=check),
        guard(["bad"], None, None, None, None, "mask"),
    ],
)
def test_what_it_accepts(stage: Guard) -> None:
    assert text_of(run(stage, stream(text_block("bad")))) == "***"


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "nothing to look for"),
    ({"words": []}, "nothing to look for"),
    ({"words": [], "check": check}, "nothing to look for"),
    ({"words": GuardRules(["a"]), "patterns": ["b"]}, "patterns: ready GuardRules"),
    ({"words": GuardRules(["a"]), "pii": True}, "pii"),
    ({"words": GuardRules(["a"]), "max_hold": 5}, "max_hold"),
    ({"words": GuardRules(["a"]), "whole_words": True}, "whole_words"),
    ({"words": ["a"], "mode": "whole"}, "mode"),
    ({"words": ["a"], "check_timeout": 1.0}, "check_timeout"),
    ({"words": ["a"], "on_failure": "open"}, "on_failure"),
    ({"words": ["a"], "on_match": "drop", "mask": "#"}, "mask"),
    ({"words": ["a"], "on_match": "erase"}, "on_match"),
    ({"words": ["a"], "on_hit": 3}, "on_hit"),
    ({"words": ["a"], "seams": "all"}, "seams"),
    ({"words": ["a"], "pass_raw": 1}, "pass_raw"),
    ({"check": "check"}, "check"),
    ({"check": check, "ignore": ["spaces"]}, "nothing to look for"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=lambda value: repr(value)[:50])
def test_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        guard(**arguments)


def test_no_refusal_quotes_a_word() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        guard(["a secret word", ""])
    assert "secret" not in str(caught.value)
