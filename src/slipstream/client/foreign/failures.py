"""From the exceptions of other SDKs to ours.

The original is kept as `.original` and not as the cause: a traceback prints causes, and theirs may quote key and
prompt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slipstream.dialects.common.http_errors import error_event, parse_wire
from slipstream.errors import MalformedChunkError, SlipstreamError
from slipstream.run import failures


def from_exception(error: Exception, *, model: str | None) -> SlipstreamError:
    """Our error for one that an SDK's stream raised.

    Args:
        error: with a `status_code` or a body it is the provider's refusal, else the stream broke.
        model: the model's name, when it is known.
    """
    found = error if isinstance(error, SlipstreamError) else _named(error, model)
    if found is not error:
        found.original = error
    return found


def _named(error: Exception, model: str | None) -> SlipstreamError:
    stated = _stated(error)
    if stated is not None:
        status, code, message = stated
        headers = headers_of(getattr(error, "response", None))
        return failures.exception(error_event(status, code, message), headers, model=model)
    if isinstance(error, json.JSONDecodeError):
        return MalformedChunkError("the SDK met a frame that is no JSON", model=model, retryable=True)
    timed_out = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
    why = "the SDK's own timeout ran out" if timed_out else "the SDK's stream broke"
    return failures.interrupted(f"{why} ({type(error).__name__})", resumable=False, last_event_id=None, model=model)


def _stated(error: Exception) -> tuple[int | None, str | None, str] | None:
    """Status, code and message, if the provider stated an error."""
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) else None
    body: Any = getattr(error, "body", None) or getattr(error, "json_data", None)  # openai, anthropic; zai
    if isinstance(body, Mapping):
        code, message = parse_wire(dict(body))
        return status, code, message
    return None if status is None else (status, None, str(error))


def headers_of(response: Any) -> dict[str, str]:
    """The headers of an SDK's HTTP response, names in lower case."""
    headers: Any = getattr(response, "headers", None)
    return {str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, Mapping) else {}
