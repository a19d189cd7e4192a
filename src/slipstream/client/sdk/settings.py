"""What an SDK client is told once, and the call it makes of each request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from slipstream import dialects
from slipstream.client import endpoint as endpoints
from slipstream.client.prepare import USER_AGENT
from slipstream.client.sdk import body as bodies
from slipstream.client.sdk.vendors import Vendor
from slipstream.dialects.common.face import Decoder, Dialect
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.errors import InvalidRequestError
from slipstream.events import Error, Event
from slipstream.run.call import Call
from slipstream.run.retry import RetryPolicy, parse_max_retries
from slipstream.run.timeouts import Timeouts, parse
from slipstream.run.transport import HTTPRequest

REQUEST_OPTIONS = ("extra_headers", "extra_query", "extra_body", "timeout")
"""Arguments of `create` that are not part of the body, as in the official SDKs."""


class Settings(Struct, frozen=True, kw_only=True):
    """One client's settings, checked.

    Args:
        headers, query: added to every request.
        timeouts, max_retries: see `run.timeouts` and `run.retry`.
    """

    vendor: Vendor
    api_key: str | None = None
    base_url: str = ""
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    timeouts: Timeouts = Timeouts()
    max_retries: int = 2

    def __repr__(self) -> str:
        return f"{self.vendor.provider} at {self.base_url}"  # no key

    @property
    def url(self) -> str:
        """Where requests go; a `/v1` that stands in the base URL and in the path is one."""
        path = self.vendor.path
        return f"{self.base_url}/{path.removeprefix('v1/') if self.base_url.endswith('/v1') else path}"

    def call(self, arguments: Mapping[str, Any]) -> Call:
        """The call of one request.

        Args:
            arguments: those of `create`: the body's fields, and `REQUEST_OPTIONS`.

        Raises:
            InvalidRequestError: an argument is wrong; the message names it.
            TypeError: an argument is a known one misspelt.
        """
        bodies.check_spelling(arguments)
        body = bodies.given(arguments)
        options = {name: body.pop(name, None) for name in REQUEST_OPTIONS}
        has_timeout = "timeout" in arguments and bodies.is_given(arguments["timeout"])
        body |= text_keys("extra_body", options["extra_body"])
        if not self.vendor.data_urls and "messages" in body:
            body["messages"] = bodies.without_data_prefix(body["messages"])
        bodies.check(body, self.vendor.required)
        streaming = bool(body.get("stream"))
        dialect = dialects.get(self.vendor.dialect)
        return Call(
            prepare=_Request(self, bodies.encode(body), options, streaming=streaming).make,
            dialect=dialect if streaming else Keeper(dialect),
            decoder=lambda: dialect.decoder(include_raw=True),
            provider=self.vendor.provider,
            model=body["model"],
            streaming=streaming,
            timeouts=sdk_timeouts(options["timeout"], self.timeouts) if has_timeout else self.timeouts,
            retry=RetryPolicy(max_retries=self.max_retries),
            prompt=lambda: bodies.prompt_text(body["messages"]),
        )

    def changed(self, **changes: Any) -> Settings:
        """These settings with some of them changed, by the SDKs' names; marks of left-out arguments change nothing.

        Raises:
            InvalidRequestError: an argument is wrong, or there is none of this name.
        """
        fields: dict[str, Any] = {}
        for name, value in bodies.given(changes).items():
            if name not in _CHANGES:
                raise InvalidRequestError(f"there is no setting {name!r}; there are {', '.join(sorted(_CHANGES))}")
            field, check = _CHANGES[name]
            fields[field] = check(value, self)
        return msgspec.structs.replace(self, **fields)


class _Request:
    """Makes the HTTP request of a call, anew for each attempt: a signed key expires."""

    def __init__(self, settings: Settings, body: bytes, options: Mapping[str, Any], *, streaming: bool) -> None:
        self._settings = settings
        self._dialect = dialects.get(settings.vendor.dialect)
        self._body = body
        self._streaming = streaming
        self._headers = {**settings.headers, **headers_of("extra_headers", options["extra_headers"])}
        query = {**settings.query, **text_keys("extra_query", options["extra_query"])}
        self._url = settings.url + (f"?{urlencode(query)}" if query else "")

    def make(self) -> HTTPRequest:
        """The request, with the key's headers of this moment."""
        key = self._dialect.headers(self._settings.api_key, now=time.time())
        standard = {
            "content-type": "application/json",
            "accept": "text/event-stream" if self._streaming else "application/json",
            "accept-encoding": "identity",  # a packed stream arrives in blocks, not in tokens
            "user-agent": USER_AGENT,
        }
        named = {name.lower(): value for name, value in key.items()}
        return HTTPRequest(self._url, {**standard, **named, **self._headers}, self._body)


class Keeper:
    """A dialect that remembers the wire object of an answer that does not stream.

    Attributes:
        wire: the answer's JSON object; None before it has come, or if it is none.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.name = dialect.name
        self.wire: dict[str, Any] | None = None
        self._dialect = dialect
        self.decode_error = dialect.decode_error
        self.path = dialect.path
        self.body = dialect.body
        self.headers = dialect.headers

    def decoder(self, **options: Any) -> Decoder:
        """As the dialect's."""
        return self._dialect.decoder(**options)

    def decode_body(self, body: bytes, *, include_raw: bool = False) -> list[Event]:
        """As the dialect's."""
        events = self._dialect.decode_body(body, include_raw=include_raw)
        if not any(type(event) is Error for event in events):
            wire = parse_loosely(body)
            self.wire = wire if isinstance(wire, dict) else None
        return events


def text_keys(name: str, value: Any) -> dict[str, Any]:
    """A mapping argument, without what was left out."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidRequestError(f"{name} is a {type(value).__name__}; it takes a mapping with text keys")
    return bodies.given(value)


def headers_of(name: str, value: Any) -> dict[str, str]:
    """Headers of the caller, checked; None and left-out ones are no headers."""
    found = text_keys(name, value)
    return endpoints.client_headers({key: text for key, text in found.items() if text is not None})


def sdk_timeouts(value: Any, base: Timeouts) -> Timeouts:
    """The clocks that the SDKs' `timeout=` means: a bound on connecting and on silence, not on the whole answer.

    Args:
        value: seconds; None for no bound; an `httpx.Timeout` (its `connect` and `read`); or what ours takes, a mapping
            of clocks or `Timeouts`.
        base: what is changed.

    Raises:
        InvalidRequestError: it is none of these.
    """
    if isinstance(value, (Mapping, Timeouts)):
        return parse(value, base)
    if value is None:
        return Timeouts(connect=None, headers=None, first_output=None, gap=None, idle=None, total=base.total)
    if hasattr(value, "connect") and hasattr(value, "read"):
        return _silence(base, connect=value.connect, read=value.read)
    checked = parse(value).total  # refuses what is no positive number
    return _silence(base, connect=checked, read=checked)


def _silence(base: Timeouts, *, connect: float | None, read: float | None) -> Timeouts:
    """Bytes within `read` seconds; content may take as long as it did, or as long as that if it is more."""
    longer = {
        name: None if read is None or bound is None else max(read, bound)
        for name, bound in (("first_output", base.first_output), ("gap", base.gap))
    }
    return parse({"connect": connect, "headers": read, "idle": read, **longer}, base)


_CHANGES: dict[str, tuple[str, Callable[[Any, Settings], Any]]] = {
    "api_key": ("api_key", lambda value, settings: settings.vendor.key(value)),
    "base_url": ("base_url", lambda value, settings: settings.vendor.address(value)),
    "timeout": ("timeouts", lambda value, settings: sdk_timeouts(value, settings.timeouts)),
    "max_retries": ("max_retries", lambda value, _: parse_max_retries(value)),
    "default_headers": ("headers", lambda value, settings: settings.headers | headers_of("default_headers", value)),
    "default_query": ("query", lambda value, settings: settings.query | text_keys("default_query", value)),
}
"""The SDKs' name of a setting -> our field, and what checks it."""
