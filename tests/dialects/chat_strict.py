"""What the strictest clients of chat completions take: the fields that `@ai-sdk/openai` checks, as types.

A chunk that does not fit makes such a client end the stream with an error of its own.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct, field

Number = int | float


class Function(Struct):
    name: str | None = None
    arguments: str | None = None


class Google(Struct):
    thought_signature: str | None = None


class ExtraContent(Struct):
    google: Google | None = None


class ToolCall(Struct):
    index: int
    function: Function
    id: str | None = None
    type: Literal["function"] | None = None
    extra_content: ExtraContent | None = None


class Citation(Struct):
    start_index: Number
    end_index: Number
    url: str
    title: str


class Annotation(Struct):
    type: Literal["url_citation"]
    url_citation: Citation


class Delta(Struct):
    role: Literal["assistant"] | None = None
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    annotations: list[Annotation] | None = None


class TopLogprob(Struct):
    token: str
    logprob: Number


class Logprob(TopLogprob):
    top_logprobs: list[TopLogprob] = field()


class Logprobs(Struct):
    content: list[Logprob] | None = None
    refusal: list[Logprob] | None = None


class Choice(Struct):
    index: int
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter", "function_call"] | None
    delta: Delta
    logprobs: Logprobs | None = None


class Details(Struct):
    cached_tokens: Number | None = None
    reasoning_tokens: Number | None = None


class Usage(Struct):
    prompt_tokens: Number | None
    completion_tokens: Number | None
    total_tokens: Number | None
    prompt_tokens_details: Details | None = None
    completion_tokens_details: Details | None = None


class Chunk(Struct):
    id: str
    created: Number
    model: str
    object: Literal["chat.completion.chunk"]
    choices: list[Choice]
    usage: Usage | None = None


class Fault(Struct):
    message: str
    type: str | None
    param: Any
    code: str | None


class Failure(Struct):
    error: Fault


def payloads(body: bytes) -> list[bytes]:
    """The payloads of the data frames; what is no whole frame, or neither data nor a comment, fails."""
    assert body == b"" or body.endswith(b"\n\n")
    found = []
    for frame in body.split(b"\n\n")[:-1]:
        (line,) = frame.decode().splitlines()  # as httpx cuts lines: at U+2028 and U+0085 as well
        assert line.startswith((":", "data: "))
        if line.startswith("data: "):
            found.append(line[6:].encode())
    return found


def strict(body: bytes) -> list[Chunk | Failure]:
    """The chunks of a body, and the error, if it ends with one; what a strict client refuses fails."""
    found: list[Chunk | Failure] = []
    for payload in payloads(body):
        assert not found or isinstance(found[-1], Chunk)  # nothing follows an error
        if payload != b"[DONE]":
            wire = msgspec.json.decode(payload)
            found.append(msgspec.convert(wire, Failure) if "error" in wire else msgspec.convert(wire, Chunk))
    check_calls([chunk for chunk in found if isinstance(chunk, Chunk)])
    return found


def check_calls(chunks: list[Chunk]) -> None:
    """The first piece of a call has its id and its name, and the calls of a choice are numbered from 0."""
    named: dict[int, int] = {}
    for choice in (choice for chunk in chunks for choice in chunk.choices):
        for call in choice.delta.tool_calls or ():
            count = named.get(choice.index, 0)
            assert call.index <= count
            if call.index == count:
                assert call.id is not None
                assert call.function.name is not None
                named[choice.index] = count + 1
