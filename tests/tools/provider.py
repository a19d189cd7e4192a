"""A provider over real HTTP that plays turns in any dialect, and refuses what the real ones refuse.

A conversation whose calls are not all answered, in the right place and form, is a 400 here as it is there: that is what
makes a test of the tool loop worth something.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.replay_server import Answer, ReplayServer, Request

Body = dict[str, Any]
Wanted = tuple[str, str, str]
"""A call: its id, the tool's name, the arguments as JSON text."""


@dataclass(frozen=True)
class Turn:
    """One answer of the model.

    Args:
        text, thinking: what it says.
        calls: what it calls.
        finish: why it ends: `stop`, `tool_calls`, `length`, `content_filter`; "" for an answer that is cut.
        legacy: True for a call in OpenAI's old form.
        usage: tokens in and out.
    """

    text: str = ""
    thinking: str = ""
    calls: Sequence[Wanted] = ()
    finish: str = ""
    legacy: bool = False
    usage: tuple[int, int] = (10, 5)

    @property
    def reason(self) -> str:
        """Why it ends, if nothing else was said."""
        return self.finish or ("tool_calls" if self.calls else "stop")


CUT = "cut"
"""A finish of no answer: the body ends before it."""


def openai_body(turn: Turn) -> bytes:
    """A turn as a stream of chat completion chunks, arguments in two pieces."""
    return b"".join(b"data: " + json.dumps(wire).encode() + b"\n\n" for wire in _chunks(turn)) + (
        b"" if turn.finish == CUT else b"data: [DONE]\n\n"
    )


def _chunks(turn: Turn) -> Iterator[Body]:
    yield _chunk({"role": "assistant", "content": ""})
    if turn.thinking:
        yield _chunk({"reasoning_content": turn.thinking})
    if turn.text:
        yield _chunk({"content": turn.text})
    for index, (id, name, arguments) in enumerate(turn.calls):
        for piece in _call_pieces(turn, index, id, name, arguments):
            yield _chunk(piece)
    if turn.finish == CUT:
        return
    reason = "function_call" if turn.legacy else turn.reason
    tokens = {"prompt_tokens": turn.usage[0], "completion_tokens": turn.usage[1], "total_tokens": sum(turn.usage)}
    yield {**_chunk({}, reason), "usage": tokens}


def _call_pieces(turn: Turn, index: int, id: str, name: str, arguments: str) -> Iterator[Body]:
    half = len(arguments) // 2
    if turn.legacy:
        yield {"function_call": {"name": name, "arguments": arguments[:half]}}
        yield {"function_call": {"arguments": arguments[half:]}}
        return
    opened = {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments[:half]}}
    yield {"tool_calls": [opened]}
    if turn.finish != CUT:
        yield {"tool_calls": [{"index": index, "function": {"arguments": arguments[half:]}}]}


def _chunk(delta: Body, finish: str | None = None) -> Body:
    return {"id": "c", "model": "m", "created": 7, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def anthropic_body(turn: Turn) -> bytes:
    """A turn as the events of a message."""
    return b"".join(f"event: {wire['type']}\ndata: {json.dumps(wire)}\n\n".encode() for wire in _message_events(turn))


ANTHROPIC_REASONS = {"tool_calls": "tool_use", "stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


def _message_events(turn: Turn) -> Iterator[Body]:
    tokens, out = turn.usage
    message: Body = {
        "id": "msg",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
    }
    yield {"type": "message_start", "message": {**message, "usage": {"input_tokens": tokens, "output_tokens": 1}}}
    for index, (block, deltas) in enumerate(_blocks(turn)):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        if turn.finish == CUT and block["type"] == "tool_use":
            return
        yield {"type": "content_block_stop", "index": index}
    if turn.finish == CUT:
        return
    reason = ANTHROPIC_REASONS[turn.reason]
    yield {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": out}}
    yield {"type": "message_stop"}


def _blocks(turn: Turn) -> Iterator[tuple[Body, list[Body]]]:
    if turn.thinking:
        yield (
            {"type": "thinking", "thinking": "", "signature": ""},
            [{"type": "thinking_delta", "thinking": turn.thinking}, {"type": "signature_delta", "signature": "sig"}],
        )
    if turn.text:
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": turn.text}]
    for id, name, arguments in turn.calls:
        half = len(arguments) // 2
        pieces = [arguments[:half]] if turn.finish == CUT else [arguments[:half], arguments[half:]]
        deltas: list[Body] = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        yield {"type": "tool_use", "id": id, "name": name, "input": {}}, deltas


def openai_fault(body: Body) -> str | None:
    """Why OpenAI refuses this conversation, or None."""
    waiting: list[str] = []
    for message in body["messages"]:
        role = message["role"]
        if role in ("tool", "function"):
            key = message["tool_call_id"] if role == "tool" else f"function {message['name']}"
            if key not in waiting:
                return f"a result for {key}, which nobody waits for"
            waiting.remove(key)
            continue
        if waiting:
            return f"no result for {waiting}"
        waiting = [call["id"] for call in message.get("tool_calls", ())]
        if "function_call" in message:
            waiting.append(f"function {message['function_call']['name']}")
    return f"no result for {waiting}" if waiting else None


def anthropic_fault(body: Body) -> str | None:
    """Why Anthropic refuses this conversation, or None."""
    waiting: list[str] = []
    last = "assistant"
    for message in body["messages"]:
        if message["role"] == last:
            return f"two turns of {last}"
        last = message["role"]
        content = message["content"] if isinstance(message["content"], list) else []
        results = [block["tool_use_id"] for block in content if block["type"] == "tool_result"]
        if sorted(results) != sorted(waiting):
            return f"results for {results}, calls of {waiting}"
        waiting = [block["id"] for block in content if block["type"] == "tool_use"]
    return f"no result for {waiting}" if waiting else None


def openai_results(body: Body) -> list[tuple[str, str]]:
    """The results in a request, in order: of which call (of which function, in the old form), and their text."""
    told = [message for message in body["messages"] if message["role"] in ("tool", "function")]
    return [(message.get("tool_call_id", message.get("name")), message["content"]) for message in told]


def anthropic_results(body: Body) -> list[tuple[str, str]]:
    """The results in a request, in order."""
    blocks = [b for message in body["messages"] if isinstance(message["content"], list) for b in message["content"]]
    return [(block["tool_use_id"], block["content"]) for block in blocks if block["type"] == "tool_result"]


@dataclass(frozen=True)
class Wire:
    """How a dialect is spoken: the client's options, a turn's body, what is refused, and the results in a request."""

    options: dict[str, Any]
    body: Callable[[Turn], bytes]
    fault: Callable[[Body], str | None]
    results: Callable[[Body], list[tuple[str, str]]]


WIRES = {
    "openai_chat": Wire({"provider": "openai"}, openai_body, openai_fault, openai_results),
    "zhipu": Wire({"provider": "zhipu"}, openai_body, openai_fault, openai_results),
    "anthropic": Wire({"provider": "anthropic"}, anthropic_body, anthropic_fault, anthropic_results),
}

Script = Callable[[Body], Turn | bytes]


class Provider(ReplayServer):
    """Plays turns; a context manager.

    Attributes:
        wire: the dialect it speaks.
        bodies: the requests that came in, decoded.
    """

    def __init__(self, dialect: str, *turns: Turn | bytes, script: Script | None = None) -> None:
        super().__init__()
        self.wire = WIRES[dialect]
        self.bodies: list[Body] = []
        self._turns = list(turns)
        self._script: Script = script or (lambda body: self._turns.pop(0))

    def _answer(self, request: Request) -> Answer:
        body = json.loads(request.body)
        self.bodies.append(body)
        fault = self.wire.fault(body)
        if fault is not None:
            refusal = {"type": "error", "error": {"type": "invalid_request_error", "message": fault, "code": "1210"}}
            return Answer(json.dumps(refusal).encode(), 400, {"content-type": "application/json"}, None, 0)
        turn = self._script(body)
        data = self.wire.body(turn) if isinstance(turn, Turn) else turn
        return Answer(data, 200, {"content-type": "text/event-stream"}, None, 0)

    def results(self, request: int = -1) -> list[tuple[str, str]]:
        """The results that a request brought."""
        return self.wire.results(self.bodies[request])
