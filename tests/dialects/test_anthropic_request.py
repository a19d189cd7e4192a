"""Neutral requests as bodies of the Messages API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from slipstream.dialects.anthropic import Anthropic
from slipstream.dialects.common.anthropic_wire.request import DEFAULT_MAX_TOKENS, MAX_TOKENS_WITHOUT_STREAM
from slipstream.dialects.common.messages import normalise, normalise_thinking, normalise_tools
from slipstream.dialects.common.request import RawPart, Request, Traits
from slipstream.errors import InvalidRequestError, UnsupportedError
from slipstream.events import Message

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
SCHEMA: dict[str, Any] = {"type": "object", "properties": {}}


def body(messages: Any = "hi", **options: Any) -> dict[str, Any]:
    """The body of a request, as JSON would carry it."""
    request = Request(model="claude", messages=normalise(messages, system=options.pop("system", None)), **options)
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(Anthropic().body(request)))
    return made


def turns(messages: Any, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body(messages, **options)["messages"]
    return found


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text}]}


def test_the_plainest_request() -> None:
    assert body() == {"model": "claude", "max_tokens": DEFAULT_MAX_TOKENS, "messages": [user("hi")], "stream": True}


def test_everything_the_api_takes() -> None:
    found = body(
        temperature=0.5, top_p=0.9, stop=["END"], max_tokens=10, stream=False, tool_choice="required",
        tools=normalise_tools([{"name": "f", "description": "d", "input_schema": SCHEMA}]),
        extra={"service_tier": "auto"},
    )  # fmt: skip
    del found["messages"]
    assert found == {
        "model": "claude", "max_tokens": 10, "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["END"],
        "tools": [{"name": "f", "description": "d", "input_schema": SCHEMA}], "tool_choice": {"type": "any"},
        "service_tier": "auto",
    }  # fmt: skip


def test_extra_fields_win() -> None:
    assert body(max_tokens=10, extra={"max_tokens": 20})["max_tokens"] == 20


@pytest.mark.parametrize(
    ("limit", "stream", "tokens"),
    [
        (None, True, DEFAULT_MAX_TOKENS),
        (64000, True, 64000),
        (64000, False, MAX_TOKENS_WITHOUT_STREAM),
        (8192, False, 8192),
    ],
)
def test_max_tokens_is_always_there(limit: int | None, stream: bool, tokens: int) -> None:
    assert body(traits=Traits(output_limit=limit), stream=stream)["max_tokens"] == tokens


def test_system_messages_come_out_of_the_conversation() -> None:
    found = body([{"role": "system", "content": "a"}, {"role": "user", "content": "hi"}], system="first")
    assert found["system"] == "first\n\na"
    assert found["messages"] == [user("hi")]


def test_a_cached_system_prompt_stays_in_blocks() -> None:
    cached = {"type": "text", "text": "long", "cache_control": {"type": "ephemeral"}}
    chat = [{"role": "system", "content": [{"type": "text", "text": "a"}, cached]}, {"role": "user", "content": "hi"}]
    assert body(chat)["system"] == [{"type": "text", "text": "a"}, cached]


def test_pictures() -> None:
    chat = [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                {"type": "image_url", "image_url": {"url": "https://h/a.png"}},
                {"type": "text", "text": "?"},
            ],
        }
    ]
    assert turns(chat)[0]["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        {"type": "image", "source": {"type": "url", "url": "https://h/a.png"}},
        {"type": "text", "text": "?"},
    ]


def called(*ids: str, name: str = "f", arguments: str = '{"a":1}') -> dict[str, Any]:
    calls = [{"id": id, "type": "function", "function": {"name": name, "arguments": arguments}} for id in ids]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def result(id: str, content: str = "7") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": content}


def test_calls_and_results_take_turns() -> None:
    chat = [
        {"role": "user", "content": "go"},
        called("c1", "c2"),
        result("c1"),
        result("c2"),
        {"role": "user", "content": "so?"},
    ]
    assert turns(chat) == [
        user("go"),
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": id, "name": "f", "input": {"a": 1}} for id in ("c1", "c2")],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "7"},
                {"type": "tool_result", "tool_use_id": "c2", "content": "7"},
                {"type": "text", "text": "so?"},
            ],
        },
    ]


def test_failed_results_say_so() -> None:
    chat = [called("c"), {"role": "tool", "tool_call_id": "c", "content": "no", "is_error": True}]
    assert turns(chat)[1]["content"][0]["is_error"] is True


def test_ids_of_other_providers_are_made_to_fit() -> None:
    """Kimi's `functions.f:0` would be refused: the API takes letters, digits, `_` and `-`."""
    found = turns([called("functions.f:0"), result("functions.f:0")])
    assert found[0]["content"][0]["id"] == found[1]["content"][0]["tool_use_id"] == "functions_f_0"


def test_the_old_function_form_gets_ids() -> None:
    def ask(name: str) -> dict[str, Any]:
        return {"role": "assistant", "content": None, "function_call": {"name": name, "arguments": "{}"}}

    def tell(name: str) -> dict[str, Any]:
        return {"role": "function", "name": name, "content": "7"}

    found = turns([ask("f"), tell("f"), ask("g"), tell("g"), ask("f"), tell("f")])
    calls = [block["id"] for turn in found for block in turn["content"] if block["type"] == "tool_use"]
    results = [block["tool_use_id"] for turn in found for block in turn["content"] if block["type"] == "tool_result"]
    assert calls == results
    assert len(set(calls)) == 3


@pytest.mark.parametrize("arguments", ['{"a":', "[1]", '"x"'])
def test_arguments_that_are_no_object_go_back_inside_one(arguments: str) -> None:
    found = turns([called("c", arguments=arguments), result("c")])
    assert found[0]["content"][0]["input"] == {"INVALID_JSON": arguments}


def test_thinking_goes_back_signed_and_first_or_not_at_all() -> None:
    chat: list[dict[str, Any]] = [
        {"role": "user", "content": "go"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "why", "signature": "sig"},
                {"type": "redacted_thinking", "data": "opaque"},
                {"type": "text", "text": "so"},
            ],
        },
        {"role": "user", "content": "and?"},
        {"role": "assistant", "content": "b", "reasoning_content": "another provider's"},
        {"role": "user", "content": "more"},
    ]
    found = turns(chat)
    assert found[1]["content"] == chat[1]["content"]
    assert found[3]["content"] == [{"type": "text", "text": "b"}]


@pytest.mark.parametrize("number", ["08", "09", "12", "13"])
def test_a_recorded_answer_goes_back(corpora: Path, number: str) -> None:
    """A paused turn block by block as it came; of a finished one the text, without calls the provider ran."""
    path = next((corpora / "streams/anthropic").glob(f"{number}-*"))
    lines = [line.removeprefix("data: ") for line in path.read_text().splitlines()]
    wires = [json.loads(line) for line in lines if line.startswith("{")]
    decoder = Anthropic().decoder()
    message = Message.of([event for wire in wires for event in decoder.feed_wire(wire)])
    (turn,) = [turn for turn in turns([{"role": "user", "content": "go"}, message, {"role": "user", "content": "on"}])
               if turn["role"] == "assistant"]  # fmt: skip
    sent = {wire["index"]: wire["content_block"] for wire in wires if wire["type"] == "content_block_start"}
    results = {block["tool_use_id"]: block for block in sent.values() if block["type"].endswith("_tool_result")}
    back = {block["tool_use_id"]: block for block in turn["content"] if block["type"].endswith("_tool_result")}
    for id, block in back.items():
        assert block == {key: value for key, value in results[id].items() if key != "caller"}
    kinds = [block["type"] for block in turn["content"]]
    if number == "08":
        assert kinds == [block["type"] for block in sent.values()]
    else:
        assert "server_tool_use" not in kinds
        assert "mcp_tool_use" not in kinds


def paused(kind: str, name: str, content: Any, **result: Any) -> dict[str, Any]:
    """A paused turn in the API's own form, after a trip through the decoder."""
    call_id = "mcptoolu_1" if kind == "mcp_tool_use" else "srvtoolu_1"
    blocks = [
        {"type": kind, "id": call_id, "name": name, "input": {}},
        {"tool_use_id": call_id, "content": content, **result},
    ]
    body = {"type": "message", "id": "m", "content": blocks, "stop_reason": "pause_turn"}
    message = Message.of(Anthropic().decode_body(json.dumps(body).encode()))
    found = turns([{"role": "user", "content": "go"}, message])[-1]
    assert found["content"][1] == blocks[1]
    return found


def test_every_kind_of_own_result_goes_back_as_it_came() -> None:
    paused("mcp_tool_use", "echo", [{"type": "text", "text": "a"}], type="mcp_tool_result")
    paused("mcp_tool_use", "echo", "no", type="mcp_tool_result", is_error=True)
    paused("server_tool_use", "web_search", [{"url": "u"}], type="web_search_tool_result")
    error = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    paused("server_tool_use", "web_search", error, type="web_search_tool_result")
    paused("server_tool_use", "tool_search_tool_regex", {"tools": []}, type="tool_search_tool_result")


def test_a_prefill_needs_a_model_that_takes_it() -> None:
    chat = [{"role": "user", "content": "go"}, {"role": "assistant", "content": "The answer is \n"}]
    assert turns(chat, traits=Traits(prefill="assistant-last"))[-1] == {
        "role": "assistant", "content": [{"type": "text", "text": "The answer is"}],
    }  # fmt: skip
    with pytest.raises(UnsupportedError, match="prefill"):
        turns(chat)


def test_an_empty_prefill_is_none() -> None:
    chat = [{"role": "user", "content": "go"}, {"role": "assistant", "content": " "}]
    assert turns(chat, traits=Traits(prefill="assistant-last")) == [user("go")]


@pytest.mark.parametrize(
    ("thinking", "traits", "expected", "effort"),
    [
        (None, Traits(), None, None),
        (False, Traits(), {"type": "disabled"}, None),
        ("none", Traits(), {"type": "disabled"}, None),
        (True, Traits(output_limit=10_000), {"type": "enabled", "budget_tokens": 5000}, None),
        ("low", Traits(output_limit=10_000), {"type": "enabled", "budget_tokens": 2000}, None),
        ("high", Traits(output_limit=10_000, thinking_style="budget"), {"type": "enabled", "budget_tokens": 8000},
         None),
        ("minimal", Traits(), {"type": "enabled", "budget_tokens": 1024}, None),
        (True, Traits(thinking_style="adaptive"), {"type": "adaptive"}, None),
        ("high", Traits(thinking_style="adaptive"), {"type": "adaptive"}, "high"),
        ({"type": "adaptive", "display": "omitted"}, Traits(), {"type": "adaptive", "display": "omitted"}, None),
        ({"type": "enabled", "budget_tokens": 2048}, Traits(thinking_style="adaptive"),
         {"type": "enabled", "budget_tokens": 2048}, None),
    ],
)  # fmt: skip
def test_thinking(thinking: Any, traits: Traits, expected: Any, effort: str | None) -> None:
    found = body(thinking=normalise_thinking(thinking), traits=traits)
    assert found.get("thinking") == expected
    assert found.get("output_config") == (None if effort is None else {"effort": effort})


def test_a_budget_makes_room_for_itself() -> None:
    found = body(thinking=normalise_thinking({"type": "enabled", "budget_tokens": 8000}))
    assert found["max_tokens"] == DEFAULT_MAX_TOKENS + 8000


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("auto", {"type": "auto"}), ("none", {"type": "none"}), ("required", {"type": "any"}),
        ("f", {"type": "tool", "name": "f"}),
    ],
)  # fmt: skip
def test_tool_choice(given: str, expected: dict[str, str]) -> None:
    assert (
        body(tool_choice=given, tools=normalise_tools([{"name": "f", "input_schema": SCHEMA}]))["tool_choice"]
        == expected
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "web_search_20250305", "name": "web_search", "max_uses": 5},
         {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}),
        ({"name": "f", "input_schema": SCHEMA, "cache_control": {"type": "ephemeral"}},
         {"name": "f", "input_schema": SCHEMA, "cache_control": {"type": "ephemeral"}}),
        ({"type": "function", "function": {"name": "f", "strict": True}, "extra": 1},
         {"name": "f", "input_schema": SCHEMA, "strict": True}),
    ],
)  # fmt: skip
def test_tools(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert body(tools=normalise_tools([given]))["tools"] == [expected]


def test_a_schema_for_the_answer() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}}
    assert body(response_format=wanted)["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"n": 2}, "n: 2 answers"),
        ({"seed": 1}, "seed: "),
        ({"temperature": 1.5}, "temperature: 1.5 is out of range; accepted: 0 to 1"),
        ({"max_tokens": 0}, "max_tokens: 0 is out of range"),
        ({"tool_choice": "g"}, "tool_choice: no such tool; accepted: auto, none, required"),
        ({"response_format": {"type": "json_object"}}, "response_format: "),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, r"response_format\.json_schema\.schema"),
        ({"thinking": normalise_thinking({"budget_tokens": 1000})}, r"thinking\.budget_tokens: 1000 is too small"),
        ({"thinking": normalise_thinking({"budget_tokens": 5000}), "max_tokens": 5000},
         r"thinking\.budget_tokens: 5000 is not below max_tokens"),
        ({"thinking": normalise_thinking(True), "max_tokens": 500}, "max_tokens: 500 leaves no room"),
        ({"thinking": normalise_thinking("minimal"), "traits": Traits(thinking_style="adaptive")},
         "thinking: the effort 'minimal'"),
        ({"messages": [{"role": "system", "content": "a"}]}, "messages: nothing but system"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages: nothing but system messages and empty ones"),
    ],
)  # fmt: skip
def test_what_the_api_cannot_say_is_refused_by_name(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        body(**options)


def test_a_request_is_not_changed_by_its_body() -> None:
    last = {"type": "text", "text": "b ", "cache_control": {"type": "ephemeral"}}
    chat: list[dict[str, Any]] = [{"role": "user", "content": "a"}, {"role": "assistant", "content": [last]}]
    request = Request(model="c", messages=normalise(chat), traits=Traits(prefill="assistant-last"))
    first = Anthropic().body(request)
    assert Anthropic().body(request) == first
    assert first["messages"][-1]["content"][-1]["text"] == "b"
    (part,) = request.messages[-1].parts
    assert part == RawPart(last)
    assert Anthropic().path(request) == "messages"
