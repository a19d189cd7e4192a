"""Conversations in every form, and everything that is wrong with one, refused by name and place."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream import events as e
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.request import (
    ChatMessage,
    FilePart,
    ImagePart,
    Part,
    RawPart,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from slipstream.errors import InvalidRequestError
from slipstream.events import Message

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="


def user(*parts: Part) -> ChatMessage:
    return ChatMessage("user", list(parts))


def assistant(*parts: Part) -> ChatMessage:
    return ChatMessage("assistant", list(parts))


def of_user(content: Any) -> list[Part]:
    (message,) = normalise([{"role": "user", "content": content}])
    assert message.role == "user"
    return message.parts


def test_a_text_is_one_user_message() -> None:
    assert normalise("讲几个冷知识") == [user(TextPart("讲几个冷知识"))]


def test_a_system_text_comes_first() -> None:
    chat = normalise("hi", system="be kind")
    assert chat == [ChatMessage("system", [TextPart("be kind")]), user(TextPart("hi"))]


def test_openai_form() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    chat = normalise(
        [
            {"role": "developer", "content": "rules"},
            {"role": "user", "content": "do", "name": "ada"},
            {"role": "assistant", "content": None, "reasoning_content": "why", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "7"},
            {"role": "assistant", "content": "done", "refusal": None, "annotations": []},
        ]
    )
    assert chat == [
        ChatMessage("system", [TextPart("rules")]),
        ChatMessage("user", [TextPart("do")], "ada"),
        assistant(ReasoningPart("why"), ToolCallPart("c1", "f", '{"a":1}')),
        ChatMessage("tool", [ToolResultPart("c1", "7")]),
        assistant(TextPart("done")),
    ]


def test_the_old_function_form_has_no_ids() -> None:
    chat = normalise(
        [
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": ""}},
            {"role": "function", "name": "f", "content": "7"},
        ]
    )
    assert chat == [
        assistant(ToolCallPart("", "f", "{}")),
        ChatMessage("tool", [ToolResultPart("", "7", name="f")]),
    ]


def test_anthropic_form() -> None:
    chat = normalise(
        [
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "why", "signature": "sig"},
                    {"type": "redacted_thinking", "data": "opaque"},
                    {"type": "text", "text": "I look"},
                    {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "7"}]},
                    {"type": "tool_result", "tool_use_id": "t2", "content": "no", "is_error": True},
                    {"type": "text", "text": "and now?"},
                ],
            },
        ]
    )
    assert chat == [
        assistant(
            ReasoningPart("why", signature="sig"),
            ReasoningPart(redacted="opaque"),
            TextPart("I look"),
            ToolCallPart("t1", "f", '{"a":1}'),
        ),
        ChatMessage("tool", [ToolResultPart("t1", "7")]),
        ChatMessage("tool", [ToolResultPart("t2", "no", is_error=True)]),
        user(TextPart("and now?")),
    ]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "image_url", "image_url": {"url": "https://h/a.png", "detail": "low"}},
         ImagePart(url="https://h/a.png", detail="low")),
        ({"type": "image_url", "image_url": "http://h/a.png"}, ImagePart(url="http://h/a.png")),
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
         ImagePart(data=PNG, media_type="image/png")),
        ({"type": "image_url", "image_url": {"url": PNG}}, ImagePart(data=PNG, media_type="image/png")),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
         ImagePart(data=PNG, media_type="image/png")),
        ({"type": "image", "source": {"type": "url", "url": "https://h/a.png"}}, ImagePart(url="https://h/a.png")),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
         FilePart(data="AAAA", media_type="audio/wav")),
        ({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
         RawPart({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}})),
        ({"type": "text", "text": "a", "citations": None}, TextPart("a")),
        ({"type": "refusal", "refusal": "no"}, TextPart("no")),
        (TextPart("a"), TextPart("a")),
    ],
)  # fmt: skip
def test_parts(part: Any, expected: Part) -> None:
    assert of_user([part]) == [expected]


def test_what_a_call_carries_comes_along() -> None:
    extra = {"google": {"thought_signature": "s"}}
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": None}, "extra_content": extra}
    (message,) = normalise([{"role": "assistant", "tool_calls": [call]}])
    assert message.parts == [ToolCallPart("c", "f", "{}", metadata={"extra_content": extra})]


def test_reasoning_details_come_along() -> None:
    details = [{"type": "reasoning.encrypted", "data": "x"}]
    (message,) = normalise([{"role": "assistant", "content": "a", "reasoning_details": details}])
    assert message.parts == [ReasoningPart(details=details), TextPart("a")]


def test_an_answer_that_was_folded() -> None:
    answer = Message.of(
        [
            e.Start(id="m"),
            e.StepStart(),
            e.ReasoningStart(),
            e.ReasoningDelta("why"),
            e.ReasoningEnd(signature="sig"),
            e.TextStart(),
            e.TextDelta("so\ud800"),
            e.TextEnd(),
            e.ToolInputStart("c", "f"),
            e.ToolInputEnd("c"),
            e.ToolCall("c", "f", {}),
            e.ToolInputStart("cut", "f"),
            e.StepEnd("tool_calls"),
            e.ToolResult("c", {"a": 1}, "f"),
            e.ToolResult("unasked", "x"),
        ]
    )
    assert normalise([{"role": "user", "content": "go"}, answer]) == [
        user(TextPart("go")),
        assistant(ReasoningPart("why", signature="sig"), TextPart("so\ufffd"), ToolCallPart("c", "f")),
        ChatMessage("tool", [ToolResultPart("c", '{"a":1}', name="f")]),
    ]


def test_an_answer_in_which_nothing_came_is_left_out() -> None:
    assert normalise([{"role": "user", "content": "a"}, Message()]) == [user(TextPart("a"))]


def test_neutral_messages_pass() -> None:
    message = user(TextPart("a"), ImagePart(url="https://h/a"))
    assert normalise([message]) == [message]


def test_the_input_is_not_changed() -> None:
    wire = [{"role": "user", "content": [{"type": "text", "text": "a"}]}]
    normalise(wire)
    assert wire == [{"role": "user", "content": [{"type": "text", "text": "a"}]}]


SECRET = "the private prompt"


@pytest.mark.parametrize(
    ("messages", "where"),
    [
        ([], "messages: an empty list"),
        ("", "messages: empty"),
        (None, "messages: missing"),
        ({"role": "user", "content": SECRET}, "messages: a dict is no list"),
        ([SECRET], r"messages\[0\]: a str is no object"),
        ([{"content": SECRET}], r"messages\[0\]\.role: missing; accepted: system, "),
        ([{"role": "bot", "content": SECRET}], r"messages\[0\]\.role: 'bot' is unknown"),
        ([{"role": "user"}], r"messages\[0\]\.content: missing"),
        ([{"role": "user", "content": 7}], r"messages\[0\]\.content: an int is no list"),
        ([{"role": "user", "content": []}], r"messages\[0\]\.content: an empty list"),
        ([{"role": "user", "content": [SECRET]}], r"messages\[0\]\.content\[0\]: a str is no object"),
        ([{"role": "user", "content": [{"text": SECRET}]}], r"content\[0\]\.type: missing"),
        ([{"role": "user", "content": [{"type": "txt"}]}], r"content\[0\]\.type: 'txt' is unknown; accepted: text, "),
        ([{"role": "user", "content": [{"type": "text"}]}], r"content\[0\]\.text: missing"),
        ([{"role": "user", "content": f"{SECRET}\0"}], r"messages\[0\]\.content: a NUL character at 18"),
        ([{"role": "user", "content": f"{SECRET}\ud83d"}], r"content: a lone surrogate at 18"),
        ([{"role": "user", "content": "a", "contents": SECRET}], r"messages\[0\]\.contents: an unknown key"),
        ([{"role": "user", "content": "a", "name": ""}], r"messages\[0\]\.name: empty"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], r"content\[0\]\.image_url: missing"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}],
         r"content\[0\]\.image_url\.url: neither a URL nor a picture"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": "data:text/html;base64,aa"}]}],
         r"image_url: a data URL that is no picture"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": "data:image/png;base64,$$"}]}],
         r"image_url: the picture is no valid base64"),
        ([{"role": "user", "content": [{"type": "image", "source": {"type": "ftp"}}]}], r"source\.type: 'ftp'"),
        ([{"role": "user", "content": [{"type": "tool_result", "content": "x"}]}], r"tool_use_id: missing"),
        ([{"role": "user", "content": [{"type": "tool_use", "id": "a", "name": "f"}]}],
         r"content\[0\]: a ToolCallPart in a message of role user"),
        ([{"role": "system", "content": [{"type": "image_url", "image_url": "https://h/a"}]}],
         r"an ImagePart in a message of role system"),
        ([{"role": "tool", "content": "x"}], r"messages\[0\]\.tool_call_id: missing"),
        ([{"role": "tool", "tool_call_id": "c", "content": [{"type": "image_url", "image_url": "https://h/a"}]}],
         r"content: more than text"),
        ([{"role": "function", "content": "x"}], r"messages\[0\]\.name: missing"),
        ([{"role": "assistant", "content": None}], r"content: nothing, and there are no tool_calls"),
        ([{"role": "assistant", "tool_calls": {}}], r"tool_calls: a dict is no list"),
        ([{"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}], r"tool_calls\[0\]\.id: missing"),
        ([{"role": "assistant", "tool_calls": [{"id": "c", "function": {}}]}], r"\[0\]\.function\.name: missing"),
        ([{"role": "assistant", "tool_calls": [{"id": "c", "type": "magic", "function": {}}]}], r"type: 'magic'"),
        ([{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": 3}}]}],
         r"function\.arguments: an int is no text"),
        ([ChatMessage("bot", [])], r"messages\[0\]\.role: 'bot' is unknown"),  # type: ignore[arg-type]
        ([ChatMessage("user", [SECRET])], r"messages\[0\]\.parts\[0\]: a str"),  # type: ignore[list-item]
        ([ChatMessage("user", [TextPart("a\0")])], r"parts\[0\]\.text: a NUL"),
        ([ChatMessage("user", [ImagePart()])], r"parts\[0\]: an ImagePart without a picture"),
    ],
)  # fmt: skip
def test_wrong_messages_are_refused_by_name(messages: Any, where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where) as refusal:
        normalise(messages)
    assert SECRET not in str(refusal.value)


def test_a_wrong_system_text_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="system: an int is no text"):
        normalise("a", system=7)  # type: ignore[arg-type]


def test_a_call_in_a_message_of_its_own_is_the_assistants() -> None:
    wire = [
        {"role": "user", "content": "Weather?"},
        {"role": "function_call", "name": "get_weather", "arguments": '{"city": "Beijing"}'},
        {"role": "function", "name": "get_weather", "content": "sunny"},
    ]
    call, result = normalise(wire)[1:]
    assert call == ChatMessage("assistant", [ToolCallPart(id="", name="get_weather", arguments='{"city": "Beijing"}')])
    assert result == ChatMessage("tool", [ToolResultPart(id="", output="sunny", name="get_weather")])
