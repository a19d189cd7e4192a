"""`client.chat.completions`: `create` and the `.stream()` helper, for OpenAI's shape and Zhipu's."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, overload

from slipstream.client.sdk.base import SDKClient, missing
from slipstream.client.sdk.body import given
from slipstream.client.sdk.chat_objects import ChatCompletion, ChatCompletionChunk
from slipstream.client.sdk.chat_state import ChatState
from slipstream.client.sdk.chat_stream import (
    AsyncChatStreamManager,
    ChatStreamManager,
    async_chat_manager,
    chat_manager,
)
from slipstream.client.sdk.parsing import response_format_of
from slipstream.client.sdk.streams import AsyncChunkStream, ChunkStream
from slipstream.client.sdk.wire import WireObject


class BaseCompletions:
    """What every form of it shares.

    Args:
        client: sends the requests.
        chunk, whole: the classes of a frame and of an answer that does not stream.
    """

    _offers = "chat.completions.create() and chat.completions.stream()"

    def __init__(self, client: SDKClient, chunk: type[WireObject], whole: type[WireObject]) -> None:
        self._client = client
        self._chunk = chunk
        self._whole = whole

    def _send(self, arguments: Mapping[str, Any]) -> Any:
        return self._client.ask(arguments, self._chunk.of, self._whole)

    def _stream(self, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], ChatState]:
        """The arguments of the request behind `.stream()`, and what puts its chunks together."""
        wanted = given(arguments)
        answer = wanted.pop("response_format", None)
        if answer is not None:
            wanted["response_format"] = response_format_of(answer)
        kind = answer if isinstance(answer, type) else None
        return {**wanted, "stream": True}, ChatState(tools=wanted.get("tools") or (), kind=kind)

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, self._offers)


class Completions(BaseCompletions):
    """`client.chat.completions` of `OpenAI`."""

    @overload
    def create(
        self, *, model: str, messages: Any, stream: Literal[True], **arguments: Any
    ) -> ChunkStream[ChatCompletionChunk]: ...
    @overload
    def create(
        self, *, model: str, messages: Any, stream: Literal[False] | None = None, **arguments: Any
    ) -> ChatCompletion: ...
    @overload
    def create(
        self, *, model: str, messages: Any, stream: bool, **arguments: Any
    ) -> ChatCompletion | ChunkStream[ChatCompletionChunk]: ...
    def create(self, **arguments: Any) -> Any:
        """Ask; the arguments go into the body as they are.

        Args:
            arguments: `model`, `messages`, `stream` and everything the API takes; `extra_headers`, `extra_query`,
                `extra_body` and `timeout` as in the SDK.

        Returns:
            A stream of chunks with `stream=True`, else the whole answer. Both once the response headers are in.

        Raises:
            InvalidRequestError: an argument is wrong; nothing was sent.
            SlipstreamError: the provider refused, or cannot be reached.
        """
        return self._send(arguments)

    def stream(self, **arguments: Any) -> ChatStreamManager:
        """Ask, and read events that put the answer together: `with client.chat.completions.stream(...) as stream:`.

        Args:
            arguments: as for `create`; `response_format` may be a class, and the content is then decoded into it.
        """
        body, state = self._stream(arguments)
        return chat_manager(lambda: self._send(body), state)


class AsyncCompletions(BaseCompletions):
    """`client.chat.completions` of `AsyncOpenAI`."""

    @overload
    def create(
        self, *, model: str, messages: Any, stream: Literal[True], **arguments: Any
    ) -> Awaitable[AsyncChunkStream[ChatCompletionChunk]]: ...
    @overload
    def create(
        self, *, model: str, messages: Any, stream: Literal[False] | None = None, **arguments: Any
    ) -> Awaitable[ChatCompletion]: ...
    @overload
    def create(
        self, *, model: str, messages: Any, stream: bool, **arguments: Any
    ) -> Awaitable[ChatCompletion | AsyncChunkStream[ChatCompletionChunk]]: ...
    def create(self, **arguments: Any) -> Any:
        """Ask; see `Completions.create`. What is wrong with the arguments raises at once, the rest when awaited."""
        return self._send(arguments)

    def stream(self, **arguments: Any) -> AsyncChatStreamManager:
        """Ask, and read events: `async with client.chat.completions.stream(...) as stream:`; see the sync twin."""
        body, state = self._stream(arguments)
        return async_chat_manager(lambda: self._send(body), state)
