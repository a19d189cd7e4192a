"""What OpenAI's chat completions say, as objects; the fields are those of the official SDK, in its order.

Source: the API reference of `POST /v1/chat/completions`, and WIRE section 2.
"""

from __future__ import annotations

from typing import Any

from slipstream.client.sdk.wire import WireObject

BEYOND_OPENAI = frozenset(("reasoning_content", "reasoning", "reasoning_details", "annotations"))
"""What compatible servers add to a message or delta (WIRE section 8); None where they do not."""


class PromptTokensDetails(WireObject):
    """Parts of the prompt's tokens."""

    audio_tokens: int | None
    cache_write_tokens: int | None
    cached_tokens: int | None
    image_tokens: int | None
    text_tokens: int | None


class CompletionTokensDetails(WireObject):
    """Parts of the answer's tokens."""

    accepted_prediction_tokens: int | None
    audio_tokens: int | None
    reasoning_tokens: int | None
    rejected_prediction_tokens: int | None
    text_tokens: int | None


class CompletionUsage(WireObject):
    """Tokens of one request."""

    completion_tokens: int
    prompt_tokens: int
    total_tokens: int
    completion_tokens_details: CompletionTokensDetails | None
    prompt_tokens_details: PromptTokensDetails | None


class TopLogprob(WireObject):
    """One of the likely tokens at a place."""

    token: str
    bytes: list[int] | None
    logprob: float


class ChatCompletionTokenLogprob(WireObject):
    """A token of the answer, and how likely it was."""

    token: str
    bytes: list[int] | None
    logprob: float
    top_logprobs: list[TopLogprob]


class ChoiceLogprobs(WireObject):
    """How likely the tokens of an answer were."""

    content: list[ChatCompletionTokenLogprob] | None
    refusal: list[ChatCompletionTokenLogprob] | None


class Moderation(WireObject):
    """The verdicts on request and answer, when they were asked for."""

    input: dict[str, Any]
    output: dict[str, Any]


class ChoiceDeltaFunctionCall(WireObject):
    """A piece of a call, in the form before tools."""

    arguments: str | None
    name: str | None


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


class ChoiceDeltaAudio(WireObject):
    """A piece of sound: base64, or its transcript."""

    id: str | None
    data: str | None
    expires_at: int | None
    transcript: str | None


class ChoiceDelta(WireObject):
    """A piece of an answer."""

    _beside = BEYOND_OPENAI

    audio: ChoiceDeltaAudio | None
    content: str | None
    function_call: ChoiceDeltaFunctionCall | None
    refusal: str | None
    role: str | None
    tool_calls: list[ChoiceDeltaToolCall] | None


class ChunkChoice(WireObject):
    """One of the answers in a chunk."""

    delta: ChoiceDelta
    index: int
    finish_reason: str | None
    logprobs: ChoiceLogprobs | None


ChunkChoice.__name__ = "Choice"  # both are called so in the SDK, and by those who read a printed chunk


class ChatCompletionChunk(WireObject):
    """One frame of a stream."""

    id: str
    choices: list[ChunkChoice]
    created: int
    model: str
    object: str
    moderation: Moderation | None
    obfuscation: str | None
    service_tier: str | None
    system_fingerprint: str | None
    usage: CompletionUsage | None


class Function(WireObject):
    """A called function: its name, and its arguments as JSON text."""

    arguments: str
    name: str


class ParsedFunction(Function):
    """With the arguments decoded, for tools that are `strict`."""

    parsed_arguments: Any


class ChatCompletionMessageToolCall(WireObject):
    """A call of a tool."""

    id: str
    function: Function
    type: str


class ParsedFunctionToolCall(ChatCompletionMessageToolCall):
    """A call of a tool, out of `.stream()`."""

    function: ParsedFunction


class Annotation(WireObject):
    """A page that the answer cites."""

    type: str
    url_citation: dict[str, Any]


class ChatCompletionAudio(WireObject):
    """The answer as sound."""

    id: str
    data: str
    expires_at: int
    transcript: str


class ChatCompletionMessage(WireObject):
    """A whole answer. Put it back into `messages` as it is."""

    _beside = BEYOND_OPENAI

    content: str | None
    refusal: str | None
    role: str
    annotations: list[Annotation] | None
    audio: ChatCompletionAudio | None
    function_call: Function | None
    tool_calls: list[ChatCompletionMessageToolCall] | None


class Choice(WireObject):
    """One of the whole answers."""

    finish_reason: str
    index: int
    logprobs: ChoiceLogprobs | None
    message: ChatCompletionMessage


class ChatCompletion(WireObject):
    """The response to a request that does not stream."""

    id: str
    choices: list[Choice]
    created: int
    model: str
    object: str
    metadata: dict[str, str] | None
    moderation: Moderation | None
    service_tier: str | None
    system_fingerprint: str | None
    usage: CompletionUsage | None


class ParsedChatCompletionMessage(ChatCompletionMessage):
    """A whole answer out of `.stream()`, with its content decoded if a class was asked for."""

    tool_calls: list[ParsedFunctionToolCall] | None  # type: ignore[assignment]
    parsed: Any


class ParsedChoice(Choice):
    """One of the whole answers out of `.stream()`."""

    message: ParsedChatCompletionMessage


class ParsedChatCompletion(ChatCompletion):
    """What `.stream()` has put together."""

    choices: list[ParsedChoice]  # type: ignore[assignment]
