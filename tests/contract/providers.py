"""The table of providers in README, made of what their recorded streams gave: `python -m tests.contract.providers`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.contract.recordings import DIALECT_OF, Recording, recordings

from slipstream.events import (
    Error,
    Event,
    File,
    ReasoningDelta,
    Source,
    TextDelta,
    ToolCall,
    Usage,
)
from slipstream.models import Registry

PAGE: Final = Path(__file__).resolve().parents[2] / "README.md"
BEGIN: Final = "<!-- made by tests/contract/providers.py -->\n"
END: Final = "<!-- end of the providers -->\n"

COLUMNS: Final[dict[str, tuple[type[Event], ...]]] = {
    "text": (TextDelta,),
    "thinking": (ReasoningDelta,),
    "tools": (ToolCall,),
    "usage": (Usage,),
    "sources": (Source,),
    "files": (File,),
    "error": (Error,),
}
"""A column of the table -> the events that fill it."""

_HOSTS: Final = {
    ("openai_responses", "xai"): "xai",
    ("glm", "api.z.ai"): "zhipu",
    ("openai_chat", "azure"): "azure",
    ("gemini", "us-east5-aiplatform.googleapis.com"): "vertex",
    ("anthropic", "us-east5-aiplatform.googleapis.com"): "vertex",
    ("openai_compat", "<OLLAMA_API_BASE>"): "ollama-openai",
    ("openai_compat", "myorg-myaccount.snowflakecomputing.com"): "Snowflake Cortex",
    ("openai_compat", "copilot"): "GitHub Copilot",
    ("openai_compat", "api.groq.com"): "groq",
    ("openai_compat", "api.x.ai"): "xai",
    ("openai_compat", "api.deepseek.com"): "deepseek",
    ("glm_via_others", "openrouter.ai"): "openrouter",
}
"""Who is meant by a host, where its name does not say it."""
_FOLDERS: Final = {
    "anthropic": "anthropic", "gemini": "gemini", "ollama": "ollama", "openai_chat": "openai",
    "openai_responses": "openai-responses",
}  # fmt: skip


def provider_of(recording: Recording) -> str:
    """The provider's name in the registry, or what people call a host that is not in it."""
    named = _HOSTS.get((recording.folder, recording.host))
    if named is None and recording.host.endswith("azure.com"):
        return "azure"
    return named or _FOLDERS.get(recording.folder) or recording.host


def table(found: Iterable[Recording]) -> str:
    """The table: recorded providers first, then those of the registry without a recording."""
    streams: dict[tuple[str, str], list[Recording]] = defaultdict(list)
    for recording in found:
        streams[provider_of(recording), DIALECT_OF[recording.folder]].append(recording)
    lines = [
        "| provider | dialect | recorded streams | " + " | ".join(COLUMNS) + " |",
        "|---|---|---|" + "---|" * len(COLUMNS),
    ]
    for (provider, dialect), rows in sorted(streams.items()):
        seen = {type(event) for row in rows for event in row.decoded()}
        cells = ["yes" if seen & set(kinds) else "" for kinds in COLUMNS.values()]
        lines.append(f"| {provider} | `{dialect}` | {len(rows)} | " + " | ".join(cells) + " |")
    recorded = {provider for provider, _ in streams}
    others = [p for p in Registry.default().providers() if p.name not in recorded]
    names = ", ".join(f"{provider.name} (`{provider.dialect}`)" for provider in others)
    return "\n".join(lines) + f"\n\nIn the registry, without a recording: {names}.\n"


def on_page() -> str:
    """The table as it stands in README."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


def write(made: str) -> None:
    """Put the table into README."""
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    PAGE.write_text(head + made + tail, encoding="utf-8")


if __name__ == "__main__":
    write(table(recordings()))
