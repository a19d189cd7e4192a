"""Ends that this shape has no word for, and what stands behind them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dialects.chat_strict import payloads, strict
from tests.dialects.chat_told import told
from tests.dialects.chat_wire import DONE

from slipstream import dialects, events as e
from slipstream.events import Message


@pytest.mark.parametrize("dialect", ["openai_chat", "zhipu"])
@pytest.mark.parametrize(("reason", "raw"), [("zzz", None), ("zzz", "own word"), ("other", "own word")])
def test_an_end_that_nobody_knows_is_a_stop_and_a_comment(dialect: str, reason: Any, raw: str | None) -> None:
    body = told([e.StepStart(), e.TextDelta("a"), e.StepEnd(reason, raw), e.Finish(reason, raw)], dialect=dialect)
    assert json.loads(payloads(body)[2])["choices"][0]["finish_reason"] == "stop"
    (comment,) = [frame for frame in body.split(b"\n\n") if frame.startswith(b": slipstream finish ")]
    assert (raw or reason).encode() in comment
    assert body.endswith(DONE)
    whole = dialects.get(dialect).encode_body(Message.of([e.TextDelta("a"), e.Finish(reason, raw)]))
    assert json.loads(whole)["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(("reason", "raw"), [("stop", "end_turn"), ("other", None), ("other", "stop")])
def test_an_end_that_says_all_has_no_comment(reason: Any, raw: str | None) -> None:
    encoder = dialects.get("openai_chat").encoder()
    assert b": slipstream" not in encoder.feed(e.Finish(reason, raw))
    assert encoder.carried == {}


def test_what_ends_a_broken_answer_stands_on_one_line() -> None:
    """Clients that cut lines as Unicode does would cut the model's name."""
    strict(told([e.Start(model="a\u2028b"), e.StepStart(), e.Usage(input_tokens=1)]))
