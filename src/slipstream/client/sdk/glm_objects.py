"""What GLM's chat completions say, as objects; the fields are those of Zhipu's SDKs (WIRE section 6)."""

from __future__ import annotations

from typing import Any

from slipstream.client.sdk.wire import WireObject


class PromptTokensDetails(WireObject):
    """Parts of the prompt's tokens."""

    cached_tokens: int | None


class CompletionTokensDetails(WireObject):
    """Parts of the answer's tokens."""

    reasoning_tokens: int | None


class CompletionUsage(WireObject):
    """Tokens of one request; on the chunk that has the finish reason."""

    prompt_tokens: int
    prompt_tokens_details: PromptTokensDetails | None
    completion_tokens: int
    completion_tokens_details: CompletionTokensDetails | None
    total_tokens: int


class ChoiceDeltaToolCallFunction(WireObject):
    """A piece of a call's name and arguments."""

    arguments: str | None
    name: str | None


class ChoiceDeltaToolCall(WireObject):
    """A piece of a call; pieces of one call share their index."""

    index: int
    id: str | None
    function: ChoiceDeltaToolCallFunction | None
    type: str | None


class AudioCompletionChunk(WireObject):
    """A piece of sound."""

    id: str | None
    data: str | None
    expires_at: int | None


class ChoiceDelta(WireObject):
    """A piece of an answer: thinking first, then content."""

    content: str | None
    role: str | None
    reasoning_content: str | None
    tool_calls: list[ChoiceDeltaToolCall] | None
    audio: AudioCompletionChunk | None


class Choice(WireObject):
    """One of the answers in a chunk."""

    delta: ChoiceDelta
    finish_reason: str | None
    index: int


class ChatCompletionChunk(WireObject):
    """One frame of a stream."""

    _beside = frozenset(("request_id", "object", "web_search"))

    id: str | None
    choices: list[Choice]
    created: int | None
    model: str | None
    usage: CompletionUsage | None
    extra_json: dict[str, Any] | None


class Function(WireObject):
    """A called function: its name, and its arguments as JSON text."""

    arguments: str
    name: str


class CompletionMessageToolCall(WireObject):
    """A call of a tool."""

    id: str
    function: Function
    type: str


class CompletionMessage(WireObject):
    """A whole answer. Put it back into `messages` as it is, thinking included."""

    content: str | None
    role: str
    reasoning_content: str | None
    tool_calls: list[CompletionMessageToolCall] | None


class CompletionChoice(WireObject):
    """One of the whole answers."""

    index: int
    finish_reason: str
    message: CompletionMessage


class Completion(WireObject):
    """The response to a request that does not stream."""

    _beside = frozenset(("object", "web_search"))

    model: str | None
    created: int | None
    choices: list[CompletionChoice]
    request_id: str | None
    id: str | None
    usage: CompletionUsage
