"""What `limit`, `stop_on` and `detect_loop` share: order, choices, calls and the legal end."""

from __future__ import annotations

from hypothesis import given, strategies as st
from tests.flow.made import text_of

from slipstream import flow
from slipstream.events import (
    Event,
    Finish,
    Heartbeat,
    Order,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputEnd,
    ToolInputStart,
    Usage,
)
from slipstream.flow.stopping import ChoiceEnding, StoppingStage


class AtBang:
    """Holds the last character, and has had enough at `!`."""

    def __init__(self) -> None:
        self.held = ""
        self.over = False

    def feed(self, text: str) -> str:
        text = self.held + text
        if "!" in text:
            self.over = True
            self.held = ""
            return text[: text.index("!")]
        self.held = text[-1:]
        return text[:-1]

    def release(self) -> str:
        held, self.held = self.held, ""
        return held


def stage(*, by_choice: bool = False, spares_calls: bool = True) -> StoppingStage:
    return StoppingStage(AtBang, (TextDelta,), "other", "bang", by_choice=by_choice, spares_calls=spares_calls)


def test_an_ending_closes_one_choice_of_several() -> None:
    ending = ChoiceEnding()
    for event in (Start(), StepStart(0), StepStart(1), TextStart("a"), TextStart("b", choice=1)):
        ending.observe(event)
    assert ending.open_steps == {0, 1}
    assert ending.close_choice(0, "other", "x") == [TextEnd("a"), StepEnd("other", "x", 0)]
    assert ending.open_steps == {1}
    assert ending.close("stop") == [TextEnd("b", 1), StepEnd("stop", None, 1), Finish("stop")]


def test_a_call_is_spared_or_not() -> None:
    events: list[Event] = [
        Start(), StepStart(), ToolInputStart("c", "f"), TextStart(), TextDelta("a!b"), TextEnd(), ToolInputEnd("c"),
        ToolCall("c", "f"),
    ]  # fmt: skip
    spared = flow.apply(stage(), events)
    assert [event.type for event in spared[-3:]] == ["tool-call", "step-end", "finish"]
    ended = flow.apply(stage(spares_calls=False), events)
    assert ToolCall("c", "f") not in ended
    Order().check_all(spared)
    Order().check_all(ended)


def test_what_says_nothing_about_the_place_does_not_let_go_what_is_held() -> None:
    made = stage()
    assert list(made.on_event(TextDelta("ab"), 0)) == [TextDelta("a")]
    for event in (Heartbeat(), Usage(1, 2), StepEnd(choice=1)):
        assert list(made.on_event(event, 0)) == [event]
    assert list(made.on_event(StepEnd(choice=0), 0)) == [TextDelta("b"), StepEnd(choice=0)]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.text("ab!", max_size=4)), max_size=30), st.booleans()
)
def test_choices_and_blocks_in_any_turn(pieces: list[tuple[int, int, str]], by_choice: bool) -> None:
    start: list[Event] = [Start()]
    end: list[Event] = []
    for choice in range(3):
        blocks = [f"c{choice}:{block}" for block in range(2)]
        start += [StepStart(choice), *(TextStart(block, choice=choice) for block in blocks)]
        end += [*(TextEnd(block, choice) for block in blocks), StepEnd(choice=choice)]
    deltas: list[Event] = [TextDelta(text, f"c{choice}:{block}", choice) for choice, block, text in pieces]
    out = flow.apply(stage(by_choice=by_choice), [*start, *deltas, *end, Finish()])
    Order().check_all(out)
    over: set[int] = set()
    expected = dict.fromkeys(range(3), "")
    for choice, _, text in pieces:
        if choice not in over:
            expected[choice] += text.split("!")[0]
            over |= {choice} if "!" in text else set()
    for choice in range(3):
        assert sorted(text_of(out, choice=choice)) == sorted(expected[choice])
    assert (out[-1] == Finish("other", "bang")) == (over == {0, 1, 2})
