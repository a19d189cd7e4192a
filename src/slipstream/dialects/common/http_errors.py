"""Errors in bodies: read in every shape providers, proxies and servers send them, and named by `slipstream.errors`.

The shapes, seen in recorded responses: `{"error": {"message", "type", "code"}}` (OpenAI and who follows), the same in
an array (Google), `{"type": "error", "error": {...}}` (Anthropic), flat objects (vLLM, Ollama, FastAPI's `detail`,
AWS), HTML from a proxy, plain text, nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common.error_kinds import classify
from slipstream.dialects.common.keys import redact
from slipstream.events import Error

__all__ = ["classify", "error_event", "from_response", "parse_body", "parse_wire", "redact", "request_id_of", "shorten"]

# The first 2 KB tell a person what a body is (RELIABILITY C1 row 9); a page of HTML in a log tells nobody more.
MAX_MESSAGE_BYTES: Final = 2048
# No provider's error comes near this. What is longer is some other document, and need not be parsed to be shown.
MAX_BODY_BYTES: Final = 256 * 1024

_CODE_KEYS: Final = ("code", "status", "type", "error_code", "statusCode", "__type")
_MESSAGE_KEYS: Final = ("message", "error_description", "error_msg", "msg", "detail", "Message", "title", "reason")
_REQUEST_ID_HEADERS: Final = ("request-id", "x-request-id", "x-log-id", "apim-request-id", "x-amzn-requestid", "cf-ray")
_UNSHOWN: Final = re.compile(r"(?is)<(script|style)\b[^>]*>.*?</\1\s*>")
_TITLE: Final = re.compile(r"(?is)<title[^>]*>(.*?)</title")
_TAG: Final = re.compile(r"<[^>]*>?")


def error_event(status: int | None, code: str | None, message: str, request_id: str | None = None) -> Error:
    """An `Error` event, its kind found by `classify`, its message shortened and redacted.

    Args:
        status: the HTTP status; 200 or None for an error inside a stream.
        code: the provider's code or type, as text, or None.
        message: the provider's words; "" if it said none.
        request_id: the provider's id of the request, or None.
    """
    kind, retryable = classify(status, code, message)
    words = shorten(message) or (f"HTTP {status}" if status and status >= 400 else f"error {code}" if code else "error")
    return Error(
        message=words, kind=kind, code=code and shorten(code, 128), status=status, retryable=retryable,
        request_id=request_id,
    )  # fmt: skip


def from_response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Error:
    """The `Error` event of a whole response whose status is not 2xx; see `Dialect.decode_error`."""
    code, message = parse_body(body)
    return error_event(status, code, message, request_id_of(headers, body))


def parse_body(body: bytes) -> tuple[str | None, str]:
    """The code and the message in a body of any shape.

    Returns:
        The provider's code or type as text (None if it states none), and its words, redacted and at most 2 KB ("" if
        the body is empty).
    """
    wire = _json_of(body)
    if wire is None:
        return None, shorten(_words_of_page(body))
    return parse_wire(wire)


def parse_wire(wire: Any) -> tuple[str | None, str]:
    """The code and the message in a decoded JSON value of any shape; see `parse_body`."""
    return _code_of(wire), shorten(_message_of(wire))


def request_id_of(headers: Mapping[str, str] | None, body: bytes = b"") -> str | None:
    """The provider's id of the request, from the headers, else from the body."""
    named = {name.lower(): value for name, value in (headers or {}).items()}
    for name in _REQUEST_ID_HEADERS:
        if named.get(name):
            return named[name][:256]
    wire = _json_of(body)
    found = wire.get("request_id") if isinstance(wire, dict) else None
    return found[:256] if isinstance(found, str) and found else None


def shorten(text: str, limit: int = MAX_MESSAGE_BYTES) -> str:
    """The text on one line, without keys, in at most `limit` bytes of UTF-8."""
    # Cut once before the search for keys, so that its cost is bounded, and once after, so that no key is cut in half.
    words = redact(" ".join(text[: 16 * limit].split()))
    data = words.encode("utf-8", "replace")
    if len(data) <= limit:
        return data.decode()
    return data[: limit - 3].decode("utf-8", "ignore") + "..."


def _json_of(body: bytes) -> Any:
    """The body as JSON, or None."""
    if len(body) > MAX_BODY_BYTES:
        return None
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None


def _words_of_page(body: bytes) -> str:
    """What an HTML page or a plain text says: the title of the one, the beginning of the other."""
    text = body[:MAX_BODY_BYTES].decode("utf-8-sig", "replace").strip()
    if not text.startswith("<"):
        return text
    title = _TITLE.search(text)
    return _TAG.sub(" ", title.group(1) if title else _UNSHOWN.sub(" ", text))


def _code_of(wire: Any) -> str | None:
    """The most telling code: a word before a number that only repeats the status."""
    inner = _inner(wire)
    found = [str(inner[key]) for key in _CODE_KEYS if _is_code(inner.get(key))]
    reason = _detail(inner, "reason")
    if reason:
        found.insert(0, reason)
    words = [code for code in found if not code.isdigit() or len(code) == 4]  # four digits: Zhipu's business codes
    return next(iter(words or found), None)


def _is_code(value: Any) -> bool:
    if isinstance(value, bool) or value in ("", "error"):
        return False
    # xAI writes a sentence into `code`; that is a message.
    return isinstance(value, int) or (isinstance(value, str) and " " not in value.strip())


def _message_of(wire: Any) -> str:
    inner = _inner(wire)
    words = next((_text_of(inner[key]) for key in _MESSAGE_KEYS if inner.get(key)), "")
    if not words and isinstance(inner.get("code"), str) and " " in inner["code"]:
        words = inner["code"]
    behind = inner.get("metadata")
    raw = behind.get("raw") if isinstance(behind, dict) else None  # OpenRouter: what the provider behind it said
    return f"{words}: {raw}" if isinstance(raw, str) and raw else words


def _inner(wire: Any) -> dict[str, Any]:
    """The object that holds code and message."""
    for _ in range(8):  # arrays and envelopes, one in the other; nobody nests deeper
        if isinstance(wire, list):
            wire = wire[0] if wire else {}
        elif isinstance(wire, str):
            return {"message": wire}
        elif not isinstance(wire, dict):
            return {}
        elif isinstance(wire.get("error"), str) and wire["error"]:
            return {**wire, "message": wire.get("message") or wire["error"]}
        else:
            envelope = next((wire[key] for key in ("error", "errors", "response") if wire.get(key)), None)
            if envelope is None or isinstance(envelope, (int, bool)):
                return wire
            wire = envelope
    return {}


def _text_of(value: Any) -> str:
    """A message as text; FastAPI and Mistral send a list of objects with `msg`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text_of, value[:8])))
    if isinstance(value, dict):
        return next((_text_of(value[key]) for key in _MESSAGE_KEYS if value.get(key)), "")
    return ""


def _detail(inner: dict[str, Any], name: str) -> str | None:
    """A field of Google's `error.details`, such as the reason `API_KEY_INVALID`."""
    details = inner.get("details")
    for entry in details if isinstance(details, list) else ():
        value = entry.get(name) if isinstance(entry, dict) else None
        if isinstance(value, str) and value:
            return value
    return None
