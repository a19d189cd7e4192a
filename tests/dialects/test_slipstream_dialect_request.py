"""Requests of our own API: what is written is read again, and what people write by hand is understood."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.dialects.made_events import OBJECTS, WHOLE_TEXTS
from tests.dialects.test_ollama import JSON

from slipstream import dialects
from slipstream.dialects.common import request as r
from slipstream.dialects.common.request import ChatMessage, Request, Thinking, Tool
from slipstream.errors import InvalidRequestError

OURS = dialects.get("slipstream")
USER = [ChatMessage("user", [r.TextPart("Hi")])]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
EVERYTHING = Request(
    model="m",
    messages=[
        ChatMessage("system", [r.TextPart("Be brief.")]),
        ChatMessage(
            "user",
            [
                r.TextPart("What?"), r.ImagePart(url="https://example.org/a.png", detail="low"),
                r.ImagePart(data="AAAA", media_type="image/png"), r.FilePart(id="file-1", name="a.pdf"),
                r.RawPart({"type": "input_audio", "input_audio": {}}),
            ],
            "Ann",
        ),
        ChatMessage("assistant", [r.ReasoningPart("Hm", "sig", None, [{"a": 1}]), r.TextPart(""),
                                  r.ToolCallPart("c1", "f", '{"a": 1}', {"extra_content": {"g": 1}})]),
        ChatMessage("tool", [r.ToolResultPart("c1", "sunny", "f", True)]),
    ],
    tools=[Tool("f", "Does.", SCHEMA, strict=True), Tool("web_search", raw={"type": "web_search"}), Tool("g")],
    tool_choice="f",
    thinking=Thinking(enabled=True, effort="high", budget=2048, extra={"clear_thinking": True}),
    temperature=0.0,
    top_p=0.5,
    max_tokens=9,
    stop=["a", "b"],
    n=2,
    seed=0,
    response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
    stream=False,
    extra={"service_tier": "flex"},
)  # fmt: skip


def read(**body: Any) -> Request:
    return OURS.read({"model": "m", "messages": "Hi", **body}).request


def test_the_least_there_is() -> None:
    written = OURS.body(Request(model="m", messages=USER))
    assert written == {
        "model": "m", "stream": True, "messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}],
    }  # fmt: skip
    assert OURS.path(EVERYTHING) == "stream"
    assert OURS.headers("k", now=0) == {"Authorization": "Bearer k"}
    assert OURS.headers(None, now=0) == {}
    with pytest.raises(InvalidRequestError, match="messages"):
        OURS.body(Request(model="m", messages=[]))


def test_what_is_written_is_read_again() -> None:
    body = json.loads(json.dumps(OURS.body(EVERYTHING)))
    asked = OURS.read(body)
    assert asked.request == EVERYTHING
    assert asked.own == {}
    assert OURS.body(asked.request) == body


def test_what_people_write_by_hand() -> None:
    request = OURS.read(
        {
            "model": "m",
            "system": "Be brief.",
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                         {"role": "user", "parts": [{"type": "text", "text": "there"}]}],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "thinking": "high",
            "stop": "x",
        }
    ).request  # fmt: skip
    assert [(message.role, message.parts) for message in request.messages] == [
        ("system", [r.TextPart("Be brief.")]), ("user", [r.TextPart("Hi")]), ("user", [r.TextPart("there")]),
    ]  # fmt: skip
    assert request.tools == [Tool("f", parameters=SCHEMA)]
    assert (request.tool_choice, request.thinking, request.stop) == ("f", Thinking(enabled=True, effort="high"), ["x"])
    assert read(thinking=True).thinking == Thinking(enabled=True)
    assert read(thinking={"type": "enabled", "budget_tokens": 9}).thinking == Thinking(enabled=True, budget=9)
    assert read(tool_choice="auto").tool_choice == "auto"


def test_defaults() -> None:
    asked = OURS.read({"messages": "Hi", "temperature": None, "tools": None})
    assert asked.request == Request(model="", messages=USER)
    assert OURS.read({"messages": "Hi"}, model="m", stream=False).request == Request(
        model="m", messages=USER, stream=False
    )
    assert read(max_tokens=9.0).max_tokens == 9


def test_what_is_unknown_is_own() -> None:
    asked = OURS.read({"messages": "Hi", "user": "ann", "event_names": True, "nothing": None})
    assert asked.own == {"user": "ann"}
    assert asked.reply.options == {"event_names": True}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": 7}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [7]}, "messages[0]"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "wizard", "parts": []}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "parts": 7}]}, "messages[0].parts"),
        ({"messages": [{"role": "user", "parts": [{"type": "text"}]}]}, "messages[0].parts[0]"),
        ({"messages": [{"role": "user", "parts": [{"type": "image"}]}]}, "messages[0].parts[0]"),
        (
            {"messages": [{"role": "user", "parts": [{"type": "tool-call", "id": "", "name": "f"}]}]},
            "messages[0].parts[0]",
        ),
        ({"system": 7}, "system"),
        ({"stream": "yes"}, "stream"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": True}, "top_p"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"n": "2"}, "n"),
        ({"seed": []}, "seed"),
        ({"stop": [7]}, "stop[0]"),
        ({"response_format": "json"}, "response_format"),
        ({"extra": 7}, "extra"),
        ({"thinking": 7}, "thinking"),
        ({"thinking": {"enabled": 7}}, "thinking.enabled"),
        ({"tools": 7}, "tools"),
        ({"tools": [{"name": "f", "strict": 7}]}, "tools[0].strict"),
        ({"tools": [{"name": "a b"}]}, "tools[0].name"),
        ({"tool_choice": 7}, "tool_choice"),
        ({"tool_choice": {}}, "tool_choice.name"),
        ({"tool_choice": {"function": 7}}, "tool_choice.function"),
        ({"event_names": 1}, "event_names"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        OURS.read({"model": "m", "messages": "Hi", **change})
    assert caught.value.argument == field
    assert field in caught.value.message


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=5)
PARTS = st.one_of(
    st.builds(r.TextPart, TEXT),
    st.builds(r.ImagePart, url=TEXT, detail=st.none() | TEXT),
    st.builds(r.FilePart, data=TEXT, media_type=TEXT, name=TEXT),
    st.builds(r.RawPart, st.dictionaries(TEXT, st.integers() | TEXT, max_size=2)),
)
REQUESTS = st.builds(
    Request,
    model=TEXT,
    messages=st.lists(st.builds(ChatMessage, st.just("user"), st.lists(PARTS, min_size=1, max_size=3)), min_size=1),
    thinking=st.none() | st.builds(Thinking, enabled=st.booleans(), budget=st.none() | st.integers(1, 9)),
    temperature=st.none() | st.floats(0, 2),
    max_tokens=st.none() | st.integers(1, 99),
    stop=st.lists(TEXT, max_size=2),
    stream=st.booleans(),
    extra=st.dictionaries(TEXT, st.integers(), max_size=2),
)


@given(REQUESTS)
def test_any_request_is_read_again(request: Request) -> None:
    assert OURS.read(json.loads(json.dumps(OURS.body(request)))).request == request


FIELDS = st.sampled_from(
    ("model", "messages", "system", "tools", "tool_choice", "thinking", "stop", "stream", "extra", "role", "content",
     "parts", "type", "text", "name", "function", "parameters", "raw", "enabled", "event_names")
)  # fmt: skip
HOSTILE = st.recursive(
    JSON | WHOLE_TEXTS | OBJECTS | st.sampled_from(("user", "text", "image", "raw", "function")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=15,
)


@given(st.dictionaries(FIELDS, HOSTILE, max_size=8) | HOSTILE)
def test_no_json_makes_it_crash(wire: Any) -> None:
    try:
        asked = OURS.read(wire)
    except InvalidRequestError as error:
        refusal: InvalidRequestError | None = error
    else:
        refusal = None
        assert OURS.read(OURS.body(asked.request)).request == asked.request
    assert refusal is None or refusal.argument
