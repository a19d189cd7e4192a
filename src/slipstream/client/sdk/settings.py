"""What an SDK client is told once, and the call it makes of each request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from slipstream import dialects
from slipstream.client import endpoint as endpoints
from slipstream.client.prepare import USER_AGENT
from slipstream.client.sdk import body as bodies, reading as readers
from slipstream.client.sdk.vendors import RESPONSES, Route, Vendor
from slipstream.errors import InvalidRequestError
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

    def url(self, path: str) -> str:
        """Where requests go; a `/v1` that stands in the base URL and in the path is one."""
        return f"{self.base_url}/{path.removeprefix('v1/') if self.base_url.endswith('/v1') else path}"

    def call(self, arguments: Mapping[str, Any], route: Route | None = None) -> Call:
        """The call of one request.

        Args:
            arguments: those of `create`: the body's fields, and `REQUEST_OPTIONS`.
            route: where it goes; None is where the vendor's chats go.

        Raises:
            InvalidRequestError: an argument is wrong; the message names it.
            TypeError: an argument is a known one misspelt.
        """
        route = route or self.vendor.route
        bodies.check_spelling(arguments)
        body, options = split(arguments)
        body |= text_keys("extra_body", options["extra_body"])
        if not self.vendor.data_urls and "messages" in body:
            body["messages"] = bodies.without_data_prefix(body["messages"])
        bodies.check(body, route)
        streaming = bool(body.get("stream"))
        request = _Request(self, route, route.path, options, body=bodies.encode(body), streaming=streaming)
        lasting = streaming and bool(body.get("background"))
        called = self._call(request, options, model=body.get("model") or "", lasting=lasting)
        return replace(called, prompt=lambda: bodies.prompt_text(body.get(route.asks), body.get("instructions")))

    def kept(
        self, arguments: Mapping[str, Any], route: Route, path: str, *, method: str, streaming: bool = False
    ) -> Call:
        """The call that asks for something the provider keeps; it has no body.

        Args:
            arguments: those of the query, and `REQUEST_OPTIONS`.
            route: what is spoken there.
            path: below the base URL.
            method: GET or POST.
            streaming: whether a stream is asked for.
        """
        query, options = split(arguments)
        query |= text_keys("extra_query", options["extra_query"])
        asked = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
        options = {**options, "extra_query": asked}
        request = _Request(self, route, path, options, method=method, streaming=streaming)
        return self._call(request, options, model="", lasting=streaming)

    def _call(self, request: _Request, options: Mapping[str, Any], *, model: str, lasting: bool) -> Call:
        dialect = readers.dialect(request.dialect)
        has_timeout = bodies.is_given(options["timeout"])
        attempts = readers.lasting(request) if lasting and dialect.name == RESPONSES.dialect else None
        return Call(
            prepare=request.make if attempts is None else attempts.prepare,
            fetch=request.fetch if lasting else None,
            dialect=dialect if request.streaming else readers.keeper(dialect),
            decoder=(lambda: dialect.decoder(include_raw=True)) if attempts is None else attempts.decoder,
            provider=self.vendor.provider,
            model=model,
            streaming=request.streaming,
            timeouts=sdk_timeouts(options["timeout"], self.timeouts) if has_timeout else self.timeouts,
            retry=RetryPolicy(max_retries=self.max_retries),
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

    def __init__(
        self, settings: Settings, route: Route, path: str, options: Mapping[str, Any], *, streaming: bool,
        body: bytes = b"", method: str = "POST",
    ) -> None:  # fmt: skip
        self.dialect = dialects.get(route.dialect)
        self.streaming = streaming
        self._settings = settings
        self._body = body
        self._method = method
        self._headers = {**settings.headers, **headers_of("extra_headers", options["extra_headers"])}
        query = {**settings.query, **text_keys("extra_query", options["extra_query"])}
        self._url = settings.url(path) + (f"?{urlencode(query, doseq=True)}" if query else "")

    def make(self) -> HTTPRequest:
        """The request, with the key's headers of this moment."""
        return HTTPRequest(self._url, self._all_headers(), self._body, self._method)

    def fetch(self, path: str) -> HTTPRequest:
        """A request for the rest of an answer that the provider keeps."""
        return HTTPRequest(self._settings.url(path), self._all_headers(), method="GET")

    def _all_headers(self) -> dict[str, str]:
        key = self.dialect.headers(self._settings.api_key, now=time.time())
        standard = {
            "accept": "text/event-stream" if self.streaming else "application/json",
            "accept-encoding": "identity",  # a packed stream arrives in blocks, not in tokens
            "user-agent": USER_AGENT,
        }
        if self._body:
            standard["content-type"] = "application/json"
        named = {name.lower(): value for name, value in key.items()}
        return {**standard, **named, **self._headers}


def split(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of the arguments of a method goes into the body or the query, and what does not."""
    body = bodies.given(arguments)
    options = {name: body.pop(name, None) for name in REQUEST_OPTIONS}
    options["timeout"] = arguments.get("timeout", bodies.NOT_GIVEN)  # None is a timeout: there is no bound
    return body, options


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
