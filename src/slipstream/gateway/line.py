"""The way to one client: what is sent, the signs of life in between, and how to see that nobody reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from slipstream.gateway.carrier import Send
from slipstream.gateway.failures import described, log
from slipstream.gateway.head import Pairs


class Line:
    """Sends one response. All times are seconds.

    Args:
        send: the server's.
        beat: makes a sign of life.
        heartbeat: after how long a silence one is sent; None for never.
        stall: how long one `send` may take before the client is taken for gone; None for ever.
        lost: called once when the client is found to be gone.

    Attributes:
        sending: True while an `open` or `write` waits for the server.
        closed: True once the last byte has been given to the server.
    """

    def __init__(
        self,
        send: Send,
        beat: Callable[[], bytes],
        *,
        heartbeat: float | None,
        stall: float | None,
        lost: Callable[[], None],
    ) -> None:
        self._send = send
        self._beat = beat
        self._heartbeat = heartbeat
        self._stall = stall
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()  # when something was last given to the server
        self._timer: asyncio.TimerHandle | None = None
        self._beating: asyncio.Task[None] | None = None
        self.sending = False
        self.closed = False

    async def open(self, status: int, headers: Pairs) -> None:
        """Send the head of the response, and begin to watch the time."""
        self._arm()
        await self._give({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, data: bytes, *, last: bool = False) -> None:
        """Send bytes of the body; returns when the server has room for more."""
        if self.closed:
            return
        if self._beating is not None:  # two sends at once would be two bodies
            await asyncio.wait((self._beating,))
            self._beating = None
        self.closed = last
        self.sending = True  # as in `_give`, without a coroutine of its own: it is called for every arrival
        self._since = self._loop.time()
        try:
            await self._send({"type": "http.response.body", "body": data, "more_body": not last})
        except Exception as error:
            self._failed(error)
        finally:
            self.sending = False

    async def pulse(self) -> None:
        """Send a sign of life."""
        await self._give({"type": "http.response.body", "body": self._beat(), "more_body": True})

    async def _give(self, message: dict[str, object]) -> None:
        self.sending = True
        self._since = self._loop.time()
        try:
            await self._send(message)
        except Exception as error:
            self._failed(error)
        finally:
            self.sending = False

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, OSError):  # which is how servers say that the connection is gone (ASGI 2.4)
            log.warning("the response cannot be sent: %s", described(error))
        self._lost()

    def release(self) -> None:
        """Stop watching the time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._beating is not None:
            self._beating.cancel()

    # ---- the time

    def _arm(self) -> None:
        bounds = [bound for bound in (self._heartbeat, self._stall) if bound is not None]
        if bounds and not self.closed:
            due = self._since + min(bounds)
            self._timer = self._loop.call_at(max(due, self._loop.time() + 0.001), self._tick)

    def _tick(self) -> None:
        """Nothing was sent for a while, or there was and the timer is set anew: that costs nothing for each event."""
        quiet = self._loop.time() - self._since
        if self.sending:
            if self._stall is not None and quiet >= self._stall:
                self._lost()
                return
            self._timer = self._loop.call_later(self._left(quiet), self._tick)
            return
        if self._heartbeat is not None and quiet >= self._heartbeat:
            self._beating = asyncio.ensure_future(self.pulse())
            self._since = self._loop.time()
        self._arm()

    def _left(self, quiet: float) -> float:
        """Seconds until a `send` that is blocked is a stall."""
        return 3600.0 if self._stall is None else max(0.001, self._stall - quiet)
