"""Provider APIs, one module each, both ways: request -> body and back, bytes -> events and back.

`get(name)` loads the one that is asked for.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Final

from slipstream.dialects.common.face import Decoder, Dialect, Encoder
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.errors import UnknownModelError

__all__ = ["ALIASES", "Asked", "Decoder", "Dialect", "Encoder", "Reply", "get", "names"]

_CLASSES: Final = {
    "openai_chat": "OpenAIChat",
    "zhipu": "Zhipu",
    "anthropic": "Anthropic",
    "openai_responses": "OpenAIResponses",
    "gemini": "Gemini",
    "gemini_interactions": "GeminiInteractions",
    "ollama": "Ollama",
    "ui": "UI",
    "ag_ui": "AGUI",
    "slipstream": "Slipstream",
}
"""The name of a dialect, which is its module's, -> its class."""

ALIASES: Final = {
    "openai": "openai_chat",
    "responses": "openai_responses",
    "glm": "zhipu",
    "ai-sdk": "ui",
    "ag-ui": "ag_ui",
    "sse": "slipstream",
}
"""Other names that people type."""


def names() -> tuple[str, ...]:
    """The names that `get` takes."""
    return tuple(_CLASSES)


def get(name: str) -> Dialect:
    """The dialect of this name, one object for all callers, as it has no state.

    Args:
        name: one of `names()`, or of `ALIASES`.

    Raises:
        UnknownModelError: there is no such dialect; the message lists those there are.
    """
    name = ALIASES.get(name, name) if isinstance(name, str) else name
    if not isinstance(name, str) or name not in _CLASSES:
        near = get_close_matches(name, (*_CLASSES, *ALIASES), n=1) if isinstance(name, str) else []
        hint = f"Did you mean {near[0]!r}?" if near else None
        raise UnknownModelError(f"no dialect is named {name!r}; there are: {', '.join(_CLASSES)}", hint=hint)
    return _load(name)


@cache
def _load(name: str) -> Dialect:
    dialect: Dialect = getattr(import_module(f"{__name__}.{name}"), _CLASSES[name])()
    return dialect
