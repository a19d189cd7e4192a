"""The events of OpenAI's `.stream()` helper, by the SDK's names."""

from __future__ import annotations

from typing import Any

from slipstream.client.sdk.chat_objects import ChatCompletionChunk, ChatCompletionTokenLogprob, ParsedChatCompletion
from slipstream.client.sdk.wire import Tagged


class ChatCompletionStreamEvent(Tagged):
    """The base of the family."""

    type: str


class ChunkEvent(ChatCompletionStreamEvent, tag="chunk"):
    """A frame, and the answer so far."""

    chunk: ChatCompletionChunk
    snapshot: ParsedChatCompletion


class ContentDeltaEvent(ChatCompletionStreamEvent, tag="content.delta"):
    """A piece of content; the content so far; and its value so far, if a class was asked for."""

    delta: str
    snapshot: str
    parsed: Any


class ContentDoneEvent(ChatCompletionStreamEvent, tag="content.done"):
    """The content is whole."""

    content: str
    parsed: Any


class RefusalDeltaEvent(ChatCompletionStreamEvent, tag="refusal.delta"):
    """A piece of a refusal."""

    delta: str
    snapshot: str


class RefusalDoneEvent(ChatCompletionStreamEvent, tag="refusal.done"):
    """The refusal is whole."""

    refusal: str


class FunctionToolCallArgumentsDeltaEvent(ChatCompletionStreamEvent, tag="tool_calls.function.arguments.delta"):
    """A piece of a call's arguments; the arguments so far, and their value so far if the tool is `strict`."""

    name: str
    index: int
    arguments: str
    parsed_arguments: Any
    arguments_delta: str


class FunctionToolCallArgumentsDoneEvent(ChatCompletionStreamEvent, tag="tool_calls.function.arguments.done"):
    """A call's arguments are whole."""

    name: str
    index: int
    arguments: str
    parsed_arguments: Any


class LogprobsContentDeltaEvent(ChatCompletionStreamEvent, tag="logprobs.content.delta"):
    """Log probabilities of a piece of content, and all so far."""

    content: list[ChatCompletionTokenLogprob]
    snapshot: list[ChatCompletionTokenLogprob]


class LogprobsContentDoneEvent(ChatCompletionStreamEvent, tag="logprobs.content.done"):
    """All log probabilities of the content."""

    content: list[ChatCompletionTokenLogprob]


class LogprobsRefusalDeltaEvent(ChatCompletionStreamEvent, tag="logprobs.refusal.delta"):
    """Log probabilities of a piece of a refusal, and all so far."""

    refusal: list[ChatCompletionTokenLogprob]
    snapshot: list[ChatCompletionTokenLogprob]


class LogprobsRefusalDoneEvent(ChatCompletionStreamEvent, tag="logprobs.refusal.done"):
    """All log probabilities of a refusal."""

    refusal: list[ChatCompletionTokenLogprob]
