"""Bodies of `POST /v1/responses`, read: what OpenAI's SDK sends, and what is refused by name."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.made_events import OBJECTS, VALUES
from tests.dialects.responses_client import client

from slipstream import dialects
from slipstream.dialects.common import request as r
from slipstream.dialects.common.reply import Asked
from slipstream.dialects.common.responses_wire.elsewhere import for_others
from slipstream.errors import InvalidRequestError
from slipstream.events import Message, types as e

DIALECT = dialects.get("openai_responses")
ANSWER = b'{"id":"r","object":"response","output":[],"created_at":1,"model":"m","status":"completed"}'
PNG = "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"], "additionalProperties": False}
FUNCTION = {"type": "function", "name": "f", "description": "does", "parameters": SCHEMA, "strict": True}
Body = dict[str, Any]


def read(**fields: Any) -> Asked:
    return DIALECT.read({"model": "m", "input": "Hi", **fields})


def parts(*content: Any) -> list[r.Part]:
    return read(input=[{"role": "user", "content": list(content)}]).request.messages[0].parts


def told_by(id: str) -> Message:
    """An answer with this id that thinks, speaks and calls."""
    return Message.of([
        e.Start(id=id, model="m"), e.ReasoningDelta("hm", "r"), e.ReasoningEnd("r"),
        e.TextDelta("Yes", "t"), e.TextEnd("t"), e.ToolCall(id="c", name="f", input={}, arguments="{}"),
        e.Finish("tool_calls"),
    ])  # fmt: skip


def again(asked: Asked) -> Body:
    """The body that asks a provider of the same dialect for the same."""
    return DIALECT.body(msgspec.structs.replace(asked.request, extra=asked.own))


def test_the_least() -> None:
    asked = read()
    assert asked.request == r.Request(model="m", messages=[r.ChatMessage("user", [r.TextPart("Hi")])], stream=False)
    assert (asked.own, asked.reply.options) == ({}, {})


def test_whether_it_streams() -> None:
    assert read(stream=True).request.stream is True
    assert DIALECT.read({"model": "m", "input": "x"}, stream=True).request.stream is True
    assert DIALECT.read({"input": "x"}, model="n").request.model == "n"


def test_settings_have_neutral_names() -> None:
    asked = read(
        instructions="Be kind", temperature=0.5, top_p=1, max_output_tokens=20, tools=[FUNCTION],
        tool_choice="required", reasoning={"effort": "low", "summary": "auto"}, store=None,
        text={"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}, "verbosity": "low"},
    )  # fmt: skip
    request = asked.request
    assert request.messages[0] == r.ChatMessage("system", [r.TextPart("Be kind")])
    assert (request.temperature, request.top_p, request.max_tokens, request.tool_choice) == (0.5, 1, 20, "required")
    assert request.tools == [r.Tool("f", "does", SCHEMA, strict=True)]
    assert request.thinking == r.Thinking(enabled=True, effort="low")
    assert request.response_format == {
        "type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True},
    }  # fmt: skip
    assert asked.own == {"reasoning": {"summary": "auto"}, "text": {"verbosity": "low"}}
    assert asked.reply.options["tools"] == [FUNCTION]


def test_what_has_no_neutral_form_is_kept() -> None:
    own = {
        "store": True, "previous_response_id": "resp_1", "background": False, "metadata": {"a": "b"}, "include": ["x"],
        "truncation": "auto", "parallel_tool_calls": False, "stream_options": {"include_obfuscation": False},
        "service_tier": "flex", "top_logprobs": 3, "of_next_year": [1],
    }  # fmt: skip
    assert read(**own).own == own


def test_thinking_switched_off() -> None:
    assert read(reasoning={"effort": "none"}).request.thinking == r.Thinking(enabled=False, effort="none")
    asked = read(reasoning={"summary": "auto", "effort": None})
    assert (asked.request.thinking, asked.own) == (None, {"reasoning": {"summary": "auto"}})


def test_a_choice_of_a_tool() -> None:
    named = read(tools=[FUNCTION], tool_choice={"type": "function", "name": "f"})
    assert (named.request.tool_choice, named.own) == ("f", {})
    own = {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]}
    kept = read(tools=[FUNCTION], tool_choice=own)
    assert (kept.request.tool_choice, kept.own) == (None, {"tool_choice": own})


def test_hosted_tools_pass_as_they_are() -> None:
    search = {"type": "web_search", "search_context_size": "low"}
    asked = read(tools=[search, FUNCTION])
    assert asked.request.tools[0] == r.Tool("web_search", raw=search)
    assert again(asked)["tools"] == [search, FUNCTION]


# The conversation.


def test_messages_and_their_roles() -> None:
    said = {"type": "output_text", "text": "Yes", "annotations": [], "logprobs": []}
    asked = read(store=False, input=[
        {"role": "developer", "content": "Be kind"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Well?"}]},
        {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [said]},
        {"role": "assistant", "content": "And more"},
        {"role": "user", "content": "Thanks"},
    ])  # fmt: skip
    assert [(one.role, one.parts) for one in asked.request.messages] == [
        ("system", [r.TextPart("Be kind")]), ("user", [r.TextPart("Well?")]),
        ("assistant", [r.TextPart("Yes"), r.TextPart("And more")]), ("user", [r.TextPart("Thanks")]),
    ]  # fmt: skip


def test_what_the_assistant_did_is_one_message() -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}],
               "encrypted_content": "e"}  # fmt: skip
    call = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": '{"x":1}',
            "status": "completed"}  # fmt: skip
    asked = read(store=False, input=[
        {"role": "user", "content": "Hi"}, thought, call,
        {"type": "function_call_output", "call_id": "c1", "output": "20"},
    ])  # fmt: skip
    _, did, result = asked.request.messages
    assert did == r.ChatMessage(
        "assistant", [r.ReasoningPart("hm", details=[thought]), r.ToolCallPart("c1", "f", '{"x":1}')]
    )
    assert result == r.ChatMessage("tool", [r.ToolResultPart("c1", "20")])
    echoed = again(asked)["input"]
    assert echoed[1:] == [
        {"type": "reasoning", "summary": thought["summary"], "encrypted_content": "e"},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"x":1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "20"},
    ]


def test_custom_tools_are_called_with_text() -> None:
    items = [
        {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "SELECT 1"},
        {"type": "custom_tool_call_output", "call_id": "c1", "output": "1"},
    ]
    asked = read(input=items)
    assert asked.request.messages[0].parts == [
        r.ToolCallPart("c1", "sql", '"SELECT 1"', {"type": "custom_tool_call"}),
    ]
    assert again(asked)["input"] == items


def test_thinking_told_twice_goes_back_once() -> None:
    content = [{"type": "reasoning_text", "text": "hm"}]
    told = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "content": content}
    (item, _) = again(read(input=[told, {"role": "user", "content": "x"}]))["input"]
    assert item == {"type": "reasoning", "summary": [], "content": content}


def test_pictures_files_and_sounds() -> None:
    assert parts({"type": "input_image", "image_url": "https://a.b/c.png", "detail": "low"}) == [
        r.ImagePart(url="https://a.b/c.png", detail="low")
    ]
    data = f"data:image/png;base64,{PNG}"
    assert parts({"type": "input_image", "image_url": data, "detail": "auto"}) == [
        r.ImagePart(data=PNG, media_type="image/png")
    ]
    pdf = {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}
    assert parts(pdf) == [r.FilePart(data="AAAA", media_type="application/pdf", name="a.pdf")]
    assert parts({"type": "input_file", "file_id": "file-1"}) == [r.FilePart(id="file-1")]
    assert parts({"type": "input_file", "file_url": "https://a.b/c.pdf"}) == [r.FilePart(url="https://a.b/c.pdf")]
    assert parts({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}) == [
        r.FilePart(data="AAAA", media_type="audio/mpeg")
    ]
    beyond = {"type": "input_image", "file_id": "file-1", "detail": "auto"}
    assert parts(beyond) == [r.RawPart(beyond)]


def test_what_a_tool_returned_may_hold_pictures() -> None:
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"}
    output = {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "x"}, picture]}
    call = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
    asked = read(input=[call, output])
    (part,) = asked.request.messages[1].parts
    assert isinstance(part, r.RawPart)
    assert part.data["type"] == "tool_result"
    assert again(asked)["input"] == [call, output]


ITEMS = [
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
    {"type": "item_reference", "id": "rs_1"}, {"type": "compaction", "encrypted_content": "e"},
    {"type": "mcp_approval_response", "approval_request_id": "a", "approve": True},
    {"type": "message", "role": "assistant", "phase": "commentary", "content": [{"type": "output_text", "text": "x"}]},
    {"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot", "image_url": "u"}},
]  # fmt: skip


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: str(item["type"]))
def test_items_of_its_own_pass_as_they_came(item: Body) -> None:
    asked = read(input=[item, {"role": "user", "content": "x"}])
    assert again(asked)["input"] == [item, {"role": "user", "content": "x"}]


# What the provider may have kept goes back to it as it came.


SAID = {"type": "output_text", "text": "Yes", "annotations": []}
CITED = {**SAID, "annotations": [
    {"type": "url_citation", "url": "https://e.org", "title": "E", "start_index": 0, "end_index": 3},
]}  # fmt: skip
BY_ID: list[Body] = [
    {"type": "reasoning", "id": "rs_1", "summary": []},
    {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [SAID]},
    {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "e"},
    {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{}", "status": "completed"},
    {"type": "function_call_output", "call_id": "c1", "output": "20"},
    {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c2", "name": "sql", "input": "SELECT 1"},
    {"type": "custom_tool_call_output", "call_id": "c2", "output": "1"},
    {"role": "user", "content": "Go on"},
]  # fmt: skip


def test_items_with_the_providers_ids_pass_as_they_came() -> None:
    assert again(read(input=BY_ID))["input"] == BY_ID
    assert again(read(input=BY_ID, store=True))["include"] == ["reasoning.encrypted_content"]


def test_an_id_names_nothing_where_nothing_is_stored() -> None:
    found = again(read(input=BY_ID, store=False))["input"]
    assert [item.get("type", "message") for item in found] == [item.get("type", "message") for item in BY_ID[1:]]
    assert not any("id" in item for item in found)


@pytest.mark.parametrize("base", ["0a1b2c", "chatcmpl-x_y", ""])
def test_ids_of_ours_do_not_go_to_a_provider(base: str) -> None:
    items = [{**item, "id": f"{item['id'].split('_')[0]}_{base}_{n}"} for n, item in enumerate(BY_ID) if "id" in item]
    assert not any("id" in item for item in again(read(input=items))["input"])
    cited = {"type": "message", "id": f"msg_{base}_0", "role": "assistant", "content": [CITED]}
    assert read(input=[cited]).request.messages[0].parts == [r.TextPart("Yes")]


def test_our_own_encoder_gives_ids_that_are_known_for_ours() -> None:
    told = json.loads(DIALECT.encode_body(told_by("resp_0a1b")))
    items = [item for item in told["output"] if "id" in item]
    assert {item["type"] for item in items} == {"reasoning", "message", "function_call"}
    assert not any("id" in item for item in again(read(input=items))["input"])


@pytest.mark.parametrize("content", [
    [{"type": "refusal", "refusal": "no"}], [SAID, {"type": "refusal", "refusal": "no"}], [CITED],
    [{**SAID, "logprobs": [{"token": "Yes", "logprob": -0.1, "bytes": [1], "top_logprobs": []}]}],
])  # fmt: skip
def test_what_is_more_than_text_passes_as_it_came(content: list[Body]) -> None:
    item = {"type": "message", "role": "assistant", "content": content}
    assert again(read(input=[item], store=False))["input"] == [item]


def test_a_refusal_that_a_user_shows_is_text() -> None:
    assert parts({"type": "refusal", "refusal": "no"}) == [r.TextPart("no")]


def test_a_choice_among_some_tools_goes_back_as_it_came() -> None:
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]}
    other = {**FUNCTION, "name": "g"}
    found = again(read(tools=[FUNCTION, other], tool_choice=choice))
    assert (found["tool_choice"], found["tools"]) == (choice, [FUNCTION, other])


def test_a_file_part_must_hold_a_file() -> None:
    messages = [r.ChatMessage("user", [r.FilePart(name="a.pdf")])]
    with pytest.raises(InvalidRequestError, match="without a file"):
        DIALECT.body(r.Request(model="m", messages=messages))


# The official SDK's bodies, there and back.


@pytest.mark.parametrize("fields", [
    {"input": "Hi"},
    {"input": "Hi", "instructions": "Be kind", "temperature": 0.3, "top_p": 0.9, "max_output_tokens": 99},
    {"input": [{"role": "user", "content": [
        {"type": "input_text", "text": "What?"},
        {"type": "input_image", "image_url": "https://a.b/c.png", "detail": "high"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ]}]},
    {"input": "Hi", "tools": [FUNCTION, {"type": "web_search"}], "tool_choice": {"type": "function", "name": "f"}},
    {"input": "Hi", "tools": [FUNCTION], "tool_choice": "none", "parallel_tool_calls": False},
    {"input": "Hi", "tools": [{"type": "custom", "name": "sql"}], "tool_choice": {"type": "custom", "name": "sql"}},
    {"input": "Hi", "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}}},
    {"input": "Hi", "text": {"format": {"type": "json_object"}, "verbosity": "low"}},
    {"input": "Hi", "previous_response_id": "resp_1", "store": True, "background": True, "stream": True},
    {"input": "Hi", "metadata": {"a": "b"}, "user": "u", "truncation": "auto", "service_tier": "flex"},
])  # fmt: skip
def test_a_body_of_the_sdk_asks_for_the_same_again(fields: Body) -> None:
    seen: list[bytes] = []
    client(ANSWER, seen=seen).responses.create(model="m", **fields)
    body = json.loads(seen[0])
    asked = DIALECT.read(body)
    found = again(asked)
    assert spelled_out({**body, "stream": body.get("stream", False)}) == spelled_out(found)


def spelled_out(body: Body) -> Body:
    """A body in which a text is a message, as both ways of saying it mean the same."""
    wire = dict(body)
    if isinstance(wire["input"], str):
        wire["input"] = [{"role": "user", "content": wire["input"]}]
    return wire


def test_reasoning_asks_for_what_must_be_echoed() -> None:
    found = again(read(reasoning={"effort": "high", "summary": "detailed"}))
    assert found["reasoning"] == {"effort": "high", "summary": "detailed"}
    assert found["include"] == ["reasoning.encrypted_content"]


# What is refused.


@pytest.mark.parametrize(("fields", "argument"), [
    ({"input": None}, "input"), ({"input": []}, "input"), ({"input": 3}, "input"), ({"input": ""}, "input"),
    ({"input": [3]}, "input[0]"), ({"input": [{"type": "odd"}]}, "input[0].type"),
    ({"input": [{"role": "odd", "content": "x"}]}, "input[0].role"),
    ({"input": [{"role": "user"}]}, "input[0].content"), ({"input": [{"content": "x"}]}, "input[0].role"),
    ({"input": [{"role": "user", "content": [{"type": "odd"}]}]}, "input[0].content[0].type"),
    ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
    ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input[0].content[0].image_url"),
    ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "input[0].content[0].file_data"),
    ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input[0].call_id"),
    ({"input": [{"type": "function_call", "call_id": "c", "arguments": "{}"}]}, "input[0].name"),
    ({"input": [{"type": "function_call", "call_id": "c", "name": "f"}]}, "input[0].arguments"),
    ({"input": [{"type": "function_call_output", "call_id": "c"}]}, "input[0].output"),
    ({"input": [{"type": "reasoning", "summary": "x"}]}, "input[0].summary"),
    ({"model": None}, "model"), ({"model": 3}, "model"), ({"stream": "yes"}, "stream"),
    ({"temperature": "hot"}, "temperature"), ({"temperature": True}, "temperature"), ({"top_p": -1}, "top_p"),
    ({"max_output_tokens": 0}, "max_output_tokens"), ({"max_output_tokens": 1.5}, "max_output_tokens"),
    ({"tools": "f"}, "tools"), ({"tools": [3]}, "tools[0]"), ({"tools": [{"type": "function"}]}, "tools[0].name"),
    ({"tool_choice": "f"}, "tool_choice"), ({"tool_choice": {}}, "tool_choice.type"),
    ({"tool_choice": {"type": "function", "name": "g"}, "tools": [FUNCTION]}, "tool_choice.name"),
    ({"reasoning": "low"}, "reasoning"), ({"reasoning": {"effort": "odd"}}, "reasoning.effort"),
    ({"text": {"format": {"type": "odd"}}}, "text.format.type"), ({"text": {"format": "json"}}, "text.format"),
    ({"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
    ({"text": {"format": {"type": "json_schema", "schema": {}}}}, "text.format.name"),
    ({"instructions": 3}, "instructions"), ({"store": "yes"}, "store"), ({"metadata": []}, "metadata"),
    ({"include": "x"}, "include"), ({"include": [3]}, "include[0]"), ({"user": 3}, "user"),
    ({"previous_response_id": 3}, "previous_response_id"), ({"top_logprobs": -1}, "top_logprobs"),
])  # fmt: skip
def test_what_is_wrong_is_named(fields: Body, argument: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read(**fields)
    assert caught.value.argument == argument
    assert argument in caught.value.message


def test_a_body_that_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidRequestError):
        DIALECT.read([])  # type: ignore[arg-type]


ITEM = st.sampled_from(ITEMS) | st.fixed_dictionaries(
    {}, optional={
        "type": st.sampled_from(("message", "reasoning", "function_call", "function_call_output", "custom_tool_call")),
        "role": st.sampled_from(("user", "assistant", "odd")), "content": VALUES, "call_id": VALUES, "name": VALUES,
        "arguments": VALUES, "output": VALUES, "summary": VALUES, "id": VALUES, "input": VALUES,
        "encrypted_content": st.just("slipstream:{}") | VALUES,
    },
)  # fmt: skip
BODIES = st.fixed_dictionaries(
    {"model": st.just("m")},
    optional={
        "input": st.lists(ITEM, max_size=3) | VALUES, "tools": st.lists(st.just(FUNCTION) | VALUES, max_size=2),
        "tool_choice": VALUES, "reasoning": OBJECTS, "text": st.fixed_dictionaries({"format": VALUES}) | VALUES,
        "instructions": VALUES, "temperature": VALUES, "stream": VALUES, "include": VALUES, "metadata": VALUES,
    },
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(BODIES | OBJECTS)
def test_any_json_is_read_or_refused_by_name(body: Body) -> None:
    try:
        asked = DIALECT.read(body)
    except InvalidRequestError as refusal:
        named = refusal.argument
    else:
        named = "nothing"
        for written in (again, for_others):
            with suppress(InvalidRequestError):
                written(asked)
    assert named
