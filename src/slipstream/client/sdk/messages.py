"""`client.messages` of Anthropic's shape: `create` and the `.stream()` helper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias, overload

from slipstream.client.sdk.base import SDKClient, missing
from slipstream.client.sdk.helper import AsyncHelperStream, AsyncManager, HelperStream, Manager
from slipstream.client.sdk.message_objects import Message, RawMessageStreamEvent
from slipstream.client.sdk.message_state import MessageState
from slipstream.client.sdk.streams import AsyncChunkStream, ChunkStream
from slipstream.client.sdk.wire import WireObject

OFFERS = "messages.create() and messages.stream()"


def frame(wire: dict[str, Any]) -> RawMessageStreamEvent | None:
    """The event of a frame; None for a ping, which the SDK keeps to itself."""
    return None if wire.get("type") == "ping" else RawMessageStreamEvent.of(wire)


def text_of(event: WireObject) -> str | None:
    """The text of a helper event that is a piece of text, or None."""
    wire = event._wire
    text = wire.get("text") if wire.get("type") == "text" else None
    return text if isinstance(text, str) else None


class MessageStream(HelperStream[WireObject]):
    """What `with client.messages.stream(...) as stream:` gives."""

    def __init__(self, frames: ChunkStream[RawMessageStreamEvent], state: MessageState) -> None:
        super().__init__(frames, state)
        self._state = state

    @property
    def text_stream(self) -> Iterator[str]:
        """The text, piece by piece."""
        return (text for event in self if (text := text_of(event)) is not None)

    @property
    def current_message_snapshot(self) -> Message:
        """The answer so far."""
        return self._state.message()

    def get_final_message(self) -> Message:
        """Read to the end; return the answer."""
        self.until_done()
        return self._state.message()

    def get_final_text(self) -> str:
        """Read to the end; return the text of all text blocks."""
        self.until_done()
        return self._state.text()


class AsyncMessageStream(AsyncHelperStream[WireObject]):
    """What `async with client.messages.stream(...) as stream:` gives."""

    def __init__(self, frames: AsyncChunkStream[RawMessageStreamEvent], state: MessageState) -> None:
        super().__init__(frames, state)
        self._state = state

    @property
    def text_stream(self) -> AsyncIterator[str]:
        """The text, piece by piece."""
        return (text async for event in self if (text := text_of(event)) is not None)

    @property
    def current_message_snapshot(self) -> Message:
        """The answer so far."""
        return self._state.message()

    async def get_final_message(self) -> Message:
        """Read to the end; return the answer."""
        await self.until_done()
        return self._state.message()

    async def get_final_text(self) -> str:
        """Read to the end; return the text of all text blocks."""
        await self.until_done()
        return self._state.text()


MessageStreamManager: TypeAlias = Manager[MessageStream]
AsyncMessageStreamManager: TypeAlias = AsyncManager[AsyncMessageStream]


class BaseMessages:
    """What both forms share."""

    def __init__(self, client: SDKClient) -> None:
        self._client = client

    def _send(self, arguments: Mapping[str, Any]) -> Any:
        return self._client.ask(arguments, frame, Message)

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, OFFERS)


class Messages(BaseMessages):
    """`client.messages` of `Anthropic`."""

    @overload
    def create(
        self, *, model: str, max_tokens: int, messages: Any, stream: Literal[True], **arguments: Any
    ) -> ChunkStream[RawMessageStreamEvent]: ...
    @overload
    def create(
        self, *, model: str, max_tokens: int, messages: Any, stream: Literal[False] = False, **arguments: Any
    ) -> Message: ...
    @overload
    def create(
        self, *, model: str, max_tokens: int, messages: Any, stream: bool, **arguments: Any
    ) -> Message | ChunkStream[RawMessageStreamEvent]: ...
    def create(self, **arguments: Any) -> Any:
        """Ask; the arguments go into the body as they are.

        Args:
            arguments: `model`, `max_tokens`, `messages`, `stream` and everything the API takes; `extra_headers`,
                `extra_query`, `extra_body` and `timeout` as in the SDK.

        Returns:
            A stream of events with `stream=True`, else the whole message. Both once the response headers are in.

        Raises:
            InvalidRequestError: an argument is wrong; nothing was sent.
            SlipstreamError: the provider refused, or cannot be reached.
        """
        return self._send(arguments)

    def stream(self, **arguments: Any) -> MessageStreamManager:
        """Ask, and read text or events: `with client.messages.stream(...) as stream:`; arguments as for `create`."""
        send: Callable[[], Any] = lambda: self._send({**arguments, "stream": True})  # noqa: E731
        return Manager(lambda: MessageStream(send(), MessageState()))


class AsyncMessages(BaseMessages):
    """`client.messages` of `AsyncAnthropic`."""

    @overload
    def create(
        self, *, model: str, max_tokens: int, messages: Any, stream: Literal[True], **arguments: Any
    ) -> Awaitable[AsyncChunkStream[RawMessageStreamEvent]]: ...
    @overload
    def create(
        self, *, model: str, max_tokens: int, messages: Any, stream: Literal[False] = False, **arguments: Any
    ) -> Awaitable[Message]: ...
    @overload
    def create(
        self, *, model: str, max_tokens: int, messages: Any, stream: bool, **arguments: Any
    ) -> Awaitable[Message | AsyncChunkStream[RawMessageStreamEvent]]: ...
    def create(self, **arguments: Any) -> Any:
        """Ask; see `Messages.create`. What is wrong with the arguments raises at once, the rest when awaited."""
        return self._send(arguments)

    def stream(self, **arguments: Any) -> AsyncMessageStreamManager:
        """Ask, and read text or events: `async with client.messages.stream(...) as stream:`; see the sync twin."""

        async def enter() -> AsyncMessageStream:
            return AsyncMessageStream(await self._send({**arguments, "stream": True}), MessageState())

        return AsyncManager(enter)
