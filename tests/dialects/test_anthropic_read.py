"""Bodies of `POST /v1/messages`, read; and written again, they ask for the same."""

from __future__ import annotations

import base64
from typing import Any

import anthropic
import httpx2
import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.made_events import VALUES

from slipstream.dialects import Asked
from slipstream.dialects.anthropic import Anthropic
from slipstream.dialects.common import request as r
from slipstream.errors import InvalidRequestError

PDF = base64.b64encode(b"%PDF-1.4").decode()
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
TEXT = base64.b64encode("naïve".encode()).decode()
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
CACHED = {"cache_control": {"type": "ephemeral"}}
PLAIN: dict[str, Any] = {"model": "claude", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}


def read(**fields: Any) -> Asked:
    return Anthropic().read({**PLAIN, **fields})


def again(body: dict[str, Any]) -> dict[str, Any]:
    """The body that asks what this one asks, as the gateway sends it to a provider of the same dialect."""
    asked = Anthropic().read(body)
    traits = r.Traits(prefill="assistant-last")
    request = msgspec.structs.replace(asked.request, extra=asked.own, traits=traits)
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(Anthropic().body(request)))
    return made


def user(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(blocks)}]


def test_the_plainest_body() -> None:
    asked = Anthropic().read(PLAIN)
    assert asked.request == r.Request(
        model="claude", max_tokens=64, stream=False, messages=[r.ChatMessage("user", [r.TextPart("hi")])]
    )
    assert asked.reply.model == "claude"
    assert asked.own == {}


EVERYTHING: dict[str, Any] = {
    "model": "claude", "max_tokens": 4096, "stream": True, "temperature": 0.5, "top_p": 0.9, "top_k": 5,
    "stop_sequences": ["END", "STOP"],
    "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Always.", **CACHED}],
    "tools": [
        {"name": "f", "description": "d", "input_schema": SCHEMA},
        {"name": "cached", "input_schema": SCHEMA, **CACHED},
        {"name": "mcp__server__" + "x" * 60, "input_schema": SCHEMA},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {"type": "custom", "name": "g", "input_schema": SCHEMA},
    ],
    "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
    "thinking": {"type": "enabled", "budget_tokens": 2048},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": SCHEMA}},
    "metadata": {"user_id": "u"}, "service_tier": "auto", "container": "c", "betas": ["b"], "inference_geo": "us",
    "mcp_servers": [{"type": "url", "url": "https://e.org", "name": "s"}], "context_management": {"edits": []},
    "made_up_next_year": [1],
    "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": "Look"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
            {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}},
            {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
             "title": "A"},
            {"type": "document", "source": {"type": "url", "url": "https://e.org/a.pdf"}},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "naïve"}},
            {"type": "document", "source": {"type": "file", "file_id": "file_2"}},
            {"type": "document", "source": {"type": "content", "content": "x"}, "citations": {"enabled": True}},
            {"type": "document", "source": {"type": "url", "url": "https://e.org/b.pdf"}, **CACHED},
            {"type": "search_result", "source": "s", "title": "t", "content": []},
        ]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "redacted_thinking", "data": "secret"},
            {"type": "text", "text": "Calling"},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
            {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}},
            {"type": "tool_use", "id": "toolu_2", "name": "g", "input": {}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1", "is_error": True},
            {"type": "tool_result", "tool_use_id": "toolu_2", "content": [{"type": "text", "text": "2"}], **CACHED},
            {"type": "text", "text": "Go on", **CACHED},
        ]},
        {"role": "assistant", "content": [{"type": "text", "text": "The answer is"}]},
    ],
}  # fmt: skip


def test_everything_is_asked_again() -> None:
    found = again(EVERYTHING)
    for key in EVERYTHING:
        if key not in ("tools", "output_config"):
            assert found[key] == EVERYTHING[key], key
    assert found["output_config"] == EVERYTHING["output_config"]
    assert found["tools"] == [*EVERYTHING["tools"][:4], {"name": "g", "input_schema": SCHEMA}]
    assert set(found) == set(EVERYTHING)


def test_what_has_no_neutral_form_is_our_own() -> None:
    asked = Anthropic().read(EVERYTHING)
    assert set(asked.own) == {
        "top_k", "metadata", "service_tier", "container", "betas", "inference_geo", "mcp_servers",
        "context_management", "made_up_next_year", "tool_choice",
    }  # fmt: skip
    assert asked.request.tool_choice == "f"


def test_the_neutral_form() -> None:
    request = Anthropic().read(EVERYTHING).request
    assert request.thinking == r.Thinking(enabled=True, budget=2048, effort="high")
    assert request.response_format == {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
    assert [tool.name[:5] for tool in request.tools] == ["f", "cache", "mcp__", "web_s", "g"]
    system, asked, said, *results, prefill = request.messages
    assert system.parts == [r.TextPart("Be brief."), r.RawPart({"type": "text", "text": "Always.", **CACHED})]
    assert asked.parts[1:3] == [
        r.ImagePart(data=PNG, media_type="image/png"), r.ImagePart(url="https://e.org/a.png"),
    ]  # fmt: skip
    assert asked.parts[4:8] == [
        r.FilePart(data=PDF, media_type="application/pdf", name="A"),
        r.FilePart(url="https://e.org/a.pdf", media_type="application/pdf"),
        r.FilePart(data=TEXT, media_type="text/plain"),
        r.FilePart(id="file_2"),
    ]
    assert said.parts[:3] == [
        r.ReasoningPart(text="hm", signature="sig"), r.ReasoningPart(redacted="secret"), r.TextPart("Calling"),
    ]  # fmt: skip
    assert said.parts[-1] == r.ToolCallPart(id="toolu_2", name="g")
    assert [message.role for message in results] == ["tool", "user"]
    assert results[0].parts == [r.ToolResultPart(id="toolu_1", output="1", is_error=True)]
    assert prefill.role == "assistant"


@pytest.mark.parametrize(
    "fields",
    [
        {"system": "Be brief."},
        {"system": [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]},
        {"thinking": {"type": "disabled"}},
        {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "low"}},
        {"thinking": {"type": "between_tools"}},
        {"output_config": {"effort": "max"}},
        {"output_config": {"effort": "max", "task_budget": {"type": "tokens", "total": 1}}},
        {"tools": [{"name": "f", "input_schema": SCHEMA}], "tool_choice": {"type": "any"}},
        {"tools": [{"name": "f", "input_schema": SCHEMA, "strict": True}], "tool_choice": {"type": "none"}},
        {"tools": [{"type": "mcp_toolset", "mcp_server_name": n} for n in "ab"], "tool_choice": {"type": "auto"}},
    ],
)
def test_each_asks_the_same_again(fields: dict[str, Any]) -> None:
    found = again({**PLAIN, **fields})
    assert {key: found[key] for key in fields} == fields
    assert set(found) == set(PLAIN) | set(fields)


def test_the_older_name_of_the_format() -> None:
    form = {"type": "json_schema", "schema": SCHEMA}
    assert again({**PLAIN, "output_format": form})["output_config"] == {"format": form}


def test_null_is_nothing() -> None:
    assert again({**PLAIN, "system": None, "tools": None, "thinking": None, "metadata": None}) == again(PLAIN)


def test_an_answer_that_has_not_begun_is_none() -> None:
    messages = [*PLAIN["messages"], {"role": "assistant", "content": []}]
    assert Anthropic().read({**PLAIN, "messages": messages}).request == Anthropic().read(PLAIN).request


PAST = ("temperature", "top_p", "top_k", "made_up_next_year")
"""What some versions of the SDK take as arguments, and all of them as `extra_body`."""


def test_what_the_official_client_sends() -> None:
    sent: list[dict[str, Any]] = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        sent.append(msgspec.json.decode(request.content))
        return httpx2.Response(400, json={})

    http = httpx2.Client(transport=httpx2.MockTransport(respond))
    given: Any = {key: value for key, value in EVERYTHING.items() if key not in PAST}
    past = {key: EVERYTHING[key] for key in PAST}
    with (
        anthropic.Anthropic(api_key="k", max_retries=0, http_client=http) as sdk,
        pytest.raises(anthropic.BadRequestError),
    ):
        sdk.beta.messages.create(**given, extra_body=past)
    found = again(sent[0])
    assert found.pop("tools") == [*sent[0]["tools"][:4], {"name": "g", "input_schema": SCHEMA}]
    assert found == {key: value for key, value in sent[0].items() if key != "tools"}


@pytest.mark.parametrize(
    ("fields", "argument"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"model": 1}, "model"),
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": [], "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "x", "tool_calls": []}]}, "messages[0].tool_calls"),
        ({"messages": user({"type": "image_url", "image_url": "https://e.org"})}, "messages[0].content[0].type"),
        ({"messages": user({"text": "x"})}, "messages[0].content[0].type"),
        ({"messages": user({"type": "text", "text": 1})}, "messages[0].content[0].text"),
        ({"messages": user({"type": "thinking", "thinking": "x"})}, "messages[0].content[0]"),
        ({"messages": user({"type": "image", "source": {"type": "x"}})}, "messages[0].content[0].source.type"),
        ({"messages": user({"type": "document", "source": {"type": "x"}})}, "messages[0].content[0].source.type"),
        ({"messages": user({"type": "document"})}, "messages[0].content[0].source"),
        (
            {"messages": user({"type": "document", "source": {"type": "base64", "media_type": "x", "data": "?"}})},
            "messages[0].content[0].source.data",
        ),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "x", "name": "f"}]}]},
            "messages[0].content[0].input",
        ),
        ({"messages": user({"type": "tool_result", "content": "x"})}, "messages[0].content[0].tool_use_id"),
        ({"system": 1}, "system"),
        ({"system": [{"type": "image"}]}, "system[0].type"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"name": "f"}]}, "tools[0].input_schema"),
        ({"tools": [{"name": "a b", "input_schema": {}}]}, "tools[0].name"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools[0].type"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tool_choice": {"type": "required"}}, "tool_choice.type"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.name"),
        ({"tool_choice": {"type": "tool", "name": "f"}}, "tool_choice.name"),
        ({"tool_choice": {"type": "any", "disable_parallel_tool_use": 1}}, "tool_choice.disable_parallel_tool_use"),
        ({"thinking": True}, "thinking"),
        ({"thinking": {"budget_tokens": 1}}, "thinking.type"),
        ({"thinking": {"type": "enabled", "budget_tokens": "x"}}, "thinking.budget_tokens"),
        ({"output_config": {"effort": "none"}}, "output_config.effort"),
        ({"output_config": {"effort": []}}, "output_config.effort"),
        ({"output_config": {"format": {"type": "json_object"}}}, "output_config.format.type"),
        ({"output_format": {"type": "json_schema"}}, "output_format.schema"),
        ({"temperature": 1.5}, "temperature"),
        ({"top_p": "1"}, "top_p"),
        ({"top_k": -1}, "top_k"),
        ({"stream": 1}, "stream"),
        ({"stop_sequences": "END"}, "stop_sequences"),
        ({"stop_sequences": [""]}, "stop_sequences[0]"),
        ({"metadata": []}, "metadata"),
        ({"mcp_servers": [1]}, "mcp_servers[0]"),
        ({"betas": [1]}, "betas[0]"),
        ({"container": 1}, "container"),
        ({"service_tier": 1}, "service_tier"),
    ],
)
def test_what_is_not_of_the_dialect_is_refused_by_name(fields: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read(**fields)
    assert caught.value.argument == argument
    assert argument in str(caught.value)


@pytest.mark.parametrize("body", [None, [], "x", 1, {1: 2}])
def test_a_body_that_is_no_object(body: Any) -> None:
    with pytest.raises(InvalidRequestError, match="body"):
        Anthropic().read(body)


def test_a_call_with_half_a_character() -> None:
    block = {"type": "tool_use", "id": "x", "name": "f", "input": {"a": "\ud83d"}}
    with pytest.raises(InvalidRequestError, match="surrogate"):
        read(messages=[{"role": "assistant", "content": [block]}])


def test_a_body_without_bottom() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    block = {"type": "tool_use", "id": "x", "name": "f", "input": deep}
    with pytest.raises(InvalidRequestError, match="deep"):
        read(messages=[{"role": "assistant", "content": [block]}])


FIELDS = st.sampled_from([*EVERYTHING, "output_format", "role", "content", "type", "source", "name", "input"])
TYPES = st.sampled_from(
    ["text", "image", "document", "tool_use", "tool_result", "thinking", "enabled", "tool", "base64", "url", "file",
     "user", "assistant", "system", "custom"]
)  # fmt: skip
HOSTILE = st.recursive(
    VALUES | TYPES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(FIELDS, HOSTILE, max_size=8), st.booleans())
@settings(max_examples=100)
def test_any_json_is_read_or_refused(fields: dict[str, Any], plain: bool) -> None:
    refused: InvalidRequestError | None = None
    try:
        Anthropic().read({**PLAIN, **fields} if plain else fields)
    except InvalidRequestError as error:
        refused = error
    assert refused is None or refused.argument


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (r.FilePart(data=PDF, media_type="application/pdf"), {"type": "base64", "media_type": "application/pdf",
                                                              "data": PDF}),
        (r.FilePart(url="https://e.org/x"), {"type": "url", "url": "https://e.org/x"}),
        (r.FilePart(id="file_1", media_type="text/csv"), {"type": "file", "file_id": "file_1"}),
        (r.FilePart(data=TEXT, media_type="text/csv; charset=utf-8"), {"type": "text", "media_type": "text/plain",
                                                                       "data": "naïve"}),
    ],
)  # fmt: skip
def test_files_as_documents(part: r.FilePart, expected: dict[str, Any]) -> None:
    request = r.Request(model="m", messages=[r.ChatMessage("user", [part])])
    assert Anthropic().body(request)["messages"][0]["content"] == [{"type": "document", "source": expected}]


def test_a_picture_as_a_file() -> None:
    request = r.Request(model="m", messages=[r.ChatMessage("user", [r.FilePart(id="f", media_type="image/png")])])
    expected = [{"type": "image", "source": {"type": "file", "file_id": "f"}}]
    assert Anthropic().body(request)["messages"][0]["content"] == expected


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (r.FilePart(data="AAAA", media_type="audio/wav"), "audio/wav"),
        (r.FilePart(url="https://e.org/x", media_type="video/mp4"), "video/mp4"),
        (r.FilePart(url="https://e.org/x", media_type="text/plain"), "text/plain"),
        (r.FilePart(data="/w==", media_type="text/plain"), "no UTF-8"),
        (r.FilePart(media_type="application/pdf"), "without a file"),
    ],
)
def test_files_that_the_api_has_no_form_for(part: r.FilePart, words: str) -> None:
    request = r.Request(model="m", messages=[r.ChatMessage("user", [part])])
    with pytest.raises(InvalidRequestError, match=words):
        Anthropic().body(request)
