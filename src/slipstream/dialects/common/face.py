"""The face that every dialect has: two protocols and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from slipstream.dialects.common.request import Request
from slipstream.events import Error, Event


@runtime_checkable
class Decoder(Protocol):
    """Body bytes in, events out. Never raises for what is in the bytes: a failure is an `Error` event, the last one.

    Attributes:
        finished: True once `Finish` or `Error` is out; whatever comes after is ignored.
        complete: True if an end of the body now would be a normal end (the finish reason has come, WIRE section 0.5).
        last_event_id: the SSE id of the last whole frame, or None.
        malformed: how many frames were no valid JSON of this dialect.
    """

    finished: bool
    malformed: int

    @property
    def complete(self) -> bool: ...

    @property
    def last_event_id(self) -> str | None: ...

    def feed(self, data: bytes) -> list[Event]:
        """Take body bytes, cut anywhere; return the events they complete."""
        ...

    def feed_wire(self, wire: Mapping[str, Any]) -> list[Event]:
        """Take one wire object (a chunk an SDK has already decoded); return its events."""
        ...

    def end(self) -> list[Event]:
        """The body has ended: return what was held, then `Finish`, or `Error` if the end mark is missing."""
        ...


@runtime_checkable
class Dialect(Protocol):
    """One provider API.

    Attributes:
        name: as in `slipstream.dialects.get(name)`.
    """

    name: str

    def decoder(self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = ...) -> Decoder:
        """A decoder of one streamed answer.

        Args:
            include_raw: give every event its wire object, and frames without an event a `Raw`.
            lenient: skip malformed frames (resynchronising at an inner `data: {`) instead of ending with an error.
            max_event_bytes: the longest event, in bytes; the codec says why the default is what it is.
        """
        ...

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """The events of a whole, not streamed answer: the same that its stream would have given, in fewer deltas."""
        ...

    def decode_error(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> Error:
        """The error in the body of a response whose status is not 2xx."""
        ...

    def path(self, request: Request) -> str:
        """The path below the base URL that this request goes to."""
        ...

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON body of this request.

        Raises:
            InvalidRequestError: something in it cannot be said in this dialect; the message names it.
        """
        ...

    def headers(self, api_key: str | None, *, now: float) -> dict[str, str]:
        """The headers that carry the key.

        Args:
            api_key: the key, or None where none is needed.
            now: seconds since the epoch, for keys that are signed.
        """
        ...
