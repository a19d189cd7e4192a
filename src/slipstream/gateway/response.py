"""`respond`: a stream as the response of a Starlette or FastAPI application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from starlette.background import BackgroundTask
from starlette.responses import Response

from slipstream.dialects.common.face import Dialect
from slipstream.dialects.common.reply import Reply
from slipstream.errors import InvalidRequestError
from slipstream.gateway.carrier import UNASKED, Receive, Scope, Send, Telling, check_reply, spoken_by
from slipstream.gateway.feeds import Feed, feed_of
from slipstream.gateway.head import stream_headers
from slipstream.gateway.relay import Relay
from slipstream.gateway.seconds import seconds


class StreamResponse(Response):
    """What `respond` returns: a Starlette `Response`, and an ASGI application for one request.

    Attributes:
        headers: may be changed until it is sent, as those of any response.
    """

    def __init__(self, feed: Feed, telling: Telling, *, headers: Mapping[str, str], background: Any = None) -> None:
        # Not the base class's: it would set a content-length.
        self._feed = feed
        self._telling = telling
        self.status_code = telling.status
        self.media_type = headers["content-type"]
        self.background = background
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the answer to its end, or until the client has gone."""
        relay = Relay(self._feed, replace(self._telling, status=self.status_code, headers=self.raw_headers))
        await relay(scope, receive, send)
        if self.background is not None:
            await self.background()


def respond(
    stream: Any,
    dialect: str | Dialect = "openai",
    *,
    heartbeat: float | None = 15.0,
    wait: float = 0.0,
    reply: Reply | None = None,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
    background: BackgroundTask | None = None,
) -> StreamResponse:
    """A stream as a response, for Starlette and FastAPI; see `encode` for other frameworks.

    A client that goes away cancels the stream at once, a client that does not read stops it, and what fails after the
    headers have left is told in the dialect's own words.

    Args:
        stream: a `Stream` or `AsyncStream`, read or not; or an iterable or async iterable of events. It belongs to the
            response from here on, which closes it.
        dialect: what the client speaks: `openai`, `responses`, `anthropic`, `gemini`, `ollama`, `ui` (AI SDK), `ag-ui`,
            `sse` (our own events), ...; see `dialects.names()`. Or what a page shows: `html` (a page that grows, no
            script needed), `html-patches` (an event stream of patches).
        heartbeat: seconds of silence after which a sign of life is sent, because proxies cut connections that are
            silent for 30 or 60; None sends only the first, which leaves at once.
        wait: seconds to wait for the provider's verdict before the headers leave. 0 lets them leave at once: then a
            refusal (no balance, no such model) comes as an error in a stream with status 200. With a wait, a refusal
            within it keeps its HTTP status and is a plain error of the dialect.
        reply: how the answer is told: the model's name to show, the version of the dialect, ...; None leaves out what
            the dialect gives only when asked, OpenAI's usage (`Reply()` gives it).
        headers: further response headers.
        status: the HTTP status of an answer.
        background: a Starlette background task, run when the answer is over.

    Returns:
        The response, to be returned by the endpoint.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
        UnknownModelError: no such dialect.
    """
    spoken = spoken_by(dialect)
    check_reply(reply)
    if background is not None and not callable(background):
        raise InvalidRequestError(
            f"background is a {type(background).__name__}; it takes a Starlette BackgroundTask", argument="background"
        )
    reply = reply or UNASKED.get(spoken.name)
    telling = Telling(
        dialect=spoken,
        reply=reply,
        status=_status(status),
        heartbeat=None if heartbeat is None else seconds("heartbeat", heartbeat, above=0.0),
        wait=seconds("wait", wait),
    )
    return StreamResponse(
        feed_of(stream), telling, headers=stream_headers(spoken.encoder(reply), headers), background=background
    )


def _status(status: Any) -> int:
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status < 600 or status in (204, 205, 304):
        raise InvalidRequestError(f"status is {status!r}; it takes an HTTP status with a body", argument="status")
    return status
