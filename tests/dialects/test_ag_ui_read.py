"""`RunAgentInput`, read; and what it says, written again."""

from __future__ import annotations

from typing import Any

import pytest
from ag_ui.core import RunAgentInput
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.dialects.made_events import TEXTS, VALUES

from slipstream import dialects
from slipstream.dialects import Reply
from slipstream.dialects.common import request as r
from slipstream.errors import InvalidRequestError

AG_UI = dialects.get("ag_ui")
IDS = {"threadId": "t", "runId": "r"}
USER = {"id": "1", "role": "user", "content": "hi"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}


def ask(*messages: dict[str, Any], **fields: Any) -> r.Request:
    return AG_UI.read({**IDS, "messages": list(messages), **fields}).request


def test_a_body_of_the_official_models() -> None:
    body = {
        **IDS, "protocolVersion": "1.0", "state": {"n": 1},
        "messages": [
            {"id": "0", "role": "developer", "content": "Be brief"},
            {"id": "1", "role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image", "source": {"type": "data", "value": "iVA=", "mimeType": "image/png"}},
                {"type": "audio", "source": {"type": "url", "value": "https://a.b/c.wav"}},
                {"type": "document", "source": {"type": "file", "value": "file-1", "mimeType": "application/pdf"}},
            ]},
            {"id": "2", "role": "reasoning", "content": "hm", "encryptedValue": '{"signature":"s"}'},
            {"id": "3", "role": "assistant", "content": "Let me see", "toolCalls": [
                {**CALL, "encryptedValue": '{"thought_signature":"x"}'},
            ]},
            {"id": "4", "role": "tool", "toolCallId": "c", "content": "boom", "error": "boom"},
            {"id": "5", "role": "activity", "activityType": "PLAN", "content": {}},
            {"id": "6", "role": "assistant", "content": "A"},
            {"id": "7", "role": "assistant", "content": "B"},
            {"id": "8", "role": "user", "content": "go on", "name": "Ann"},
        ],
        "tools": [{"name": "f", "description": "does", "parameters": {"type": "object", "properties": {}}}],
        "context": [{"description": "page", "value": "/home"}],
        "forwardedProps": {"model": "glm-4.7", "temperature": 0.5, "theme": "dark"},
    }  # fmt: skip
    RunAgentInput.model_validate(body)
    asked = AG_UI.read(body)
    assert asked.chat == "t"
    assert asked.own == {"state": {"n": 1}, "forwardedProps": {"theme": "dark"}}
    assert asked.reply == Reply(version="1.0", options={"thread_id": "t", "run_id": "r"})
    assert asked.request == r.Request(
        model="glm-4.7",
        temperature=0.5,
        tools=[r.Tool("f", "does", {"type": "object", "properties": {}})],
        messages=[
            r.ChatMessage("system", [r.TextPart("Be brief")]),
            r.ChatMessage("system", [r.TextPart("page: /home")]),
            r.ChatMessage(
                "user",
                [
                    r.TextPart("What is this?"),
                    r.ImagePart(data="iVA=", media_type="image/png"),
                    r.FilePart(url="https://a.b/c.wav", media_type="audio/*"),
                    r.FilePart(id="file-1", media_type="application/pdf"),
                ],
            ),
            r.ChatMessage(
                "assistant",
                [
                    r.ReasoningPart("hm", signature="s"),
                    r.TextPart("Let me see"),
                    r.ToolCallPart("c", "f", '{"a":1}', {"thought_signature": "x"}),
                ],
            ),
            r.ChatMessage("tool", [r.ToolResultPart("c", "boom", is_error=True)]),
            r.ChatMessage("assistant", [r.TextPart("A"), r.TextPart("B")]),
            r.ChatMessage("user", [r.TextPart("go on")], "Ann"),
        ],
    )


def test_the_part_that_clients_before_1_0_send() -> None:
    parts = [
        {"type": "binary", "mimeType": "image/png", "data": "iVA="},
        {"type": "binary", "mimeType": "application/pdf", "url": "https://a.b/c", "filename": "c.pdf"},
        {"type": "binary", "mimeType": "a/b", "id": "file-1"},
    ]
    assert ask({"id": "1", "role": "user", "content": parts}).messages[0].parts == [
        r.ImagePart(data="iVA=", media_type="image/png"),
        r.FilePart(url="https://a.b/c", media_type="application/pdf", name="c.pdf"),
        r.FilePart(id="file-1", media_type="a/b"),
    ]


def test_an_unknown_version_is_that_of_an_old_client() -> None:
    for version in (None, 1, "next"):
        assert AG_UI.read({**IDS, "messages": [USER], "protocolVersion": version}).reply.version == ""


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"threadId": None}, "threadId"),
        ({"runId": ""}, "runId"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [1]}, "messages[0]"),
        ({"messages": [{"id": "1", "role": "robot"}]}, "messages[0].role"),
        ({"messages": [{"id": "1", "role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "smell"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "messages[0].content[0].source"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].toolCallId"),
        ({"messages": [{"role": "assistant", "toolCalls": [{"id": "c"}]}]}, "messages[0].toolCalls[0].function"),
        ({"tools": [{"description": "x"}]}, "tools[0].name"),
        ({"context": [{"value": "x"}]}, "context[0].description"),
        ({"forwardedProps": {"stream": 1}}, "forwardedProps.stream"),
        ({"forwardedProps": {"temperature": "hot"}}, "temperature"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        AG_UI.read({**IDS, "messages": [USER], **change})
    assert caught.value.argument == where
    assert str(caught.value).startswith(f"{where}: ")


KEYS = ("type", "role", "content", "toolCalls", "toolCallId", "id", "function", "name", "source", "value", "text")
WIRES = st.recursive(
    VALUES | TEXTS | st.sampled_from(["user", "assistant", "tool", "reasoning", "text", "image", "data", "url"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)
FIELDS = st.sampled_from(["messages", "tools", "context", "forwardedProps", "state", "protocolVersion", "resume"])


@given(st.dictionaries(FIELDS, WIRES))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_hostile_bodies_are_refused_by_name(body: dict[str, Any]) -> None:
    argument = "none"
    try:
        AG_UI.read({**IDS, "messages": [USER], **body})
    except InvalidRequestError as error:
        argument = error.argument or ""
    assert argument


IMAGE = {"type": "image", "source": {"type": "url", "value": "https://a.b/c", "mimeType": "image/png"}}
MESSAGES = (
    st.builds(lambda text: {"role": "user", "content": text}, st.text(max_size=3))
    | st.just({"role": "user", "content": [IMAGE]})
    | st.builds(lambda text: {"role": "system", "content": text}, st.text(max_size=3))
    | st.builds(lambda text: {"role": "assistant", "content": text, "toolCalls": [CALL]}, TEXTS)
    | st.builds(lambda text: {"role": "reasoning", "content": text, "encryptedValue": "s"}, TEXTS)
    | st.builds(lambda text: {"role": "tool", "toolCallId": "c", "content": text}, st.text(max_size=3))
)


@given(st.lists(MESSAGES, max_size=6))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_read_can_be_written_and_read_again(messages: list[dict[str, Any]]) -> None:
    try:
        request = AG_UI.read({**IDS, "messages": messages}).request
    except InvalidRequestError:
        return
    body = AG_UI.body(request)
    RunAgentInput.model_validate(body)
    assert AG_UI.read(body).request == request


def test_all_settings_are_written_and_read_again() -> None:
    request = r.Request(
        model="m", messages=[r.ChatMessage("user", [r.TextPart("x")])], temperature=0.1, top_p=0.2, max_tokens=3,
        stop=["a"], seed=4, tools=[r.Tool("f", "does", {"type": "object", "properties": {}}, strict=True)],
        tool_choice="f", thinking=r.Thinking(enabled=True, effort="high", budget=2000), stream=False,
        response_format={"type": "json_object"},
    )  # fmt: skip
    assert AG_UI.read(AG_UI.body(request)).request == request
    assert AG_UI.path(request) == ""
    assert AG_UI.headers("k", now=0)["Authorization"] == "Bearer k"
    assert "Authorization" not in AG_UI.headers(None, now=0)


@pytest.mark.parametrize(
    ("message", "where"),
    [
        (r.ChatMessage("user", [r.RawPart({}), r.TextPart("x")]), "messages[0].parts[0]"),
        (r.ChatMessage("assistant", [r.ImagePart(url="https://a.b")]), "messages[0].parts[0]"),
        (r.ChatMessage("system", [r.RawPart({})]), "messages[0].parts[0]"),
    ],
)
def test_what_cannot_be_written_is_named(message: r.ChatMessage, where: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        AG_UI.body(r.Request(model="m", messages=[message]))
    assert caught.value.argument == where
