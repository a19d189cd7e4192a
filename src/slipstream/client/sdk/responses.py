"""`client.responses` of OpenAI's shape: `create`, `stream`, `parse`, `retrieve` and `cancel`."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias, overload
from urllib.parse import quote

from slipstream.client.sdk.base import SDKClient, missing
from slipstream.client.sdk.body import given
from slipstream.client.sdk.helper import AsyncHelperStream, AsyncManager, HelperStream, Manager
from slipstream.client.sdk.parsing import text_format_of
from slipstream.client.sdk.response_events import ResponseStreamEvent
from slipstream.client.sdk.response_state import ResponseState, Wanted, parsed
from slipstream.client.sdk.response_whole import ParsedResponse, Response
from slipstream.client.sdk.streams import AsyncChunkStream, ChunkStream
from slipstream.client.sdk.vendors import RESPONSES
from slipstream.client.sdk.wire import WireObject
from slipstream.errors import InvalidRequestError, ProtocolError, SlipstreamError

OFFERS = "responses.create(), .stream(), .parse(), .retrieve() and .cancel()"


def final(state: ResponseState, failure: SlipstreamError | None) -> ParsedResponse:
    """The response at the end of a stream; one that is incomplete says so in its `status`.

    Raises:
        SlipstreamError: the response failed, or the stream ended without it.
    """
    if failure is not None:
        raise failure
    if state.response is None or not state.ended:
        raise ProtocolError("the stream ended without `response.completed`")
    return state.response


class ResponseStream(HelperStream[WireObject]):
    """What `with client.responses.stream(...) as stream:` gives."""

    def __init__(self, frames: ChunkStream[ResponseStreamEvent], state: ResponseState) -> None:
        super().__init__(frames, state)
        self._state = state

    def get_final_response(self) -> ParsedResponse:
        """Read to the end; return the response."""
        self.until_done()
        return final(self._state, self._frames.failure)


class AsyncResponseStream(AsyncHelperStream[WireObject]):
    """What `async with client.responses.stream(...) as stream:` gives."""

    def __init__(self, frames: AsyncChunkStream[ResponseStreamEvent], state: ResponseState) -> None:
        super().__init__(frames, state)
        self._state = state

    async def get_final_response(self) -> ParsedResponse:
        """Read to the end; return the response."""
        await self.until_done()
        return final(self._state, self._frames.failure)


ResponseStreamManager: TypeAlias = Manager[ResponseStream]
AsyncResponseStreamManager: TypeAlias = AsyncManager[AsyncResponseStream]


class BaseResponses:
    """What both forms share."""

    def __init__(self, client: SDKClient) -> None:
        self._client = client

    def _send(self, arguments: Mapping[str, Any]) -> Any:
        return self._client.ask(arguments, ResponseStreamEvent.of, Response, RESPONSES)

    def _kept(self, arguments: Mapping[str, Any], end: str, *, method: str, streaming: bool = False) -> Any:
        where = {"route": RESPONSES, "path": f"{RESPONSES.path}/{end}", "method": method, "streaming": streaming}
        return self._client.ask_kept(arguments, ResponseStreamEvent.of, Response, **where)

    def _retrieve(self, response_id: Any, arguments: Mapping[str, Any]) -> Any:
        wanted = given(arguments)
        return self._kept(arguments, quoted(response_id), method="GET", streaming=bool(wanted.get("stream")))

    def _cancel(self, response_id: Any, arguments: Mapping[str, Any]) -> Any:
        return self._kept(arguments, f"{quoted(response_id)}/cancel", method="POST")

    def _open(self, arguments: Mapping[str, Any]) -> tuple[Any, ResponseState]:
        """A function that sends the request behind `.stream()`, and what makes its events."""
        body, wanted = formed(arguments)
        after = body.pop("starting_after", None)
        state = ResponseState(wanted, after)
        kept = body.pop("response_id", None)
        if kept is None:
            if after is not None:
                raise InvalidRequestError("starting_after goes with response_id, the response to go on with")
            return lambda: self._send({**body, "stream": True}), state
        options = {name: body[name] for name in (*_KEPT, "extra_headers", "extra_query", "timeout") if name in body}
        for name in body:
            if name not in options and name != "tools":
                raise InvalidRequestError(f"{name} cannot be changed by response_id; it takes {', '.join(_KEPT)}")
        return lambda: self._retrieve(kept, {**options, "stream": True}), state

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, OFFERS)


_KEPT = ("include", "include_obfuscation")


def quoted(response_id: Any) -> str:
    """The id as a part of a path.

    Raises:
        InvalidRequestError: it is none.
    """
    if not isinstance(response_id, str) or not response_id.strip():
        raise InvalidRequestError(f"response_id is {response_id!r}; it takes the id of a response, such as 'resp_...'")
    return quote(response_id, safe="")


def formed(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Wanted]:
    """The body's fields with `text_format` written into `text`, and what the answer is decoded into."""
    body = given(arguments)
    kind = body.pop("text_format", None)
    wanted = Wanted(body.get("tools") or (), kind if isinstance(kind, type) else None)
    if kind is None:
        return body, wanted
    text = dict(body.get("text") or {})
    if "format" in text:
        raise InvalidRequestError("text_format stands beside text['format']; it takes one of them")
    return {**body, "text": {**text, "format": text_format_of(kind)}}, wanted


class Responses(BaseResponses):
    """`client.responses` of `OpenAI`."""

    @overload
    def create(self, *, stream: Literal[True], **arguments: Any) -> ChunkStream[ResponseStreamEvent]: ...
    @overload
    def create(self, *, stream: Literal[False] | None = None, **arguments: Any) -> Response: ...
    @overload
    def create(self, *, stream: bool, **arguments: Any) -> Response | ChunkStream[ResponseStreamEvent]: ...
    def create(self, **arguments: Any) -> Any:
        """Ask; the arguments go into the body as they are.

        Args:
            arguments: `model`, `input`, `stream` and everything the API takes; `extra_headers`, `extra_query`,
                `extra_body` and `timeout` as in the SDK.

        Returns:
            A stream of events with `stream=True`, else the response. Both once the response headers are in. A response
            that failed, or is still worked on, says so in its `status`.

        Raises:
            InvalidRequestError: an argument is wrong; nothing was sent.
            SlipstreamError: the provider refused, or cannot be reached.
        """
        return self._send(arguments)

    def stream(self, **arguments: Any) -> ResponseStreamManager:
        """Ask, and read events with snapshots: `with client.responses.stream(...) as stream:`.

        Args:
            arguments: as for `create`; `text_format`, a class the text is decoded into; or `response_id` and
                `starting_after`, to go on with a response that the provider keeps.
        """
        send, state = self._open(arguments)
        return Manager(lambda: ResponseStream(send(), state))

    def parse(self, **arguments: Any) -> ParsedResponse:
        """Ask, and decode the whole answer: `text_format` is its class; the rest as for `create`."""
        body, wanted = formed(arguments)
        return parsed(self._send(body), wanted)

    @overload
    def retrieve(
        self, response_id: str, *, stream: Literal[True], **arguments: Any
    ) -> ChunkStream[ResponseStreamEvent]: ...
    @overload
    def retrieve(self, response_id: str, *, stream: Literal[False] = False, **arguments: Any) -> Response: ...
    def retrieve(self, response_id: str, **arguments: Any) -> Any:
        """Ask for a response that the provider keeps.

        Args:
            response_id: its id.
            arguments: `stream=True` for its events, after number `starting_after` if given; `include`.
        """
        return self._retrieve(response_id, arguments)

    def cancel(self, response_id: str, **arguments: Any) -> Response:
        """Stop a response that is made in the background; return it as it is then."""
        cancelled: Response = self._cancel(response_id, arguments)
        return cancelled


class AsyncResponses(BaseResponses):
    """`client.responses` of `AsyncOpenAI`; see the sync twin. What is wrong with the arguments raises at once."""

    @overload
    def create(
        self, *, stream: Literal[True], **arguments: Any
    ) -> Awaitable[AsyncChunkStream[ResponseStreamEvent]]: ...
    @overload
    def create(self, *, stream: Literal[False] | None = None, **arguments: Any) -> Awaitable[Response]: ...
    @overload
    def create(
        self, *, stream: bool, **arguments: Any
    ) -> Awaitable[Response | AsyncChunkStream[ResponseStreamEvent]]: ...
    def create(self, **arguments: Any) -> Any:
        """Ask; see `Responses.create`."""
        return self._send(arguments)

    def stream(self, **arguments: Any) -> AsyncResponseStreamManager:
        """Ask, and read events: `async with client.responses.stream(...) as stream:`; see the sync twin."""
        send, state = self._open(arguments)

        async def enter() -> AsyncResponseStream:
            return AsyncResponseStream(await send(), state)

        return AsyncManager(enter)

    async def parse(self, **arguments: Any) -> ParsedResponse:
        """Ask, and decode the whole answer; see the sync twin."""
        body, wanted = formed(arguments)
        return parsed(await self._send(body), wanted)

    @overload
    def retrieve(
        self, response_id: str, *, stream: Literal[True], **arguments: Any
    ) -> Awaitable[AsyncChunkStream[ResponseStreamEvent]]: ...
    @overload
    def retrieve(
        self, response_id: str, *, stream: Literal[False] = False, **arguments: Any
    ) -> Awaitable[Response]: ...
    def retrieve(self, response_id: str, **arguments: Any) -> Any:
        """Ask for a response that the provider keeps; see the sync twin."""
        return self._retrieve(response_id, arguments)

    def cancel(self, response_id: str, **arguments: Any) -> Awaitable[Response]:
        """Stop a response that is made in the background; return it as it is then."""
        cancelled: Awaitable[Response] = self._cancel(response_id, arguments)
        return cancelled
