"""`merge()`: several streams read as one."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sized
from itertools import chain, islice
from typing import Any, Final, overload

from slipstream.client.async_merged import AsyncMerged
from slipstream.client.async_stream import AsyncStream
from slipstream.client.door import Door
from slipstream.client.merge_base import ACCEPTED, check
from slipstream.client.merged import EmptyMerged, Merged
from slipstream.client.stream import Stream
from slipstream.errors import InvalidRequestError

MANY: Final = 1000
"""Streams open at once when an iterator gives them and no bound is set: what one process is tested with. There must be
one, because an iterator may have no end."""


@overload
def merge(streams: Iterable[Stream], max_concurrent: int | None = None) -> Merged: ...
@overload
def merge(
    streams: Iterable[AsyncStream] | AsyncIterable[AsyncStream], max_concurrent: int | None = None
) -> AsyncMerged: ...
def merge(streams: Any, max_concurrent: int | None = None) -> Merged | AsyncMerged:
    """Read several streams as one: `(index, event)` as they arrive, one event of each that has some in turn.

    Nothing is sent before the first read. A stream that fails does not stop the others: its last event is its `Error`,
    and its exception is in `errors[index]`. Use `with`, or `close()`; leaving the loop closes all streams as well.

    Args:
        streams: `Stream`s, for `for`; or `AsyncStream`s, for `async for`. None of them may have started. An iterator or
            generator is asked for the next one when there is room, by the reader's own thread or task, and may have no
            end; an async one is asked in a task of its own.
        max_concurrent: streams that are open at once; the next one starts when one has ended and its events have been
            read. None opens all of a list, and 1,000 of what an iterator gives.

    Returns:
        A `Merged` or an `AsyncMerged`. An empty list gives an empty merge, which is both.

    Raises:
        InvalidRequestError: something else than streams, both kinds, one stream twice, one that has started, or a bound
            below 1. What an iterator gives is looked at when it is asked, and raises at the read.
    """
    _check_bound(max_concurrent)
    if isinstance(streams, (Door, str, bytes, Mapping)) or not isinstance(streams, (Iterable, AsyncIterable)):
        raise InvalidRequestError(f"streams is a {type(streams).__name__}; it takes {ACCEPTED}")
    if not isinstance(streams, Iterable):
        return AsyncMerged(streams, max_concurrent or MANY)
    if isinstance(streams, Sized):
        listed = list(streams)
        _check_all(listed)
        bound, given, first = max_concurrent or max(1, len(listed)), iter(listed), listed[:1]
    else:
        rest = iter(streams)
        first = list(islice(rest, 1))
        bound, given, listed = max_concurrent or MANY, chain(first, rest), []
    if not first:
        return EmptyMerged(iter(()), bound)
    check(first[0], 0, Door)
    kind = AsyncMerged if isinstance(first[0], AsyncStream) else Merged
    return kind(given, bound, listed)


def _check_bound(value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InvalidRequestError(
            f"max_concurrent is {value!r}; it takes a whole number from 1, or None for all at once"
        )


def _check_all(streams: list[Any]) -> None:
    """Refuse a list in which something is wrong, before anything is sent."""
    seen: dict[int, int] = {}
    for index, stream in enumerate(streams):
        check(stream, index, type(streams[0]))
        if id(stream) in seen:
            raise InvalidRequestError(f"streams[{index}] is the same stream as streams[{seen[id(stream)]}]")
        seen[id(stream)] = index
