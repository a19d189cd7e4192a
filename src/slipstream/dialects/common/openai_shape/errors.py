"""Errors stated in JSON: as an HTTP body, as a frame inside a 200, and in every shape of either."""

from __future__ import annotations

from typing import Any

import msgspec

from slipstream.dialects.common import http_errors
from slipstream.events import Error


def error_of(wire: dict[str, Any], *, named: bool = False) -> Error | None:
    """The error an object states, or None.

    Args:
        wire: the object: `{"error": ...}`, vLLM's flat `{"object": "error", "message": ...}`, FastAPI's
            `{"detail": ...}`, DashScope's `{"code": ..., "message": ...}`, z.ai's `{"success": false, "msg": ...}`.
        named: True if the frame's event name already says that this is an error.
    """
    stated = wire.get("error")
    if not stated and not named and not _is_flat(wire):
        return None
    code, message = http_errors.parse_body(_encoded(wire))
    return http_errors.error_event(_status_of(wire), code, message, _request_id(wire))


def _is_flat(wire: dict[str, Any]) -> bool:
    if wire.get("object") == "error" or wire.get("type") == "error" or wire.get("success") is False:
        return True
    if wire.get("choices") is not None:
        return False
    return bool(wire.get("detail")) or (isinstance(wire.get("message"), str) and "code" in wire)


def _encoded(wire: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode({key: value for key, value in wire.items() if key != "choices"})
    except (TypeError, ValueError, RecursionError):
        return msgspec.json.encode({"error": str(wire.get("error", ""))})


def _status_of(wire: dict[str, Any]) -> int | None:
    """The HTTP status that the error says it stands for (Groq: `status_code`; OpenRouter: a number in `code`)."""
    inner = wire.get("error")
    holder = inner if isinstance(inner, dict) else wire
    for key in ("status_code", "status", "code"):
        value = holder.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:
            return value
    return None


def _request_id(wire: dict[str, Any]) -> str | None:
    value = wire.get("request_id")
    return value[:256] if isinstance(value, str) and value else None
