"""Recorded conversations with parallel calls, played again: the tools run, and the second request is the right one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.dialects.chat_wire import recorded
from tests.tools.provider import Provider, Turn

from slipstream import AsyncClient
from slipstream.events import Message


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def llm_version() -> str:
    """The version."""
    return "0.fixed-version"


async def lookup_harbor_label() -> str:
    """A label."""
    return "harbor-7"


def lookup_orchard_label() -> dict[str, str]:
    """Another."""
    return {"label": "orchard-9"}


LABELS = [lookup_harbor_label, lookup_orchard_label]
TOLD_LABELS = [("REDACTED_1", "harbor-7"), ("REDACTED_2", '{"label":"orchard-9"}')]
PATHS = {"openai_chat": "openai_chat", "openai_compat": "openai_chat", "glm": "zhipu"}


async def play(dialect: str, tools: list[Any], *turns: bytes | Turn) -> tuple[Message, Provider]:
    """The message that came of it, and the provider that was asked."""
    with Provider(dialect, *turns) as provider:
        async with AsyncClient(base_url=provider.url, api_key="k-0123456789", **provider.wire.options) as client:
            message = await client.stream("go", model="m-1", max_tokens=99, tools=tools)
    return message, provider


@pytest.mark.parametrize(
    ("folder", "number", "tools", "results", "said"),
    [
        ("openai_chat", 2, [add, multiply], ["5", "6"], "Multiplication: 2 × 3 = 6"),
        ("openai_chat", 4, [llm_version], ["0.fixed-version"], "The current version of *llm* is **0.fixed-version**."),
        ("glm", 2, [add, multiply], ["5", "6"], "**Multiplication:**"),
    ],
)
async def test_two_rounds_as_they_were_recorded(
    corpora: Path, folder: str, number: int, tools: list[Any], results: list[str], said: str
) -> None:
    rounds = [recorded(corpora, folder, number), recorded(corpora, folder, number + 1)]
    message, provider = await play(PATHS[folder], tools, *rounds)
    assert [text for _, text in provider.results()] == results
    assert [id for id, _ in provider.results()] == [call.id for call in message.tool_calls]
    assert said in message.text
    assert (message.finish_reason, message.complete) == ("stop", True)
    assert len({block.id for block in message.blocks}) == len(message.blocks)


async def test_parallel_calls_of_claude(corpora: Path) -> None:
    (path,) = (corpora / "streams" / "anthropic").glob("11-*")
    message, provider = await play("anthropic", LABELS, path.read_bytes(), Turn("Both."))
    assert provider.results() == [(f"toolu_{id}", text) for id, text in TOLD_LABELS]
    assert message.text == "I'll call both tools simultaneously right now!Both."
    assert [block["type"] for block in provider.bodies[1]["messages"][1]["content"]] == ["text", "tool_use", "tool_use"]
    assert message.usage is not None
    assert (message.usage.input_tokens, message.usage.output_tokens) == (710, 75)


async def test_parallel_calls_of_a_compatible_server(corpora: Path) -> None:
    message, provider = await play("openai_chat", LABELS, recorded(corpora, "openai_compat", 6), Turn("Both."))
    assert provider.results() == [(f"call_{id}", text) for id, text in TOLD_LABELS]
    assert message.text.endswith("Both.")


async def test_a_turn_that_the_provider_runs_itself_needs_nobody(corpora: Path) -> None:
    (path,) = (corpora / "streams" / "anthropic").glob("07-*")

    def web_fetch(url: str) -> str:
        raise AssertionError(url)

    message, provider = await play("anthropic", [web_fetch], path.read_bytes())
    assert (message.finish_reason, len(provider.bodies)) == ("stop", 1)
