"""The neutral request as a body of the Responses API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.dialects.responses_cases import (
    CREATED,
    completed,
    decode,
    done,
    events_of,
    item,
    message,
    output_text,
    recorded,
)

from slipstream import dialects
from slipstream.dialects.common import request as r
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.request import Request, Thinking, Tool, Traits
from slipstream.dialects.common.tools import normalise_tools
from slipstream.errors import InvalidRequestError, UnsupportedError
from slipstream.events import Message, ToolError, ToolResult

PNG = "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}


def body(messages: Any = "Hi", **fields: Any) -> dict[str, Any]:
    request = Request(model="m", messages=normalise(messages), **fields)
    found = dialects.get("openai_responses").body(request)
    assert json.loads(json.dumps(found)) == found
    return found


def input_of(*messages: Any, **fields: Any) -> Any:
    return body(list(messages), **fields)["input"]


def said(*texts: str) -> dict[str, Any]:
    """What the assistant said."""
    content = [{"type": "output_text", "text": text} for text in texts]
    return {"type": "message", "role": "assistant", "content": content}


def test_the_least() -> None:
    assert body() == {"model": "m", "input": [{"role": "user", "content": "Hi"}], "stream": True}
    assert body(stream=False)["stream"] is False


def test_the_path_and_the_key() -> None:
    dialect = dialects.get("openai_responses")
    request = Request(model="m", messages=normalise("Hi"))
    assert dialect.path(request) == "responses"
    version = Request(model="m", messages=normalise("Hi"), traits=Traits(version="preview"))
    assert dialect.path(version) == "responses?api-version=preview"
    assert dialect.headers("sk-1", now=0) == {"Authorization": "Bearer sk-1"}
    assert dialect.headers(None, now=0) == {}
    with pytest.raises(InvalidRequestError) as caught:
        dialect.headers("sk-secret\n", now=0)
    assert "secret" not in str(caught.value)


def test_sampling() -> None:
    found = body(temperature=0.5, top_p=0.9, max_tokens=20, n=1)
    assert (found["temperature"], found["top_p"], found["max_output_tokens"]) == (0.5, 0.9, 20)
    assert "n" not in found


@pytest.mark.parametrize(("fields", "words"), [
    ({"stop": ["x"]}, "stop"), ({"seed": 1}, "seed"), ({"n": 2}, "n: 2 answers"),
    ({"thinking": Thinking(budget=5)}, "budget"), ({"response_format": {"type": "xml"}}, "response_format.type"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.schema"),
    ({"tool_choice": "auto"}, "tool_choice: 'auto' without tools"),
    ({"tool_choice": "g", "tools": [Tool("f")]}, "auto, none, required, f"),
])  # fmt: skip
def test_what_cannot_be_said_is_refused_by_name(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        body(**fields)
    assert words in str(caught.value)
    assert isinstance(caught.value, UnsupportedError) == (words in ("stop", "seed"))


# The conversation.


def test_leading_system_messages_are_the_instructions() -> None:
    system, more, user = ({"role": role, "content": role} for role in ("system", "developer", "user"))
    found = body([system, more, user, system])
    assert found["instructions"] == "system\n\ndeveloper"
    assert found["input"] == [{"role": "user", "content": "user"}, {"role": "system", "content": "system"}]
    assert input_of(user, system, traits=Traits(system_role="developer"))[1]["role"] == "developer"
    alone = body([system])
    assert alone["input"] == [{"role": "system", "content": "system"}]
    assert "instructions" not in alone


def test_pictures_by_address_and_by_content() -> None:
    content = [
        {"type": "text", "text": "what?"},
        {"type": "image_url", "image_url": {"url": "https://x/1.png", "detail": "low"}},
        {"type": "image_url", "image_url": PNG},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
    ]
    assert input_of({"role": "user", "content": content}) == [{"role": "user", "content": [
        {"type": "input_text", "text": "what?"},
        {"type": "input_image", "image_url": "https://x/1.png", "detail": "low"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"},
    ]}]  # fmt: skip


def test_content_of_other_forms_goes_by_its_name_here() -> None:
    cached = {"prompt_cache_breakpoint": {"mode": "explicit"}}
    content = [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
        {"type": "text", "text": "a", **cached},
        {"type": "image_url", "image_url": {"url": "https://x/1"}, **cached},
        {"type": "image", "source": {"type": "file", "file_id": "f"}},
    ]
    (found,) = input_of({"role": "user", "content": content})
    assert found["content"] == [
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
        content[1],
        {"type": "input_text", "text": "a", **cached},
        {"type": "input_image", "image_url": "https://x/1", "detail": "auto", **cached},
        content[4],
    ]


def test_a_call_and_its_result_are_items() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
    assert input_of(
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "well", "tool_calls": [call, {**call, "id": "c2"}]},
        {"role": "tool", "tool_call_id": "c2", "content": "two"},
        {"role": "tool", "tool_call_id": "c1", "content": "one"},
    )[1:] == [
        said("well"),
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"x":1}'},
        {"type": "function_call", "call_id": "c2", "name": "f", "arguments": '{"x":1}'},
        {"type": "function_call_output", "call_id": "c2", "output": "two"},
        {"type": "function_call_output", "call_id": "c1", "output": "one"},
    ]  # fmt: skip


def test_calls_of_the_old_form_get_ids() -> None:
    assert input_of(
        {"role": "assistant", "function_call": {"name": "f", "arguments": ""}},
        {"role": "function", "name": "f", "content": "1"},
        {"role": "assistant", "function_call": {"name": "g", "arguments": "{}"}},
        {"role": "function", "name": "g", "content": "2"},
    ) == [
        {"type": "function_call", "call_id": "function_0", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "function_0", "output": "1"},
        {"type": "function_call", "call_id": "function_1", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "function_1", "output": "2"},
    ]  # fmt: skip


def test_a_result_with_pictures() -> None:
    content = [{"type": "text", "text": "see"}, {"type": "image", "source": {"type": "url", "url": "https://x/1"}}]
    result = {"type": "tool_result", "tool_use_id": "c", "content": content}
    assert input_of({"role": "user", "content": [result, {"type": "text", "text": "so?"}]}) == [
        {"type": "function_call_output", "call_id": "c", "output": [
            {"type": "input_text", "text": "see"},
            {"type": "input_image", "image_url": "https://x/1", "detail": "auto"},
        ]},
        {"role": "user", "content": "so?"},
    ]  # fmt: skip


def test_items_of_the_api_itself_pass() -> None:
    approval = {"type": "mcp_approval_response", "approval_request_id": "a", "approve": True}
    compaction = {"type": "compaction", "encrypted_content": "E"}
    asked: list[r.Part] = [r.RawPart(approval), r.TextPart("ok")]
    chat = [r.ChatMessage("assistant", [r.RawPart(compaction)]), r.ChatMessage("user", asked)]
    assert body(chat)["input"] == [compaction, approval, {"role": "user", "content": "ok"}]


def test_what_the_caller_gave_is_never_changed() -> None:
    whole = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}
    chat = [r.ChatMessage("assistant", [r.RawPart(whole), r.TextPart("b"), r.TextPart("c")])]
    assert body(chat)["input"] == [whole, said("b", "c")]
    assert len(whole["content"]) == 1


def test_what_has_no_place_in_an_answer_is_refused() -> None:
    chat = [r.ChatMessage("assistant", [r.TextPart("a"), r.ImagePart(url="https://x/1")])]
    with pytest.raises(InvalidRequestError, match=r"messages\[0\].content\[1\]"):
        body(chat)


# What an answer says goes back as it came.


def test_an_answer_of_this_api_goes_back_item_by_item() -> None:
    thought = {**item("reasoning", "rs"), "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "E"}
    call = item("function_call", "fc", call_id="c", name="f", arguments='{"x":1}', status="completed")
    answer = message(output_text("a"), output_text("b"))
    events = decode(CREATED, done({**thought, "status": "completed"}), done(answer, 1), done(call, 2), completed())
    folded = Message.of([*events, ToolResult("c", {"y": 2}, "f")])
    found = body([{"role": "user", "content": "go"}, folded])
    assert found["input"][1:] == [
        {"type": "reasoning", "summary": thought["summary"], "encrypted_content": "E"},
        said("a", "b"),
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"x":1}'},
        {"type": "function_call_output", "call_id": "c", "output": '{"y":2}'},
    ]
    assert found["include"] == ["reasoning.encrypted_content"]


def test_recorded_thinking_goes_back_whole(corpora: Path) -> None:
    folded = Message.of(events_of(recorded(corpora, 9)))
    first, *_ = body([{"role": "user", "content": "go"}, folded, {"role": "user", "content": "more"}])["input"][1:]
    assert first["type"] == "reasoning"
    assert first["summary"][0]["text"] == folded.reasoning
    assert first["encrypted_content"].startswith("gAAAA")
    assert set(first) == {"type", "summary", "encrypted_content"}


def test_thinking_of_others_stays_where_it_was() -> None:
    details = [{"type": "reasoning.text", "text": "hm"}, "x"]
    parts: list[r.Part] = [
        r.ReasoningPart("hm", signature="S"), r.ReasoningPart(redacted="R"), r.ReasoningPart("hm", details=details),
        r.ReasoningPart(details=[{"type": "reasoning", "id": "rs", "summary": []}]), r.TextPart("a"),
    ]  # fmt: skip
    assert body([r.ChatMessage("assistant", parts)]) == {
        "model": "m", "input": [said("a")], "stream": True,
    }  # fmt: skip


def test_thinking_of_this_api_is_no_signature_for_another(corpora: Path) -> None:
    folded = Message.of(events_of(recorded(corpora, 8)))
    request = Request(
        model="m", messages=normalise([{"role": "user", "content": "go"}, folded, {"role": "user", "content": "x"}])
    )
    assert "gAAAA" not in json.dumps(dialects.get("anthropic").body(request))


OWN: list[tuple[dict[str, Any], dict[str, Any], Any, dict[str, Any]]] = [
    (item("custom_tool_call", call_id="c", name="sql", input="SELECT 1"),
     {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "SELECT 1"},
     "1", {"type": "custom_tool_call_output", "call_id": "c", "output": "1"}),
    (item("shell_call", call_id="c", action={"commands": ["ls"]}),
     {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}, "status": "completed"},
     "a.py", {"type": "shell_call_output", "call_id": "c", "output": [
         {"stdout": "a.py", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]}),
    (item("shell_call", call_id="c", action={"commands": ["ls"]}),
     {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}, "status": "completed"},
     [{"stdout": "x"}], {"type": "shell_call_output", "call_id": "c", "output": [{"stdout": "x"}]}),
    (item("apply_patch_call", call_id="c", operation={"type": "delete_file", "path": "a"}),
     {"type": "apply_patch_call", "call_id": "c", "operation": {"type": "delete_file", "path": "a"},
      "status": "completed"},
     "ok", {"type": "apply_patch_call_output", "call_id": "c", "output": "ok", "status": "completed"}),
    (item("local_shell_call", call_id="c", action={"type": "exec", "command": ["ls"]}),
     {"type": "local_shell_call", "call_id": "c", "action": {"type": "exec", "command": ["ls"]}, "status": "completed"},
     "ok", {"type": "local_shell_call_output", "id": "c", "output": "ok"}),
    (item("computer_call", call_id="c", action={"type": "wait"}, pending_safety_checks=[]),
     {"type": "computer_call", "call_id": "c", "action": {"type": "wait"}, "pending_safety_checks": [],
      "status": "completed"},
     {"type": "computer_screenshot", "image_url": "data:"},
     {"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot", "image_url": "data:"}}),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "call", "result", "output"), OWN)
def test_calls_of_the_api_s_own_go_back_in_their_form(
    wire: dict[str, Any], call: dict[str, Any], result: Any, output: dict[str, Any]
) -> None:
    folded = Message.of([*decode(CREATED, done(wire), completed()), ToolResult("c", result)])
    assert input_of({"role": "user", "content": "go"}, folded)[1:] == [call, output]


def test_a_failed_patch_and_a_screenshot_that_is_none() -> None:
    patch = item("apply_patch_call", call_id="c", operation={"type": "delete_file", "path": "a"})
    folded = Message.of([*decode(CREATED, done(patch), completed()), ToolError("c", "no such file")])
    assert input_of(folded)[1]["status"] == "failed"
    screen = item("computer_call", call_id="c", action={"type": "wait"})
    folded = Message.of([*decode(CREATED, done(screen), completed()), ToolResult("c", "done")])
    with pytest.raises(InvalidRequestError, match="screenshot"):
        input_of(folded)


def test_a_conversation_of_another_provider_goes_on() -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}, "caller": {"type": "direct"}}
    found = input_of(
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "S"}, call]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "1", "is_error": True}],
        },
    )
    assert [entry["type"] for entry in found] == ["function_call", "function_call_output"]


# Thinking.


@pytest.mark.parametrize(("thinking", "reasoning", "included"), [
    (None, None, False),
    (Thinking(), None, False),
    (Thinking(enabled=True), {"effort": "medium"}, True),
    (Thinking(enabled=True, effort="low"), {"effort": "low"}, True),
    (Thinking(enabled=False), {"effort": "none"}, False),
    (Thinking(effort="none"), {"effort": "none"}, False),
    (Thinking(enabled=True, effort="high", extra={"summary": "auto"}), {"effort": "high", "summary": "auto"}, True),
    (Thinking(enabled=True, extra={"type": "adaptive"}), {"effort": "medium"}, True),
])  # fmt: skip
def test_thinking(thinking: Thinking | None, reasoning: Any, included: bool) -> None:
    found = body(thinking=thinking)
    assert found.get("reasoning") == reasoning
    assert ("include" in found) == included


# The form of the answer, and tools.


@pytest.mark.parametrize(("wanted", "found"), [
    ({"type": "json_object"}, {"type": "json_object"}),
    ({"type": "text"}, {"type": "text"}),
    ({"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}},
     {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}),
    ({"type": "json_schema", "json_schema": {"schema": SCHEMA}},
     {"type": "json_schema", "name": "answer", "schema": SCHEMA}),
    ({"type": "json_schema", "name": "n", "schema": SCHEMA}, {"type": "json_schema", "name": "n", "schema": SCHEMA}),
])  # fmt: skip
def test_the_form_of_the_answer(wanted: Any, found: Any) -> None:
    assert body(response_format=wanted)["text"] == {"format": found}


def test_tools_are_flat_and_say_whether_they_are_strict() -> None:
    tools = normalise_tools([
        {"type": "function", "function": {"name": "a", "description": "A", "parameters": SCHEMA}},
        {"type": "function", "name": "b", "parameters": SCHEMA, "strict": True, "defer_loading": True},
        {"name": "c", "input_schema": SCHEMA, "eager": True},
        {"type": "web_search", "search_context_size": "low"},
        {"type": "mcp", "server_label": "wiki", "server_url": "https://x"},
        {"type": "custom", "name": "sql"},
    ])  # fmt: skip
    assert body(tools=tools)["tools"] == [
        {"type": "function", "name": "a", "parameters": SCHEMA, "strict": False, "description": "A"},
        {"type": "function", "name": "b", "parameters": SCHEMA, "strict": True, "defer_loading": True},
        {"type": "function", "name": "c", "parameters": SCHEMA, "strict": False, "eager": True},
        {"type": "web_search", "search_context_size": "low"},
        {"type": "mcp", "server_label": "wiki", "server_url": "https://x"},
        {"type": "custom", "name": "sql"},
    ]


@pytest.mark.parametrize(("choice", "found"), [
    ("auto", "auto"), ("none", "none"), ("required", "required"), ("f", {"type": "function", "name": "f"}),
    ("web_search", {"type": "web_search"}), ("sql", {"type": "custom", "name": "sql"}),
    ("mcp", {"type": "mcp", "server_label": "wiki"}),
])  # fmt: skip
def test_the_choice_of_a_tool(choice: str, found: Any) -> None:
    own = [{"type": "web_search"}, {"type": "custom", "name": "sql"}, {"type": "mcp", "server_label": "wiki"}]
    assert body(tools=[Tool("f"), *normalise_tools(own)], tool_choice=choice)["tool_choice"] == found


def test_no_tools_need_no_choice() -> None:
    assert "tool_choice" not in body(tool_choice="none")


# Extra fields.


def test_extra_fields_are_added_and_win() -> None:
    found = body(
        thinking=Thinking(enabled=True),
        response_format={"type": "json_object"},
        temperature=0.5,
        extra={
            "background": True, "store": True, "temperature": 1, "text": {"verbosity": "low"},
            "reasoning": {"summary": "auto", "effort": "low"}, "include": ["file_search_call.results"],
        },
    )  # fmt: skip
    assert (found["background"], found["store"], found["temperature"]) == (True, True, 1)
    assert found["text"] == {"format": {"type": "json_object"}, "verbosity": "low"}
    assert found["reasoning"] == {"effort": "low", "summary": "auto"}
    assert found["include"] == ["file_search_call.results", "reasoning.encrypted_content"]
