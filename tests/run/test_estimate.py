"""Tokens counted by us when the provider did not."""

from __future__ import annotations

import pytest

from slipstream.events import Finish, Message, ReasoningDelta, RefusalDelta, TextDelta, ToolInputDelta
from slipstream.flow.tokens import by_length
from slipstream.run.estimate import counter, estimate

ENGLISH = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all. "
CHINESE = "章鱼有三颗心脏，血液是蓝色的，因为里面含有铜而不是铁。"


@pytest.mark.parametrize(("text", "least", "most"), [("", 0, 0), (ENGLISH, 15, 25), (CHINESE, 15, 30)])
def test_a_length_makes_a_fair_guess(text: str, least: int, most: int) -> None:
    assert least <= by_length(text) <= most


def test_a_text_of_one_letter_is_a_token() -> None:
    assert by_length("a") == 1


def test_the_tokenizer_counts_exactly_where_it_is_installed() -> None:
    pytest.importorskip("bpe_openai", reason="slipstream[tokens] is not installed")
    assert counter()("hello world") == 2


def test_the_whole_answer_is_counted() -> None:
    message = Message.of(
        [
            ReasoningDelta(ENGLISH),
            TextDelta(ENGLISH),
            RefusalDelta("no"),
            ToolInputDelta('{"city": "Paris"}', id="c"),
            TextDelta(ENGLISH, choice=1),
            Finish(),
        ]
    )
    count = counter()
    usage = estimate(CHINESE, message)
    assert usage.estimated
    assert usage.input_tokens == count(CHINESE)
    assert usage.reasoning_tokens == count(ENGLISH)
    assert usage.output_tokens == 3 * count(ENGLISH) + count("no") + count('{"city": "Paris"}')
    assert usage.total_tokens == (usage.input_tokens or 0) + (usage.output_tokens or 0)
