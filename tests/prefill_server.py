"""A provider that goes on with what it is given, and breaks where it is told: the other end of the recovery tests."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.replay_server import Answer, ReplayServer, Request


def openai_chunk(**delta: Any) -> bytes:
    """One event of OpenAI's stream."""
    finish = delta.pop("finish", None)
    usage = delta.pop("usage", None)
    choices = [] if usage else [{"index": 0, "delta": delta, "finish_reason": finish}]
    chunk = {"id": "c", "model": "m", "choices": choices} | ({"usage": usage} if usage else {})
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def anthropic_event(kind: str, **fields: Any) -> bytes:
    """One event of Anthropic's stream."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


@dataclass
class PrefillServer(ReplayServer):
    """Answers with `tokens`, from where the last assistant message of the request ends.

    Attributes:
        tokens: the true answer.
        cuts: how many tokens each request gets before its body ends without an end mark; None lets it end well. What
            comes after the last is None.
        refuse: statuses for the first requests, None for those that are answered.
        echo: repeat the prefill before going on, as some servers do.
        delays: seconds before each answer; 0 after the last.
        overlap: characters of the prefill that are said again.
    """

    tokens: Sequence[str] = ()
    cuts: list[int | None] = field(default_factory=list)
    refuse: list[int | None] = field(default_factory=list)
    echo: bool = False
    overlap: int = 0
    delays: list[float] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The true answer."""
        return "".join(self.tokens)

    async def _ready(self, reader: asyncio.StreamReader) -> None:
        delay = self.delays.pop(0) if self.delays else 0.0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await reader.read(1)  # b"": the client has gone

    def _answer(self, request: Request) -> Answer:
        body = json.loads(request.body)
        self.bodies.append(body)
        status = self.refuse.pop(0) if self.refuse else None
        if status is not None:
            return Answer(b'{"error": {"message": "not so"}}', status, {"content-type": "application/json"}, None, 0)
        if not body.get("stream"):
            message = {"role": "assistant", "content": self.text}
            whole = {"id": "c", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
            return Answer(json.dumps(whole).encode(), 200, {"content-type": "application/json"}, None, 0)
        cut = self.cuts.pop(0) if self.cuts else None
        is_anthropic = request.path.endswith("/messages")
        tokens = self._rest(_prefill(body["messages"]))
        frames = _anthropic(tokens, cut) if is_anthropic else _openai(tokens, cut)
        return Answer(b"".join(frames), 200, {"content-type": "text/event-stream"}, None, 0)

    def _rest(self, prefill: str) -> list[str]:
        assert self.text.startswith(prefill), "a prefill that is not the beginning of the answer"
        rest: list[str] = [prefill] if self.echo and prefill else []
        at = max(0, len(prefill) - self.overlap)
        place = 0
        for token in self.tokens:
            if place + len(token) > at:
                rest.append(token[max(0, at - place) :])
            place += len(token)
        return rest


def _prefill(messages: list[dict[str, Any]]) -> str:
    last = messages[-1]
    if last["role"] != "assistant":
        return ""
    content = last["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _openai(tokens: list[str], cut: int | None) -> list[bytes]:
    frames = [openai_chunk(role="assistant", content=""), *(openai_chunk(content=token) for token in tokens)]
    if cut is not None:
        return frames[: cut + 1]
    usage = {"prompt_tokens": 7, "completion_tokens": len(tokens), "total_tokens": 7 + len(tokens)}
    return [*frames, openai_chunk(finish="stop"), openai_chunk(usage=usage), b"data: [DONE]\n\n"]


def _anthropic(tokens: list[str], cut: int | None) -> list[bytes]:
    start = {"id": "msg", "model": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 7}}
    frames = [
        anthropic_event("message_start", message=start)
        + anthropic_event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    ]
    for token in tokens:
        frames.append(anthropic_event("content_block_delta", index=0, delta={"type": "text_delta", "text": token}))
    if cut is not None:
        return frames[: cut + 1]
    usage = {"output_tokens": len(tokens)}
    return [
        *frames,
        anthropic_event("content_block_stop", index=0),
        anthropic_event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage),
        anthropic_event("message_stop"),
    ]
