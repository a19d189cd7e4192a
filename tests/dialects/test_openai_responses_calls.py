"""Calls in the Responses API: functions, the caller's other tools, and those that the provider runs itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.responses_cases import CREATED, Wire, added, completed, decode, done, fold, item, on, text

from slipstream import events as e
from slipstream.events import Message


def function(arguments: str = "", id: str = "fc_1", call_id: str = "call_1", **fields: Any) -> Wire:
    return item("function_call", id, call_id=call_id, name="add", arguments=arguments, **fields)


def arguments(delta: str, item: str = "fc_1", index: int = 0) -> Wire:
    return on("function_call_arguments.delta", item, index, delta=delta)


def test_a_function_call_goes_by_its_call_id() -> None:
    events = decode(
        CREATED,
        added(function()),
        arguments('{"x":'),
        arguments("1"),
        arguments("}"),
        on("function_call_arguments.done", "fc_1", name="add", arguments='{"x":1}'),
        done(function('{"x":1}', status="completed")),
        completed(),
    )
    assert events[2:] == [
        e.ToolInputStart("call_1", "add"),
        e.ToolInputDelta('{"x":', "call_1"),
        e.ToolInputDelta("1", "call_1"),
        e.ToolInputDelta("}", "call_1"),
        e.ToolInputEnd("call_1"),
        e.ToolCall("call_1", "add", {"x": 1}, '{"x":1}'),
        e.StepEnd("tool_calls", "completed"),
        e.Finish("tool_calls", "completed"),
    ]


def test_parallel_calls_interleave_by_item_or_by_index() -> None:
    first, second = function(id="a", call_id="A"), function(id="b", call_id="B")
    for by_id in (True, False):
        events = decode(
            CREATED,
            added(first, 0),
            added(second, 1),
            *(arguments(piece, "a" if by_id else "other", 0) for piece in ('{"x":', "1")),
            *(arguments(piece, "b" if by_id else "another", 1) for piece in ('{"x":', "2")),
            arguments("}", "a" if by_id else "", 0),
            arguments("}", "b" if by_id else "", 1),
            done(function('{"x":1}', "a", "A"), 0),
            done(function('{"x":2}', "b", "B"), 1),
            completed(),
        )
        calls = Message.of(events).tool_calls
        assert [(call.id, call.input, call.index) for call in calls] == [("A", {"x": 1}, 0), ("B", {"x": 2}, 1)]


def test_calls_without_any_index_never_mix() -> None:
    """llama.cpp sends item ids and nothing else."""

    def bare(wire: Wire) -> Wire:
        return {key: value for key, value in wire.items() if key != "output_index"}

    wires = [added(function(id="a", call_id="A")), added(function(id="b", call_id="B"))]
    wires += [arguments(piece, id) for piece in ('{"x":', '"', "y", '"', "}") for id in ("a", "a", "b")]
    wires += [done(function("", "b", "B")), done(function("", "a", "A"))]
    calls = fold(CREATED, *map(bare, wires), completed()).tool_calls
    assert {call.id: call.arguments for call in calls} == {"A": '{"x":{"x":""yy""}}', "B": '{"x":"y"}'}


def test_calls_that_share_an_index_never_mix() -> None:
    """LiteLLM gives every item the index 0."""
    wires = [added(function(id=id, call_id=id.upper())) for id in ("a", "b")]
    wires += [arguments(piece, id) for piece in ('{"x":', "1", "}") for id in ("a", "b", "b")]
    wires += [done(function("", id, id.upper())) for id in ("a", "b")]
    calls = fold(CREATED, *wires, completed()).tool_calls
    assert {call.id: call.arguments for call in calls} == {"A": '{"x":1}', "B": '{"x":{"x":11}}'}


def test_a_call_that_was_not_streamed_comes_whole() -> None:
    for wires in ([done(function('{"x":1}'))], [arguments('{"x":', "fc_1"), done(function('{"x":1}'))]):
        events = decode(CREATED, *wires, completed())
        assert [event for event in events if type(event) is e.ToolInputDelta] == [e.ToolInputDelta('{"x":1}', "call_1")]
        assert Message.of(events).tool_calls[0].input == {"x": 1}
    assert fold(CREATED, completed(function('{"x":1}'))).tool_calls[0].input == {"x": 1}


def test_the_whole_item_wins_over_its_pieces() -> None:
    call = fold(CREATED, added(function()), arguments('{"x":9'), done(function('{"x":1}')), completed()).tool_calls[0]
    assert (call.input, call.arguments) == ({"x": 1}, '{"x":1}')


@pytest.mark.parametrize("status", ["incomplete", "in_progress"])
def test_an_unfinished_call_is_never_given_though_it_parses(status: str) -> None:
    found = fold(CREATED, added(function()), arguments("{}"), done(function("{}", status=status)), completed())
    assert (found.tool_calls, found.finish_reason) == ([], "stop")


def test_an_open_call_is_closed_by_the_end_and_not_given() -> None:
    events = decode(CREATED, added(function()), arguments("{}"), completed())
    assert [event.type for event in events[2:5]] == ["tool-input-start", "tool-input-delta", "tool-input-end"]
    assert Message.of(events).tool_calls == []


def test_arguments_that_are_no_json_say_so() -> None:
    found = fold(CREATED, done(function('{"x":')), completed())
    (call,) = found.tool_calls
    assert call.input is None
    assert "no valid JSON" in str(call.error)
    assert found.finish_reason == "stop"


def test_no_arguments_are_an_empty_object() -> None:
    (call,) = fold(CREATED, added(function()), done(function("")), completed()).tool_calls
    assert (call.arguments, call.input, call.error) == ("{}", {}, None)


def test_ids_are_unique_and_never_missing() -> None:
    wires = [done(function("{}", id)) for id in ("a", "b")]
    wires += [done({"type": "function_call", "name": "f", "arguments": "{}"}, 5), done(item("function_call", "c"), 6)]
    calls = fold(CREATED, *wires, completed()).tool_calls
    assert [call.id for call in calls] == ["call_1", "call_1-2", "call_2", "c"]
    assert calls[3].error == "the call has no name"


def test_what_a_call_wants_back_is_kept() -> None:
    direct = function("{}", "a", "A", caller={"type": "direct"})
    program = function("{}", "b", "B", caller={"type": "program", "caller_id": "p"}, namespace="crm")
    calls = fold(CREATED, done(direct), done(program, 1), completed()).tool_calls
    assert [call.metadata for call in calls] == [
        None, {"namespace": "crm", "caller": {"type": "program", "caller_id": "p"}},
    ]  # fmt: skip


# Input that is plain text on the wire.

PATCH = {"type": "update_file", "path": "a.py", "diff": '@@\n-"x"\n+\\y\n'}
CODE = 'print("hé")\n\tx = {1: "\\n"}\n'
PLAIN: list[tuple[str, str, Wire, str, Any, bool]] = [
    ("custom_tool_call", "custom_tool_call_input", {"call_id": "c", "name": "sql", "input": CODE}, "sql", CODE, False),
    ("code_interpreter_call", "code_interpreter_call_code", {"container_id": "k", "code": CODE}, "code_interpreter",
     {"container_id": "k", "code": CODE}, True),
    ("apply_patch_call", "apply_patch_call_operation_diff", {"call_id": "c", "operation": PATCH}, "apply_patch", PATCH,
     False),
]  # fmt: skip


def plain_of(kind: str, whole: Wire) -> str:
    return str(
        {"custom_tool_call": whole.get("input"), "code_interpreter_call": whole.get("code")}.get(kind) or PATCH["diff"]
    )


@pytest.mark.parametrize(("kind", "family", "fields", "name", "value", "own"), PLAIN)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_plain_text_streams_as_json(
    kind: str, family: str, fields: Wire, name: str, value: Any, own: bool, data: st.DataObject
) -> None:
    plain = plain_of(kind, fields)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(plain)), max_size=5)))
    pieces = [plain[a:b] for a, b in zip([0, *cuts], [*cuts, len(plain)], strict=True)]
    empty = {**fields, "input": "", "code": ""}
    if kind == "apply_patch_call":
        empty["operation"] = {**PATCH, "diff": ""}
    events = decode(
        CREATED,
        added(item(kind, **empty)),
        *(on(f"{family}.delta", delta=piece) for piece in pieces),
        on(f"{family}.done", code=plain, input=plain),
        done(item(kind, status="completed", **fields)),
        completed(),
    )
    (call,) = Message.of(events).tool_calls
    assert (call.name, call.input, call.provider_executed, call.error) == (name, value, own, None)
    assert call.metadata == {"type": kind}
    streamed = "".join(event.text for event in events if isinstance(event, e.ToolInputDelta))
    assert streamed == call.arguments
    assert json.loads(streamed) == value


def test_a_patch_without_a_diff_comes_whole() -> None:
    operation = {"type": "delete_file", "path": "a.py"}
    wire = item("apply_patch_call", call_id="c", operation=operation)
    assert fold(CREATED, added(wire), done(wire), completed()).tool_calls[0].input == operation


SHELL = {"commands": ['echo "a"', "ls"], "timeout_ms": 100}


def shell(**fields: Any) -> list[Wire]:
    empty = item("shell_call", call_id="c", action={"commands": []}, **fields)
    whole = item("shell_call", call_id="c", action={**SHELL, "max_output_length": None}, status="completed", **fields)
    commands = [
        ("added", {"command": "", "command_index": 0}), ("delta", {"delta": 'echo "', "command_index": 0}),
        ("delta", {"delta": 'a"', "command_index": 0}), ("done", {"command": 'echo "a"', "command_index": 0}),
        ("added", {"command": "l", "command_index": 1}), ("delta", {"delta": "s", "command_index": 1}),
        ("done", {"command": "ls", "command_index": 1}),
    ]  # fmt: skip
    events: list[Wire] = [
        {"type": f"response.shell_call_command.{kind}", "output_index": 0, **rest} for kind, rest in commands
    ]
    return [added(empty), *events, done(whole)]


def test_shell_commands_stream_as_a_list() -> None:
    events = decode(CREATED, *shell(), completed())
    found = Message.of(events)
    (call,) = found.tool_calls
    assert (call.name, call.input, call.provider_executed) == ("shell", SHELL, False)
    assert call.arguments == "".join(event.text for event in events if isinstance(event, e.ToolInputDelta))
    assert found.finish_reason == "tool_calls"
    whole = fold(CREATED, shell()[-1], completed())
    assert whole.tool_calls[0].arguments == call.arguments


def test_a_hosted_shell_shows_what_it_prints() -> None:
    output = [{"stdout": "a\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]
    result = item("shell_call_output", "o", call_id="c", output=output, status="completed")
    printed = on("shell_call_output_content.delta", "o", 1, command_index=0, delta={"stdout": "a\n"})
    events = decode(
        CREATED,
        *shell(environment={"type": "container_reference", "container_id": "k"}),
        added(item("shell_call_output", "o", call_id="c", output=[]), 1),
        printed,
        on("shell_call_output_content.done", "o", 1, command_index=0, output=output),
        done(result, 1),
        completed(),
    )
    results = [event for event in events if isinstance(event, e.ToolResult)]
    assert [(one.id, one.name, one.preliminary, one.output) for one in results] == [
        ("c", "shell", True, {"command_index": 0, "delta": {"stdout": "a\n"}}), ("c", "shell", False, output),
    ]  # fmt: skip
    found = Message.of(events)
    assert found.tool_calls[0].provider_executed
    assert found.finish_reason == "stop"


# The provider's own tools.


def test_an_mcp_call_is_known_before_its_result() -> None:
    call = item("mcp_call", name="ask", server_label="wiki", arguments="")
    events = decode(
        CREATED,
        added(call),
        on("mcp_call.in_progress"),
        on("mcp_call_arguments.delta", delta='{"q":'),
        on("mcp_call_arguments.delta", delta="1}"),
        on("mcp_call_arguments.done", arguments='{"q":1}'),
        on("mcp_call.completed"),
        done({**call, "arguments": '{"q":1}', "output": "42"}),
        completed(),
    )
    kinds = [event.type for event in events if not isinstance(event, e.Heartbeat)]
    assert kinds[2:8] == [
        "tool-input-start",
        "tool-input-delta",
        "tool-input-delta",
        "tool-input-end",
        "tool-call",
        "tool-result",
    ]
    assert e.ToolCall(
        "i", "ask", {"q": 1}, '{"q":1}', provider_executed=True, metadata={"type": "mcp_call", "server_label": "wiki"}
    ) in events  # fmt: skip
    assert e.ToolResult("i", "42", "ask", provider_executed=True) in events
    assert events[-1] == e.Finish("stop", "completed")


@pytest.mark.parametrize(("error", "words"), [
    ("broken", "broken"), ({"type": "http_error", "code": 500, "message": "down"}, "down"),
    ({"type": "mcp_tool_execution_error", "content": [1]}, '{"type":"mcp_tool_execution_error","content":[1]}'),
])  # fmt: skip
def test_an_mcp_call_that_failed(error: Any, words: str) -> None:
    found = fold(CREATED, done(item("mcp_call", name="ask", arguments="{}", error=error)), completed())
    assert found.tool_results == [e.ToolError("i", words, "ask", provider_executed=True)]


LOGS = {"type": "logs", "logs": "1"}
OWN: list[tuple[Wire, str, Any, Any]] = [
    (item("web_search_call", status="completed", action={"type": "search", "query": "q", "sources": [{"url": "u"}]}),
     "web_search", {"type": "search", "query": "q"}, {"status": "completed", "sources": [{"url": "u"}]}),
    (item("file_search_call", status="completed", queries=["q"], results=[{"file_id": "f"}]),
     "file_search", {"queries": ["q"]}, {"status": "completed", "results": [{"file_id": "f"}]}),
    (item("code_interpreter_call", status="completed", container_id="k", code="1", outputs=[LOGS]),
     "code_interpreter", {"container_id": "k", "code": "1"},
     {"status": "completed", "outputs": [LOGS]}),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "name", "given_", "output"), OWN)
def test_the_provider_s_tools_are_calls_with_results(wire: Wire, name: str, given_: Any, output: Any) -> None:
    begun = {**wire, "status": "in_progress"}
    found = fold(CREATED, added(begun), on(f"{wire['type']}.in_progress"), done(wire), text("a", "m", 1), completed())
    (call,) = found.tool_calls
    assert (call.id, call.name, call.input, call.provider_executed) == ("i", name, given_, True)
    assert found.tool_results == [e.ToolResult("i", output, name, provider_executed=True)]
    assert found.finish_reason == "stop"


@pytest.mark.parametrize("status", ["failed", "incomplete"])
def test_a_tool_of_the_provider_that_failed(status: str) -> None:
    found = fold(CREATED, done(item("web_search_call", status=status, action={})), completed())
    assert found.tool_results == [e.ToolError("i", status, "web_search", provider_executed=True)]


def test_pictures_of_code_are_files() -> None:
    outputs = [{"type": "image", "url": "https://x/1.png"}]
    wire = item("code_interpreter_call", container_id="k", code="1", outputs=outputs)
    assert fold(CREATED, done(wire), completed()).files == [e.File("image/*", url="https://x/1.png", id="i")]


PICTURES: list[tuple[Wire, str, bytes, str]] = [
    ({"result": base64.b64encode(b"\x89PNG..").decode(), "output_format": "webp"}, "image/webp", b"\x89PNG..", ""),
    ({"result": base64.b64encode(b"\x89PNG..").decode()}, "image/png", b"\x89PNG..", ""),
    ({"result": "data:image/gif;base64," + base64.b64encode(b"GIF89a").decode()}, "image/gif", b"GIF89a", ""),
    ({"result": base64.b64encode(b"<svg/>").decode(), "output_format": "svg"}, "image/svg+xml", b"<svg/>", ""),
    ({"result": "https://x/1"}, "image/*", b"", "https://x/1"),
]


@pytest.mark.parametrize(("fields", "media_type", "content", "url"), PICTURES)
def test_a_picture_is_a_file(fields: Wire, media_type: str, content: bytes, url: str) -> None:
    wire = item("image_generation_call", status="completed", revised_prompt="p", **fields)
    found = fold(CREATED, done(wire), completed())
    assert found.files == [e.File(media_type, content, url, "i")]
    assert found.tool_results == [
        e.ToolResult("i", {"status": "completed", "revised_prompt": "p"}, "image_generation", provider_executed=True)
    ]


def test_a_picture_that_is_no_base64_is_not_lost() -> None:
    wire = item("image_generation_call", result="!")
    assert any(isinstance(event, e.Raw) for event in decode(CREATED, done(wire), completed()))


def test_a_picture_that_was_refused() -> None:
    wire = item("image_generation_call", status="failed", error={"type": "x", "message": "blocked"})
    assert fold(CREATED, done(wire), completed()).tool_results == [
        e.ToolError("i", "blocked", "image_generation", provider_executed=True)
    ]


def test_rough_pictures_are_preliminary() -> None:
    rough = on("image_generation_call.partial_image", partial_image_b64="AA==", partial_image_index=0, size="1x1")
    events = decode(
        CREATED, added(item("image_generation_call")), rough, done(item("image_generation_call", result="AA==")),
        completed(),
    )  # fmt: skip
    output = {"partial_image_b64": "AA==", "partial_image_index": 0, "size": "1x1"}
    assert e.ToolResult("i", output, "image_generation", provider_executed=True, preliminary=True) in events
    assert len(Message.of(events).files) == 1


def test_a_search_for_tools_is_ours_or_theirs() -> None:
    ours = item("tool_search_call", "a", call_id="A", execution="client", arguments={"q": 1})
    theirs = item("tool_search_call", "b", call_id="B", execution="server", arguments={"q": 2})
    found_tools = item("tool_search_output", "o", call_id="B", tools=[{"type": "function"}], status="completed")
    found = fold(CREATED, done(ours, 0), done(theirs, 1), done(found_tools, 2), completed())
    assert [(call.id, call.input, call.provider_executed) for call in found.tool_calls] == [
        ("A", {"q": 1}, False), ("B", {"q": 2}, True),
    ]  # fmt: skip
    assert found.tool_results == [e.ToolResult("B", [{"type": "function"}], "tool_search", provider_executed=True)]


def test_results_as_items_may_fail_or_belong_to_nobody() -> None:
    wires = [
        item("shell_call_output", "o", call_id="x", output=[1]),
        item("mcp_thing_output", "p", status="failed", output="broken"),
    ]
    found = fold(CREATED, *(done(wire, index) for index, wire in enumerate(wires)), completed())
    assert found.tool_results == [
        e.ToolResult("x", [1], "shell", provider_executed=True),
        e.ToolError("p", "broken", "mcp_thing", provider_executed=True),
    ]


def test_the_screen_is_the_caller_s() -> None:
    wire = item("computer_call", call_id="c", action={"type": "click", "x": 1}, pending_safety_checks=[])
    (call,) = fold(CREATED, done(wire), completed()).tool_calls
    assert (call.name, call.provider_executed, call.metadata) == ("computer", False, {"type": "computer_call"})
    assert call.input == {"action": {"type": "click", "x": 1}, "pending_safety_checks": []}


def test_requests_for_approval_are_all_there() -> None:
    asked = [item("mcp_approval_request", id, name="rm", arguments="{}") for id in ("a", "b")]
    found = fold(CREATED, *(done(wire, index) for index, wire in enumerate(asked)), completed())
    assert [one["id"] for one in found.metadata["mcp_approval_request"]] == ["a", "b"]
