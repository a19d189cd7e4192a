"""Every error Slipstream raises, in one tree.

    SlipstreamError
    |-- InvalidRequestError (ValueError)   refused before anything was sent
    |   |-- MissingKeyError                no API key in the call or the environment
    |   |-- UnknownModelError              no such model, provider or dialect
    |   `-- UnsupportedError               the model cannot do what was asked
    |-- ConnectionFailedError              the network said no: DNS, refused, proxy, reset before headers
    |   `-- TLSError                       the certificate or the handshake said no; never retried
    |-- StreamTimeoutError (TimeoutError)  one of the clocks ran out; `.clock` names it
    |-- APIError                           the provider said no: `.status`, `.code`
    |   |-- BadRequestError                400, 404 of a parameter, 413, 422: the request is wrong
    |   |-- AuthenticationError            401: the key is wrong
    |   |-- PermissionDeniedError          403: the key may not do this
    |   |-- NotFoundError                  404: no such model or path
    |   |-- RateLimitError                 429: too many requests, wait
    |   |-- QuotaExceededError             402, 429 by code: no balance, no quota; waiting does not help
    |   |-- ContentFilteredError           the provider's safety check refused the content
    |   |-- OverloadedError                503, 529: the provider has no room
    |   `-- ServerError                    other 5xx
    |-- ProtocolError                      the body is not what was promised
    |   |-- NotAStreamError                a 200 whose body is HTML, JSON or nothing that streams
    |   |-- MalformedChunkError            a frame that is not the JSON its dialect promises
    |   |-- EventTooLargeError             an event beyond `max_event_bytes`
    |   `-- IllegalEventError              an event out of the legal order
    |-- StreamInterruptedError             the stream died after content, or ended without its end mark
    |-- StageError                         a stage of the reader's own raised; the exception is its `__cause__`
    |-- InvalidOutputError                 the answer is not of the type that was asked for
    |-- StreamClosedError                  the stream was used after it was closed
    `-- LocalModelError                    the embedded model cannot be found, installed or started

No message holds a key or a prompt. `.partial` holds what had arrived when the error struck.
"""

from __future__ import annotations

from typing import Any


class SlipstreamError(Exception):
    """The root of the tree: a message for a person, and fields for a program.

    Args:
        message: what happened, in one sentence, without keys or prompts.
        hint: what to do about it, or None.
        provider: the provider's name, when one was asked.
        model: the model's name, when one was asked.
        request_id: the provider's id of the request, for its support desk.
        retryable: True if the same request may succeed later.
        retry_at: seconds to wait before that, as the provider said, or None.
        partial: the `Message` so far, when content had arrived, or None.

    Attributes:
        original: the exception of a wrapped SDK that this one stands for; it may hold what that SDK put into it.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        provider: str | None = None,
        model: str | None = None,
        request_id: str | None = None,
        retryable: bool = False,
        retry_at: float | None = None,
        partial: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.provider = provider
        self.model = model
        self.request_id = request_id
        self.retryable = retryable
        self.retry_at = retry_at
        self.partial = partial
        self.original: BaseException | None = None

    def __str__(self) -> str:
        where = [part for part in (self.provider, self.model) if part]
        if self.request_id:
            where.append(f"request {self.request_id}")
        text = f"{self.message} ({', '.join(where)})" if where else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


class InvalidRequestError(SlipstreamError, ValueError):
    """The request is wrong and was not sent; the message names the argument and what it accepts.

    Args:
        message: as in `SlipstreamError`.
        argument: the argument or the field that is wrong, such as `messages[0].role`, or None.
    """

    def __init__(self, message: str, *, argument: str | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.argument = argument


class MissingKeyError(InvalidRequestError):
    """No API key was given, and none stands in the environment variables that the message names."""


class UnknownModelError(InvalidRequestError):
    """No such model, provider or dialect; the message lists near names."""


class UnsupportedError(InvalidRequestError):
    """The model cannot do what was asked (thinking, vision, tools, ...), as its registry entry says."""


class ConnectionFailedError(SlipstreamError):
    """The provider could not be reached, or the connection ended before the response headers."""


class TLSError(ConnectionFailedError):
    """The TLS handshake failed. It is never retried, and never falls back to plain text."""


class StreamTimeoutError(SlipstreamError, TimeoutError):
    """A clock ran out.

    Args:
        message: as in `SlipstreamError`.
        clock: `connect`, `headers`, `first_output`, `gap`, `idle` or `total`.
        seconds: the bound that was passed.
    """

    def __init__(self, message: str, *, clock: str, seconds: float, **context: Any) -> None:
        super().__init__(message, **context)
        self.clock = clock
        self.seconds = seconds


class APIError(SlipstreamError):
    """The provider answered with an error, as an HTTP status or inside a 200.

    Args:
        message: the provider's own message, redacted and shortened.
        status: the HTTP status (200 for an error inside a stream), or None.
        code: the provider's error code or type, as text, or None.
    """

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.status = status
        self.code = code


class BadRequestError(APIError):
    """The provider finds the request wrong."""


class AuthenticationError(APIError):
    """The provider does not accept the key."""


class PermissionDeniedError(APIError):
    """The key is known and may not do this."""


class NotFoundError(APIError):
    """The provider knows no such model or path."""


class RateLimitError(APIError):
    """Too many requests or tokens; `retry_at` says how long to wait when the provider did."""


class QuotaExceededError(APIError):
    """No balance or quota is left; waiting a little does not help, another provider may."""


class ContentFilteredError(APIError):
    """The provider's safety check refused the request or withdrew the answer."""


class OverloadedError(APIError):
    """The provider has no room now."""


class ServerError(APIError):
    """The provider failed."""


class ProtocolError(SlipstreamError):
    """The bytes are not what the dialect promises."""


class NotAStreamError(ProtocolError):
    """A 200 whose body is no stream: HTML from a proxy, a JSON document; the message holds its start, redacted."""


class MalformedChunkError(ProtocolError):
    """A frame is not the JSON that its dialect promises."""


class EventTooLargeError(ProtocolError):
    """An event grew beyond the limit that the message names."""


class IllegalEventError(ProtocolError):
    """An event came out of the legal order; the message names the event and the state."""


class StreamInterruptedError(SlipstreamError):
    """The stream died after content had arrived, or ended without the provider's end mark.

    Args:
        message: as in `SlipstreamError`.
        resumable: True if the provider can go on from `last_event_id`.
        last_event_id: the id of the last frame that came whole, or None.
    """

    def __init__(
        self, message: str, *, resumable: bool = False, last_event_id: str | None = None, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.resumable = resumable
        self.last_event_id = last_event_id


# The name that RELIABILITY and users of other tools know.
StreamInterrupted = StreamInterruptedError


class StageError(SlipstreamError):
    """A stage raised. The message names the stage and the kind of exception; the exception itself is `__cause__`."""


class InvalidOutputError(SlipstreamError):
    """The answer is no JSON, or not of the type that was asked for; the message names the path and what is accepted."""


class StreamClosedError(SlipstreamError):
    """The stream was used after it had been closed, or a stage was added after it had started."""


class LocalModelError(SlipstreamError):
    """The embedded model cannot be found, installed or started; the hint says which command helps."""
