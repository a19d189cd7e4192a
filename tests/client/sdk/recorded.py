"""Recorded streams as bodies that a server can send, and the frames in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora" / "streams"

Wire = dict[str, Any]


def names(folder: str) -> list[str]:
    """The recordings of a folder, for `parametrize`; one that says so if there are none."""
    found = sorted(path.name for path in (CORPORA / folder).glob("*") if path.suffix in (".sse", ".txt"))
    return found or ["none"]


def body(folder: str, name: str) -> bytes:
    """The body of a recording; one that was kept without its SSE framing gets it back."""
    data = (CORPORA / folder / name).read_bytes()
    if not name.endswith(".chunks.txt"):
        return data
    lines = [line.strip() for line in data.splitlines() if line.strip()]
    if folder in ("anthropic", "openai_responses"):  # each frame is named, and no mark follows
        return b"".join(b"event: %s\ndata: %s\n\n" % (json.loads(line)["type"].encode(), line) for line in lines)
    return b"".join(b"data: %s\n\n" % line for line in lines) + b"data: [DONE]\n\n"


def frames(data: bytes) -> list[Wire]:
    """The JSON objects of a body's frames, found without our decoder."""
    lines = data.decode().replace("\r\n", "\n").split("\n")
    payloads = (line.removeprefix("data:").strip() for line in lines if line.startswith("data:"))
    return [json.loads(payload) for payload in payloads if payload not in ("", "[DONE]")]


def sse(*chunks: Wire, done: bool = True) -> bytes:
    """A body of these frames, in OpenAI's framing."""
    framed = b"".join(b"data: %s\n\n" % json.dumps(chunk, ensure_ascii=False).encode() for chunk in chunks)
    return framed + (b"data: [DONE]\n\n" if done else b"")


def events(*frames: Wire) -> bytes:
    """A body of these frames, in Anthropic's framing."""
    return b"".join(b"event: %s\ndata: %s\n\n" % (f["type"].encode(), json.dumps(f).encode()) for f in frames)


def response(*output: Wire, status: str = "completed", **fields: Any) -> Wire:
    """A response of OpenAI's."""
    return {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": status, "output": [*output],
            "error": None, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], **fields}  # fmt: skip


def numbered(*frames: Wire, first: int = 0) -> bytes:
    """A body of these frames with the numbers that the Responses API gives them."""
    return events(*({**frame, "sequence_number": first + at} for at, frame in enumerate(frames)))


def answer_frames(*pieces: str, **fields: Any) -> list[Wire]:
    """The frames of a response that says this text."""
    text = "".join(pieces)
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    whole = {**item, "status": "completed", "content": [{**part, "text": text}]}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    usage = {"input_tokens": 9, "output_tokens": 12, "total_tokens": 21,
             "input_tokens_details": {"cached_tokens": 0},
             "output_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
    return [
        {"type": "response.created", "response": response(status="in_progress", **fields)},
        {"type": "response.in_progress", "response": response(status="in_progress", **fields)},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "part": part},
        *({"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []} for piece in pieces),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": {**part, "text": text}},
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": response(whole, usage=usage, **fields)},
    ]


def chunk(content: str | None = None, *, finish: str | None = None, **fields: Any) -> Wire:
    """A chunk of OpenAI's with one choice."""
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": {**delta, **fields.pop("delta", {})}, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **fields}


def usage(prompt: int, answer: int, **fields: Any) -> Wire:
    """A usage object of OpenAI's."""
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer, **fields}


ANSWER = sse(
    chunk("", delta={"role": "assistant", "refusal": None}, system_fingerprint="fp_1", service_tier="default"),
    chunk("冷知识"),
    chunk("：章鱼有"),
    chunk("三颗心。"),
    chunk(finish="stop"),
    chunk(choices=[], usage=usage(9, 12)),
)
"""A short answer in OpenAI's shape, its usage last."""

MESSAGE = events(
    {"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
     "content": [], "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "An octopus "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "has three hearts."}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
     "usage": {"output_tokens": 12}},
    {"type": "message_stop"},
)  # fmt: skip
"""A short answer in Anthropic's shape."""

WHOLE_MESSAGE = json.dumps(
    {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "stop_reason": "end_turn",
     "stop_sequence": None, "content": [{"type": "text", "text": "An octopus has three hearts."}],
     "usage": {"input_tokens": 9, "output_tokens": 12}}
).encode()  # fmt: skip

WHOLE_ANSWER = json.dumps(
    {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "usage": usage(9, 12),
     "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None,
                  "message": {"role": "assistant", "content": "冷知识：章鱼有三颗心。", "refusal": None}}]}
).encode()  # fmt: skip

MESSAGES: Any = [{"role": "user", "content": "讲几个冷知识"}]
