"""Google's errors, both ways: `{"error": {"code": 503, "message": "...", "status": "UNAVAILABLE"}}`."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.http_errors import error_event, parse_wire
from slipstream.dialects.common.wire import Wire
from slipstream.events import Error

STATUSES: Final = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 402: "RESOURCE_EXHAUSTED", 403: "PERMISSION_DENIED",
    404: "NOT_FOUND", 408: "DEADLINE_EXCEEDED", 409: "ABORTED", 413: "INVALID_ARGUMENT", 422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 502: "UNAVAILABLE",
    503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip
"""The status words of https://cloud.google.com/apis/design/errors; no more than the HTTP status says."""

CANCELLED: Final = 499
"""Google's status for a request that the caller gave up."""


def error_of(wire: Wire) -> Error | None:
    """The error that an object states, or None."""
    stated = wire.get("error")
    if not stated:
        return None
    status = stated.get("code") if isinstance(stated, dict) else None
    code, message = parse_wire(wire)
    known = status if isinstance(status, int) and not isinstance(status, bool) and 100 <= status < 600 else None
    return error_event(known, code, message)


def error_body(error: Error, *, argument: str = "", status: int | None = None) -> Wire:
    """The error object that tells a client of an error.

    Args:
        error: what went wrong.
        argument: the field of the request that is wrong, or "".
        status: the HTTP status; that of the error by default.
    """
    code = status_of(error) if status is None else status
    named = error.code if error.code in _WORDS else None
    body: dict[str, Any] = {"code": code, "message": error.message, "status": named or STATUSES.get(code, "UNKNOWN")}
    if argument:
        violation = {"field": argument, "description": error.message}
        body["details"] = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
    return {"error": body}


_WORDS: Final = frozenset((*STATUSES.values(), "FAILED_PRECONDITION", "OUT_OF_RANGE", "ALREADY_EXISTS", "DATA_LOSS"))
