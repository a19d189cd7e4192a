"""One line in the log for each stream: JSON, so that a machine can read it, without content and without keys."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from slipstream.events import Message
from slipstream.run.metrics import Metrics
from slipstream.telemetry.asked import Asked
from slipstream.telemetry.attributes import server

_FIGURES: Final = (
    "attempts", "bytes", "output_events", "time_to_headers", "time_to_first_byte", "time_to_first_output",
    "time_to_first_text", "total", "time_to_cancel", "gap_p50", "gap_p99", "gap_max", "tokens_per_second",
    "effective_tokens_per_second",
)  # fmt: skip
_TOKENS: Final = ("input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens", "estimated")


def record(asked: Asked, message: Message, metrics: Metrics, more: Mapping[str, Any]) -> dict[str, Any]:
    """What the line says; times in seconds."""
    error, usage = message.error, message.usage
    known: dict[str, Any] = {
        "event": "stream",
        "provider": asked.provider or message.provider,
        "model": asked.model or message.model,
        "response_model": message.model,
        "response_id": message.id,
        "server": server(asked.url).get("server.address"),
        "streaming": asked.streaming,
        "finish_reason": message.finish_reason,
        "error": error.kind if error is not None else None,
        "status": error.status if error is not None else None,
        "request_id": error.request_id if error is not None else None,
        "tool_calls": len(message.tool_calls) or None,
        **({name: getattr(usage, name) for name in _TOKENS} if usage is not None else {}),
        **{name: getattr(metrics, name) for name in _FIGURES},
        **more,
    }
    return {name: _short(value) for name, value in known.items() if value not in (None, "")}


def _short(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def write(logger: logging.Logger, asked: Asked, message: Message, metrics: Metrics, more: Mapping[str, Any]) -> None:
    """Write the line: a warning if the stream failed, else information. `record.slipstream` holds it as a mapping."""
    level = logging.WARNING if message.error is not None else logging.INFO
    if logger.isEnabledFor(level):
        line = record(asked, message, metrics, more)
        logger.log(level, "%s", json.dumps(line, ensure_ascii=False), extra={"slipstream": line})
