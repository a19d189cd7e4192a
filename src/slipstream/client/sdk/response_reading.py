"""How Responses are read for the SDK's shape.

In the official SDK a response that failed, or is still worked on, is no exception: it is an object whose `status` says
so, and the event that tells of it is the last one. So here such an end is told before the engine's own error.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from msgspec.structs import replace

from slipstream.client.sdk.keeping import Keeper, tells_failure
from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common.responses_wire.decoder import ResponsesDecoder
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.dialects.openai_responses import OpenAIResponses
from slipstream.events import Error, Event, Finish, Heartbeat, Raw
from slipstream.events.types import is_output
from slipstream.run.transport import HTTPRequest


class Request(Protocol):
    """Makes the HTTP requests of one call; see `settings`."""

    def make(self) -> HTTPRequest: ...

    def fetch(self, path: str) -> HTTPRequest: ...


class ResponseKeeper(Keeper):
    """The same for Responses, where an answer may be a success though it says that it failed, or is not done."""

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """As the dialect's; nothing but an end for a response that is not done or has failed."""
        events = super().decode_body(body, include_raw=include_raw)
        if self.wire is not None or not body.lstrip().startswith(b"{"):
            return events
        try:
            wire = parse_loosely(body)
        except (ValueError, RecursionError):
            return events
        if not isinstance(wire, dict) or wire.get("object") != "response":
            return events
        self.wire = wire
        return [Finish("other", str(wire.get("status")))]


class TellingDecoder(ResponsesDecoder):
    """A decoder whose frames come out in their order, each by an event that carries it, a failure's before its `Error`.

    The engine holds what comes before the first content, so that a retry stays unseen, and lets signs of life through.
    So a sign of life that is a frame is made a `Raw` here, or it would overtake the frames before it. A response that
    the provider works on without us is never asked for twice: there each frame is a sign of life, and comes at once.
    """

    _shown = False
    _told: Any = None

    def feed(self, data: bytes) -> list[Event]:
        """As the dialect's, in this order."""
        out: list[Event] = []
        for event in super().feed(data):
            raw = event.raw
            if type(event) is Error and isinstance(raw, dict) and tells_failure(raw):
                out.append(Raw(data=raw, raw=raw))
            self._shown = self._shown or is_output(event)
            if self._shown or raw is None or type(event) is Error:
                out.append(event)
            elif self.answer.lasting:
                self._tell(event, out)
            else:
                out.append(Raw(data=raw, raw=raw) if type(event) is Heartbeat else event)
        return out

    def _tell(self, event: Event, out: list[Event]) -> None:
        if event.raw is not self._told:
            self._told = event.raw
            out.append(Heartbeat(str(event.raw.get("type")), raw=event.raw))
        if type(event) is not Heartbeat:
            out.append(replace(event, raw=None))

    def continued(self) -> ResponsesDecoder:
        """As the dialect's."""
        twin = super().continued()
        assert isinstance(twin, TellingDecoder)  # it is of this very class
        twin._shown = self._shown
        return twin


class _Responses(OpenAIResponses):
    def decoder(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> TellingDecoder:
        return TellingDecoder(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)


RESPONSES: Final = _Responses()


class Lasting:
    """A response that is made in the background: it is asked for once, and after that its stream is taken up again.

    Args:
        request: makes the request, and those for the rest.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._decoder: ResponsesDecoder | None = None

    def prepare(self) -> HTTPRequest:
        """The request of the next attempt."""
        cursor = None if self._decoder is None else self._decoder.resume_cursor
        return self._request.make() if cursor is None else self._request.fetch(RESPONSES.resume_path(cursor))

    def decoder(self) -> ResponsesDecoder:
        """The decoder of the next attempt."""
        known = self._decoder
        if known is not None and known.resume_cursor is not None:
            self._decoder = known.continued()
        else:
            self._decoder = RESPONSES.decoder(include_raw=True)
        return self._decoder
