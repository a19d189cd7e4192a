"""The body that `useChat` sends, read; and what it says, written again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.dialects.made_events import TEXTS, VALUES
from tests.dialects.ui_client import Client

from slipstream import dialects
from slipstream.dialects import Reply
from slipstream.dialects.common import request as r
from slipstream.errors import InvalidRequestError
from slipstream.events import types as e

UI = dialects.get("ui")
PNG = "data:image/png;base64,iVBORw0KGgo="


def user(*parts: dict[str, Any], id: str = "u1") -> dict[str, Any]:
    return {"id": id, "role": "user", "parts": list(parts)}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def answer(*parts: dict[str, Any], id: str = "a1") -> dict[str, Any]:
    return {"id": id, "role": "assistant", "parts": list(parts)}


def call(state: str, **fields: Any) -> dict[str, Any]:
    return {"type": "tool-f", "toolCallId": "c", "state": state, "input": {"a": 1}, **fields}


def ask(*messages: dict[str, Any], **fields: Any) -> r.Request:
    return UI.read({"id": "chat-1", "messages": list(messages), **fields}).request


def test_a_body_of_the_default_transport() -> None:
    body = {
        "id": "chat-1", "trigger": "submit-message", "messageId": None,
        "messages": [
            {"id": "s", "role": "system", "parts": [text("Be "), text("brief")]},
            user(
                text("What is this?"), {"type": "file", "mediaType": "image/png", "url": PNG},
                {"type": "file", "mediaType": "application/pdf", "url": "https://a.b/c.pdf", "filename": "c.pdf"},
                {"type": "data-hint", "data": 1},
            ),
        ],
        "model": "glm-4.7", "temperature": 0.5, "maxOutputTokens": 9, "stop": "x", "thinking": True, "theme": "dark",
    }  # fmt: skip
    asked = UI.read(body)
    assert asked.chat == "chat-1"
    assert asked.own == {"theme": "dark"}
    assert asked.reply == Reply()
    assert asked.request == r.Request(
        model="glm-4.7",
        messages=[
            r.ChatMessage("system", [r.TextPart("Be brief")]),
            r.ChatMessage(
                "user",
                [
                    r.TextPart("What is this?"),
                    r.ImagePart(data="iVBORw0KGgo=", media_type="image/png"),
                    r.FilePart(url="https://a.b/c.pdf", media_type="application/pdf", name="c.pdf"),
                ],
            ),
        ],
        temperature=0.5,
        max_tokens=9,
        stop=["x"],
        thinking=r.Thinking(enabled=True),
    )


def test_steps_are_turns() -> None:
    reasoning = {"type": "reasoning", "text": "hm", "providerMetadata": {"anthropic": {"signature": "s"}}}
    message = answer(
        {"type": "step-start"}, reasoning, call("output-available", output={"t": 1}), {"type": "step-start"},
        text("done"), {"type": "source-url", "sourceId": "1", "url": "https://a.b"},
    )  # fmt: skip
    assert ask(user(text("?")), message, user(text("!"))).messages[1:-1] == [
        r.ChatMessage("assistant", [r.ReasoningPart("hm", signature="s"), r.ToolCallPart("c", "f", '{"a":1}')]),
        r.ChatMessage("tool", [r.ToolResultPart("c", '{"t":1}', name="f")]),
        r.ChatMessage("assistant", [r.TextPart("done")]),
    ]


@pytest.mark.parametrize(
    ("part", "output", "failed"),
    [
        (call("output-available", output="plain"), "plain", False),
        (call("output-available", output=None), "null", False),
        (call("output-error", errorText="boom"), "boom", True),
        (call("output-denied"), "The user denied this call.", True),
        (call("approval-responded", approval={"id": "x", "approved": False, "reason": "no"}),
         "The user denied this call. no", True),
        (call("output-denied", approval={"id": "x", "approved": False, "reason": "no"}),
         "The user denied this call. no", True),
        (call("input-available"), "There is no result: the call was not answered.", True),
        (call("approval-requested", approval={"id": "x"}), "There is no result: the call was not answered.", True),
        (call("output-available", output=1, preliminary=True), "There is no result: the call was not answered.", True),
    ],
)  # fmt: skip
def test_calls_in_their_states(part: dict[str, Any], output: str, failed: bool) -> None:
    for wire in (part, {**part, "type": "dynamic-tool", "toolName": "f"}):
        said, result = ask(user(text("?")), answer(wire)).messages[1:]
        assert said.parts == [r.ToolCallPart("c", "f", '{"a":1}')]
        assert result.parts == [r.ToolResultPart("c", output, name="f", is_error=failed)]


def test_calls_that_nobody_needs() -> None:
    own = call("output-available", output=1, providerExecuted=True)
    assert len(ask(user(text("?")), answer(call("input-streaming"), own)).messages) == 1


def test_arguments_that_were_no_json() -> None:
    part = {**call("output-error", errorText="no JSON", rawInput="{a"), "input": None}
    assert ask(user(text("?")), answer(part)).messages[1].parts == [r.ToolCallPart("c", "f", "{a")]


def test_what_a_new_beginning_made_void() -> None:
    void = [text("old"), {"type": "data-restart", "data": {"type": "restart"}}, {"type": "step-start"}, text("new")]
    assert ask(user(text("?")), answer(*void)).messages[1:] == [r.ChatMessage("assistant", [r.TextPart("new")])]


def test_a_file_of_the_models_own_without_content_is_left_out() -> None:
    files = [
        {"type": "file", "mediaType": "a/b", "url": url} for url in ("data:a/b;base64,", "blob:x", "data:x;base64,?")
    ]
    kept = {"type": "file", "mediaType": "image/png", "url": PNG}
    assert ask(user(text("?")), answer(*files, kept)).messages[1].parts == [
        r.ImagePart(data="iVBORw0KGgo=", media_type="image/png")
    ]


def test_a_user_who_speaks_between_two_steps() -> None:
    steering = {"type": "steering-message", "parts": [text("faster")]}
    roles = [message.role for message in ask(user(text("?")), answer(text("a"), steering, text("b"))).messages]
    assert roles == ["user", "assistant", "user", "assistant"]


@pytest.mark.parametrize(
    ("id", "left"), [("a1", ["?"]), ("u1", ["?"]), (None, ["?"]), ("cut-already", ["?", "old"]), ("a2", ["?", "old"])]
)
def test_an_answer_that_is_made_anew(id: str | None, left: list[str]) -> None:
    messages = [user(text("?")), answer(text("old"))]
    asked = ask(*messages, trigger="regenerate-message", messageId=id)
    assert ["".join(part.text for part in m.parts if isinstance(part, r.TextPart)) for m in asked.messages] == left


def test_an_answer_that_goes_on_keeps_its_id() -> None:
    body = {"id": "c", "messages": [user(text("?")), answer(call("output-available", output=1))]}
    asked = UI.read(body)
    client = Client()
    client.feed(UI.encoder(asked.reply).feed(e.Start(id="chatcmpl-9")))
    assert client.id == "a1"


def test_thinking_comes_back_as_it_went_out() -> None:
    encoder = UI.encoder()
    client = Client()
    end = e.ReasoningEnd(signature="sig", details=[{"type": "x"}])
    thought = [e.ReasoningStart(), e.ReasoningDelta("hm"), end]
    tool = [e.ToolCall(id="c", name="f", input={}, metadata={"thought_signature": "t"}), e.ToolResult(id="c", output=1)]
    secret = [e.ReasoningStart(id="r2"), e.ReasoningEnd(id="r2", redacted="xyz")]
    for event in [e.Start(id="m"), e.StepStart(), *thought, *secret, *tool, e.StepEnd(), e.Finish()]:
        client.feed(encoder.feed(event))
    assert ask(user(text("?")), client.message()).messages[1].parts == [
        r.ReasoningPart("hm", signature="sig", details=[{"type": "x"}]),
        r.ReasoningPart(redacted="xyz"),
        r.ToolCallPart("c", "f", "{}", {"thought_signature": "t"}),
    ]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": [1]}, "messages[0]"),
        ({"messages": [{"role": "robot", "parts": []}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].parts"),
        ({"messages": [user({"text": "x"})]}, "messages[0].parts[0].type"),
        ({"messages": [user({"type": "text", "text": 1})]}, "messages[0].parts[0].text"),
        ({"messages": [user({"type": "file", "url": PNG})]}, "messages[0].parts[0].mediaType"),
        ({"messages": [user({"type": "file", "mediaType": "a/b", "url": "ftp://x"})]}, "messages[0].parts[0].url"),
        ({"messages": [answer({"type": "tool-f", "toolCallId": "c"})]}, "messages[0].parts[0].state"),
        ({"messages": [answer({**call("input-available"), "toolCallId": ""})]}, "messages[0].parts[0].toolCallId"),
        ({"messages": [answer(call("output-error"))]}, "messages[0].parts[0].errorText"),
        ({"messages": [answer()]}, "messages"),
        ({"messages": [user(text("x"))], "trigger": "later"}, "trigger"),
        ({"messages": [user(text("x"))], "id": 7}, "id"),
        ({"messages": [user(text("x"))], "temperature": "hot"}, "temperature"),
        ({"messages": [user(text("x"))], "max_tokens": 0}, "max_tokens"),
        ({"messages": [user(text("x"))], "stop": [1]}, "stop[0]"),
        ({"messages": [user(text("x"))], "stream": "yes"}, "stream"),
        ({"messages": [answer(text("x"))], "trigger": "regenerate-message", "messageId": "a1"}, "messageId"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        UI.read(body)
    assert caught.value.argument == where
    assert str(caught.value).startswith(f"{where}: ")


KEYS = ("type", "text", "role", "parts", "url", "mediaType", "toolCallId", "state", "input", "output", "approval")
WIRES = st.recursive(
    VALUES | TEXTS | st.sampled_from(["text", "file", "tool-f", "dynamic-tool", "output-available", "assistant", PNG]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["id", "messages", "trigger", "messageId", "model", "tools", "thinking"]), WIRES)
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_hostile_bodies_are_refused_by_name(body: dict[str, Any]) -> None:
    argument = "none"
    try:
        UI.read(body)
    except InvalidRequestError as error:
        argument = error.argument or ""
    assert argument


ROLES = st.sampled_from(["user", "assistant"])
PARTS = (
    st.builds(text, st.text(max_size=3))
    | st.just({"type": "step-start"})
    | st.builds(lambda value: {"type": "reasoning", "text": value}, TEXTS)
    | st.builds(lambda output: call("output-available", output=output), VALUES)
    | st.just({"type": "file", "mediaType": "image/png", "url": PNG})
)


@given(st.lists(st.builds(lambda role, parts: {"role": role, "parts": parts}, ROLES, st.lists(PARTS, max_size=5))))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_read_can_be_written_and_read_again(messages: list[dict[str, Any]]) -> None:
    try:
        request = UI.read({"id": "c", "messages": messages}).request
    except InvalidRequestError:
        return
    assert UI.read(UI.body(request)).request == request


def test_all_settings_are_written_and_read_again() -> None:
    request = r.Request(
        model="m", messages=[r.ChatMessage("user", [r.TextPart("x")])], temperature=0.1, top_p=0.2, max_tokens=3,
        stop=["a"], seed=4, tools=[r.Tool("f", "does", {"type": "object", "properties": {}}, strict=True)],
        tool_choice="f", thinking=r.Thinking(enabled=True, effort="high", budget=2000), stream=False,
        response_format={"type": "json_object"},
    )  # fmt: skip
    assert UI.read(UI.body(request)).request == request
    assert UI.path(request) == "chat"
    assert UI.headers("k", now=0) == {"Authorization": "Bearer k"}
    assert UI.headers(None, now=0) == {}


@pytest.mark.parametrize(
    ("messages", "where"),
    [
        ([r.ChatMessage("user", [r.RawPart({})])], "messages[0].parts[0]"),
        ([r.ChatMessage("user", [r.FilePart(id="file-1")])], "messages[0].parts[0]"),
        ([r.ChatMessage("tool", [r.ToolResultPart("c", "x")])], "messages[0].parts[0]"),
    ],
)
def test_what_cannot_be_written_is_named(messages: list[r.ChatMessage], where: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        UI.body(r.Request(model="m", messages=messages))
    assert caught.value.argument == where
