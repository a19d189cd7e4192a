"""Request bodies of chat completions, read: every field, what is refused, and that the body written asks the same."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx2
import msgspec
import openai
import pytest
from hypothesis import example, given, settings, strategies as st

from slipstream import dialects
from slipstream.dialects.common.reply import Asked
from slipstream.dialects.common.request import (
    ChatMessage,
    FilePart,
    ImagePart,
    Part,
    RawPart,
    ReasoningPart,
    Request,
    TextPart,
    Thinking,
    ToolCallPart,
    ToolResultPart,
    Traits,
)
from slipstream.errors import InvalidRequestError

OPENAI = dialects.get("openai_chat")
ZHIPU = dialects.get("zhipu")
HI = {"role": "user", "content": "hi"}
DATA = base64.b64encode(b"bytes").decode()
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
PICTURE = "data:image/png;base64," + DATA


def read(messages: Any = None, **fields: Any) -> Asked:
    return OPENAI.read({"model": "m", "messages": [HI] if messages is None else messages, **fields})


def written(asked: Asked) -> dict[str, Any]:
    """The body that a gateway would send to a provider that speaks the same."""
    return OPENAI.body(msgspec.structs.replace(asked.request, extra=asked.own))


def parts(*messages: Any) -> list[list[Part]]:
    return [message.parts for message in read(list(messages)).request.messages]


def test_the_smallest_request() -> None:
    asked = read()
    assert asked.request == Request(
        model="m",
        messages=[ChatMessage("user", [TextPart("hi")])],
        stream=False,
        traits=Traits(stream_usage="never"),
    )
    assert (asked.own, asked.reply.include_usage, asked.reply.options) == ({}, False, {})


def test_a_field_that_is_null_is_absent() -> None:
    nulls = dict.fromkeys(
        ("stream", "stop", "n", "tools", "tool_choice", "temperature", "max_tokens", "user", "response_format", "new",
         "stream_options", "functions", "reasoning_effort", "thinking", "logit_bias")
    )  # fmt: skip
    assert read(**nulls) == read()


def test_sampling() -> None:
    fields = {"temperature": 0, "top_p": 0.5, "n": 2, "seed": -1, "stop": ["a", "b"], "stream": True}
    asked = read(**fields)
    assert {name: getattr(asked.request, name) for name in fields} == fields
    assert read(stop="a").request.stop == ["a"]


def test_either_bound_on_the_length() -> None:
    assert read(max_tokens=5).request.max_tokens == read(max_completion_tokens=5).request.max_tokens == 5
    assert written(read(max_completion_tokens=5))["max_completion_tokens"] == 5
    with pytest.raises(InvalidRequestError, match="beside the other bound"):
        read(max_tokens=5, max_completion_tokens=5)


def test_token_counts_are_told_when_asked_for() -> None:
    assert read(stream=True, stream_options={"include_usage": True}).reply.include_usage
    asked = read(stream=True, stream_options={"include_usage": False, "include_obfuscation": False})
    assert not asked.reply.include_usage
    assert asked.reply.options == {"include_obfuscation": False}
    assert ZHIPU.read({"model": "m", "messages": [HI], "stream": True}).reply.include_usage


def test_the_model_and_the_stream_of_the_path() -> None:
    asked = OPENAI.read({"messages": [HI]}, model="deployed", stream=True)
    assert (asked.request.model, asked.request.stream) == ("deployed", True)
    assert OPENAI.read({"messages": [HI], "model": "own"}, model="deployed").request.model == "own"


def test_response_formats() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    assert read(response_format={"type": "text"}).request.response_format is None
    assert read(response_format={"type": "json_object"}).request.response_format == {"type": "json_object"}
    assert read(response_format=schema).request.response_format == schema


def test_tools_and_their_choice() -> None:
    assert [tool.name for tool in read(tools=[TOOL]).request.tools] == ["f"]
    assert read(tools=[TOOL], tool_choice="required").request.tool_choice == "required"
    named = {"type": "function", "function": {"name": "f"}}
    assert read(tool_choice=named, tools=[TOOL]).request.tool_choice == "f"
    assert written(read(tools=[TOOL], tool_choice=named))["tool_choice"] == named
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}
    asked = read(tools=[TOOL], tool_choice=allowed)
    assert (asked.request.tool_choice, asked.own) == (None, {"tool_choice": allowed})
    assert read(tool_choice="auto").request.tool_choice is None  # without tools it says nothing


def test_the_old_functions_are_tools() -> None:
    function = {"name": "f", "description": "does", "parameters": {"type": "object", "properties": {}}}
    asked = read(functions=[function], function_call={"name": "f"})
    assert asked.request.tool_choice == "f"
    assert asked.reply.options == {"functions": True}
    assert written(asked)["tools"] == [{"type": "function", "function": function}]


@pytest.mark.parametrize(
    ("fields", "thinking", "style"),
    [
        ({"reasoning_effort": "high"}, Thinking(True, "high"), "effort"),
        ({"reasoning_effort": "none"}, Thinking(enabled=False, effort="none"), "effort"),
        ({"thinking": {"type": "enabled"}}, Thinking(enabled=True), "object"),
        ({"thinking": {"type": "disabled"}}, Thinking(enabled=False), "object"),
        ({"thinking": {"type": "enabled", "clear_thinking": False}},
         Thinking(enabled=True, extra={"clear_thinking": False}), "object"),
        ({"thinking": {"type": "enabled"}, "reasoning_effort": "max"}, Thinking(True, "max"), "object"),
        ({"reasoning_effort": "max", "thinking": {"type": "enabled"}}, Thinking(True, "max"), "object"),
        ({"enable_thinking": True, "thinking_budget": 9}, Thinking(enabled=True, budget=9), "enable_thinking"),
        ({"enable_thinking": False}, Thinking(enabled=False), "enable_thinking"),
        ({"reasoning": {"effort": "low", "exclude": True}}, Thinking(True, "low", None, {"exclude": True}),
         "openrouter"),
        ({"reasoning": {"max_tokens": 9}}, Thinking(enabled=True, budget=9), "openrouter"),
        ({"reasoning": {"enabled": False}}, Thinking(enabled=False), "openrouter"),
    ],
)  # fmt: skip
def test_thinking_in_every_word_for_it(fields: dict[str, Any], thinking: Thinking, style: str) -> None:
    asked = read(**fields)
    assert asked.request.thinking == thinking
    assert asked.request.traits.thinking_style == style
    body = written(asked)
    assert {name: body[name] for name in fields} == fields


OWN = {
    "frequency_penalty": 0.5, "presence_penalty": -1, "logit_bias": {"5": 1}, "logprobs": True, "top_logprobs": 2,
    "metadata": {"a": "b"}, "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"},
    "parallel_tool_calls": False, "prediction": {"type": "content", "content": "x"}, "service_tier": "flex",
    "store": True, "user": "u", "verbosity": "low", "web_search_options": {}, "safety_identifier": "s",
    "prompt_cache_key": "k", "prompt_cache_retention": "24h", "moderation": {"model": "m"}, "made_up": [1],
}  # fmt: skip


def test_other_fields_pass_as_they_are() -> None:
    asked = read(**OWN)
    assert asked.own == OWN
    assert {name: written(asked)[name] for name in OWN} == OWN


# Conversations.


def test_every_role() -> None:
    (system, user, assistant, tool) = read(
        [
            {"role": "developer", "content": "be brief"},
            {"role": "user", "content": [{"type": "text", "text": "hi"}], "name": "ann"},
            {
                "role": "assistant", "content": None,
                "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "42"}]},
        ]
    ).request.messages  # fmt: skip
    assert (system.role, system.parts) == ("system", [TextPart("be brief")])
    assert (user.name, user.parts) == ("ann", [TextPart("hi")])
    assert assistant.parts == [ToolCallPart(id="a", name="f")]
    assert tool.parts == [ToolResultPart(id="a", output="42")]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "image_url", "image_url": {"url": "https://a/b.png", "detail": "low"}},
         ImagePart(url="https://a/b.png", detail="low")),
        ({"type": "image_url", "image_url": {"url": PICTURE}}, ImagePart(data=DATA, media_type="image/png")),
        ({"type": "input_audio", "input_audio": {"data": DATA, "format": "wav"}},
         FilePart(data=DATA, media_type="audio/wav")),
        ({"type": "input_audio", "input_audio": {"data": DATA, "format": "mp3"}},
         FilePart(data=DATA, media_type="audio/mpeg")),
        ({"type": "file", "file": {"file_data": f"data:application/pdf;base64,{DATA}", "filename": "a.pdf"}},
         FilePart(data=DATA, media_type="application/pdf", name="a.pdf")),
        ({"type": "file", "file": {"file_data": DATA, "filename": "a.txt"}},
         FilePart(data=DATA, media_type="text/plain", name="a.txt")),
        ({"type": "file", "file": {"file_id": "file-1"}}, FilePart(id="file-1")),
    ],
)  # fmt: skip
def test_pictures_sounds_and_files(part: dict[str, Any], expected: Part) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "see"}, part]}
    assert parts(message) == [[TextPart("see"), expected]]
    (again,) = parts(written(read([message]))["messages"][0])
    assert again == [TextPart("see"), expected]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        # Qwen's own form, which nobody else takes.
        ({"type": "input_audio", "input_audio": {"data": "https://a/b.wav", "format": "wav"}},
         RawPart({"type": "input_audio", "input_audio": {"data": "https://a/b.wav", "format": "wav"}})),
        ({"type": "video_url", "video_url": {"url": "https://a/b.mp4?x=1"}},
         FilePart(url="https://a/b.mp4?x=1", media_type="video/mp4")),
        ({"type": "video_url", "video_url": "https://a/b"}, FilePart(url="https://a/b", media_type="video/*")),
        ({"type": "file_url", "file_url": {"url": "https://a/b.pdf"}},
         FilePart(url="https://a/b.pdf", media_type="application/pdf")),
        ({"type": "audio_url", "audio_url": {"url": "https://a"}}, FilePart(url="https://a", media_type="audio/*")),
        # More than a FilePart holds: it stays as it is.
        ({"type": "video_url", "video_url": {"url": "https://a", "fps": 2}},
         RawPart({"type": "video_url", "video_url": {"url": "https://a", "fps": 2}})),
        ({"type": "file", "file": {"file_id": "f"}, "cache_control": {}},
         RawPart({"type": "file", "file": {"file_id": "f"}, "cache_control": {}})),
    ],
)  # fmt: skip
def test_files_as_other_hosts_take_them(part: dict[str, Any], expected: Part) -> None:
    assert parts({"role": "user", "content": [part]}) == [[expected]]


@pytest.mark.parametrize(
    ("dialect", "part", "wire"),
    [
        ("openai_chat", FilePart(data=DATA, media_type="audio/x-wav"),
         {"type": "input_audio", "input_audio": {"data": DATA, "format": "wav"}}),
        ("openai_chat", FilePart(data=DATA, media_type="application/pdf"),
         {"type": "file", "file": {"filename": "file.pdf", "file_data": f"data:application/pdf;base64,{DATA}"}}),
        ("openai_chat", FilePart(id="file-1"), {"type": "file", "file": {"file_id": "file-1"}}),
        ("zhipu", FilePart(url="https://a/b.mp4", media_type="video/mp4"),
         {"type": "video_url", "video_url": {"url": "https://a/b.mp4"}}),
        ("zhipu", FilePart(url="https://a/b.pdf", media_type="application/pdf"),
         {"type": "file_url", "file_url": {"url": "https://a/b.pdf"}}),
        ("zhipu", FilePart(data=DATA, media_type="audio/mpeg"),
         {"type": "input_audio", "input_audio": {"data": DATA, "format": "mp3"}}),
    ],
)  # fmt: skip
def test_a_file_is_written(dialect: str, part: FilePart, wire: dict[str, Any]) -> None:
    request = Request(model="m", messages=[ChatMessage("user", [TextPart("x"), part])])
    assert dialects.get(dialect).body(request)["messages"][0]["content"][1] == wire


@pytest.mark.parametrize(
    ("dialect", "part"),
    [
        ("openai_chat", FilePart(url="https://a/b.pdf", media_type="application/pdf")),
        ("openai_chat", FilePart(data=DATA, media_type="audio/flac")),
        ("openai_chat", FilePart(data=DATA, media_type="video/mp4")),
        ("zhipu", FilePart(id="file-1")),
        ("zhipu", FilePart(data=DATA, media_type="application/pdf")),
        ("zhipu", FilePart(url="https://a/b.wav", media_type="audio/wav")),
    ],
)
def test_a_file_that_has_no_place_is_refused_by_name(dialect: str, part: FilePart) -> None:
    request = Request(model="m", messages=[ChatMessage("user", [TextPart("x"), part])])
    with pytest.raises(InvalidRequestError) as caught:
        dialects.get(dialect).body(request)
    assert caught.value.argument == "messages[0].content[1]"


def test_an_earlier_answer_comes_back() -> None:
    """With what this shape's clients keep of one of ours: thinking, its proofs, pictures, a sound."""
    proven = {"type": "reasoning.text", "format": "slipstream", "text": "hm", "signature": "s", "index": 0}
    sealed = {"type": "reasoning.encrypted", "format": "slipstream", "data": "xyz", "index": 1}
    foreign = {"type": "reasoning.encrypted", "format": "slipstream-details", "data": '[{"id":"rs"}]', "index": 2}
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"},
            "extra_content": {"slipstream": {"thought_signature": "t"}}}  # fmt: skip
    message = {
        "role": "assistant", "content": "so", "reasoning_content": "hm",
        "reasoning_details": [proven, sealed, foreign], "tool_calls": [call], "audio": {"id": "snd"},
        "images": [{"type": "image_url", "index": 0, "image_url": {"url": PICTURE}}], "annotations": [],
        "refusal": None,
    }  # fmt: skip
    assert parts(message) == [
        [
            ReasoningPart("hm", "s"),
            ReasoningPart(redacted="xyz"),
            ReasoningPart(details=[{"id": "rs"}]),
            TextPart("so"),
            FilePart(id="snd", media_type="audio/*"),
            ImagePart(data=DATA, media_type="image/png"),
            ToolCallPart(id="a", name="f", metadata={"thought_signature": "t"}),
        ]
    ]


def test_openrouters_own_details_stay_what_they_are() -> None:
    details = [{"type": "reasoning.text", "text": "hm", "format": "anthropic-claude-v1", "index": 0}]
    asked = read([HI, {"role": "assistant", "content": "a", "reasoning_details": details}], reasoning={"effort": "low"})
    assert asked.request.messages[1].parts[0] == ReasoningPart(details=details)
    assert written(asked)["messages"][1]["reasoning_details"] == details


def test_the_sound_of_an_earlier_answer_goes_back_by_its_id() -> None:
    message = {"role": "assistant", "content": None, "audio": {"id": "snd"}}
    assert written(read([HI, message]))["messages"][1] == {**message}


@pytest.mark.parametrize("mark", ["prefix", "partial"])
def test_an_answer_to_be_continued(mark: str) -> None:
    assert written(read([HI, {"role": "assistant", "content": "a", mark: True}]))["messages"][1][mark] is True


# What is refused.


@pytest.mark.parametrize(
    ("fields", "argument"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [1]}, "messages[0]"),
        ({"messages": [{"role": "oracle", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
         "messages[0].content[0].image_url.url"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0].input_audio"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "?"}}]}]},
         "messages[0].content[0].input_audio.data"),
        ({"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]}, "messages[0].content[0].file"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"model": None}, "model"),
        ({"model": 5}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": True}, "stream_options"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("inf")}, "temperature"),
        ({"top_p": True}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 1.5}, "max_completion_tokens"),
        ({"n": 0}, "n"),
        ({"seed": "x"}, "seed"),
        ({"stop": [1]}, "stop[0]"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"tools": {}}, "tools"),
        ({"tools": [TOOL, {"type": "function", "function": {"name": "a b"}}]}, "tools[1].function.name"),
        ({"tools": [TOOL, 5]}, "tools[1]"),
        ({"tools": [TOOL, TOOL]}, "tools[1].name"),
        ({"tools": [TOOL], "functions": [{"name": "g"}]}, "functions"),
        ({"functions": [{"name": ""}]}, "functions[0].name"),
        ({"tools": [TOOL], "tool_choice": "g"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function"}}, "tool_choice.function"),
        ({"tools": [TOOL], "tool_choice": {"type": 5}}, "tool_choice.type"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"functions": [{"name": "g"}], "function_call": {"name": "h"}}, "function_call"),
        ({"reasoning_effort": "hard"}, "reasoning_effort"),
        ({"thinking": True}, "thinking"),
        ({"thinking": {"type": "maybe"}}, "thinking.type"),
        ({"enable_thinking": "yes"}, "enable_thinking"),
        ({"thinking_budget": 0}, "thinking_budget"),
        ({"reasoning": {"effort": "hard"}}, "reasoning.effort"),
        ({"reasoning": {"enabled": 1}}, "reasoning.enabled"),
        ({"logprobs": 1}, "logprobs"),
        ({"top_logprobs": "1"}, "top_logprobs"),
        ({"logit_bias": []}, "logit_bias"),
        ({"modalities": "text"}, "modalities"),
        ({"user": 5}, "user"),
        ({"metadata": {"a": "\ud800"}}, "metadata"),
        ({"made_up": "\ud800"}, "made_up"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_by_the_name_of_the_field(fields: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        OPENAI.read({"model": "m", "messages": [HI], **fields})
    assert caught.value.argument == argument
    assert str(caught.value).startswith(argument)


def test_a_body_nested_without_end_is_refused() -> None:
    deep: Any = {"role": "user", "content": "x"}
    for _ in range(3000):
        deep = {"type": "tool_result", "tool_use_id": "a", "content": [deep]}
    with pytest.raises(InvalidRequestError):
        read([{"role": "user", "content": [deep]}])
    with pytest.raises(InvalidRequestError):
        read(made_up=deep)


@pytest.mark.parametrize("body", [None, [], "x", {1: 2}])
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(InvalidRequestError, match="body"):
        OPENAI.read(body)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["\ud800"])
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(["type", "role", "content", "name"]), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["model", "messages", "stream", "stream_options", "max_tokens", "stop", "n", "tools", "tool_choice", "functions",
     "function_call", "response_format", "thinking", "reasoning", "reasoning_effort", "logprobs", "enable_thinking"]
)  # fmt: skip
ROLES = st.sampled_from(["user", "assistant", "tool", "system", "developer", "function", "x"])
PARTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", "input_audio", "file", "video_url", "tool_result"])},
    optional=dict.fromkeys(("text", "image_url", "input_audio", "file", "video_url", "content"), JSON),
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": ROLES, "content": JSON | st.lists(PARTS, max_size=2)},
        optional=dict.fromkeys(("tool_calls", "audio", "images", "reasoning_details", "name"), JSON),
    ),
    max_size=2,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAMES | st.text(max_size=5), JSON, max_size=5), MESSAGES, st.booleans())
@example({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {}}, [HI], True)
def test_any_json_is_read_or_refused(body: dict[str, Any], messages: list[Any], plain: bool) -> None:
    body = {"model": "m", "messages": [HI] if plain else messages} | body
    for dialect in (OPENAI, ZHIPU):
        try:
            asked = dialect.read(body)
        except InvalidRequestError:
            continue
        json.dumps(asked.own).encode()
        msgspec.json.encode(asked.request)


# What the official SDK sends.

SENT: list[dict[str, Any]] = [
    {"messages": [HI]},
    {
        "messages": [
            {"role": "developer", "content": "be brief"},
            {"role": "user", "content": [{"type": "text", "text": "see"},
                                         {"type": "image_url", "image_url": {"url": PICTURE, "detail": "high"}},
                                         {"type": "input_audio", "input_audio": {"data": DATA, "format": "mp3"}},
                                         {"type": "file", "file": {"file_id": "file-1"}}]},
            {"role": "assistant", "content": "ok",
             "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}]},
            {"role": "tool", "tool_call_id": "a", "content": "42"},
            {"role": "user", "content": "go on", "name": "ann"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "strict": True,
                                                    "parameters": {"type": "object", "properties": {}}}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "stream": True, "stream_options": {"include_usage": True}, "max_completion_tokens": 9, "temperature": 0.5,
        "top_p": 0.9, "n": 2, "seed": 7, "stop": ["x"], "reasoning_effort": "low", "parallel_tool_calls": False,
        "response_format": {"type": "json_object"}, "logprobs": True, "top_logprobs": 2, "user": "u",
        "metadata": {"a": "b"}, "logit_bias": {"1": 2}, "service_tier": "auto", "store": False, "verbosity": "low",
        "modalities": ["text", "audio"], "audio": {"voice": "ash", "format": "pcm16"},
        "prediction": {"type": "content", "content": "x"}, "web_search_options": {}, "frequency_penalty": 0.1,
    },
]  # fmt: skip


@pytest.mark.parametrize("fields", SENT, ids=["small", "everything"])
def test_a_body_of_the_official_sdk_is_written_as_it_was_read(fields: dict[str, Any]) -> None:
    bodies: list[Any] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        return httpx2.Response(400, json={"error": {"message": "enough", "type": "x", "param": None, "code": None}})

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        client = openai.OpenAI(api_key="none", base_url="http://x", http_client=http, max_retries=0)
        with pytest.raises(openai.BadRequestError, match="enough"):
            client.chat.completions.create(model="m", **fields)
    (body,) = bodies
    assert written(OPENAI.read(body)) == {"stream": False, **body}
