"""What a model is told of a call that came to nothing."""

from __future__ import annotations

from typing import Final

from slipstream.dialects.common.checks import scrub
from slipstream.events import ToolCall, ToolError

MAX_ERROR: Final = 2000
"""Characters of an error that a model is told: more says no more, and costs it tokens."""


class CallFailedError(Exception):
    """A call that cannot be run, or a result that cannot be sent; the message is for the model as it stands."""


def failed(call: ToolCall, why: str) -> ToolError:
    """The event of a call that came to nothing."""
    return ToolError(call.id, scrub(why[:MAX_ERROR]), call.name, choice=call.choice)


def describe(error: BaseException) -> str:
    """An exception in words for the model: its kind and its message, and no traceback."""
    try:
        text = str(error)
    except Exception:
        text = ""
    if isinstance(error, CallFailedError):
        return text
    name = type(error).__name__
    return f"{name}: {text}" if text else name
