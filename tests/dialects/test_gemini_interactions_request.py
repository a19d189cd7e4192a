"""The requests of the Interactions API, both ways."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.gemini_wire import needed
from tests.dialects.interactions_cases import STORY, events_of, sse

from slipstream import dialects
from slipstream.dialects import Asked
from slipstream.dialects.common import request as r
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.thinking import normalise_thinking
from slipstream.dialects.common.tools import normalise_tools
from slipstream.errors import InvalidRequestError
from slipstream.events import Message

genai = needed("google.genai")
DIALECT = dialects.get("gemini_interactions")


def request(messages: Any = "hi", **fields: Any) -> r.Request:
    if "tools" in fields:
        fields["tools"] = normalise_tools(fields["tools"])
    if "thinking" in fields:
        fields["thinking"] = normalise_thinking(fields["thinking"])
    return r.Request(model="gemini-3-flash", messages=normalise(messages), **fields)


def body(messages: Any = "hi", **fields: Any) -> dict[str, Any]:
    return DIALECT.body(request(messages, **fields))


def again(wire: dict[str, Any]) -> dict[str, Any]:
    asked = DIALECT.read(wire)
    return DIALECT.body(msgspec.structs.replace(asked.request, extra=asked.own))


def user(*content: Any) -> dict[str, Any]:
    return {"type": "user_input", "content": list(content)}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def test_the_least_there_can_be() -> None:
    assert body() == {"model": "gemini-3-flash", "input": [user(text("hi"))], "stream": True}
    assert DIALECT.path(request()) == "interactions"
    assert DIALECT.headers("k", now=0) == {"x-goog-api-key": "k", "Api-Revision": "2026-05-20"}


def test_everything_that_can_be_said() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    found = body(
        [{"role": "system", "content": "be"}, {"role": "user", "content": "q"}], temperature=0.5, top_p=0.9, seed=3,
        max_tokens=7, stop=["x"], thinking="low", tool_choice="f", stream=False, extra={"store": False},
        tools=[
            {"name": "f", "description": "d", "input_schema": schema}, {"googleSearch": {}}, {"type": "url_context"},
        ],
        response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
    )  # fmt: skip
    assert found == {
        "model": "gemini-3-flash", "input": [user(text("q"))], "system_instruction": "be", "stream": False,
        "store": False,
        "tools": [
            {"type": "function", "name": "f", "description": "d", "parameters": schema}, {"type": "google_search"},
            {"type": "url_context"},
        ],
        "generation_config": {
            "temperature": 0.5, "top_p": 0.9, "max_output_tokens": 7, "stop_sequences": ["x"], "seed": 3,
            "tool_choice": {"allowed_tools": {"mode": "any", "tools": ["f"]}}, "thinking_level": "low",
            "thinking_summaries": "auto",
        },
        "response_format": {"type": "text", "mime_type": "application/json", "schema": schema},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("thinking", "config"),
    [
        (True, {"thinking_summaries": "auto"}),
        (False, {"thinking_level": "minimal"}),
        ("max", {"thinking_level": "xhigh", "thinking_summaries": "auto"}),
    ],
)
def test_thinking(thinking: Any, config: dict[str, Any]) -> None:
    assert body(thinking=thinking)["generation_config"] == config


@pytest.mark.parametrize(
    "fields",
    [{"n": 2}, {"thinking": {"type": "enabled", "budget_tokens": 9}}, {"tool_choice": "auto"},
     {"response_format": {"type": "grammar"}}, {"tools": [{"name": "f"}], "tool_choice": "g"}],
)  # fmt: skip
def test_what_cannot_be_said(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError):
        body(**fields)


def test_media() -> None:
    parts: list[r.Part] = [
        r.ImagePart(data="AA==", media_type="image/png"), r.ImagePart(url="https://a/b"),
        r.FilePart(data="AA==", media_type="application/pdf"), r.FilePart(url="https://a/b.mp3"),
        r.FilePart(id="files/x", media_type="video/mp4"),
    ]  # fmt: skip
    files = "https://generativelanguage.googleapis.com/v1beta/files/x"
    assert body([r.ChatMessage("user", parts)])["input"][0]["content"] == [
        {"type": "image", "mime_type": "image/png", "data": "AA=="}, {"type": "image", "uri": "https://a/b"},
        {"type": "document", "mime_type": "application/pdf", "data": "AA=="},
        {"type": "audio", "mime_type": "audio/mp3", "uri": "https://a/b.mp3"},
        {"type": "video", "mime_type": "video/mp4", "uri": files},
    ]  # fmt: skip
    with pytest.raises(InvalidRequestError, match=r"messages\[0\].content\[0\]"):
        body([r.ChatMessage("user", [r.FilePart(url="https://a/b")])])


def test_an_answer_goes_back_as_it_came() -> None:
    message = Message.of(events_of(sse(*STORY)))
    found = body(
        [{"role": "user", "content": "q"}, message, {"role": "tool", "tool_call_id": "call-1", "content": "sun"}]
    )
    assert found["input"] == [
        user(text("q")),
        {"type": "thought", "signature": "c2ln", "summary": [text("hm")]},
        {"type": "model_output", "content": [text("It is warm.")]},
        {"type": "function_call", "id": "call-1", "name": "f", "arguments": {"a": 1}},
        {"type": "function_result", "call_id": "call-1", "name": "f", "result": "sun"},
    ]
    assert again(found) == found


def sent_by_sdk(**arguments: Any) -> dict[str, Any]:
    bodies: list[dict[str, Any]] = []

    def answer(sent: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(sent.content))
        return httpx.Response(200, json={"id": "x", "status": "completed"})

    options = genai.types.HttpOptions(httpx_client=httpx.Client(transport=httpx.MockTransport(answer)))
    with genai.Client(api_key="k", http_options=options) as client:
        client.interactions.create(**arguments)
    return bodies[0]


@pytest.mark.filterwarnings("ignore")
def test_what_the_sdk_sends_is_asked_again() -> None:
    wire = sent_by_sdk(
        model="gemini-3-flash",
        input=[
            user(text("q"), {"type": "image", "data": "AA==", "mime_type": "image/png"}),
            {"type": "thought", "signature": "c2ln"},
            {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}},
            {"type": "function_result", "call_id": "c", "name": "f", "result": "sun"},
        ],
        system_instruction="be",
        tools=[{"type": "function", "name": "f", "parameters": {"type": "object"}}, {"type": "google_search"}],
        generation_config={"max_output_tokens": 9, "thinking_level": "low", "thinking_summaries": "auto"},
        store=False,
        previous_interaction_id="v1_x",
        stream=False,
    )
    found = again(wire)
    assert {**wire, "stream": False} == found
    assert DIALECT.read(wire).own == {"store": False, "previous_interaction_id": "v1_x"}


OWN = {"type": "url_context_call", "id": "u"}


@pytest.mark.parametrize(
    ("given_", "steps"),
    [
        ("hi", [user(text("hi"))]),
        (text("hi"), [user(text("hi"))]),
        ([text("a"), text("b")], [user(text("a"), text("b"))]),
        (
            [user(text("a")), {"type": "url_context_call", "id": "u"}],
            [user(text("a")), {"type": "url_context_call", "id": "u"}],
        ),
    ],
)
def test_forms_of_input(given_: Any, steps: list[Any]) -> None:
    assert again({"model": "m", "input": given_})["input"] == steps


WRONG = [
    ({"input": "q"}, "model"),
    ({"model": "m"}, "input"),
    ({"model": "m", "input": []}, "input"),
    ({"model": "m", "input": [{"type": "new"}]}, "input[0].type"),
    ({"model": "m", "input": [{"role": "user"}]}, "input[0].type"),
    ({"model": "m", "input": [user({"type": "gif"})]}, "input[0].content[0].type"),
    ({"model": "m", "input": [{"type": "function_call", "id": "c"}]}, "input[0].name"),
    ({"model": "m", "input": [{"type": "function_result", "result": ""}]}, "input[0].call_id"),
    ({"model": "m", "input": "q", "stream": "yes"}, "stream"),
    ({"model": "m", "input": "q", "generation_config": {"seed": "x"}}, "generation_config.seed"),
    ({"model": "m", "input": "q", "generation_config": {"thinking_level": "huge"}}, "generation_config.thinking_level"),
    ({"model": "m", "input": "q", "generation_config": {"tool_choice": "must"}}, "generation_config.tool_choice"),
    ({"model": "m", "input": "q", "tools": [{"name": "f"}]}, "tools[0].type"),
]


@pytest.mark.parametrize(("wire", "argument"), WRONG)
def test_what_is_wrong_is_named(wire: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        DIALECT.read(wire)
    assert refused.value.argument == argument


KEYS = (
    "model", "input", "type", "content", "text", "role", "summary", "signature", "id", "name", "arguments", "call_id",
    "result", "data", "mime_type", "uri", "tools", "parameters", "generation_config", "tool_choice", "allowed_tools",
    "thinking_level", "seed", "temperature", "stop_sequences", "response_format", "schema", "stream", "agent",
)  # fmt: skip
WORDS = ("", "user_input", "model_output", "thought", "function_call", "function_result", "image", "text", "a", "\0")
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def read_or_refused(wire: dict[str, Any]) -> object:
    """What was read; or the argument that is refused."""
    try:
        asked = DIALECT.read(wire)
    except InvalidRequestError as refused:
        return refused.argument
    assert isinstance(asked, Asked)
    return asked


@given(st.dictionaries(st.sampled_from(KEYS), ANY, max_size=5), ANY)
@settings(max_examples=300)
def test_any_json_is_read_or_refused(wire: dict[str, Any], value: Any) -> None:
    assert read_or_refused(wire)
    assert read_or_refused({**wire, "model": "m", "input": value})
    assert read_or_refused({"model": "m", "input": [value]})
