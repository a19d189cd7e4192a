"""The body of a chat completion request: messages, tools, thinking, and what providers name differently."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream import dialects
from slipstream.dialects.common.messages import normalise, normalise_tools
from slipstream.dialects.common.request import (
    ChatMessage,
    ImagePart,
    Part,
    RawPart,
    ReasoningPart,
    Request,
    TextPart,
    Thinking,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Traits,
)
from slipstream.errors import InvalidRequestError, UnsupportedError

OPENAI = dialects.get("openai_chat")
HELLO = ChatMessage("user", [TextPart("hi")])


def ask(*messages: ChatMessage, **options: Any) -> dict[str, Any]:
    return OPENAI.body(Request(model="m", messages=list(messages) or [HELLO], **options))


def written(*messages: ChatMessage, **traits: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(*messages, traits=Traits(**traits))["messages"]
    return found


def assistant(*parts: Part) -> ChatMessage:
    return ChatMessage("assistant", list(parts))


# Fields.


def test_a_plain_request() -> None:
    assert ask() == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_every_field() -> None:
    body = ask(
        temperature=0.0, top_p=0.5, max_tokens=5, stop=["a", "b"], n=2, seed=0, response_format={"type": "json_object"},
        tools=[Tool("f", strict=False)], tool_choice="f", extra={"user": "u", "seed": 9},
    )  # fmt: skip
    del body["messages"], body["model"], body["stream_options"]
    function = {"name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False}
    assert body == {
        "stream": True, "temperature": 0.0, "top_p": 0.5, "max_tokens": 5, "stop": ["a", "b"], "n": 2, "seed": 9,
        "response_format": {"type": "json_object"}, "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": "f"}}, "user": "u",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stream", "usage", "asked"),
    [(True, "ask", True), (True, "always", False), (True, "never", False), (False, "ask", False)],
)
def test_usage_is_asked_for_where_it_must_be(stream: bool, usage: Any, asked: bool) -> None:
    body = ask(stream=stream, traits=Traits(stream_usage=usage))
    assert body["stream"] is stream
    assert ("stream_options" in body) is asked


def test_the_bound_on_the_answer_has_two_names() -> None:
    assert ask(max_tokens=5)["max_tokens"] == 5
    body = ask(max_tokens=5, traits=Traits(max_tokens_field="max_completion_tokens"))
    assert body["max_completion_tokens"] == 5
    assert "max_tokens" not in body


def test_the_path_and_the_key() -> None:
    request = Request(model="m", messages=[HELLO])
    assert OPENAI.path(request) == "chat/completions"
    azure = Request(model="m", messages=[HELLO], traits=Traits(version="2026-01-01"))
    assert OPENAI.path(azure) == "chat/completions?api-version=2026-01-01"
    assert OPENAI.headers("sk-id.secret", now=0) == {"Authorization": "Bearer sk-id.secret"}
    assert OPENAI.headers(None, now=0) == {}


# Tools.


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_words_for_the_choice_of_tools(choice: str) -> None:
    assert ask(tools=[Tool("f")], tool_choice=choice)["tool_choice"] == choice


def test_no_tools_and_none_to_choose_is_no_field() -> None:
    body = ask(tool_choice="none")
    assert "tool_choice" not in body
    assert "tools" not in body


@pytest.mark.parametrize(("tools", "choice"), [([], "auto"), ([], "f"), ([Tool("f")], "g")])
def test_a_choice_that_is_none_is_refused(tools: list[Tool], choice: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^tool_choice: "):
        ask(tools=tools, tool_choice=choice)


def test_tools_in_every_form() -> None:
    def weather(city: str) -> str:
        """The weather."""
        return city

    own = {"type": "web_search_preview"}
    written_tools = ask(tools=normalise_tools([weather, own]))["tools"]
    assert written_tools[0]["function"]["name"] == "weather"
    assert written_tools[0]["function"]["description"] == "The weather."
    assert written_tools[1] == own


# Messages.


def test_the_role_of_system_messages() -> None:
    system = ChatMessage("system", [TextPart("s")])
    assert [message["role"] for message in written(system, HELLO)] == ["system", "user"]
    assert written(system, HELLO, system_role="developer")[0] == {"role": "developer", "content": "s"}


def test_several_parts_are_an_array_and_one_text_is_a_text() -> None:
    parts: list[Part] = [
        TextPart("a"), ImagePart(url="https://a.example/b.png", detail="low"),
        ImagePart(data="aGk=", media_type="image/png"), RawPart({"type": "input_audio", "input_audio": {}}),
    ]  # fmt: skip
    assert written(ChatMessage("user", parts, "ann")) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "image_url", "image_url": {"url": "https://a.example/b.png", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                {"type": "input_audio", "input_audio": {}},
            ],
            "name": "ann",
        }
    ]


def test_calls_and_their_results() -> None:
    call = ToolCallPart("x", "f", '{"a": 1}', {"extra_content": {"google": {"thought_signature": "s"}}})
    results = ChatMessage("tool", [ToolResultPart("x", "42"), ToolResultPart("y", "no", is_error=True)])
    assert written(HELLO, assistant(call), results)[1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "extra_content": {"google": {"thought_signature": "s"}},
                    "id": "x",
                    "type": "function",
                    "function": {"name": "f", "arguments": '{"a": 1}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "x", "content": "42"},
        {"role": "tool", "tool_call_id": "y", "content": "no"},
    ]


def test_text_beside_a_call() -> None:
    (message,) = written(assistant(TextPart("so"), ToolCallPart("x", "f")))
    assert message["content"] == "so"
    assert message["tool_calls"][0]["function"]["arguments"] == "{}"


def test_the_legacy_function_form() -> None:
    conversation: list[dict[str, Any]] = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "42"},
    ]
    assert written(*normalise(conversation)) == conversation


def test_results_in_a_user_message_come_first() -> None:
    message = ChatMessage("user", [TextPart("and?"), ToolResultPart("x", "42")])
    assert [wire["role"] for wire in written(message)] == ["tool", "user"]
    assert [wire["role"] for wire in written(ChatMessage("user", [ToolResultPart("x", "42")]))] == ["tool"]


def test_a_conversation_in_openais_form_comes_back_as_it_was() -> None:
    conversation: list[dict[str, Any]] = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "hi", "name": "ann"},
        {"role": "assistant", "content": "so", "tool_calls": [
            {"id": "x", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "x", "content": "42"},
        {"role": "assistant", "content": "done"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
    ]  # fmt: skip
    assert written(*normalise(conversation)) == conversation


def test_no_messages_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^messages: "):
        OPENAI.body(Request(model="m", messages=[]))


def test_a_part_in_a_wrong_place_is_refused_by_its_place() -> None:
    with pytest.raises(InvalidRequestError, match=r"messages\[1\]\.content\[0\]: a ToolCallPart"):
        written(HELLO, ChatMessage("user", [ToolCallPart("x", "f")]))


THOUGHT = ReasoningPart("hm", details=[{"type": "reasoning.text", "text": "hm"}])


@pytest.mark.parametrize(
    ("style", "echoed"),
    [
        ("object", {"reasoning_content": "hm"}),
        ("enable_thinking", {"reasoning_content": "hm"}),
        ("openrouter", {"reasoning_details": THOUGHT.details}),
        ("effort", {}),
        ("none", {}),
    ],
)
def test_thinking_goes_back_where_it_is_wanted(style: Any, echoed: dict[str, Any]) -> None:
    (message,) = written(assistant(THOUGHT, TextPart("so")), thinking_style=style)
    assert message == {"role": "assistant", "content": "so", **echoed}


def test_thinking_without_details_goes_back_as_text() -> None:
    (message,) = written(assistant(ReasoningPart("hm"), TextPart("so")), thinking_style="openrouter")
    assert message["reasoning"] == "hm"


@pytest.mark.parametrize(
    ("prefill", "mark"),
    [("prefix", {"prefix": True}), ("partial", {"partial": True}), ("assistant-last", {}), (None, {})],
)
def test_a_trailing_answer_asks_to_be_continued(prefill: Any, mark: dict[str, Any]) -> None:
    messages = written(HELLO, assistant(TextPart("Once")), prefill=prefill)
    assert messages[-1] == {"role": "assistant", "content": "Once", **mark}
    inner = written(assistant(TextPart("Once")), HELLO, prefill=prefill)
    assert inner[0] == {"role": "assistant", "content": "Once"}


def test_a_trailing_call_is_no_prefill() -> None:
    (message,) = written(assistant(ToolCallPart("x", "f")), prefill="prefix")
    assert "prefix" not in message


# Thinking.


def thinking(style: Any, **options: Any) -> dict[str, Any]:
    body = ask(thinking=Thinking(**options), traits=Traits(thinking_style=style))
    return {key: value for key, value in body.items() if key not in ("model", "messages", "stream", "stream_options")}


@pytest.mark.parametrize(
    ("style", "options", "fields"),
    [
        ("effort", {"effort": "high", "enabled": True}, {"reasoning_effort": "high"}),
        ("effort", {"enabled": True}, {"reasoning_effort": "medium"}),
        ("effort", {"enabled": False}, {"reasoning_effort": "none"}),
        ("effort", {"extra": {"verbosity": "low"}}, {"verbosity": "low"}),
        ("effort", {}, {}),
        ("object", {"enabled": True}, {"thinking": {"type": "enabled"}}),
        ("object", {"enabled": False, "effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("object", {"extra": {"clear_thinking": True}}, {"thinking": {"clear_thinking": True}}),
        ("object", {"effort": "max"}, {"reasoning_effort": "max"}),
        ("enable_thinking", {"enabled": True, "budget": 9}, {"enable_thinking": True, "thinking_budget": 9}),
        ("enable_thinking", {"enabled": False, "effort": "none"}, {"enable_thinking": False}),
        ("openrouter", {"enabled": True}, {"reasoning": {"enabled": True}}),
        ("openrouter", {"enabled": False}, {"reasoning": {"enabled": False}}),
        ("openrouter", {"effort": "low", "enabled": True}, {"reasoning": {"effort": "low"}}),
        ("openrouter", {"budget": 9, "extra": {"exclude": True}}, {"reasoning": {"max_tokens": 9, "exclude": True}}),
        ("openrouter", {}, {}),
        ("none", {"enabled": False}, {}),
        ("none", {"extra": {"reasoning": 1}}, {"reasoning": 1}),
        ("none", {}, {}),
    ],
)
def test_thinking_in_the_providers_words(style: str, options: dict[str, Any], fields: dict[str, Any]) -> None:
    assert thinking(style, **options) == fields


@pytest.mark.parametrize(
    ("style", "options"),
    [
        ("effort", {"budget": 9}),
        ("object", {"budget": 9}),
        ("enable_thinking", {"effort": "low"}),
        ("openrouter", {"effort": "low", "budget": 9}),
        ("none", {"enabled": True}),
        ("none", {"budget": 9}),
        ("none", {"effort": "low"}),
    ],
)
def test_what_a_provider_has_no_word_for_is_refused(style: str, options: dict[str, Any]) -> None:
    refusal = UnsupportedError if style == "none" else InvalidRequestError
    with pytest.raises(refusal, match=r"^thinking: .*accepted"):
        thinking(style, **options)
