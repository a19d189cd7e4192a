"""A finished round, told again."""

from __future__ import annotations

from tests.tools.looping import answer, call, said

from slipstream import events as e
from slipstream.events import Event, Message, Order
from slipstream.tools.replay import replay


def test_a_replay_folds_to_the_same_message() -> None:
    thought: list[Event] = [e.ReasoningStart("r"), e.ReasoningDelta("hm", "r"), e.ReasoningEnd("r", "sig")]
    cited: list[Event] = [e.Source("s", "http://x", block="text-0"), e.File("image/png", b"x"), e.Box((0, 0, 1, 1))]
    results: list[Event] = [e.ToolResult("c", 1, "f"), e.ToolError("d", "no", "f")]
    given = [*answer(thought, said("text"), cited, call("c", "f", {}), call("d", "f", {}))[:-1], *results, e.Finish()]
    message = Message.of(given)
    again = [e.Start(), *replay(message, {"c": "c-9", "text-0": "text-7"}), e.Finish()]
    Order().check_all(again)
    twin = Message.of(again)
    assert (twin.text, twin.reasoning, twin.blocks[0].signature) == ("text", "hm", "sig")
    assert [block.id for block in twin.blocks] == ["r", "text-7", "c-9", "d"]
    assert [result.id for result in twin.tool_results] == ["c-9", "d"]
    assert (twin.files, twin.boxes, twin.sources[0].block) == (message.files, message.boxes, "text-7")
    assert twin.choices[0].step_ends == message.choices[0].step_ends
