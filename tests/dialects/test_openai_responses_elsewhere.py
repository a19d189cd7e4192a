"""Bodies of `POST /v1/responses` for providers that speak another API: what becomes of items of this API's own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.made_events import OBJECTS, VALUES

from slipstream import dialects
from slipstream.dialects.common import request as r
from slipstream.dialects.common.reply import Asked
from slipstream.dialects.common.responses_wire.elsewhere import for_others
from slipstream.dialects.common.responses_wire.input_items import OWN_ITEMS
from slipstream.errors import InvalidRequestError

DIALECT = dialects.get("openai_responses")
URL = "https://a.b/c.png"
PICTURE = {"type": "input_image", "image_url": URL, "detail": "auto"}
FUNCTION = {"type": "function", "name": "f", "description": "does", "parameters": {"type": "object"}, "strict": True}
OTHER = {**FUNCTION, "name": "g"}
Body = dict[str, Any]


def plain(*items: Body, **fields: Any) -> Asked:
    return for_others(DIALECT.read({"model": "m", "input": list(items) or "Hi", **fields}))


def told(*items: Body) -> list[tuple[str, list[r.Part]]]:
    return [(message.role, message.parts) for message in plain(*items).request.messages]


def call(name: str, arguments: str, id: str = "c") -> tuple[str, list[r.Part]]:
    return "assistant", [r.ToolCallPart(id, name, arguments)]


# What the client did.


def test_a_local_shells_output_is_a_tools_result() -> None:
    action = {"type": "exec", "command": ["ls"], "env": {}}
    ran = {"type": "local_shell_call", "id": "lsh_1", "call_id": "c", "action": action, "status": "completed"}
    called = call("local_shell", '{"type":"exec","command":["ls"],"env":{}}')
    for named in ({"call_id": "c"}, {"id": "c"}, {"id": "lsh_1"}):
        output = {"type": "local_shell_call_output", "output": "a.txt", **named}
        assert told(ran, output) == [called, ("tool", [r.ToolResultPart("c", "a.txt")])]


def test_a_shells_output_is_a_tools_result() -> None:
    printed = [{"stdout": "a.txt", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]
    assert told(
        {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}, "status": "completed"},
        {"type": "shell_call_output", "call_id": "c", "output": printed},
    ) == [
        call("shell", '{"commands":["ls"]}'),
        ("tool", [r.ToolResultPart(
            "c", '[{"stdout":"a.txt","stderr":"","outcome":{"type":"exit","exit_code":0}}]',
        )]),
    ]  # fmt: skip


@pytest.mark.parametrize(("fields", "output", "failed"), [
    ({"status": "completed"}, "completed", False), ({"status": "failed", "output": "no hunk"}, "no hunk", True),
])  # fmt: skip
def test_a_patchs_output_is_a_tools_result(fields: Body, output: str, failed: bool) -> None:
    operation = {"type": "update_file", "path": "a", "diff": "@@"}
    assert told(
        {"type": "apply_patch_call", "call_id": "c", "operation": operation},
        {"type": "apply_patch_call_output", "call_id": "c", **fields},
    ) == [
        call("apply_patch", '{"type":"update_file","path":"a","diff":"@@"}'),
        ("tool", [r.ToolResultPart("c", output, is_error=failed)]),
    ]


@pytest.mark.parametrize("ids", [{}, {"id": "ctc_1"}])
def test_what_a_custom_tool_got_is_an_object(ids: Body) -> None:
    assert told(
        {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": 'SELECT "1"', **ids},
        {"type": "custom_tool_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "1"}]},
    ) == [call("sql", '{"input":"SELECT \\"1\\""}'), ("tool", [r.ToolResultPart("c", "1")])]


def test_a_screenshot_follows_its_result() -> None:
    seen = {"type": "computer_screenshot", "image_url": URL}
    assert told(
        {"type": "computer_call", "call_id": "c", "action": {"type": "screenshot"}, "pending_safety_checks": []},
        {"type": "computer_call_output", "call_id": "c", "output": seen},
        {"role": "user", "content": "Well?"},
    ) == [
        call("computer", '{"action":{"type":"screenshot"},"pending_safety_checks":[]}'),
        ("tool", [r.ToolResultPart("c", "computer_screenshot")]),
        ("user", [r.ImagePart(url=URL), r.TextPart("Well?")]),
    ]


def test_pictures_stand_behind_the_results_of_all_calls_that_were_made_together() -> None:
    calls = [{"type": "function_call", "call_id": id, "name": "f", "arguments": "{}"} for id in ("a", "b")]
    mixed = [{"type": "input_text", "text": "x"}, PICTURE]
    file = {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}
    found = told(
        *calls,
        {"type": "function_call_output", "call_id": "a", "output": mixed},
        {"type": "function_call_output", "call_id": "b", "output": [file]},
        {"role": "assistant", "content": "I see"},
    )
    assert [role for role, _ in found] == ["assistant", "tool", "tool", "user", "assistant"]
    assert found[1:4] == [
        ("tool", [r.ToolResultPart("a", "x")]), ("tool", [r.ToolResultPart("b", "")]),
        ("user", [r.ImagePart(url=URL), r.FilePart(data="AAAA", media_type="application/pdf", name="a.pdf")]),
    ]  # fmt: skip
    assert told(calls[0], {"type": "function_call_output", "call_id": "a", "output": [PICTURE]})[1:] == [
        ("tool", [r.ToolResultPart("a", "")]), ("user", [r.ImagePart(url=URL)]),
    ]  # fmt: skip


def test_items_that_were_kept_as_they_came_are_read_again() -> None:
    content = [{"type": "output_text", "text": "Yes", "annotations": [{"type": "url_citation"}]},
               {"type": "refusal", "refusal": "no"}]  # fmt: skip
    assert told(
        {"role": "user", "content": "x"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "message", "id": "msg_1", "role": "assistant", "content": content},
        {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{}"},
    )[1][1][1:] == [r.TextPart("Yes"), r.TextPart("no"), r.ToolCallPart("c", "f")]


# What the provider did.


@pytest.mark.parametrize("item", [
    {"type": "mcp_call", "id": "mcp_1", "name": "f", "arguments": "{}", "server_label": "s", "output": "x"},
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
    {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "container_id": "k", "outputs": []},
    {"type": "image_generation_call", "id": "ig_1", "result": "AAAA"},
    {"type": "compaction", "encrypted_content": "e"},
    {"type": "tool_search_output", "execution": "server", "call_id": "c", "tools": []},
], ids=lambda item: str(item["type"]))  # fmt: skip
def test_what_the_provider_did_is_left_out_and_named(item: Body) -> None:
    asked = plain({"role": "user", "content": "x"}, item, truncation="auto")
    assert [message.parts for message in asked.request.messages] == [[r.TextPart("x")]]
    assert list(asked.own) == ["truncation", f"input.{item['type']}"]


def test_a_shell_that_the_provider_ran_is_left_out_whole() -> None:
    asked = plain(
        {"role": "user", "content": "x"},
        {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]},
         "environment": {"type": "container_reference", "container_id": "k"}},
        {"type": "shell_call_output", "call_id": "c", "output": []},
    )  # fmt: skip
    assert len(asked.request.messages) == 1
    assert list(asked.own) == ["input.shell_call", "input.shell_call_output"]


def test_phases_are_forgotten() -> None:
    said = {"type": "message", "role": "assistant", "phase": "commentary", "content": "x"}
    assert told(said) == [("assistant", [r.TextPart("x")])]


# What is refused.


@pytest.mark.parametrize(("fields", "name"), [
    ({"previous_response_id": "resp_1"}, "previous_response_id"), ({"conversation": "conv_1"}, "conversation"),
    ({"prompt": {"id": "p"}}, "prompt"), ({"input": [{"id": "rs_1"}]}, "input.item_reference"),
])  # fmt: skip
def test_what_a_provider_has_kept_is_refused_by_name(fields: Body, name: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        plain(**fields)
    assert caught.value.argument == name
    assert "kept" in caught.value.message


BY_FILE = {"type": "input_file", "file_id": "file-1"}
SHOWN = {"type": "computer_screenshot", "file_id": "file-1"}


@pytest.mark.parametrize(("item", "name"), [
    ({"role": "user", "content": [BY_FILE]}, "input.input_file"),
    ({"role": "user", "content": [{**BY_FILE, "prompt_cache_breakpoint": {}}]}, "input.input_file"),
    ({"role": "user", "content": [{"type": "input_image", "file_id": "file-1"}]}, "input.input_image"),
    ({"type": "function_call_output", "call_id": "c", "output": [BY_FILE]}, "input.input_file"),
    ({"type": "computer_call_output", "call_id": "c", "output": SHOWN}, "input.computer_call_output.output"),
])  # fmt: skip
def test_a_file_that_a_provider_has_is_refused_by_name(item: Body, name: str) -> None:
    with pytest.raises(InvalidRequestError, match="only the provider that has the file knows") as caught:
        plain(item)
    assert caught.value.argument == name


@pytest.mark.parametrize("item", [
    {"type": "mcp_approval_response", "approval_request_id": "a", "approve": True},
    {"type": "additional_tools", "tools": []},
    {"type": "tool_search_output", "execution": "client", "call_id": "c", "tools": []},
    {"type": "shell_call_output", "call_id": "c"}, {"type": "local_shell_call_output", "output": "x"},
    {"type": "computer_call_output", "call_id": "c", "output": "x"}, {"type": "shell_call"},
], ids=lambda item: str(item["type"]))  # fmt: skip
def test_what_the_client_did_and_nobody_else_understands_is_refused_by_name(item: Body) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        plain(item)
    assert str(caught.value.argument).startswith(f"input.{item['type']}")


# Tools.


def test_functions_are_plain_and_its_own_tools_refused() -> None:
    asked = plain(tools=[{**FUNCTION, "defer_loading": True}])
    assert asked.request.tools == [r.Tool("f", "does", {"type": "object"}, strict=True)]
    with pytest.raises(
        InvalidRequestError, match=r"tools\[0\].type: 'web_search' is a tool of the Responses API's own"
    ):
        plain(tools=[{"type": "web_search"}])


@pytest.mark.parametrize("mode", ["auto", "required"])
def test_a_choice_among_some_tools_is_a_choice_among_those_that_are_sent(mode: str) -> None:
    choice = {"type": "allowed_tools", "mode": mode, "tools": [{"type": "function", "name": "g"}]}
    asked = plain(tools=[FUNCTION, OTHER, {"type": "web_search"}], tool_choice=choice)
    assert [tool.name for tool in asked.request.tools] == ["g"]
    assert (asked.request.tool_choice, asked.own) == (mode, {})


def test_a_choice_among_no_tools() -> None:
    asked = plain(tools=[FUNCTION], tool_choice={"type": "allowed_tools", "mode": "auto", "tools": []})
    assert (asked.request.tools, asked.request.tool_choice, asked.own) == ([], None, {})


@pytest.mark.parametrize(("choice", "name"), [
    ({"mode": "odd", "tools": []}, "tool_choice.mode"), ({"mode": "required", "tools": []}, "tool_choice.tools"),
    ({"tools": [{"type": "function", "name": "h"}]}, "tool_choice.tools[0]"), ({}, "tool_choice.tools"),
    ({"tools": [{}]}, "tool_choice.tools[0]"),
])  # fmt: skip
def test_a_choice_that_cannot_be_is_refused_by_name(choice: Body, name: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        plain(tools=[FUNCTION], tool_choice={"type": "allowed_tools", **choice})
    assert caught.value.argument == name


def test_other_choices_stay_named() -> None:
    choice = {"type": "web_search"}
    assert plain(tools=[FUNCTION], tool_choice=choice).own == {"tool_choice": choice}


ITEM = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(OWN_ITEMS))},
    optional={
        "call_id": st.just("c") | VALUES, "id": VALUES, "output": st.just([PICTURE]) | OBJECTS | VALUES,
        "action": OBJECTS | VALUES, "operation": OBJECTS | VALUES, "environment": OBJECTS, "status": VALUES,
        "execution": st.sampled_from(("client", "server")), "arguments": VALUES,
    },
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(ITEM, min_size=1, max_size=4))
def test_any_items_are_made_plain_or_refused_by_name(items: list[Body]) -> None:
    try:
        asked = plain({"role": "user", "content": "x"}, *items)
    except InvalidRequestError as refusal:
        named, parts, left = refusal.argument, [], 0
    else:
        named = "nothing"
        parts = [part for message in asked.request.messages for part in message.parts]
        left = len(asked.own)
    assert named
    assert not any(isinstance(part, r.RawPart) for part in parts)
    assert named != "nothing" or left + len(parts) > 1, "every item is said, named or refused"
