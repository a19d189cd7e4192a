"""Bodies of the Messages API for providers that speak another one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.dialects.test_anthropic_read import CACHED, EVERYTHING, FIELDS, HOSTILE, PLAIN, PNG, SCHEMA, TEXT, user

from slipstream.dialects.anthropic import Anthropic
from slipstream.dialects.common import request as r
from slipstream.dialects.common.anthropic_wire.elsewhere import for_others
from slipstream.errors import InvalidRequestError

PNG_BLOCK = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}


def plain(messages: list[dict[str, Any]], **fields: Any) -> r.Request:
    return for_others(Anthropic().read({**PLAIN, "messages": messages, **fields})).request


def parts(*blocks: dict[str, Any], role: str = "user") -> list[r.Part]:
    return [part for message in plain([{"role": role, "content": list(blocks)}]).messages for part in message.parts]


def test_hints_are_dropped() -> None:
    found = parts(
        {"type": "text", "text": "a", **CACHED}, {**PNG_BLOCK, **CACHED},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "naïve"}, "context": "x",
         "citations": {"enabled": True}},
        {"type": "document", "source": {"type": "content", "content": "said"}},
    )  # fmt: skip
    assert found == [
        r.TextPart("a"), r.ImagePart(data=PNG, media_type="image/png"),
        r.FilePart(data=TEXT, media_type="text/plain"), r.TextPart("said"),
    ]  # fmt: skip
    system = plain(PLAIN["messages"], system=[{"type": "text", "text": "s", **CACHED}]).messages[0]
    assert system == r.ChatMessage("system", [r.TextPart("s")])


def test_results_become_messages_of_their_own() -> None:
    request = plain(
        user(
            {"type": "tool_result", "tool_use_id": "a", "content": "1"},
            {
                "type": "tool_result",
                "tool_use_id": "b",
                "content": [{"type": "text", "text": "2"}, PNG_BLOCK],
                **CACHED,
            },
            {"type": "text", "text": "go on", **CACHED},
        )
    )
    assert request.messages == [
        r.ChatMessage("tool", [r.ToolResultPart(id="a", output="1")]),
        r.ChatMessage("tool", [r.ToolResultPart(id="b", output="2")]),
        r.ChatMessage("user", [r.ImagePart(data=PNG, media_type="image/png"), r.TextPart("go on")]),
    ]


def test_pictures_stand_behind_the_results_of_all_calls_that_were_made_together() -> None:
    request = plain(
        user(
            {"type": "tool_result", "tool_use_id": "a", "content": [PNG_BLOCK]},
            {"type": "tool_result", "tool_use_id": "b", "content": "2"},
        )
    )
    assert [message.role for message in request.messages] == ["tool", "tool", "user"]
    assert request.messages[2].parts == [r.ImagePart(data=PNG, media_type="image/png")]


def test_what_anthropic_did_by_itself_is_left_out_and_named() -> None:
    blocks = [
        {"type": "compaction", "content": "so far"}, {"type": "compaction", "encrypted_content": "x"},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
        {"type": "tool_use", "id": "t", "name": "f", "input": {}, "caller": {"type": "direct"}},
    ]  # fmt: skip
    asked = for_others(Anthropic().read({**PLAIN, "messages": [{"role": "assistant", "content": blocks}], "top_k": 3}))
    (message,) = asked.request.messages
    assert message.parts == [r.TextPart("so far"), r.ToolCallPart(id="t", name="f")]
    assert list(asked.own) == [
        "top_k", "messages.compaction", "messages.server_tool_use", "messages.web_search_tool_result",
    ]  # fmt: skip


@pytest.mark.parametrize("inside", [False, True])
def test_what_a_document_asks_for_beside_its_content_is_named(inside: bool) -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "naïve"}
    document = {"type": "document", "source": source, "context": "x", "citations": {"enabled": True}}
    found = {"type": "search_result", "title": "T", "source": "s", "content": [{"type": "text", "text": "x"}]}
    blocks: list[dict[str, Any]] = [document, {**found, "citations": {"enabled": True}}]
    given = user({"type": "tool_result", "tool_use_id": "a", "content": blocks}) if inside else user(*blocks)
    assert list(for_others(Anthropic().read({**PLAIN, "messages": given})).own) == [
        "messages.document.context", "messages.document.citations", "messages.search_result.citations",
    ]  # fmt: skip
    quiet = {**document, "context": None, "citations": {"enabled": False}}
    assert for_others(Anthropic().read({**PLAIN, "messages": user(quiet)})).own == {}


def test_search_results_are_text() -> None:
    block = {
        "type": "search_result",
        "title": "T",
        "source": "https://e.org",
        "content": [{"type": "text", "text": "x"}],
    }
    assert parts(block) == [r.TextPart("T\nhttps://e.org\nx")]


def test_tools() -> None:
    request = plain(PLAIN["messages"], tools=[{"name": "f", "description": "d", "input_schema": SCHEMA, **CACHED}])
    assert request.tools == [r.Tool("f", "d", SCHEMA)]


@pytest.mark.parametrize(
    ("fields", "argument"),
    [
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0]"),
        ({"messages": user({"type": "image", "source": {"type": "file", "file_id": "f"}})}, "messages[0]"),
        ({"messages": user({"type": "container_upload", "file_id": "f"})}, "messages[0]"),
        ({"messages": user({"type": "document", "source": {"type": "file", "file_id": "f"}})}, "messages[0]"),
        ({"messages": user({"type": "document", "source": {"type": "file", "file_id": "f"}, **CACHED})}, "messages[0]"),
    ],
)
def test_what_only_anthropic_has_is_refused(fields: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidRequestError, match="Anthropic") as caught:
        for_others(Anthropic().read({**PLAIN, **fields}))
    assert caught.value.argument == argument


def test_what_is_not_of_this_api_stays() -> None:
    asked = Anthropic().read({key: value for key, value in EVERYTHING.items() if key not in ("tools", "tool_choice")})
    assert for_others(Anthropic().read(PLAIN)) == Anthropic().read(PLAIN)
    with pytest.raises(InvalidRequestError):
        for_others(asked)  # the picture by its file's id


@given(st.dictionaries(FIELDS, HOSTILE, max_size=8))
@settings(max_examples=60)
def test_any_body_is_made_plain_or_refused(fields: dict[str, Any]) -> None:
    try:
        asked = Anthropic().read({**PLAIN, **fields})
        for_others(asked)
    except InvalidRequestError:
        return
    assert not any(
        isinstance(part, r.RawPart) for message in for_others(asked).request.messages for part in message.parts
    )


@pytest.mark.parametrize("data", [{"type": "input_audio", "input_audio": {}}, {"executableCode": {}}])
def test_parts_of_another_api_are_refused(data: dict[str, Any]) -> None:
    request = r.Request(model="m", messages=[r.ChatMessage("user", [r.RawPart(data)])])
    with pytest.raises(InvalidRequestError, match="no form in the Messages API"):
        Anthropic().body(request)
