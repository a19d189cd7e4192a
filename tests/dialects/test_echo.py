"""Answers sent back: what goes along, what is left out, and a paused turn, which goes back whole."""

from __future__ import annotations

from typing import Literal

import pytest

from slipstream import events as e
from slipstream.dialects.common.echo import echo, output_text
from slipstream.dialects.common.request import (
    ChatMessage,
    FilePart,
    ImagePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from slipstream.events import Event, Message

SEARCH: list[Event] = [
    e.ToolInputStart("s", "web_search", provider_executed=True),
    e.ToolInputEnd("s"),
    e.ToolCall("s", "web_search", {}, provider_executed=True, metadata={"type": "server_tool_use"}),
    e.ToolResult("s", [1], "web_search", provider_executed=True),
]


def answer(*events: Event, reason: Literal["stop", "pause"] = "stop") -> Message:
    return Message.of([e.Start(), e.StepStart(), *events, e.StepEnd(reason), e.Finish(reason)])


def test_the_providers_own_calls_are_left_out() -> None:
    assert echo(answer(*SEARCH, e.TextDelta("found"))) == [ChatMessage("assistant", [TextPart("found")])]


def test_a_paused_turn_goes_back_whole() -> None:
    assert echo(answer(*SEARCH, reason="pause")) == [
        ChatMessage(
            "assistant",
            [
                ToolCallPart("s", "web_search", metadata={"type": "server_tool_use"}),
                ToolResultPart("s", "[1]", name="web_search"),
            ],
        )
    ]


def test_a_result_that_completes_an_earlier_turn_comes_first() -> None:
    message = answer(e.TextDelta("found"), e.ToolError("s0", "max_uses", "web_search", provider_executed=True))
    (chat,) = echo(message)
    assert chat.parts == [ToolResultPart("s0", "max_uses", name="web_search", is_error=True), TextPart("found")]


def test_a_refusal_is_what_the_assistant_said() -> None:
    assert echo(answer(e.RefusalDelta("I must not"))) == [ChatMessage("assistant", [TextPart("I must not")])]


def test_redacted_thinking_and_typed_pieces_go_back() -> None:
    message = answer(
        e.ReasoningStart("r0"), e.ReasoningEnd("r0", redacted="x"),
        e.ReasoningStart("r1"), e.ReasoningEnd("r1", details=[{"a": 1}]),
        e.ReasoningStart("r2"), e.ReasoningEnd("r2"),
    )  # fmt: skip
    (chat,) = echo(message)
    assert chat.parts == [ReasoningPart(redacted="x"), ReasoningPart(details=[{"a": 1}])]


def test_failed_calls_go_back_as_errors() -> None:
    chat = echo(answer(e.ToolInputStart("c", "f"), e.ToolCall("c", "f", {}), e.ToolError("c", "no such file", "f")))
    assert chat[1] == ChatMessage("tool", [ToolResultPart("c", "no such file", name="f", is_error=True)])


@pytest.mark.parametrize(
    ("output", "text"), [("a", "a"), ({"a": [1, None]}, '{"a":[1,null]}'), (None, "null"), (1.5, "1.5")]
)
def test_output_as_text(output: object, text: str) -> None:
    assert output_text(output) == text


def step(*events: Event, reason: Literal["stop", "tool_calls", "pause"] = "tool_calls", raw: str = "") -> list[Event]:
    return [e.StepStart(), *events, e.StepEnd(reason, raw or reason)]


def called(id: str, name: str = "f") -> list[Event]:
    return [e.ToolInputStart(id, name), e.ToolInputEnd(id), e.ToolCall(id, name, {})]


def said(text: str, id: str) -> list[Event]:
    return [e.TextStart(id), e.TextDelta(text, id), e.TextEnd(id)]


def test_steps_alternate_between_the_assistant_and_its_results() -> None:
    message = Message.of(
        [
            e.Start(),
            *step(*said("one", "t0"), *called("a"), *called("b")), e.ToolResult("b", 2), e.ToolResult("a", 1),
            *step(*said("two", "t1"), *called("c")), e.ToolError("c", "no", "f"),
            *step(*said("three", "t2"), reason="stop"), e.Finish(),
        ]
    )  # fmt: skip
    assert echo(message) == [
        ChatMessage("assistant", [TextPart("one"), ToolCallPart("a", "f"), ToolCallPart("b", "f")]),
        ChatMessage("tool", [ToolResultPart("a", "1", name="f")]),
        ChatMessage("tool", [ToolResultPart("b", "2", name="f")]),
        ChatMessage("assistant", [TextPart("two"), ToolCallPart("c", "f")]),
        ChatMessage("tool", [ToolResultPart("c", "no", name="f", is_error=True)]),
        ChatMessage("assistant", [TextPart("three")]),
    ]


def test_steps_without_results_between_them_are_one_turn() -> None:
    message = Message.of([e.Start(), *step(*said("one ", "t0")), *step(*said("two", "t1"), reason="stop"), e.Finish()])
    assert echo(message) == [ChatMessage("assistant", [TextPart("one "), TextPart("two")])]


def test_a_call_in_the_old_form_goes_back_in_the_old_form() -> None:
    events = [e.Start(), *step(*called("call_0"), raw="function_call"), e.ToolResult("call_0", 1)]
    events += [*step(*called("call_0-2", "g"), raw="function_call"), e.ToolError("call_0-2", "no")]
    assert echo(Message.of([*events, *step(*said("x", "t"), reason="stop"), e.Finish()])) == [
        ChatMessage("assistant", [ToolCallPart("", "f")]),
        ChatMessage("tool", [ToolResultPart("", "1", name="f")]),
        ChatMessage("assistant", [ToolCallPart("", "g")]),
        ChatMessage("tool", [ToolResultPart("", "no", name="g", is_error=True)]),
        ChatMessage("assistant", [TextPart("x")]),
    ]


def test_an_id_of_the_providers_own_is_kept_whatever_the_reason() -> None:
    message = Message.of([e.Start(), *step(*called("call_a7"), raw="function_call"), e.ToolResult("call_a7", 1)])
    assert [part.id for chat in echo(message) for part in chat.parts if isinstance(part, ToolCallPart)] == ["call_a7"]


def test_only_the_step_that_was_paused_goes_back_whole() -> None:
    events = [e.Start(), *step(*SEARCH, *called("a")), e.ToolResult("a", 1), *step(*said("x", "t"), reason="pause")]
    first, result, last = echo(Message.of([*events, e.Finish("pause")]))
    assert [first.parts, result.role, last.parts] == [[ToolCallPart("a", "f")], "tool", [TextPart("x")]]


@pytest.mark.parametrize(
    ("file", "part"),
    [
        (e.File("image/png", b"\x89PNG"), ImagePart(data="iVBORw==", media_type="image/png")),
        (e.File("image/png", url="https://x.org/a.png"), ImagePart(url="https://x.org/a.png")),
        (e.File("image/*", url="https://x.org/a"), ImagePart(url="https://x.org/a")),
        (e.File("audio/*", b"RIFF", id="audio_1"), FilePart(id="audio_1", media_type="audio/*")),
        (e.File("image/*", b"who knows"), None),  # no API takes a picture of no kind
        (e.File("image/png", url="data:nonsense"), None),
        (e.File("audio/wav", b"RIFF"), None),
        (e.File("application/octet-stream", id="file_1"), None),
    ],
)
def test_pictures_and_sounds_stand_behind_what_was_said(file: e.File, part: Part | None) -> None:
    (chat,) = echo(answer(e.TextDelta("Here."), file))
    assert chat.parts == [TextPart("Here."), *([part] if part is not None else [])]


def test_an_answer_that_was_a_picture_alone() -> None:
    (chat,) = echo(answer(e.File("image/png", b"\x89PNG")))
    assert chat == ChatMessage("assistant", [ImagePart(data="iVBORw==", media_type="image/png")])
