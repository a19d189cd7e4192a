"""How an answer gets to its client: one small protocol, behind which the answer is relayed now.

`Relay` passes the events on and keeps none: an answer ends with the connection it is told over. What keeps answers, so
that a reader may come back or a second one look on, is another carrier: it writes the same feed into a store and tells
it from there. The application knows neither; it makes carriers by a `Carry` and calls what that gives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

from slipstream import dialects
from slipstream.dialects.common.face import Dialect, Encoder
from slipstream.dialects.common.reply import Reply
from slipstream.errors import InvalidRequestError, UnknownModelError
from slipstream.events import Error
from slipstream.gateway.feeds import Feed
from slipstream.gateway.pages import PAGES

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Telling(Struct, frozen=True, kw_only=True):
    """How an answer is told.

    Args:
        dialect, reply: in which dialect, and how.
        encoder: an encoder of these two that has been made already; None leaves it to who tells.
        status: the HTTP status of an answer that has begun.
        headers: of the response; `head.stream_headers` makes the usual ones.
        heartbeat: seconds of silence after which a sign of life is sent; None sends none but the first.
        wait: seconds to wait for the provider's verdict before the headers leave.
        stall: seconds that a client may not read before it is taken for gone; None waits for ever.
        blame: gives the error that is told in place of another; None tells each as it is.
    """

    dialect: Dialect
    reply: Reply | None = None
    encoder: Encoder | None = None
    status: int = 200
    headers: Sequence[tuple[bytes, bytes]] = ()
    heartbeat: float | None = 15.0
    wait: float = 0.0
    stall: float | None = 60.0
    blame: Callable[[Exception], Exception] | None = None


UNASKED: Final = {"openai_chat": Reply(include_usage=False)}
"""How an answer is told to a client of whose request nothing is known, where it is another way than the usual: OpenAI's
clients that have not asked for the usage trip over its frame, which has no choices."""


def spoken_by(dialect: Any) -> Dialect:
    """The dialect of this name, or the one that is given.

    Raises:
        UnknownModelError: no such dialect.
        InvalidRequestError: it is neither a name nor a dialect.
    """
    if isinstance(dialect, str):
        return PAGES.get(dialect) or _dialect(dialect)
    if not hasattr(dialect, "encoder") or not hasattr(dialect, "encode_error"):
        raise InvalidRequestError(
            f"dialect is a {type(dialect).__name__}; it takes a name: {', '.join((*dialects.names(), *PAGES))}",
            argument="dialect",
        )
    made: Dialect = dialect
    return made


def _dialect(name: str) -> Dialect:
    try:
        return dialects.get(name)
    except UnknownModelError as error:
        raise UnknownModelError(f"{error.message}, {', '.join(PAGES)}", hint=error.hint) from None


def check_reply(reply: Any) -> None:
    """Refuse what is no `Reply`.

    Raises:
        InvalidRequestError: it is none.
    """
    if reply is not None and not isinstance(reply, Reply):
        raise InvalidRequestError(f"reply is a {type(reply).__name__}; it takes a dialects.Reply", argument="reply")


class Carrier(Protocol):
    """One answer on its way to one client: an ASGI application for one request.

    Attributes:
        events: how many events have been taken from the feed.
        status: the HTTP status that the client got; 0 while it has none.
        ended: why it ended: a finish reason, `error` with its kind, `gone` (the client), or "" while it runs.
    """

    events: int
    status: int
    ended: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send, /) -> None:
        """Tell the answer, to its end or until the client has gone."""
        ...

    def stop(self, error: Error) -> None:
        """End the answer now, with this error as the dialect says it. Call it in the event loop."""
        ...


Carry = Callable[[Feed, Telling], Carrier]
