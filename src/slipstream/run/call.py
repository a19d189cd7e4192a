"""What the engine is given: one request, how to read its answer, and the bounds on both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from slipstream.dialects.common.face import Decoder, Dialect
from slipstream.run.retry import RetryPolicy
from slipstream.run.timeouts import Timeouts
from slipstream.run.transport import HTTPRequest


class Call(Struct, frozen=True, kw_only=True):
    """One call of a model.

    Args:
        prepare: makes the HTTP request, anew for each attempt, because a signed key expires. It may block (start the
            local model), and runs in a thread when `blocking` is set.
        dialect: reads the answer.
        decoder: makes the decoder of one attempt.
        provider, model: for messages and errors.
        url: the base address, for telemetry; "" for what must be started first.
        streaming: False when the answer comes whole.
        include_raw: give every event its wire object.
        timeouts, retry: see there.
        prompt: the text of the request, asked for only when tokens must be estimated.
        fetch: makes a GET request below the same base URL, for what can be resumed at the provider.
    """

    prepare: Callable[[], HTTPRequest]
    dialect: Dialect
    decoder: Callable[[], Decoder]
    provider: str = ""
    model: str = ""
    url: str = ""
    streaming: bool = True
    blocking: bool = False
    include_raw: bool = False
    timeouts: Timeouts = Timeouts()
    retry: RetryPolicy = RetryPolicy()
    prompt: Callable[[], str] = str
    fetch: Callable[[str], HTTPRequest] | None = None


class Target(Struct, frozen=True):
    """A model that may answer: the first one asked, or one to fall back on.

    Args:
        call: asks it.
        continued: makes the call that goes on after a text; None if the model, or the request, does not allow it. It
            may send less than it is given: the second value is what the model is really told to continue.
    """

    call: Call
    continued: Callable[[str], tuple[Call, str]] | None = None


class ResponseInfo(Struct, frozen=True):
    """What is known of the HTTP response.

    Args:
        status: the HTTP status.
        headers: looked up by names in lower case.
        request_id: the provider's id of the request, for its support desk, or None.
    """

    status: int
    headers: Mapping[str, str]
    request_id: str | None
