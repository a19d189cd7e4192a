"""An answer passed on to one client as it comes.

Strategy: raw ASGI, because a response must do three things at once that frameworks' streaming responses do not: pull
the next events only after the last ones were sent (so that a client that does not read stops the provider's socket, and
memory stays flat), watch `receive` all the while (so that a client that goes stops the provider at once, also before
the first token, in a silence, or while `send` is blocked), and give signs of life when nothing flows. The pulling is
done by the request's own task, so that a batch of events costs one wake-up and one `send`; the watch is a task that
sleeps, the heartbeat one timer that is set anew only when it fires.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from slipstream.dialects.common.face import Encoder
from slipstream.events import Abort, Error, Event, Finish
from slipstream.gateway.carrier import Receive, Scope, Send, Telling
from slipstream.gateway.failures import event_of, log
from slipstream.gateway.feeds import Feed
from slipstream.gateway.head import STREAMING, error_headers, may_keep_alive, pairs, without
from slipstream.gateway.line import Line

GONE: Final = "gone"
"""`Relay.ended` when the client went away."""

LEFT: Final = "the reader has gone"


class Relay:
    """See `carrier.Carrier`.

    Args:
        feed: what is read; it belongs to the relay from here on.
        telling: how it is told.
    """

    def __init__(self, feed: Feed, telling: Telling) -> None:
        self._feed = feed
        self._telling = telling
        self._encoder: Encoder = telling.encoder or telling.dialect.encoder(telling.reply)
        self._early: asyncio.Task[None] | None = None
        self._main: asyncio.Task[object] | None = None
        self._line: Line | None = None
        self._keep_alive = True
        self._gone = False
        self._over = False
        self._ending: Error | None = None
        self.events = 0
        self.status = 0
        self.ended = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `Carrier`."""
        telling = self._telling
        self._main = main = asyncio.current_task()
        assert main is not None  # a coroutine always runs in one
        cancels = main.cancelling()
        self._line = Line(
            send, self._encoder.heartbeat, heartbeat=telling.heartbeat, stall=telling.stall, lost=self._vanish
        )
        watch = asyncio.ensure_future(self._watch(receive))
        try:
            await self._tell(scope, self._line)
        except asyncio.CancelledError:
            if not self._gone or main.uncancel() > cancels:
                raise  # not ours
        finally:
            self._over = True
            watch.cancel()
            self._line.release()
            await self._release()

    async def _release(self) -> None:
        self.ended = self.ended or GONE
        if self._early is not None and not self._early.done():
            self._early.cancel()
        self._feed.cancel(LEFT)
        await self._feed.aclose()
        if self._encoder.carried:
            log.debug("%s carried otherwise: %s", self._telling.dialect.name, self._encoder.carried)

    # ---- from outside

    async def _watch(self, receive: Receive) -> None:
        """Wait until the client goes. The rest of its request may come first; nobody reads that any more."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._vanish()

    def _vanish(self) -> None:
        """The client has gone: stop the provider, and whatever waits for the client."""
        assert self._line is not None  # the relay was called
        if self._over or self._gone or self._line.closed:
            return
        self._gone = True
        self._feed.cancel(LEFT)
        if self._line.sending and self._main is not None and self._main is not asyncio.current_task():
            self._main.cancel()  # servers free a `send` that is blocked; not all of them at once

    def stop(self, error: Error) -> None:
        """See `Carrier`."""
        if self._ending is None and not self._over:
            self._ending = error
            self._feed.cancel(error.message)

    # ---- telling

    async def _tell(self, scope: Scope, line: Line) -> None:
        self._keep_alive = may_keep_alive(scope)
        if scope["method"] == "HEAD":  # nothing is asked of the provider
            self.ended = "head"
            await self._head(line)
            await line.write(b"", last=True)
            return
        failure = await self._verdict(line) if self._telling.wait > 0 else None
        if self._gone:
            return
        if self._early is not None:
            await self._early
        elif failure is not None or self._ending is not None:
            await self._refuse(line, failure)
            return
        else:
            await self._begin(line)
        await self._body(line, failure)

    async def _verdict(self, line: Line) -> Exception | None:
        """Wait for the provider; return its refusal, if that is what comes. After a while the answer begins anyway."""
        timer = asyncio.get_running_loop().call_later(self._telling.wait, self._begin_early, line)
        try:
            await self._feed.open()
        except Exception as error:
            return error
        finally:
            timer.cancel()
        return None

    def _begin_early(self, line: Line) -> None:
        if not self._gone:
            self._early = asyncio.get_running_loop().create_task(self._begin(line))

    async def _begin(self, line: Line) -> None:
        await self._head(line)
        await line.pulse()  # at once: the headers leave, whatever stands in between

    async def _refuse(self, line: Line, failure: Exception | None) -> None:
        if failure is not None and self._telling.blame is not None:
            failure = self._telling.blame(failure)
        error = self._ending or event_of(failure)
        argument = getattr(failure, "argument", None) or ""
        self.status, body = self._telling.dialect.encode_error(error, argument=argument)
        self.ended = f"error {error.kind}"
        ours = ("content-type", *STREAMING, *self._encoder.headers)
        headers = error_headers(error, body, getattr(failure, "retry_at", None)) | {"content-length": str(len(body))}
        await line.open(self.status, [*pairs(headers), *without(self._telling.headers, ours)])
        await line.write(body, last=True)

    async def _head(self, line: Line) -> None:
        self.status = self._telling.status
        headers = self._telling.headers
        await line.open(self.status, list(headers) if self._keep_alive else without(headers, ("connection",)))

    async def _body(self, line: Line, failure: Exception | None) -> None:
        if failure is None:
            try:
                await self._pass_on(line)
            except Exception as error:
                failure = error
        if not line.closed and not self._gone:
            ending = self._ending if failure is None or self._ending is not None else self._told(failure)
            await line.write(self._end(ending), last=True)

    async def _pass_on(self, line: Line) -> None:
        encoder, feed = self._encoder, self._feed
        encode = encoder.feed
        while events := await feed.next():
            self.events += len(events)
            data = encode(events[0]) if len(events) == 1 else b"".join(map(encode, events))
            if encoder.finished:
                self.ended = _ended(events)
                await line.write(data, last=True)  # and not in a packet of its own
            elif data:
                await line.write(data)

    def _told(self, failure: Exception | None) -> Error:
        """What is told of a failure."""
        blame = self._telling.blame
        return event_of(failure if blame is None or failure is None else blame(failure))

    def _end(self, error: Error | None) -> bytes:
        """What ends a body that the events have not ended."""
        self.ended = "error StreamInterruptedError" if error is None else f"error {error.kind}"
        told = b"" if error is None else self._encoder.feed(error)
        return told + self._encoder.end()


def _ended(events: Sequence[Event]) -> str:
    """How these last events end the answer."""
    for event in reversed(events):
        if isinstance(event, Finish):
            return event.reason
        if isinstance(event, Error):
            return f"error {event.kind}"
        if isinstance(event, Abort):
            return "abort"
    return "error"
