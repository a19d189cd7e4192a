"""Answers in OpenAI's shape, for the replay server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.replay_server import Request

DONE = b"data: [DONE]\n\n"


def sse(payload: dict[str, Any]) -> bytes:
    """One frame."""
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


def chunk(delta: dict[str, Any], reason: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    """One chunk of an answer."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    payload: dict[str, Any] = {"id": "chatcmpl-1", "model": "replayed", "created": 1, "choices": [choice]}
    return sse({**payload, "usage": usage} if usage else payload)


def answer(
    texts: Sequence[str], *, thinking: Sequence[str] = (), reason: str = "stop", usage: bool = True
) -> list[bytes]:
    """The frames of a whole answer: thinking, then text, each piece a frame of its own."""
    counted = {"prompt_tokens": 7, "completion_tokens": len(texts) + len(thinking), "total_tokens": 7 + len(texts)}
    return [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"reasoning_content": text}) for text in thinking),
        *(chunk({"content": text}) for text in texts),
        chunk({}, reason, counted if usage else None),
        DONE,
    ]


def whole(text: str) -> bytes:
    """An answer that does not stream."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"id": "1", "model": "replayed", "choices": [choice], "usage": usage}).encode()


def asked(requests: Sequence[Request]) -> Iterator[list[tuple[str, str]]]:
    """The messages of each request: role and text."""
    for request in requests:
        messages = json.loads(request.body)["messages"]
        yield [(message["role"], _text(message["content"])) for message in messages]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", f"<{part['type']}>") for part in content)
