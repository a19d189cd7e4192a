"""`wrap()`: any official SDK's stream becomes one of ours."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Iterable, Mapping, Sequence
from typing import Any, overload

from slipstream.client.async_stream import AsyncStream
from slipstream.client.foreign.items import ACCEPTED
from slipstream.client.foreign.sources import AsyncForeign, OffLoop, SyncForeign
from slipstream.client.sdk.helper import AsyncHelperStream, AsyncManager, HelperStream, Manager
from slipstream.client.sdk.streams import AsyncChunkStream, ChunkStream
from slipstream.client.stream import Stream, SyncSource
from slipstream.errors import InvalidRequestError
from slipstream.flow.stage import Stage
from slipstream.run.bridge import OwnBridge
from slipstream.run.metrics import Metrics
from slipstream.run.source import AsyncSource
from slipstream.run.staged import Staged


@overload
def wrap(stream: AsyncIterable[Any], *, include_raw: bool = False) -> AsyncStream: ...
@overload
def wrap(stream: Iterable[Any], *, include_raw: bool = False) -> Stream: ...
def wrap(stream: Any, *, include_raw: bool = False) -> Stream | AsyncStream:
    """A stream of ours over one of an SDK's: events, lenses, message, usage, metrics, cancel, stages.

    Which API it speaks is seen at its first item. Closing ours closes the SDK's. Times are counted from the first read,
    because the SDK sent the request before; the tokens of a request that nobody counted are unknown.

    Args:
        stream: a stream of `openai` (chat completions, responses), `anthropic` (messages), the `.stream()` helpers
            included, of `zai` / `zhipuai`, `google-genai` or `ollama`, or any iterable of such chunks, as dictionaries
            or objects. One of ours is given back.
        include_raw: give every event its wire object, for the lens `raw`.

    Returns:
        A `Stream` for what is iterated by `for`, an `AsyncStream` for what is iterated by `async for`.

    Raises:
        InvalidRequestError: it is no stream; the message says what it is and what is accepted. An iterable of something
            else raises at the first read.
    """
    if isinstance(stream, (Stream, AsyncStream)):
        return stream
    if isinstance(stream, (ChunkStream, AsyncChunkStream, HelperStream, AsyncHelperStream)):
        native: Stream | AsyncStream = stream.detach()
        return native
    _check(stream)
    if not isinstance(include_raw, bool):
        raise InvalidRequestError(f"include_raw is {include_raw!r}; it takes True or False")
    if isinstance(stream, AsyncIterable):
        return AsyncStream(lambda *of: _async_source(stream, *of, include_raw=include_raw), prompt=_unknown)
    return Stream(lambda *of: _sync_source(stream, *of, include_raw=include_raw), prompt=_unknown)


def _async_source(
    stream: AsyncIterable[Any], stages: Sequence[Stage], metrics: Metrics, *, include_raw: bool
) -> AsyncSource:
    source = AsyncForeign(stream, metrics, include_raw=include_raw)
    return Staged(source, stages, context={}) if stages else source


def _sync_source(stream: Iterable[Any], stages: Sequence[Stage], metrics: Metrics, *, include_raw: bool) -> SyncSource:
    source = SyncForeign(stream, metrics, include_raw=include_raw)
    if not stages:
        return source
    return OwnBridge(Staged(OffLoop(source), stages, context={}, threads=True))


def _unknown() -> None:
    """The prompt of a wrapped stream."""


def _check(stream: Any) -> None:
    """Refuse what is no stream, by name."""
    kind = type(stream).__name__
    if isinstance(stream, Awaitable):
        raise InvalidRequestError(f"a {kind} is no stream yet; await it, and wrap what it gives", hint=ACCEPTED)
    is_series = isinstance(stream, (Iterable, AsyncIterable)) and not isinstance(stream, (str, bytes, Mapping))
    if is_series and not hasattr(stream, "model_dump"):  # the SDKs' objects can be iterated too, over their fields
        return
    if hasattr(stream, "model_dump"):
        raise InvalidRequestError(f"a {kind} is a whole answer, no stream; ask for it with stream=True", hint=ACCEPTED)
    if isinstance(stream, (Manager, AsyncManager)) or hasattr(stream, "__enter__") or hasattr(stream, "__aenter__"):
        raise InvalidRequestError(f"a {kind} must be entered: `with ... as stream:`, then wrap(stream)", hint=ACCEPTED)
    raise InvalidRequestError(f"a {kind} is no stream", hint=ACCEPTED)
