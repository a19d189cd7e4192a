"""The errors of this API inside a 200, in both of their shapes, and in that of a failed response.

The documented event is flat, the one recorded live nests its error (WIRE section 3); a failed response has it as a
field. Of the codes of a failed response the shared tables do not know those about pictures and prompts: they are the
caller's fault, so the status is the one that the same code has as an HTTP error.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from slipstream.dialects.common.http_errors import error_event, parse_wire
from slipstream.dialects.common.openai_shape.errors import error_of as stated_error
from slipstream.events import Error

_BAD: Final = ("invalid_", "image_", "unsupported_", "empty_", "failed_to_download_")
_REFUSED: Final = ("_policy", "_policy_violation")


def error_of(wire: dict[str, Any], *, named: bool = False) -> Error | None:
    """The error that an object states, or None; `named` if its frame's event is called `error`."""
    found = stated_error(wire, named=named)
    return None if found is None else _refined(found)


def failure_of(response: dict[str, Any]) -> Error:
    """The error of a response that failed. One that does not say why may do better the next time."""
    error = response.get("error")
    if not error:
        status = response.get("status")
        words = f"the provider ended the response with {str(status or 'failed')[:40]!r}"
        return Error(words, "ServerError", code=str(status) if status else None, retryable=True)
    code, message = parse_wire({"error": error})
    return _refined(error_event(None, code, message))


def _refined(error: Error) -> Error:
    code = error.code or ""
    if error.kind != "APIError" or error.status is not None:
        return error
    if code.endswith(_REFUSED):
        return replace(error, kind="ContentFilteredError", retryable=False)
    if code.startswith(_BAD):
        return replace(error, kind="BadRequestError", retryable=False)
    return error
