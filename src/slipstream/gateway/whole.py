"""An answer that is told at once, when it is whole."""

from __future__ import annotations

import asyncio

from slipstream.client.async_stream import AsyncStream
from slipstream.events import Error, Message
from slipstream.gateway.carrier import Receive, Scope, Send, Telling
from slipstream.gateway.failures import event_of
from slipstream.gateway.head import JSON, error_headers, pairs


class Whole:
    """Waits for an answer and tells it; see `carrier.Carrier`. A client that goes meanwhile cancels it.

    Args:
        stream: the answer, asked for without streaming.
        telling: how it is told; there is no heartbeat before a status, and so none here.
    """

    def __init__(self, stream: AsyncStream, telling: Telling) -> None:
        self._stream = stream
        self._telling = telling
        self._ending: Error | None = None
        self.events = 0
        self.status = 0
        self.ended = ""

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """See `Carrier`."""
        asking = asyncio.ensure_future(self._stream.get_final_message())
        watch = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((asking, watch), return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                await self._answer(asking, send)
        finally:
            watch.cancel()
            self._stream.cancel("the reader has gone")
            await asyncio.wait((asking,))
            await self._stream.close()
            self.ended = self.ended or "gone"

    async def _answer(self, asking: asyncio.Future[Message], send: Send) -> None:
        error = asking.exception()
        if error is not None or self._ending is not None:
            await self._refuse(error, send)
            return
        message = asking.result()
        self.ended = message.finish_reason or ""
        body = self._telling.dialect.encode_body(message, self._telling.reply)
        await self._send(send, self._telling.status, JSON, body)

    async def _refuse(self, failure: BaseException | None, send: Send) -> None:
        blame = self._telling.blame
        if blame is not None and isinstance(failure, Exception):
            failure = blame(failure)
        error = self._ending or event_of(failure)
        self.ended = f"error {error.kind}"
        argument = getattr(failure, "argument", None) or ""
        status, body = self._telling.dialect.encode_error(error, argument=argument)
        await self._send(send, status, error_headers(error, body, getattr(failure, "retry_at", None)), body)

    async def _send(self, send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        head = pairs({**headers, "content-length": str(len(body))})
        await send({"type": "http.response.start", "status": status, "headers": [*head, *self._telling.headers]})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def stop(self, error: Error) -> None:
        """See `Carrier`."""
        if self._ending is None:
            self._ending = error
            self._stream.cancel(error.message)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
