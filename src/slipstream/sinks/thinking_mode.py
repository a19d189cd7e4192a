"""How the model's thinking is shown, on every screen; and the check of an argument that is one of a few words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

from slipstream.errors import InvalidRequestError

ThinkingMode = Literal["fold", "show", "hide"]
"""Folded away when it is over, left open, or not shown."""


def check_word(name: str, value: Any, accepted: Iterable[str | None]) -> None:
    """Refuse a value that is none of these.

    Raises:
        InvalidRequestError: it names the argument and what is accepted.
    """
    known = tuple(accepted)
    is_word = value is None or isinstance(value, str)
    if not is_word or value not in known:
        shown = repr(value)[:40] if is_word else f"a {type(value).__name__}"
        raise InvalidRequestError(f"{name}: {shown}; accepted: {', '.join(map(str, known))}", argument=name)


def check_thinking(value: Any) -> None:
    """Refuse what is no `ThinkingMode`."""
    check_word("thinking", value, get_args(ThinkingMode))
