"""The engine: drives one call from the request to the last event.

Strategy: the reader pulls. `next_batch` opens, reads and decodes within the reader's own task, so that a chunk costs
one wake-up, a reader that stops reading stops the socket, and nothing runs in the background. What must end a wait
from outside - a clock, a cancel - goes through `Waiting`. Until the first content nothing but heartbeats and retries
is handed out: a failed attempt is forgotten whole, and the reader sees one `start`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from msgspec.structs import replace

from slipstream.dialects.common.face import Decoder
from slipstream.errors import (
    APIError,
    NotAStreamError,
    ProtocolError,
    SlipstreamError,
    StreamInterruptedError,
    StreamTimeoutError,
)
from slipstream.events import Abort, Error, Event, Finish, Heartbeat, Retry, is_output
from slipstream.run import failures
from slipstream.run.call import Call, ResponseInfo
from slipstream.run.clocks import Clocks
from slipstream.run.metrics import Metrics
from slipstream.run.scrub import scrubbed, secrets_of
from slipstream.run.transport import BrokenConnectionError, HTTPRequest, Response, Transport
from slipstream.run.waiting import Interrupted, Waiting

MAX_WAIT = 60.0
"""The longest Retry-After that is honoured when the caller set no `total`, in seconds: a person waits no longer."""

MAX_ERROR_BODY = 64 * 1024
"""Bytes of an error's body that are read: enough for any JSON error, and for the head of an HTML page."""

MAX_ERROR_WAIT = 5.0
"""Seconds that an error's body may take: the status is known by then, and a person waits for it."""

MAX_BODY = 64 * 1024 * 1024
"""Bytes of a whole answer that does not stream: generous for text, enough for a few pictures in base64."""

CLOCK_NAMES = {
    "connect": "no connection",
    "headers": "no response headers",
    "first_output": "no content",
    "gap": "no further content",
    "idle": "no bytes",
    "total": "the stream was not over",
}


class Driver:
    """Drives one call.

    Args:
        call: what is asked.
        transport: the way to the network.
        metrics: takes the figures.
        began: when the stream began that this call is a part of, in monotonic seconds; None for now.
        pause: seconds before the request is sent.
        renewed: True if the stream has had content before, so that the wait for the first one begins anew.
        before: requests of the stream that do not count against the retries of this one.

    Attributes:
        call: what is asked.
        metrics: the figures so far.
        response: what is known of the HTTP response; None before it began.
        failure: the error that ended the stream, or None. Its event is the last of the last batch.
        done: True once the last batch has been handed out.
        output_seen: True once content has been handed out, after which a repetition would be noticed.
    """

    __slots__ = (
        "__weakref__",
        "_before",
        "_began",
        "_cancel_reason",
        "_clocks",
        "_decoder",
        "_early",
        "_held",
        "_open",
        "_pause",
        "_renewed",
        "_secrets",
        "_transport",
        "_waiting",
        "call",
        "done",
        "failure",
        "metrics",
        "output_seen",
        "response",
    )

    def __init__(
        self,
        call: Call,
        transport: Transport,
        metrics: Metrics,
        *,
        began: float | None = None,
        pause: float | None = None,
        renewed: bool = False,
        before: int = 0,
    ) -> None:
        self.call = call
        self._transport = transport
        self._began = began
        self._renewed = renewed
        self._before = before
        self._waiting = Waiting()
        self._clocks: Clocks | None = None
        self._open: Response | None = None
        self._decoder: Decoder | None = None
        self._held: list[Event] = []
        self._early: list[Event] = []
        self.output_seen = False
        self._pause = pause
        self._cancel_reason = "cancelled"
        self._secrets: tuple[str, ...] = ()
        self.metrics = metrics
        self.response: ResponseInfo | None = None
        self.failure: SlipstreamError | None = None
        self.done = False

    # ---- the reader's side

    async def begin(self) -> bool:
        """Send the request and wait for the response headers; what happens on the way comes with the first batch.

        Without it the first `next_batch` does the same. It is for doors that must know of a refusal before they read.

        Returns:
            True when an answer has begun, False when none will: `failure` says why, unless it was cancelled.
        """
        while self._open is None and not self.done:
            self._early += await self._step()
        return not self.done

    async def next_batch(self) -> list[Event]:
        """The next events, at least one; [] when the stream is over.

        A failure does not raise here: it is an `Error` event, the last one, and `failure` holds its exception.
        """
        if self._early:
            early, self._early = self._early, []
            return early
        while not self.done:
            if events := await self._step():
                return events
        return []

    async def _step(self) -> list[Event]:
        try:
            if self._open is not None and self._clocks is not None:
                return self._decode(await self._read(self._open, self._clocks))  # nearly every step, with no detour
            return await self._begin_attempt()
        except Interrupted as interrupted:
            return self._stopped(interrupted.cause)
        except SlipstreamError as error:
            return self._failed(error)
        except asyncio.CancelledError:
            self._close()
            raise

    def cancel(self, reason: str = "cancelled") -> None:
        """Stop now: close the socket, free a waiting reader. Call it in the event loop; later calls do nothing."""
        if self.done or self._waiting.interrupted:
            return
        began = time.monotonic()
        self._cancel_reason = reason
        self._waiting.interrupt(None)
        self._close_response()
        now = time.monotonic()
        self.metrics.time_to_cancel = now - began
        self.metrics.ended(now)

    async def aclose(self) -> None:
        """Stop if it is not over, and release what is held. May be called twice."""
        self.cancel("closed")
        self._close()

    def resumed(self) -> Call | None:
        """The call that resumes this answer at the provider, where it broke; None if that cannot be done."""
        cursor = getattr(self._decoder, "resume_cursor", None)
        path = getattr(self.call.dialect, "resume_path", None)
        fetch, decoder = self.call.fetch, self._decoder
        if cursor is None or path is None or fetch is None or decoder is None:
            return None
        where = path(cursor)
        return replace(self.call, prepare=lambda: fetch(where), decoder=decoder.continued)  # type: ignore[attr-defined]

    # ---- one step

    async def _begin_attempt(self) -> list[Event]:
        """Send the request, and wait for the headers, which are no event."""
        self._waiting.check()
        if self._clocks is None:
            self._clocks = Clocks(self.call.timeouts, self._expired, began=self._began, renewed=self._renewed)
            self.metrics.started(time.monotonic())
        await self._connect(self._clocks)
        return []

    def _expired(self, clock: str, bound: float) -> None:
        what = CLOCK_NAMES[clock]
        error = StreamTimeoutError(
            f"{what} within {bound:g} s (the {clock} timeout)",
            clock=clock,
            seconds=bound,
            retryable=clock in ("connect", "headers"),
            hint=f"timeout={{{clock!r}: seconds}} changes this bound",
            **self._context(),
        )
        self._waiting.interrupt(error)
        self._close_response()

    # ---- opening

    async def _connect(self, clocks: Clocks) -> None:
        clocks.enter(time.monotonic())
        if self._pause is not None:
            pause, self._pause = self._pause, None
            await self._waiting.wait(lambda: asyncio.sleep(pause))
        self.metrics.attempts += 1
        request = await self._prepare()
        self._secrets = secrets_of(request.headers)
        clocks.connecting()
        response = await self._waiting.wait(lambda: self._transport.open(request, clocks.connected))
        self._open = response
        clocks.headers_received()
        self.metrics.headers(time.monotonic())
        self.response = ResponseInfo(response.status, response.headers, failures.request_id(response.headers))
        if not 200 <= response.status < 300:
            raise await self._refusal(response)
        self._decoder = self.call.decoder() if self.call.streaming else WholeBody(self.call)

    async def _prepare(self) -> HTTPRequest:
        if self.call.blocking:
            return await self._waiting.wait(lambda: asyncio.to_thread(self.call.prepare))
        return self.call.prepare()

    async def _refusal(self, response: Response) -> SlipstreamError:
        """The error in a response whose status is not 2xx."""
        if 300 <= response.status < 400:
            return APIError(
                f"the server redirects (HTTP {response.status}), which is not followed: the key must not travel",
                status=response.status,
                hint="give the final address as base_url",
                **self._context(),
            )
        body = await self._error_body(response)
        event = self.call.dialect.decode_error(response.status, body[:MAX_ERROR_BODY], headers=response.headers)
        return self._exception(event)

    async def _error_body(self, response: Response) -> bytes:
        """The body, as far as it comes: the status says enough without it."""
        body = b""
        with contextlib.suppress(BrokenConnectionError, ProtocolError, TimeoutError):
            async with asyncio.timeout(MAX_ERROR_WAIT):
                while len(body) < MAX_ERROR_BODY and (data := await self._waiting.wait(response.read)):
                    body += data
        return body

    # ---- reading and decoding

    async def _read(self, response: Response, clocks: Clocks) -> bytes:
        clocks.enter(time.monotonic())
        data = await self._waiting.wait(response.read)
        now = time.monotonic()
        clocks.received(now)
        self.metrics.received(now, len(data))
        return data

    def _decode(self, data: bytes) -> list[Event]:
        decoder = self._decoder
        assert decoder is not None  # set with the response
        events = decoder.feed(data) if data else decoder.end()
        if events and type(events[-1]) is Error:
            return self._failed(self._exception(events[-1]), events[:-1])
        ready = self._release(events)
        return self._finished(ready) if decoder.finished else ready

    def _release(self, events: list[Event]) -> list[Event]:
        """Hold what comes before the first content, so that a retry stays invisible."""
        if not events:
            return events
        now = time.monotonic()
        has_output = any(map(is_output, events))
        if has_output:
            self.metrics.output(now, events)
            assert self._clocks is not None  # set when the stream began
            self._clocks.output(now)
        if self.output_seen:
            return events
        if has_output or type(events[-1]) is Finish:
            self.output_seen = has_output
            held, self._held = self._held, []
            return held + events
        self._held += [event for event in events if type(event) is not Heartbeat]
        return [event for event in events if type(event) is Heartbeat]

    # ---- the three ends

    def _finished(self, events: list[Event]) -> list[Event]:
        """The provider's end mark has come."""
        if self._open is not None:
            self._open.release()
            self._open = None
        self._close()
        return events

    def _stopped(self, cause: SlipstreamError | None) -> list[Event]:
        """A clock ran out, or the reader cancelled."""
        if self.done:
            return []  # close() in another task was faster
        if cause is not None:
            self._waiting = Waiting()  # the clock's interrupt is spent; a retry may wait again
            return self._failed(cause)
        ready = self._release([event for event in self._leftover() if type(event) is not Finish])
        held, self._held = self._held, []
        self._close()
        return [*held, *ready, Abort(self._cancel_reason)]

    def _failed(self, error: SlipstreamError, events: list[Event] | None = None) -> list[Event]:
        """The attempt failed: try again if nobody can notice, else end the stream with the error."""
        if events is None:
            events = self._leftover()
            if events and type(events[-1]) is Finish:
                return self._finished(self._release(events))  # the finish reason had come: nothing is missing
        pause = None if any(map(is_output, events)) else self._pause_before_retry(error)
        if pause is not None:
            return [self._retry(error, pause)]
        ready = self._release(events)
        held, self._held = self._held, []
        self.failure = self._explain(error)
        self._close()
        return [*held, *ready, failures.event(self.failure)]

    def _leftover(self) -> list[Event]:
        """What the decoder still holds; without the error it would report, because ours is nearer the cause."""
        if self._decoder is None or self._decoder.finished:
            return []
        events = self._decoder.end()
        return events[:-1] if events and type(events[-1]) is Error else events

    def _explain(self, error: SlipstreamError) -> SlipstreamError:
        last_id = self._decoder.last_event_id if self._decoder is not None else None
        if isinstance(error, StreamInterruptedError):
            error.last_event_id = last_id
            error.resumable = self.resumed() is not None
        if not isinstance(error, BrokenConnectionError):
            return error
        resumable = self.resumed() is not None
        return failures.interrupted(error.message, resumable=resumable, last_event_id=last_id, **self._context())

    # ---- retry

    def _pause_before_retry(self, error: SlipstreamError) -> float | None:
        """Seconds to wait; None if the request must not be sent again, or the wait is more than the caller has."""
        attempt = self.metrics.attempts - self._before
        spent = not 0 < attempt <= self.call.retry.max_retries
        if spent or self.output_seen or not error.retryable or self._waiting.interrupted:
            return None
        pause = error.retry_at if error.retry_at is not None else self.call.retry.delay(attempt)
        assert self._clocks is not None  # an attempt was made
        bound = self._clocks.remaining()
        if self.call.timeouts.total is None:
            bound = min(MAX_WAIT, bound)
        if pause <= bound:
            return pause
        if error.retry_at is not None:
            error.hint = f"the provider asks to wait {pause:g} s, more than the {max(bound, 0):.3g} s there are"
        return None

    def _retry(self, error: SlipstreamError, pause: float) -> Retry:
        self._pause = pause
        self._close_response()
        assert self._clocks is not None  # an attempt was made
        self._clocks.attempt_failed()
        self._decoder = None
        self._held.clear()
        return Retry(self.metrics.attempts + 1, pause, type(error).__name__)

    # ---- closing

    def _close_response(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _close(self) -> None:
        self.done = True
        self.metrics.ended(time.monotonic())
        if self._clocks is not None:
            self._clocks.stop()
        self._close_response()

    def _exception(self, event: Error) -> SlipstreamError:
        """The exception for a provider's error, without the caller's key and prompt in its words."""
        clean = scrubbed(event, secrets=self._secrets, prompt=self.call.prompt)
        return failures.exception(clean, self.response.headers if self.response else {}, **self._context())

    def _context(self) -> dict[str, str | None]:
        info = self.response
        known = {"provider": self.call.provider, "model": self.call.model}
        return {**known, "request_id": info.request_id if info is not None else None}


class WholeBody:
    """Reads an answer that comes whole, with the face of a decoder: all events come at the end."""

    def __init__(self, call: Call) -> None:
        self._decode: Callable[[bytes], list[Event]] = lambda body: call.dialect.decode_body(
            body, include_raw=call.include_raw
        )
        self._pieces: list[bytes] = []
        self._size = 0
        self.finished = False
        self.malformed = 0
        self.complete = False
        self.last_event_id = None

    def feed(self, data: bytes) -> list[Event]:
        """Keep the bytes."""
        self._size += len(data)
        self._pieces.append(data)
        if self._size <= MAX_BODY:
            return []
        self.finished = True
        return [Error(f"the answer is longer than {MAX_BODY} bytes", kind=NotAStreamError.__name__)]

    def feed_wire(self, wire: object) -> list[Event]:
        """A whole body has no wire chunks."""
        raise NotImplementedError

    def end(self) -> list[Event]:
        """All events of the answer."""
        self.finished = True
        return self._decode(b"".join(self._pieces))
