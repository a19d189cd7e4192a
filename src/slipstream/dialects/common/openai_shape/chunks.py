"""The chunk types: what we read of a chunk, and nothing else.

Strategy: two types for one chunk. `Chunk` is the narrow one: choices, and what tells that there is more. It is all that
a content chunk needs, and leaves out the ids and names that stand in every chunk, whose text would be made a thousand
times to be read once. `WholeChunk` names everything; the first chunk, the last ones and unusual ones are decoded as
that. Fields that a provider sends as null are as good as absent (WIRE section 8 row 6).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

NO_FILTERS: Final = Raw()
"""The value of `content_filter_results` where there are none; Azure repeats them in every chunk, so they stay bytes."""


class Function(Struct, gc=False):
    """A function's name and a piece of its arguments; some send the arguments as an object."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class Custom(Struct, gc=False):
    """A custom tool's name and a piece of its input, which is free text."""

    name: str | None = None
    input: str | None = None


class ToolDelta(Struct, gc=False):
    """A piece of a tool call."""

    index: int | None = None
    id: str | None = None
    function: Function | None = None
    custom: Custom | None = None
    extra_content: dict[str, Any] | None = None


class Delta(Struct, gc=False):
    """A piece of the answer; a whole `message` has the same fields."""

    content: str | list[Any] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[ToolDelta] | None = None
    refusal: str | None = None
    reasoning_details: list[Any] | None = None
    annotations: list[Any] | None = None
    audio: dict[str, Any] | None = None
    images: list[Any] | None = None
    function_call: Function | None = None


class Choice(Struct, gc=False):
    """One choice of a chunk, as far as a content chunk needs it; `msgspec` is fastest where the order is the wire's."""

    index: int = 0
    delta: Delta | None = None
    logprobs: dict[str, Any] | None = None
    finish_reason: str | None = None
    content_filter_results: Raw = NO_FILTERS


class WholeChoice(Choice, gc=False):
    """One choice, with what stands beside its delta."""

    message: Delta | None = None
    usage: dict[str, Any] | None = None
    error: Any = None


class Chunk(Struct, gc=False):
    """A chunk, as far as a content chunk needs it."""

    choices: list[Choice] | None = None
    usage: dict[str, Any] | None = None
    error: Any = None


class WholeChunk(Struct, gc=False):
    """A chunk with everything we know of."""

    choices: list[WholeChoice] | None = None
    usage: dict[str, Any] | None = None
    error: Any = None
    id: str | None = None
    model: str | None = None
    created: int | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    provider: str | None = None
    request_id: str | None = None
    x_groq: dict[str, Any] | None = None
    moderation: dict[str, Any] | None = None
    prompt_filter_results: list[Any] | None = None
    citations: list[Any] | None = None
    search_results: list[Any] | None = None
    web_search: list[Any] | None = None


NARROW: Final = msgspec.json.Decoder(Chunk)
WHOLE: Final = msgspec.json.Decoder(WholeChunk)
