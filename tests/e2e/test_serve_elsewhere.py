"""Requests as real clients of one dialect send them, to a provider of another: what arrives there, and what is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.e2e.asks import ASKS
from tests.e2e.calling import Got, call
from tests.e2e.provider import Provider
from tests.e2e.serving import Watched

from slipstream import dialects

CACHED = {"cache_control": {"type": "ephemeral"}}
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}

CLAUDE_CODE: dict[str, Any] = {
    "model": "openai/scripted",
    "max_tokens": 32000,
    "temperature": 1,
    "stream": True,
    "metadata": {"user_id": "user_0_account__session_1"},
    "system": [
        {"type": "text", "text": "You are a coding agent.", **CACHED},
        {"type": "text", "text": "Working directory: /home/me", **CACHED},
    ],
    "thinking": {"type": "enabled", "budget_tokens": 31999},
    "tools": [
        {"name": "Read", "description": "Reads a file.", "input_schema": SCHEMA},
        {"name": "Bash", "description": "Runs a command.", "input_schema": {"type": "object"}, **CACHED},
    ],
    "tool_choice": {"type": "auto"},
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "<system-reminder>Be brief.</system-reminder>"},
                {"type": "text", "text": "What is in a.txt?", **CACHED},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "I shall read it.", "signature": "c2lnbmVk"},
                {"type": "text", "text": "I read the files."},
                {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "a.txt"}},
                {"type": "tool_use", "id": "toolu_2", "name": "Read", "input": {"path": "b.txt"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "hearts"}]},
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_2",
                    "content": "no such file",
                    "is_error": True,
                    **CACHED,
                },
            ],
        },
    ],
}  # fmt: skip

CODEX: dict[str, Any] = {
    "model": "openai/scripted",
    "instructions": "You are a coding agent.",
    "stream": True,
    "store": False,
    "parallel_tool_calls": False,
    "tool_choice": "auto",
    "prompt_cache_key": "session-1",
    "include": ["reasoning.encrypted_content"],
    "tools": [
        {"type": "function", "name": "shell", "description": "Runs.", "parameters": SCHEMA, "strict": False},
    ],
    "input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is in a.txt?"}]},
        {"type": "function_call", "call_id": "call_1", "name": "shell", "arguments": '{"path": "a.txt"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "hearts"},
    ],
}


async def ask(served: Watched, name: str, body: dict[str, Any]) -> Got:
    got = await call(served.url + ASKS[name].at(), body, {"anthropic-version": "2023-06-01"})
    assert got.status == 200, got.data
    return got


def calls(message: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Id, name and arguments of the calls in a message."""
    return [(c["id"], c["function"]["name"], json.loads(c["function"]["arguments"])) for c in message["tool_calls"]]


def text_of(message: dict[str, Any]) -> str:
    """The text of a message, whether it is one or a list of parts."""
    content = message["content"]
    return content if isinstance(content, str) else "\n".join(part["text"] for part in content)


async def test_claude_codes_request_becomes_a_chat_request(served: Watched, provider: Provider) -> None:
    await ask(served, "anthropic", CLAUDE_CODE)
    sent = provider.asked()
    assert "cache_control" not in json.dumps(sent)
    system, user, assistant, first, second = sent["messages"]
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "tool", "tool"]
    assert "coding agent" in text_of(system)
    assert "Working directory" in text_of(system)
    assert text_of(user).endswith("What is in a.txt?")
    assert text_of(assistant) == "I read the files."
    assert calls(assistant) == [("toolu_1", "Read", {"path": "a.txt"}), ("toolu_2", "Read", {"path": "b.txt"})]
    assert [(tool["tool_call_id"], text_of(tool)) for tool in (first, second)] == [
        ("toolu_1", "hearts"), ("toolu_2", "no such file"),
    ]  # fmt: skip
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["Read", "Bash"]
    assert sent["tools"][0]["function"]["parameters"] == SCHEMA
    assert sent["stream"] is True
    assert 32000 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))


async def test_what_was_sent_on_is_of_the_dialect_it_went_to(served: Watched, provider: Provider) -> None:
    """The strictest reader of chat requests that there is here takes it, and knows all of it."""
    for name, body in (("anthropic", CLAUDE_CODE), ("responses", CODEX)):
        await ask(served, name, body)
        known = dialects.get("openai_chat").read(provider.asked()).own.keys()
        assert known <= {"parallel_tool_calls", "prompt_cache_key", "store"}


async def test_a_responses_request_becomes_a_chat_request(served: Watched, provider: Provider) -> None:
    got = await ask(served, "responses", CODEX)
    sent = provider.asked()
    system, user, assistant, tool = sent["messages"]
    assert (system["role"], text_of(system)) in (
        ("system", CODEX["instructions"]),
        ("developer", CODEX["instructions"]),
    )
    assert (user["role"], text_of(user)) == ("user", "What is in a.txt?")
    assert calls(assistant) == [("call_1", "shell", {"path": "a.txt"})]
    assert (tool["role"], tool["tool_call_id"], text_of(tool)) == ("tool", "call_1", "hearts")
    assert sent["tools"][0]["type"] == "function"
    assert sent["tools"][0]["function"]["name"] == "shell"
    assert sent["tools"][0]["function"]["parameters"] == SCHEMA
    ignored = got.headers["x-slipstream-ignored"].split(", ")
    assert "include" in ignored
    assert "prompt_cache_key" not in ignored, "both APIs of OpenAI have it"
    assert sent["prompt_cache_key"] == "session-1"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("anthropic", "metadata", {"user_id": "u"}),
        ("anthropic", "top_k", 40),
        ("responses", "truncation", "auto"),
        ("ollama", "keep_alive", "5m"),
        ("zhipu", "do_sample", True),
        ("gemini", "safetySettings", []),
        ("sse", "frobnicate", 1),
    ],
)
async def test_what_the_other_dialect_lacks_is_named(
    name: str, field: str, value: Any, served: Watched, provider: Provider
) -> None:
    got = await ask(served, name, ASKS[name].body(**{field: value}))
    assert field in got.headers["x-slipstream-ignored"].split(", ")
    assert field not in provider.asked()


async def test_what_both_know_is_not_named(served: Watched, provider: Provider) -> None:
    got = await ask(served, "openai", ASKS["openai"].body(store=False, user="me"))
    assert "x-slipstream-ignored" not in got.headers
    assert (provider.asked()["store"], provider.asked()["user"]) == (False, "me")


async def test_a_tool_that_only_the_other_provider_runs_is_refused(served: Watched) -> None:
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    got = await call(served.url + ASKS["anthropic"].at(), {**CLAUDE_CODE, "tools": tools})
    assert got.status == 400
    assert "tools[0]" in got.json()["error"]["message"]
