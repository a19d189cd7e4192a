"""What the reader keeps: the message, and a usage even when the provider sent none."""

from __future__ import annotations

import pytest

from slipstream.errors import IllegalEventError
from slipstream.events import Error, Event, Finish, Start, StepStart, TextDelta, TextEnd, TextStart, Usage
from slipstream.run.metrics import Metrics
from slipstream.run.receiver import Receiver

ANSWER: list[Event] = [Start(model="m"), StepStart(), TextStart(), TextDelta("Two cool facts")]


def receiver(*, keep: bool = True) -> Receiver:
    return Receiver(Metrics(), prompt=lambda: "facts, please", keep=keep)


def test_batches_fold_into_the_message_as_they_are_taken() -> None:
    mine = receiver()
    assert mine.take(ANSWER) == ANSWER
    assert mine.message.text == "Two cool facts"
    assert mine.usage is None, "it may still come"


def test_an_estimate_stands_before_the_finish_when_no_usage_came() -> None:
    mine = receiver()
    mine.take(ANSWER)
    *_, usage, finish = mine.take([TextEnd(), Finish()])
    assert isinstance(usage, Usage)
    assert usage.estimated
    assert isinstance(finish, Finish)
    assert (usage.input_tokens or 0) > 0
    assert (usage.output_tokens or 0) >= 3
    assert mine.usage == usage
    assert mine._metrics.output_tokens == usage.output_tokens


@pytest.mark.parametrize("together", [True, False])
def test_the_providers_own_usage_is_never_replaced(together: bool) -> None:
    mine = receiver()
    usage = Usage(1, 2, 3)
    batches: list[list[Event]] = [[usage, Finish()]] if together else [[usage], [Finish()]]
    for batch in batches:
        assert mine.take(batch) == batch
    assert mine.usage == usage
    assert mine._metrics.output_tokens == 2


def test_the_error_is_folded_but_not_handed_out() -> None:
    mine = receiver()
    error = Error("cut", kind="StreamInterruptedError")
    assert mine.take([*ANSWER, error]) == ANSWER
    assert mine.message.error == error
    assert mine.message.finish_reason == "interrupted"
    assert mine.usage is not None
    assert mine.usage.estimated


def test_keep_false_keeps_no_text_but_usage_and_end() -> None:
    mine = receiver(keep=False)
    assert mine.take(ANSWER) == ANSWER
    assert mine.take([Usage(1, 2, 3), Finish()]) == [Usage(1, 2, 3), Finish()]
    assert mine.message.text == ""
    assert mine.message.model == "m"
    assert mine.message.finish_reason == "stop"
    assert mine.usage == Usage(1, 2, 3)


def test_keep_false_counts_tokens_of_nothing_it_threw_away() -> None:
    mine = receiver(keep=False)
    mine.take(ANSWER)
    events = mine.take([Finish()])
    assert events == [Finish()], "an estimate of what was not kept would say 0 tokens"
    assert mine.usage is None


def test_order_is_checked_where_stages_may_have_broken_it() -> None:
    mine = receiver()
    mine.check_order()
    with pytest.raises(IllegalEventError, match="text-delta"):
        mine.take([TextDelta("out of the blue")])
