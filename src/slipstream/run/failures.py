"""From a failure that flows as an event to the exception that is raised, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from slipstream import errors
from slipstream.errors import APIError, SlipstreamError, StreamInterruptedError, StreamTimeoutError
from slipstream.events import Error
from slipstream.run.retry import retry_after, should_retry

REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-log-id", "cf-ray")
"""Where providers put the id of a request: OpenAI and most others, Anthropic, Zhipu, and whoever stands behind
Cloudflare.
"""

HINTS: dict[str, str] = {
    "AuthenticationError": "check the key, and that it belongs to this provider and region",
    "QuotaExceededError": "top up the account, or use another provider or model",
    "NotFoundError": "check the model's name and the base URL",
    "RateLimitError": "wait, or send fewer requests at once",
}


def request_id(headers: Mapping[str, str]) -> str | None:
    """The provider's id of the request, or None."""
    return next((headers[name] for name in REQUEST_ID_HEADERS if name in headers), None)


def exception(event: Error, headers: Mapping[str, str], **context: Any) -> SlipstreamError:
    """The exception that an `Error` event stands for.

    Args:
        event: the failure.
        headers: response headers in lower case; they say whether and when to retry, and the request's id.
        context: provider and model.
    """
    kind = _class_of(event.kind)
    context |= {
        "request_id": event.request_id or request_id(headers),
        "retryable": event.retryable,
        "retry_at": retry_after(headers),
        "hint": HINTS.get(event.kind),
    }
    advice = should_retry(headers)
    if advice is not None and event.status != 200:
        context["retryable"] = advice
    if issubclass(kind, APIError):
        return kind(event.message, status=event.status, code=event.code, **context)
    if issubclass(kind, StreamTimeoutError):  # made by a stage
        seconds = math.nan if event.seconds is None else event.seconds
        return kind(event.message, clock=event.code or "total", seconds=seconds, **context)
    return kind(event.message, **context)


def _class_of(kind: str) -> type[SlipstreamError]:
    found = getattr(errors, kind, None)
    return found if isinstance(found, type) and issubclass(found, SlipstreamError) else APIError


def event(error: SlipstreamError) -> Error:
    """The `Error` event that stands for an exception."""
    return Error(
        error.message,
        kind=type(error).__name__,
        code=getattr(error, "code", None) or getattr(error, "clock", None),
        status=getattr(error, "status", None),
        retryable=error.retryable,
        request_id=error.request_id,
        seconds=getattr(error, "seconds", None),
    )


def interrupted(why: str, *, resumable: bool, last_event_id: str | None, **context: Any) -> StreamInterruptedError:
    """The error of a stream that died after content."""
    return StreamInterruptedError(
        f"the stream was interrupted: {why}",
        resumable=resumable,
        last_event_id=last_event_id,
        retryable=True,
        hint="what had arrived is in .partial",
        **context,
    )
