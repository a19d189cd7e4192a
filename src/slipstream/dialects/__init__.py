"""Provider APIs, one module each: request -> body, bytes -> events. `get(name)` loads the one that is asked for."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Final

from slipstream.dialects.common.face import Decoder, Dialect
from slipstream.errors import UnknownModelError

__all__ = ["Decoder", "Dialect", "get", "names"]

_CLASSES: Final = {
    "openai_chat": "OpenAIChat",
    "zhipu": "Zhipu",
    "anthropic": "Anthropic",
    "openai_responses": "OpenAIResponses",
}
"""The name of a dialect, which is its module's, -> its class."""


def names() -> tuple[str, ...]:
    """The names that `get` takes."""
    return tuple(_CLASSES)


def get(name: str) -> Dialect:
    """The dialect of this name, one object for all callers, as it has no state.

    Args:
        name: one of `names()`.

    Raises:
        UnknownModelError: there is no such dialect; the message lists those there are.
    """
    if not isinstance(name, str) or name not in _CLASSES:
        near = get_close_matches(name, _CLASSES, n=1) if isinstance(name, str) else []
        hint = f"Did you mean {near[0]!r}?" if near else None
        raise UnknownModelError(f"no dialect is named {name!r}; there are: {', '.join(_CLASSES)}", hint=hint)
    return _load(name)


@cache
def _load(name: str) -> Dialect:
    dialect: Dialect = getattr(import_module(f"{__name__}.{name}"), _CLASSES[name])()
    return dialect
