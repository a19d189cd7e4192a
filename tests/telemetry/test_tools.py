"""A span for each tool that was run, below the span of its stream."""

from __future__ import annotations

import time
from collections.abc import Callable

from opentelemetry import trace
from opentelemetry.trace import StatusCode
from tests.client import answers
from tests.replay_server import ReplayServer
from tests.telemetry.conftest import Told

from slipstream import Client
from slipstream.events import (
    Event,
    Finish,
    Order,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    ToolCall,
    ToolError,
    ToolResult,
)
from slipstream.telemetry.tools import Outcome, ToolTimes


def stage() -> tuple[ToolTimes, list[tuple[ToolCall, Outcome, int, int]]]:
    seen: list[tuple[ToolCall, Outcome, int, int]] = []
    return ToolTimes(lambda *told: seen.append(told)), seen


def test_a_call_runs_from_the_end_of_its_round_to_its_result() -> None:
    times, seen = stage()
    call, result = ToolCall("a", "find"), ToolResult("a", 7)
    passed: list[Event] = [Start(), StepStart(), TextDelta("x"), call, StepEnd("tool_calls")]
    for event in passed:
        assert times.on_event(event, 0.0) == (event,)
    ended = time.time_ns()
    for event in (ToolResult("a", "half", preliminary=True), result, ToolError("a", "late"), Finish()):
        assert times.on_event(event, 0.0) == (event,)
    ((told, outcome, began, end),) = seen
    assert (told, outcome) == (call, result)
    assert began <= ended <= end
    assert (times.wake_at(), times.on_wake(0.0), times.on_end(0.0)) == (None, (), ())


def test_what_is_told_again_after_a_restart_was_not_run_again() -> None:
    times, seen = stage()
    round = [StepStart(), ToolCall("a", "find"), StepEnd("tool_calls"), ToolResult("a", 7)]
    for event in [Start(), *round, Restart(), Start(), *round, Finish()]:
        times.on_event(event, 0.0)
    assert len(seen) == 1


def test_what_the_provider_runs_begins_with_its_call() -> None:
    times, seen = stage()
    for event in (ToolCall("a", "search", provider_executed=True), StepEnd(), ToolResult("a", 1)):
        times.on_event(event, 0.0)
    ((call, _, began, _),) = seen
    assert call.provider_executed
    assert began <= time.time_ns()


def serve_a_call(server: ReplayServer) -> None:
    server.serve(
        body=b"".join(
            [
                answers.frame({"role": "assistant", "content": None}),
                answers.frame(answers.call(0, "find", '{"what": "canary"}', "call_a")),
                answers.frame(answers.call(1, "fail", "{}", "call_b")),
                answers.frame({}, "tool_calls"),
                answers.DONE,
            ]
        )
    ).serve(body=answers.TEXT)


def tools(told: Told) -> list[Callable[..., object]]:
    def find(what: str) -> str:
        """Find it."""
        with told.provider.get_tracer("mine").start_as_current_span("inside"):
            return f"found {what} below {trace.get_current_span().get_span_context().trace_id}"

    def fail() -> None:
        """Fail."""
        raise ZeroDivisionError("canary")

    return [find, fail]


def test_tools_that_are_run(server: ReplayServer, client: Client, told: Told) -> None:
    serve_a_call(server)
    options = {"tools": tools(told)}
    stream = client.stream("hi", tools=options["tools"])
    told.telemetry().watch(stream, model="m-1", options=options).until_done()
    spans = {span.name: span for span in told.spans}
    chat, find, fail = (spans[name] for name in ("chat m-1", "execute_tool find", "execute_tool fail"))
    for span in (find, fail, spans["inside"]):
        assert chat.context is not None
        assert span.parent is not None
        assert span.parent.span_id == chat.context.span_id
    assert dict(find.attributes or {}) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "find",
        "gen_ai.tool.call.id": "call_a",
        "gen_ai.tool.type": "function",
    }
    assert (fail.attributes or {})["error.type"] == "tool_error"
    assert fail.status.status_code is StatusCode.ERROR
    assert find.start_time is not None
    assert find.end_time is not None
    assert find.start_time <= find.end_time
    assert "canary" not in told.everything


def test_arguments_and_results_when_they_are_asked_for(server: ReplayServer, client: Client, told: Told) -> None:
    serve_a_call(server)
    options = {"tools": tools(told)}
    stream = client.stream("hi", tools=options["tools"])
    told.telemetry(content=True).watch(stream, model="m-1", options=options).until_done()
    known = next(span.attributes or {} for span in told.spans if span.name == "execute_tool find")
    assert known["gen_ai.tool.call.arguments"] == '{"what":"canary"}'
    assert str(known["gen_ai.tool.call.result"]).startswith('"found canary')


def test_the_stage_keeps_the_order_legal() -> None:
    times, _ = stage()
    events: list[Event] = [Start(), StepStart(), ToolCall("a", "f"), StepEnd("tool_calls"), Finish("tool_calls")]
    Order().check_all([out for event in events for out in times.on_event(event, 0.0)])
