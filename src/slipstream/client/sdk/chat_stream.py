"""OpenAI's `.stream()` helper: events, and the answer they add up to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from slipstream.client.sdk.chat_events import ChatCompletionStreamEvent
from slipstream.client.sdk.chat_objects import ChatCompletionChunk, ParsedChatCompletion
from slipstream.client.sdk.chat_state import ChatState
from slipstream.client.sdk.helper import AsyncHelperStream, AsyncManager, HelperStream, Manager
from slipstream.client.sdk.streams import AsyncChunkStream, ChunkStream


class ChatCompletionStream(HelperStream[ChatCompletionStreamEvent]):
    """What `with client.chat.completions.stream(...) as stream:` gives."""

    def __init__(self, frames: ChunkStream[ChatCompletionChunk], state: ChatState) -> None:
        super().__init__(frames, state)
        self._state = state

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletion:
        """The answer so far."""
        return self._state.completion(final=False)

    def get_final_completion(self) -> ParsedChatCompletion:
        """Read to the end; return the answer."""
        self.until_done()
        return self._state.completion(final=True)


class AsyncChatCompletionStream(AsyncHelperStream[ChatCompletionStreamEvent]):
    """What `async with client.chat.completions.stream(...) as stream:` gives."""

    def __init__(self, frames: AsyncChunkStream[ChatCompletionChunk], state: ChatState) -> None:
        super().__init__(frames, state)
        self._state = state

    @property
    def current_completion_snapshot(self) -> ParsedChatCompletion:
        """The answer so far."""
        return self._state.completion(final=False)

    async def get_final_completion(self) -> ParsedChatCompletion:
        """Read to the end; return the answer."""
        await self.until_done()
        return self._state.completion(final=True)


ChatStreamManager: TypeAlias = Manager[ChatCompletionStream]
AsyncChatStreamManager: TypeAlias = AsyncManager[AsyncChatCompletionStream]


def chat_manager(send: Callable[[], ChunkStream[ChatCompletionChunk]], state: ChatState) -> ChatStreamManager:
    """The sync manager of one request."""
    return Manager(lambda: ChatCompletionStream(send(), state))


def async_chat_manager(
    send: Callable[[], Awaitable[AsyncChunkStream[ChatCompletionChunk]]], state: ChatState
) -> AsyncChatStreamManager:
    """The async manager of one request."""

    async def enter() -> AsyncChatCompletionStream:
        return AsyncChatCompletionStream(await send(), state)

    return AsyncManager(enter)
