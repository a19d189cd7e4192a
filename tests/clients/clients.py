"""The real clients, one row each: what they are, which dialect they speak, and what they cannot read themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.clients.scenarios import EXPECTED

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
COLUMNS: Final = tuple(EXPECTED)

SECONDS: Final = 100
"""A program's five answers take seconds; importing litellm on a busy machine takes twenty."""


class Client(NamedTuple):
    """One client.

    Attributes:
        name: the package, and how it is used.
        dialect: what it speaks.
        path: where it asks.
        command: the program and its arguments; the address comes after the program.
        where: which installation runs it: `python`, `litellm` (which cannot stand beside today's openai) or `node`.
        blind: scenario -> why this client cannot read it from anybody.
    """

    name: str
    dialect: str
    path: str
    command: tuple[str, ...]
    where: str = "python"
    blind: dict[str, str] = {}  # noqa: RUF012  # never changed


_CHAT, _RESPONSES, _MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
_NO_REASONING: Final = {"reasoning": "does not read `reasoning_content`"}

CLIENTS: Final = (
    Client("openai (PyPI), chat", "openai_chat", _CHAT, ("openai_chat",)),
    Client("openai (PyPI), responses", "openai_responses", _RESPONSES, ("openai_responses",)),
    Client("anthropic (PyPI)", "anthropic", _MESSAGES, ("anthropic_messages",)),
    Client("zai-sdk (PyPI)", "zhipu", "/api/paas/v4/chat/completions", ("zai_sdk",)),
    Client("google-genai (PyPI)", "gemini", "/v1/models/...", ("google_genai",)),
    Client("ollama (PyPI)", "ollama", "/api/chat", ("ollama_chat",)),
    Client("litellm (PyPI), openai", "openai_chat", _CHAT, ("litellm_chat", "openai"), "litellm"),
    Client("litellm (PyPI), anthropic", "anthropic", _MESSAGES, ("litellm_chat", "anthropic"), "litellm"),
    Client(
        "langchain-openai (PyPI), chat", "openai_chat", _CHAT, ("langchain_openai_chat", "chat"),
        blind=_NO_REASONING,
    ),
    Client(
        "langchain-openai (PyPI), responses", "openai_responses", _RESPONSES, ("langchain_openai_chat", "responses")
    ),
    Client("pydantic-ai (PyPI), chat", "openai_chat", _CHAT, ("pydantic_ai_model", "chat")),
    Client("pydantic-ai (PyPI), responses", "openai_responses", _RESPONSES, ("pydantic_ai_model", "responses")),
    Client("pydantic-ai (PyPI), anthropic", "anthropic", _MESSAGES, ("pydantic_ai_model", "anthropic")),
    Client("openai (npm), chat", "openai_chat", _CHAT, ("openai.mjs", "chat"), "node"),
    Client("openai (npm), responses", "openai_responses", _RESPONSES, ("openai.mjs", "responses"), "node"),
    Client("ai + @ai-sdk/openai, chat", "openai_chat", _CHAT, ("ai_sdk.mjs", "openai-chat"), "node", _NO_REASONING),
    Client(
        "ai + @ai-sdk/openai, responses", "openai_responses", _RESPONSES, ("ai_sdk.mjs", "openai-responses"), "node"
    ),
    Client("ai + @ai-sdk/anthropic", "anthropic", _MESSAGES, ("ai_sdk.mjs", "anthropic"), "node"),
    Client("ai + @ai-sdk/openai-compatible", "openai_chat", _CHAT, ("ai_sdk.mjs", "compatible"), "node"),
    Client("@ai-sdk/react, useChat's chat", "ui", "/api/ui/chat", ("ui_chat.mjs", "react"), "node"),
    Client("ai 5.0.10, strict reader", "ui", "/api/ui/chat", ("ui_chat.mjs", "strict"), "node"),
    Client("eventsource (npm)", "slipstream", "GET /events", ("eventsource.mjs", "eventsource"), "node"),
    Client("eventsource-parser (npm)", "slipstream", "GET /events", ("eventsource.mjs", "parser"), "node"),
)  # fmt: skip


def program(client: Client, url: str) -> list[str]:
    """The command line that runs a client against this address."""
    name, *arguments = client.command
    if client.where == "node":
        return ["node", str(HERE / "npm" / name), url, *arguments]
    python = sys.executable if client.where == "python" else str(litellm_python())
    return [python, "-m", f"tests.clients.programs.{name}", url, *arguments]


def litellm_python() -> Path:
    """The Python of litellm's own installation; `make test` makes it."""
    return Path(os.environ.get("SLIPSTREAM_LITELLM", ROOT / ".venv" / "litellm")) / "bin" / "python"


def run(client: Client, url: str) -> dict[str, Any]:
    """What the client read, by scenario."""
    environment = {
        key: value for key, value in os.environ.items() if not key.endswith(("_API_KEY", "_PROXY", "_proxy"))
    }
    quiet = {"ANONYMIZED_TELEMETRY": "false", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NODE_NO_WARNINGS": "1"}
    done = subprocess.run(
        program(client, url),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**environment, **quiet},
        check=False,
        cwd=ROOT,
    )
    lines = [line for line in done.stdout.split("\n") if line.startswith("{")]
    assert lines, f"{client.name} printed nothing: {done.stderr[-2000:]}"
    found: dict[str, Any] = json.loads(lines[-1])
    return found
