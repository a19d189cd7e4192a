"""Where batches of events come from: the engine, or whatever stands around it."""

from __future__ import annotations

from typing import Protocol

from slipstream.errors import SlipstreamError
from slipstream.events import Event
from slipstream.run.call import ResponseInfo


class AsyncSource(Protocol):
    """One stream of events, in batches, by awaiting. Sources nest: recovery around the engine, stages around recovery.

    A failure does not raise: it is an `Error` event, the last one of the last batch, and `failure` holds its exception.
    So is a cancel: the last event is an `Abort`.

    Attributes:
        response: what is known of the HTTP response; None before it began.
        failure: the error that ended the stream, or None.
    """

    @property
    def response(self) -> ResponseInfo | None: ...

    @property
    def failure(self) -> SlipstreamError | None: ...

    async def begin(self) -> bool:
        """Wait until an answer has begun (True), or none will (False: `failure` says why, unless it was cancelled)."""
        ...

    async def next_batch(self) -> list[Event]:
        """The next events, at least one; [] when the stream is over."""
        ...

    def cancel(self, reason: str) -> None:
        """Stop now, and free who waits in `next_batch`. Call it in the event loop; later calls do nothing."""
        ...

    async def aclose(self) -> None:
        """Stop if it is not over, and release what is held. May be called twice."""
        ...
