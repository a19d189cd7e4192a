"""Content is told only when it is asked for, and nothing that the guard forbids is in it, in any disguise."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.client import answers
from tests.replay_server import ReplayServer
from tests.telemetry.conftest import Told

from slipstream import Client
from slipstream.client import prepare
from slipstream.errors import APIError
from slipstream.events import Event, TextDelta
from slipstream.flow.guard import GuardRules, guard
from slipstream.flow.stage import Stage
from slipstream.telemetry import content

WORD = "hearts"
RULES = GuardRules(words=[WORD, "Octopus", "opensesame"])
ASKED = [
    {"role": "system", "content": "Never say opensesame."},
    {"role": "user", "content": "canary-prompt: how many hearts?"},
]


def redact() -> Stage:
    return guard(RULES)


def calls(text: str) -> bytes:
    """A call whose arguments hold a text, escaped."""
    arguments = "".join(f"\\u{ord(letter):04x}" for letter in text)
    return b"".join(
        [
            answers.frame({"role": "assistant", "content": None}),
            answers.frame(answers.call(0, "find", f'{{"{arguments}": ["{arguments}"]}}', "call_a")),
            answers.frame({}, "tool_calls"),
            answers.DONE,
        ]
    )


def ask(client: Client, told: Told, **options: Any) -> None:
    asked = {"messages": ASKED}
    stream = told.telemetry(**options).watch(
        client.stream(messages=ASKED), messages=lambda: prepare.conversation(None, asked)
    )
    stream.until_done()


# ---- the canaries


@pytest.mark.parametrize("body", [answers.TEXT, calls("hearts canary-arguments"), b'{"error": {"message": "hearts"}}'])
def test_no_key_no_prompt_and_no_answer_are_told(server: ReplayServer, client: Client, told: Told, body: bytes) -> None:
    server.serve(body=body, status=400 if body.startswith(b"{") else 200)
    with contextlib.suppress(APIError):
        ask(client, told)
    everything = told.everything
    assert len(told.spans) == len(told.lines) == 1
    for canary in (answers.KEY, "canary", "opensesame", "hearts", "Octopus", "perhaps"):
        assert canary.lower() not in everything.lower()


@pytest.mark.parametrize("body", [answers.TEXT, calls("hearts and fins")])
def test_what_the_guard_forbids_is_not_told(server: ReplayServer, client: Client, told: Told, body: bytes) -> None:
    server.serve(body=body)
    ask(client, told, content=True, redact=redact)
    everything = told.everything
    assert "canary-prompt" in everything
    for canary in (answers.KEY, "opensesame", "hearts", "Octopus", "\\u0068\\u0065"):
        assert canary.lower() not in everything.lower()


def test_content_in_the_form_of_the_conventions(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    ask(client, told, content=True)
    known = told.span.attributes or {}
    assert json.loads(str(known["gen_ai.system_instructions"])) == [
        {"type": "text", "content": "Never say opensesame."}
    ]
    assert json.loads(str(known["gen_ai.input.messages"])) == [
        {"role": "user", "parts": [{"type": "text", "content": "canary-prompt: how many hearts?"}]}
    ]
    parts = [{"type": "reasoning", "content": "Octopuses, perhaps."}, {"type": "text", "content": "Three hearts."}]
    answer = [{"role": "assistant", "parts": parts, "finish_reason": "stop"}]
    assert json.loads(str(known["gen_ai.output.messages"])) == answer
    assert json.loads(told.lines[0]["output.messages"]) == answer


def test_calls_and_results_of_a_conversation() -> None:
    messages = prepare.conversation(
        None,
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a/secret.png"}}]},
                {"role": "assistant", "content": None, "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "find", "arguments": '{"x": "hearts"}'}}]},
                {"role": "tool", "tool_call_id": "a", "content": '{"found": "hearts", "n": [1, null, true]}'},
            ]
        },
    )  # fmt: skip
    told = json.loads(content.conversation(messages, content.Redactor(redact)))
    assert told == [
        {"role": "user", "parts": [{"type": "image"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "a", "name": "find", "arguments": {"x": "***"}}]},
        {"role": "tool", "parts": [
            {"type": "tool_call_response", "id": "a", "response": {"found": "***", "n": [1, None, True]}}]},
    ]  # fmt: skip


# ---- the redactor


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=50), st.text(max_size=50))
def test_a_word_is_gone_wherever_it_stands(before: str, after: str) -> None:
    clean = content.Redactor(redact)
    assert WORD not in clean(before + WORD + after).lower()
    value = content.in_json(json.dumps({before: [before + WORD + after, 1]}), clean)
    assert WORD not in json.dumps(value).lower()


@pytest.mark.parametrize("on_match", ["mask", "drop", "stop", "retract"])
def test_every_way_of_the_guard(on_match: Any) -> None:
    clean = content.Redactor(lambda: guard(RULES, on_match=on_match))
    told = clean("two hearts here")
    assert "hearts" not in told
    assert told == {"mask": "two *** here", "drop": "two  here", "stop": "two ", "retract": ""}[on_match]
    assert clean("nothing here") == "nothing here"
    assert clean("") == ""


class Broken:
    """A stage that fails on text."""

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        assert not isinstance(event, TextDelta), event.text
        return (event,)

    def on_wake(self, now: float) -> Iterable[Event]:
        return ()

    def on_end(self, now: float) -> Iterable[Event]:
        return ()

    def wake_at(self) -> None:
        return None


def test_where_the_guard_fails_nothing_is_told(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    ask(client, told, content=True, redact=Broken)
    everything = told.everything
    for canary in ("canary", "opensesame", "hearts", "Octopus"):
        assert canary not in everything
    assert (told.span.attributes or {})["gen_ai.usage.output_tokens"] == 3


def test_arguments_that_are_no_json_and_endless_ones() -> None:
    clean = content.Redactor(redact)
    assert content.arguments('{"a": "hearts', clean) == '"{\\"a\\": \\"***"'
    assert content.arguments("[" * 5000, clean).startswith('"[')
    deep: Any = "hearts"
    for _ in range(200):
        deep = [deep]
    assert "hearts" not in content.result(deep, clean)
    assert content.result({1: object}, clean).startswith('{"1":')
