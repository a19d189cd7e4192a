"""The streams that every contender reads: recorded ones where the corpora are there, else some of the same shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CORPORA = Path(__file__).resolve().parent.parent.parent / "shared" / "corpora" / "streams"
OPENAI = CORPORA / "openai_chat" / "13-vercel-azure-deepseek-reasoning-1-chunks-deepseek-v4-pro.0.chunks.txt"
ANTHROPIC = (
    CORPORA
    / "anthropic"
    / "14-vercel-anthropic-programmatic-tool-calling-1-chunks-claude-sonnet-4-5-2025092.0.chunks.txt"
)


def openai_frames(count: int) -> list[bytes]:
    """SSE frames of an OpenAI chat answer: content chunks, then the finish, the usage and the end mark."""
    lines = OPENAI.read_text().splitlines() if OPENAI.exists() else [_openai_chunk(i) for i in range(400)]
    chunks = [json.loads(line) for line in lines]
    content = [line for line, chunk in zip(lines, chunks, strict=True) if _is_text(chunk)]
    last = dict(chunks[-1] if chunks[-1].get("usage") else json.loads(_openai_chunk(0)))
    finish = json.loads(content[0])
    finish["choices"][0] |= {"delta": {}, "finish_reason": "stop"}
    last |= {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": count + 10}}
    frames = [_frame(line) for line in content]
    body = [frames[i % len(frames)] for i in range(count)]
    return [*body, _frame(json.dumps(finish)), _frame(json.dumps(last)), _frame("[DONE]")]


def long_frames(count: int) -> list[bytes]:
    """SSE frames of 4 KiB each, for volume."""
    chunk = json.loads(_openai_chunk(0))
    chunk["choices"][0]["delta"]["content"] = "x" * (4096 - len(json.dumps(chunk)) - 8)
    return [*[_frame(json.dumps(chunk))] * count, *openai_frames(1)[-3:]]


def event_frames(count: int) -> list[bytes]:
    """SSE frames of 300 bytes each, as most providers' are."""
    chunk = json.loads(_openai_chunk(0))
    chunk["choices"][0]["delta"]["content"] = ""
    chunk["choices"][0]["delta"]["content"] = "x" * (300 - len(_frame(json.dumps(chunk))))
    return [*[_frame(json.dumps(chunk))] * count, *openai_frames(1)[-3:]]


def _frame(line: str) -> bytes:
    return f"data: {line}\n\n".encode()


def anthropic_frames(count: int) -> list[bytes]:
    """SSE frames of an Anthropic answer: one block of text."""
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in _texts()
    ]
    message: dict[str, Any] = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 10, "output_tokens": 1},
    }  # fmt: skip
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(deltas[i % len(deltas)] for i in range(count)),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
         "usage": {"output_tokens": count}},
        {"type": "message_stop"},
    ]  # fmt: skip
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]


FRAMES = {"openai": openai_frames, "anthropic": anthropic_frames, "long": long_frames, "event": event_frames}


def _is_text(chunk: dict[str, Any]) -> bool:
    choices = chunk.get("choices")
    return bool(isinstance(choices, list) and choices and choices[0].get("delta", {}).get("content"))


def _texts() -> list[str]:
    if not ANTHROPIC.exists():
        return [" word", " another", "."] * 20
    events = map(json.loads, ANTHROPIC.read_text().splitlines())
    return [e["delta"]["text"] for e in events if e.get("delta", {}).get("type") == "text_delta" and e["delta"]["text"]]


def _openai_chunk(number: int) -> str:
    chunk = {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1760000000, "model": "gpt-4o-mini",
        "system_fingerprint": "fp_1", "service_tier": "default",
        "choices": [{"index": 0, "delta": {"content": f" word{number % 10}"}, "logprobs": None, "finish_reason": None}],
    }  # fmt: skip
    return json.dumps(chunk)
