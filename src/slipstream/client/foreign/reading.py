"""A foreign stream as it is read: items in, events out. Pure, the same for the sync and the async source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slipstream.client.foreign.failures import from_exception
from slipstream.client.foreign.items import dialect_of, wire_of
from slipstream.dialects.common.face import Decoder
from slipstream.errors import InvalidRequestError, SlipstreamError
from slipstream.events import Abort, Error, Event, is_output
from slipstream.run import failures
from slipstream.run.metrics import Metrics


class Reading:
    """What is known of one foreign stream. All times are of one monotonic clock, in seconds.

    Args:
        stream: the SDK's stream.
        metrics: takes the figures.
        headers: gives the headers of the SDK's response, for errors.
        include_raw: give every event its wire object.

    Attributes:
        done: True once the last events have been given.
        failure: the error that ended the stream, or None. Its event is the last one.
    """

    def __init__(
        self,
        stream: object,
        metrics: Metrics,
        *,
        headers: Callable[[], dict[str, str]] = dict,
        include_raw: bool = False,
    ) -> None:
        self._stream = stream
        self._metrics = metrics
        self._headers = headers
        self._include_raw = include_raw
        self._decoder: Decoder | None = None
        self._model: str | None = None
        self.done = False
        self.failure: SlipstreamError | None = None

    def take(self, item: Any, now: float) -> list[Event]:
        """Take an item; return its events."""
        try:
            wire = wire_of(item)
            if wire is None:
                return []
            decoder = self._decoder_for(wire)
        except InvalidRequestError as error:
            return self._failed([], error, now)
        return self._given(decoder.feed_wire(wire), now)

    def _decoder_for(self, wire: dict[str, Any]) -> Decoder:
        if self._decoder is None:
            model = wire.get("model") or (wire.get("message") or {}).get("model")
            self._model = model if isinstance(model, str) else None
            self._decoder = dialect_of(wire, self._stream).decoder(include_raw=self._include_raw)
        return self._decoder

    def ended(self, now: float) -> list[Event]:
        """The SDK's stream has ended."""
        if self._decoder is None:
            return self._failed([], failures.interrupted("it ended without a chunk", resumable=False,
                                                         last_event_id=None), now)  # fmt: skip
        return self._given(self._decoder.end(), now)

    def broke(self, error: Exception, now: float) -> list[Event]:
        """The SDK raised."""
        held = self._decoder.end() if self._decoder is not None else []
        content = held[:-1] if held and type(held[-1]) is Error else held
        return self._failed(content, from_exception(error, model=self._model), now)

    def stopped(self, reason: str, now: float) -> list[Event]:
        """The reader cancelled."""
        return [] if self.done else self._last([], Abort(reason), now)

    def _given(self, events: list[Event], now: float) -> list[Event]:
        """Pass on what the decoder gave."""
        if any(map(is_output, events)):
            self._metrics.output(now, events)
        assert self._decoder is not None  # it gave them
        if events and type(events[-1]) is Error:
            return self._failed(events[:-1], failures.exception(events[-1], self._headers(), model=self._model), now)
        if self._decoder.finished and events:
            return self._last(events[:-1], events[-1], now)
        return events

    def _failed(self, events: list[Event], error: SlipstreamError, now: float) -> list[Event]:
        self.failure = error
        return self._last(events, failures.event(error), now)

    def _last(self, events: list[Event], terminal: Event, now: float) -> list[Event]:
        self._over(now)
        return [*events, terminal]

    def _over(self, now: float) -> None:
        self.done = True
        self._metrics.ended(now)
