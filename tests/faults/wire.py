"""Bytes for scripts: HTTP heads, chunks, and a small answer in the shape of OpenAI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

SSE = "text/event-stream; charset=utf-8"


def head(status: int = 200, content_type: str = SSE, *, chunked: bool = True, **headers: object) -> bytes:
    """The head of a response; keyword names turn into header names (`retry_after=1`)."""
    lines = [f"HTTP/1.1 {status} Whatever", f"content-type: {content_type}"]
    lines += ["transfer-encoding: chunked"] if chunked else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def frame(delta: Mapping[str, Any] | None = None, finish: str | None = None, **extra: Any) -> bytes:
    """One event of OpenAI's stream."""
    choice = {"index": 0, "delta": dict(delta or {}), "finish_reason": finish}
    wire = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps({**wire, **extra}, ensure_ascii=False).encode() + b"\n\n"


def text_frames(pieces: Iterable[str]) -> list[bytes]:
    """A role, pieces of text, a finish reason: the frames of an answer, without its end mark."""
    return [frame({"role": "assistant", "content": ""}), *(frame({"content": p}) for p in pieces), frame({}, "stop")]


DONE = b"data: [DONE]\n\n"
PIECES = ["章鱼", "有三颗", "心脏", " 🐙", ", ", "and blue blood."]
TEXT = "".join(PIECES)
FRAMES = text_frames(PIECES)
BODY = b"".join(FRAMES) + DONE
FIRST = b"".join(FRAMES[:3])
"""The beginning of the answer: its first two pieces of text."""
FIRST_TEXT = "".join(PIECES[:2])

WHOLE = head() + chunk(BODY) + LAST_CHUNK
"""A whole good response in one write."""


def error_body(message: str = "no", **fields: Any) -> bytes:
    """An error object in OpenAI's shape."""
    return json.dumps({"error": {"message": message, **fields}}).encode()


def refusal(status: int, body: bytes = b"", **headers: object) -> bytes:
    """A whole response that refuses."""
    body = body or error_body(f"refused with {status}")
    return head(status, "application/json", chunked=False, content_length=len(body), **headers) + body
