"""Usage over the rounds."""

from __future__ import annotations

from tests.tools.looping import answer, said

from slipstream import events as e
from slipstream.events import Message
from slipstream.tools.totals import Totals


def test_each_usage_is_the_total_so_far() -> None:
    totals = Totals()
    assert totals.with_earlier(e.Usage(1, 1, 2)) == e.Usage(1, 1, 2)
    totals.next_round(Message.of([e.Usage(1, 1, 2)]))
    assert totals.with_earlier(e.Usage(5, 0, 5)) == e.Usage(6, 1, 7)
    assert totals.with_earlier(e.Usage(5, 2, 7)) == e.Usage(6, 3, 9)


def test_a_round_that_was_not_counted_is_estimated() -> None:
    totals = Totals()
    totals.next_round(Message.of(answer(said("some words that nobody counted"))))
    found = totals.with_earlier(e.Usage(5, 2, 7))
    assert found.estimated
    assert (found.input_tokens, found.total_tokens) == (5, 7)
    assert found.output_tokens is not None
    assert found.output_tokens > 5
