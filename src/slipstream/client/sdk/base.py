"""The clients of the SDK shapes, without their resources: settings, the engine underneath, sync and async.

Strategy: a request is prepared the same way for both. What differs is one method each, `send`: the sync one returns
what the async one returns when it is awaited. So a resource (`chat.completions`, `messages`) is written once.
"""

from __future__ import annotations

import asyncio
import copy
import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from slipstream.client.async_client import AsyncClient
from slipstream.client.client import Client
from slipstream.client.closing import AsyncClosing, Closing
from slipstream.client.plan import Plan
from slipstream.client.sdk.body import NOT_GIVEN, NotGiven
from slipstream.client.sdk.errors import with_sdk_names
from slipstream.client.sdk.keeping import Keeper
from slipstream.client.sdk.settings import Settings
from slipstream.client.sdk.streams import AsyncChunkStream, ChunkStream, Make
from slipstream.client.sdk.vendors import Route, Vendor
from slipstream.client.sdk.wire import WireObject
from slipstream.errors import InvalidRequestError, NotAStreamError, SlipstreamError
from slipstream.run.call import Call, Target
from slipstream.run.transport import Transport

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")
W = TypeVar("W", bound=WireObject)


class Lifetime:
    """What a client, those made of it and their streams hold on to: with the last of them the connections go."""


class SDKClient:
    """What both clients share.

    Args:
        api_key: the key; None takes the environment's.
        base_url: the address; None takes the environment's, else the vendor's.
        timeout: seconds for connecting and for silence, None for no bound, an `httpx.Timeout`, or a mapping of clocks.
        max_retries: attempts after the first, before any content; 0 to 10.
        default_headers, default_query: added to every request.
        http_client: not taken; pass `transport=` or `ssl_context=`.
        transport: another way to the network than aiohttp; see `run.transport`.
        ssl_context: the certificates to trust.

    Raises:
        MissingKeyError: no key was given, and none stands in the environment.
        InvalidRequestError: an argument is wrong; the message names it.
    """

    _vendor: Vendor
    _offers = ""
    """What there is here, for the message about what there is not."""

    def __init__(
        self,
        *,
        api_key: str | NotGiven | None = None,
        base_url: object = None,
        timeout: Any = NOT_GIVEN,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, object] | None = None,
        http_client: object = None,
        transport: Transport | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        if http_client is not None:
            raise InvalidRequestError(
                "http_client is not taken: slipstream has its own HTTP client",
                hint="pass ssl_context= for certificates, or transport= for another way to the network",
            )
        self._settings = Settings(vendor=self._vendor).changed(
            api_key=api_key, base_url=base_url, timeout=timeout, max_retries=max_retries,
            default_headers=default_headers, default_query=default_query,
        )  # fmt: skip
        self._lifetime = Lifetime()
        self._engine = self._start_engine(transport=transport, ssl_context=ssl_context)

    def _start_engine(self, **options: Any) -> Any:
        raise NotImplementedError

    def ask(
        self, arguments: Mapping[str, Any], make: Make[Any], whole: type[WireObject], route: Route | None = None
    ) -> Any:
        """Send the request of these arguments; see `send`, and for the route `Settings.call`."""
        return self.send(self._settings.call(arguments, route), make, whole)

    def ask_kept(self, arguments: Mapping[str, Any], make: Make[Any], whole: type[WireObject], **where: Any) -> Any:
        """Ask for something the provider keeps; see `send`, and for the rest `Settings.kept`."""
        return self.send(self._settings.kept(arguments, **where), make, whole)

    def send(self, call: Call, make: Make[Any], whole: type[WireObject]) -> Any:
        """Send a request and wait for its headers; give its stream, or the whole answer if it does not stream.

        A stream of what the provider works on without us is resumed there when it breaks; any other raises.
        """
        raise NotImplementedError

    def with_options(self, **changes: Any) -> Self:
        """A client with some settings changed, that shares this one's connections: `timeout`, `max_retries`, ..."""
        twin = copy.copy(self)
        twin._settings = self._settings.changed(**changes)
        return twin

    @property
    def api_key(self) -> str | None:
        """The key."""
        return self._settings.api_key

    @property
    def base_url(self) -> str:
        """The address, without a trailing slash."""
        return self._settings.base_url

    @property
    def max_retries(self) -> int:
        """Attempts after the first."""
        return self._settings.max_retries

    if not TYPE_CHECKING:  # for them it is an error at once

        def __getattr__(self, name: str) -> NoReturn:
            missing(self, name, self._offers)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self._settings!r}>"


class SyncSDKClient(SDKClient, Closing):
    """A sync client of an SDK's shape. Use `with`, or `close()`; the end of the program closes too."""

    _engine: Client

    def _start_engine(self, **options: Any) -> Client:
        engine = Client(**options)
        # The registry of `finalize` holds the engine: were it garbage together with its session, aiohttp would complain
        # of the session before anybody could close it.
        weakref.finalize(self._lifetime, _close_quietly, engine)
        return engine

    def send(self, call: Call, make: Make[T], whole: type[W]) -> ChunkStream[T] | W:
        """Send a request and wait for its headers; return its stream, or the whole answer if it does not stream."""
        native = self._engine._stream(_plan(call), {})
        try:
            native.open()
            if call.streaming:
                return ChunkStream(native, make, self._lifetime)
            return whole_answer(call, native.until_done().response, whole)
        except SlipstreamError as error:
            with_sdk_names(error)
            raise

    def close(self) -> None:
        """Close all connections. May be called twice."""
        self._engine.close()


class AsyncSDKClient(SDKClient, AsyncClosing):
    """An async client of an SDK's shape. Use `async with`, or `await close()`."""

    _engine: AsyncClient

    def _start_engine(self, **options: Any) -> AsyncClient:
        return AsyncClient(**options)

    async def send(self, call: Call, make: Make[T], whole: type[W]) -> AsyncChunkStream[T] | W:
        """Send a request and wait for its headers; return its stream, or the whole answer if it does not stream."""
        native = self._engine._stream(_plan(call), {})
        try:
            await native.open()
            if call.streaming:
                return AsyncChunkStream(native, make, self._lifetime)
            return whole_answer(call, (await native.until_done()).response, whole)
        except SlipstreamError as error:
            with_sdk_names(error)
            raise

    async def close(self) -> None:
        """Close all connections. May be called twice."""
        await self._engine.close()


def whole_answer(call: Call, response: Any, whole: type[W]) -> W:
    """The object of an answer that did not stream; `_request_id` stands on it as on the SDKs'."""
    keeper = call.dialect
    if not isinstance(keeper, Keeper) or keeper.wire is None:
        raise NotAStreamError("the answer is no JSON object", provider=call.provider, model=call.model)
    made = whole.of(keeper.wire)
    made._request_id = response.request_id if response is not None else None
    return made


def _plan(call: Call) -> Plan:
    """What is driven; an answer that the provider keeps is resumed there when its stream breaks."""
    return Plan(target=Target(call), on_break="raise" if call.fetch is None else "continue")


def missing(owner: object, name: str, offers: str) -> NoReturn:
    """Refuse an attribute by name, with what there is."""
    hint = "" if name.startswith("_") else f"; slipstream.sdk has {offers}, for the rest use the vendor's own SDK"
    raise AttributeError(f"{type(owner).__name__!r} has no attribute {name!r}{hint}")


def _close_quietly(engine: Client) -> None:
    """Close the connections of a client that was dropped, or still stands when the program ends.

    The collector may run in the engine's own thread, which cannot wait for itself; then another thread does.
    """
    if engine._loop is not None and asyncio._get_running_loop() is engine._loop:
        threading.Thread(target=engine.close, daemon=True).start()
    else:
        engine.close()
