"""Recorded-like answers in OpenAI's shape, written by hand so that a test can be read at one glance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

KEY = "sk-test-0123456789"
DONE = b"data: [DONE]\n\n"


def frame(delta: Mapping[str, Any] | None = None, finish: str | None = None, choice: int = 0, **extra: Any) -> bytes:
    """One event."""
    choices = [{"index": choice, "delta": dict(delta or {}), "finish_reason": finish}]
    wire = {"id": "chatcmpl-7", "model": "gpt-test", "created": 7, "choices": choices, **extra}
    return b"data: " + json.dumps(wire, ensure_ascii=False).encode() + b"\n\n"


def call(index: int, name: str = "", arguments: str = "", id: str | None = None) -> dict[str, Any]:
    """A piece of a tool call."""
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    return {"tool_calls": [{"index": index, "function": function, **({"id": id, "type": "function"} if id else {})}]}


USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}

TEXT = b"".join(
    [
        frame({"role": "assistant", "content": ""}),
        frame({"reasoning_content": "Octopuses, "}),
        frame({"reasoning_content": "perhaps."}),
        frame({"content": "Three "}),
        frame({"content": "hearts."}),
        frame({}, "stop"),
        frame(None, usage=USAGE).replace(b'[{"index": 0, "delta": {}, "finish_reason": null}]', b"[]"),
        DONE,
    ]
)

CALLS = b"".join(
    [
        frame({"role": "assistant", "content": None}),
        frame(call(0, "weather", "", "call_a")),
        frame(call(0, "", '{"city":')),
        frame(call(0, "", ' "Paris"}')),
        frame(call(1, "time", "{}", "call_b")),
        frame({}, "tool_calls"),
        DONE,
    ]
)

TWO = b"".join(
    [
        frame({"role": "assistant", "content": "one"}),
        frame({"role": "assistant", "content": "two"}, choice=1),
        frame({}, "stop", choice=1),
        frame({"content": " more"}),
        frame({}, "length"),
        DONE,
    ]
)

CUT = frame({"role": "assistant", "content": "Three "})

WHOLE = json.dumps(
    {
        "id": "chatcmpl-8",
        "model": "gpt-test",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Whole."}, "finish_reason": "stop"}],
        "usage": USAGE,
    }
).encode()
