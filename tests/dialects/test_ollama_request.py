"""Requests in Ollama's words, both ways."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import msgspec
import ollama
import pytest
from hypothesis import given, strategies as st
from tests.dialects.test_ollama import FIELDS, JSON

from slipstream import dialects
from slipstream.dialects.common import request as r
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.request import Request, Thinking, Tool
from slipstream.errors import InvalidRequestError
from slipstream.events import Start, TextDelta

OLLAMA = dialects.get("ollama")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 8).decode()
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
WEATHER = {"type": "function", "function": {"name": "weather", "description": "Says it.", "parameters": SCHEMA}}


def body(messages: Any = "Hi", **options: Any) -> dict[str, Any]:
    return OLLAMA.body(Request(model="m", messages=normalise(messages), **options))


def refused(*words: str, messages: Any = "Hi", **options: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        body(messages, **options)
    assert all(word in str(caught.value) for word in words)


# Writing.


def test_the_least_there_is() -> None:
    assert body() == {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    assert body(stream=False)["stream"] is False
    assert OLLAMA.path(Request(model="m", messages=[])) == "chat"
    assert OLLAMA.headers(None, now=0) == {}
    assert OLLAMA.headers("k", now=0) == {"Authorization": "Bearer k"}


def test_options() -> None:
    written = body(temperature=0.0, top_p=0.5, max_tokens=9, seed=7, stop=["x"], extra={"options": {"num_ctx": 8192}})
    assert written["options"] == {
        "num_predict": 9, "temperature": 0.0, "top_p": 0.5, "seed": 7, "stop": ["x"], "num_ctx": 8192,
    }  # fmt: skip
    assert body(temperature=1, extra={"options": {"temperature": 2}, "keep_alive": "5m"}) == {
        **body(), "options": {"temperature": 2}, "keep_alive": "5m",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("thinking", "think"),
    [
        (Thinking(enabled=True), True),
        (Thinking(enabled=False), False),
        (Thinking(enabled=True, effort="high"), "high"),
        (Thinking(effort="max"), "max"),
        (Thinking(effort="minimal"), "low"),
        (Thinking(enabled=False, effort="none"), False),
    ],
)
def test_thinking(thinking: Thinking, think: Any) -> None:
    assert body(thinking=thinking)["think"] == think


def test_thinking_that_is_left_to_the_model() -> None:
    assert "think" not in body(thinking=Thinking())
    refused("budget", thinking=Thinking(enabled=True, budget=2048))


def test_formats() -> None:
    assert body(response_format={"type": "json_object"})["format"] == "json"
    assert body(response_format={"type": "json_schema", "json_schema": {"schema": SCHEMA}})["format"] == SCHEMA
    refused("response_format", response_format={"type": "grammar"})


def test_tools() -> None:
    tool = Tool(name="weather", description="Says it.", parameters=SCHEMA)
    assert body(tools=[tool])["tools"] == [WEATHER]
    assert body(tools=[tool], tool_choice="auto")["tools"] == [WEATHER]
    assert "tools" not in body(tools=[tool], tool_choice="none")
    refused("tool_choice", "auto, none", tools=[tool], tool_choice="required")
    refused("tool_choice", tools=[tool], tool_choice="weather")


def test_a_conversation() -> None:
    written = body(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "What is "}, {"type": "text", "text": "this?"},
                                         {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"}]},
            {"role": "assistant", "content": "Hm.", "reasoning_content": "A picture.", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"a": 1}'}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        ]
    )["messages"]  # fmt: skip
    assert written == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is this?", "images": [PNG]},
        {"role": "assistant", "content": "Hm.", "thinking": "A picture.",
         "tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": {"a": 1}}}]},
        {"role": "tool", "content": "sunny", "tool_name": "weather", "tool_call_id": "c1"},
    ]  # fmt: skip


def test_arguments_that_the_model_wrote_wrong_go_back_to_it() -> None:
    parts: list[r.Part] = [r.ToolCallPart("c1", "f", '{"a": '), r.ToolCallPart("c2", "f", "[1]")]
    written = OLLAMA.body(Request(model="m", messages=[r.ChatMessage("assistant", parts)]))
    arguments = [call["function"]["arguments"] for call in written["messages"][0]["tool_calls"]]
    assert arguments == [{"arguments": '{"a": '}, {"arguments": [1]}]


def test_what_cannot_be_said_is_refused_by_name() -> None:
    refused("n:", "1", n=2)
    at = {"type": "image_url", "image_url": "https://example.org/a.png"}
    refused("messages[0].content[0]", "address", messages=[{"role": "user", "content": [at]}])
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    refused("messages[0].content[0]", "no picture", messages=[{"role": "user", "content": [sound]}])
    found = {"type": "search_result", "source": "x", "title": "y", "content": []}
    refused("messages[0].content", "search_result", messages=[{"role": "user", "content": [found]}])
    pdf = r.ChatMessage("user", [r.FilePart(data="AAAA", media_type="application/pdf")])
    with pytest.raises(InvalidRequestError, match=r"messages\[0\].content\[0\]"):
        OLLAMA.body(Request(model="m", messages=[pdf]))
    with pytest.raises(InvalidRequestError, match="messages"):
        OLLAMA.body(Request(model="m", messages=[]))
    picture = r.ChatMessage("user", [r.FilePart(data=PNG, media_type="image/png")])
    assert OLLAMA.body(Request(model="m", messages=[picture]))["messages"][0]["images"] == [PNG]


# Reading.


def sent_by_the_client(method: str, **arguments: Any) -> dict[str, Any]:
    """The body that the official client sends for this call."""
    bodies: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"model": "m", "message": {"role": "assistant", "content": ""}, "done": True})

    client = ollama.Client(transport=httpx.MockTransport(answer))
    result = getattr(client, method)(model="m", **arguments)
    if arguments.get("stream"):
        list(result)
    return bodies[0]


def weather(city: str, days: int = 1) -> str:
    """Says what the weather is.

    Args:
        city: where.
        days: how many.
    """
    return f"{city} {days}"


CHAT: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What?", "images": [PNG]},
        {"role": "assistant", "content": "", "thinking": "Hm", "tool_calls": [
            {"function": {"name": "weather", "arguments": {"city": "Rome"}}},
            {"function": {"name": "other", "arguments": {}}}]},
        {"role": "tool", "content": "nothing", "tool_name": "other"},
        {"role": "tool", "content": "sunny", "tool_name": "weather"},
    ],
    "tools": [weather],
    "stream": True,
    "think": "low",
    "format": SCHEMA,
    "logprobs": True,
    "keep_alive": "5m",
    "options": {"temperature": 0.5, "num_predict": 7, "num_ctx": 4096, "stop": ["a", "b"], "seed": 1, "top_p": 0.9},
}  # fmt: skip


def test_what_the_official_client_sends_is_read() -> None:
    asked = OLLAMA.read(sent_by_the_client("chat", **CHAT))
    request = asked.request
    assert (request.model, request.stream, request.thinking) == ("m", True, Thinking(enabled=True, effort="low"))
    assert (request.temperature, request.max_tokens, request.seed, request.top_p) == (0.5, 7, 1, 0.9)
    assert request.stop == ["a", "b"]
    assert request.response_format == {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
    assert [tool.name for tool in request.tools] == ["weather"]
    assert request.messages[1].parts == [r.TextPart("What?"), r.ImagePart(data=PNG, media_type="image/png")]
    assert request.messages[2].parts == [
        r.ReasoningPart("Hm"),
        r.ToolCallPart("call_1", "weather", '{"city":"Rome"}'),
        r.ToolCallPart("call_2", "other", "{}"),
    ]
    results = [part for message in request.messages[3:] for part in message.parts]
    assert [(part.id, part.output) for part in results if isinstance(part, r.ToolResultPart)] == [
        ("call_2", "nothing"), ("call_1", "sunny"),
    ]  # fmt: skip
    assert asked.own == {"logprobs": True, "keep_alive": "5m", "options": {"num_ctx": 4096}}


def without_ids(wire: dict[str, Any]) -> dict[str, Any]:
    """A body without the ids that were made up, and with the empty content that the client leaves out."""
    for message in wire["messages"]:
        message.setdefault("content", "")
        message.pop("tool_call_id", None)
        for call in message.get("tool_calls", ()):
            call.pop("id", None)
    return wire


def test_what_was_read_asks_for_the_same_again() -> None:
    sent = sent_by_the_client("chat", **CHAT)
    asked = OLLAMA.read(sent)
    again = OLLAMA.body(msgspec.structs.replace(asked.request, extra=asked.own))
    assert without_ids(again) == without_ids(sent)


def test_generate_is_read() -> None:
    sent = sent_by_the_client("generate", prompt="Why?", system="Be brief.", images=[PNG], stream=False, raw=True)
    asked = OLLAMA.read(sent)
    assert [(message.role, len(message.parts)) for message in asked.request.messages] == [("system", 1), ("user", 2)]
    assert asked.request.stream is False
    assert asked.reply.options == {"endpoint": "generate"}
    assert asked.own == {"raw": True}


HI: dict[str, Any] = {"messages": [{"role": "user", "content": "x"}]}


@pytest.mark.parametrize(
    ("asked_for", "meant"),
    [
        ("m", "m"), ("m:latest", "m"), ("m:4b", "m:4b"), ("me/m:latest", "me/m"), ("m:latest:latest", "m:latest"),
        (":latest", ":latest"), ("m:latest-4b", "m:latest-4b"),
    ],
)  # fmt: skip
def test_the_tag_latest_means_nothing_and_the_answer_echoes_it(asked_for: str, meant: str) -> None:
    for asked in (
        OLLAMA.read({"model": asked_for, **HI}),
        OLLAMA.read({"model": asked_for, "prompt": "x"}),
        OLLAMA.read(HI, model=asked_for),
    ):
        assert (asked.request.model, asked.reply.model) == (meant, asked_for)


def test_a_heartbeat_before_the_provider_began_names_the_model() -> None:
    encoder = OLLAMA.encoder(OLLAMA.read({"model": "m:latest", **HI}).reply)
    lines = [encoder.heartbeat(), encoder.feed(Start(model="other")), encoder.feed(TextDelta("x")), encoder.end()]
    assert [json.loads(line)["model"] for line in lines if line[:9] == b'{"model":'] == ["m:latest", "m:latest"]


@pytest.mark.parametrize("stated", [{}, {"system": "Be brief."}, {"prompt": None}, {"messages": None, "prompt": None}])
def test_neither_messages_nor_a_prompt_names_what_either_endpoint_wants(stated: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        OLLAMA.read({"model": "m", **stated})
    named = "messages" if "messages" in stated else "prompt"
    assert caught.value.argument == named
    assert caught.value.message.startswith(f"{named}: missing")
    if named == "prompt":
        assert all(word in caught.value.message for word in ("messages", "/api/generate", "/api/chat"))


def test_the_stream_is_the_default() -> None:
    chat: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    assert OLLAMA.read(chat).request.stream is True
    assert OLLAMA.read({**chat, "stream": None}).request.stream is True
    assert OLLAMA.read({**chat, "stream": False}).request.stream is False
    assert OLLAMA.read(chat, stream=False).request.stream is False
    assert OLLAMA.read({"messages": chat["messages"]}, model="other").request.model == "other"


@pytest.mark.parametrize("format", [None, ""])
def test_what_says_nothing(format: Any) -> None:
    nothing = {"format": format, "think": None, "tools": None}
    chat = {"model": "m", "messages": [{"role": "user", "content": None}], **nothing}
    request = OLLAMA.read(chat).request
    assert (request.response_format, request.thinking, request.tools) == (None, None, [])
    assert request.messages[0].parts == [r.TextPart("")]
    assert OLLAMA.read({**chat, "options": {"num_predict": -1}}).own == {"options": {"num_predict": -1}}
    assert OLLAMA.read({**chat, "format": "json"}).request.response_format == {"type": "json_object"}
    assert OLLAMA.read({**chat, "think": False}).request.thinking == Thinking(enabled=False)


def test_ids_that_are_there_are_kept() -> None:
    call = {"id": "x", "function": {"index": 0, "name": "f", "arguments": {"a": 1}}}
    messages = [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "1", "tool_call_id": "x"},
        {"role": "tool", "content": "2"},
    ]
    read = OLLAMA.read({"model": "m", "messages": messages}).request.messages
    assert read[0].parts == [r.ToolCallPart("x", "f", '{"a":1}')]
    assert [message.parts[0].id for message in read[1:]] == ["x", "call_1"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": ""}, "model"),
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": [7]}, "messages[0]"),
        ({"messages": [{}]}, "messages[0].role"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "x", "audio": "y"}]}, "messages[0].audio"),
        ({"messages": [{"role": "user", "images": ["https://example.org/a.png"]}]}, "messages[0].images[0]"),
        ({"messages": [{"role": "user", "images": ["not base64"]}]}, "messages[0].images[0]"),
        ({"messages": [{"role": "user", "images": "AAAA"}]}, "messages[0].images"),
        ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, "messages[0].tool_calls[0].function"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": 7}}]}]},
            "messages[0].tool_calls[0].function.arguments",
        ),
        ({"stream": "yes"}, "stream"),
        ({"think": "hard"}, "think"),
        ({"think": 3}, "think"),
        ({"format": "xml"}, "format"),
        ({"format": 7}, "format"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"options": []}, "options"),
        ({"options": {"temperature": "hot"}}, "options.temperature"),
        ({"options": {"temperature": float("nan")}}, "options.temperature"),
        ({"options": {"temperature": True}}, "options.temperature"),
        ({"options": {"num_predict": 1.5}}, "options.num_predict"),
        ({"options": {"stop": [1]}}, "options.stop[0]"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        OLLAMA.read({"model": "m", "messages": [{"role": "user", "content": "x"}], **change})
    assert caught.value.argument == field
    assert field in caught.value.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"suffix": "x"}, "suffix"),
        ({"images": [7]}, "images[0]"),
    ],
)
def test_what_is_wrong_in_generate_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        OLLAMA.read({"model": "m", "prompt": "x", **change})
    assert caught.value.argument == field


NAMES = FIELDS | st.sampled_from(
    ("messages", "role", "tools", "options", "think", "format", "stream", "prompt", "tool_call_id", "type", "stop")
)
HOSTILE = st.recursive(
    JSON | st.sampled_from(("user", "assistant", "tool", "m", "function")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)


@given(st.dictionaries(NAMES, HOSTILE, max_size=8) | HOSTILE)
def test_no_json_makes_it_crash(wire: Any) -> None:
    try:
        asked = OLLAMA.read(wire)
        OLLAMA.body(asked.request)
    except InvalidRequestError:
        pass
