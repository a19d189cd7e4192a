"""What both clients share: who is asked, and with what bounds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from slipstream.client import endpoint as endpoints, prepare
from slipstream.client.options import check_names, check_values
from slipstream.errors import InvalidRequestError, StreamClosedError
from slipstream.flow.stage import Stage
from slipstream.run.call import Call
from slipstream.run.metrics import Metrics
from slipstream.run.retry import parse_max_retries
from slipstream.run.timeouts import Timeout, parse
from slipstream.run.transport import Transport

if TYPE_CHECKING:
    import ssl

    from slipstream.run.source import AsyncSource


class BaseClient:
    """What both clients share: who is asked by default, and with what bounds.

    Args:
        provider: a provider of the registry, such as `openai`; None chooses by the model's name.
        api_key: the key; None takes the provider's environment variable.
        base_url: the address of any host that speaks the provider's dialect (OpenAI's if no provider is given).
        model: the model of calls that name none; None takes SLIPSTREAM_MODEL, the first key found, or the local model.
        timeout: seconds in total, or a mapping of clocks to seconds; see `Timeouts` for the defaults.
        max_retries: attempts after the first, before any content; 0 to 10.
        headers: HTTP headers added to every request.
        models: a TOML file that extends the registry; None takes the one SLIPSTREAM_MODELS names.
        transport: another way to the network than aiohttp; see `run.transport`.
        ssl_context: the certificates to trust.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it and what it takes.
        UnknownModelError: no such provider.
    """

    def __init__(
        self,
        *,
        provider: str | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        model: str | None = None,
        timeout: Timeout = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        models: str | os.PathLike[str] | None = None,
        transport: Transport | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        endpoints.check_key(api_key)
        self._registry = endpoints.load_registry(models)
        self._provider = self._registry.provider(provider).name if provider is not None else None
        self._api_key = api_key
        self._base_url = endpoints.check_url(base_url) if base_url is not None else None
        self._model = model
        self._timeouts = parse(timeout)
        self._max_retries = parse_max_retries(max_retries)
        self._headers = endpoints.client_headers(headers)
        if transport is not None and not isinstance(transport, Transport):
            raise InvalidRequestError(f"transport is a {type(transport).__name__}; it needs open() and close()")
        self._transport = transport
        if ssl_context is not None and not hasattr(ssl_context, "wrap_bio"):
            raise InvalidRequestError(f"ssl_context is a {type(ssl_context).__name__}; it takes an ssl.SSLContext")
        self._ssl_context = ssl_context
        self._closed = False
        self._set_up()

    def _set_up(self) -> None:
        """What a door needs beside the settings."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(provider={self._provider!r}, base_url={self._base_url!r}, model={self._model!r})"

    def _call(self, prompt: str | None, options: Mapping[str, Any], *, streaming: bool) -> Call:
        if self._closed:
            raise StreamClosedError("the client is closed")
        check_names(options)
        check_values(options)
        endpoint = endpoints.resolve(
            self._registry,
            model=_text("model", options.get("model")) or _text("model", self._model),
            provider=_text("provider", options.get("provider")) or self._provider,
            base_url=self._base_url,
            api_key=self._api_key if options.get("api_key") is None else options["api_key"],
        )
        request = prepare.build_request(endpoint, prompt, options, streaming=streaming)
        return prepare.build_call(
            endpoint,
            request,
            options,
            timeouts=self._timeouts,
            max_retries=self._max_retries,
            headers=self._headers,
        )

    def _door(self, call: Call, options: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "prompt": call.prompt,
            "provider": call.provider,
            "keep": options.get("keep", True),
            "picture": prepare.picture_size(options),
        }

    def _network(self) -> Transport:
        if self._transport is None:
            from slipstream.run.aiohttp_transport import AiohttpTransport  # 120 ms; not before the first request

            self._transport = AiohttpTransport(ssl_context=self._ssl_context)
        return self._transport

    def _source(self, call: Call, stages: Sequence[Stage], metrics: Metrics, *, threads: bool) -> AsyncSource:
        """What a stream reads: the engine, and around it what was asked for."""
        from slipstream.run.driver import Driver

        if self._closed:
            raise StreamClosedError("the client is closed")
        source: AsyncSource = Driver(call, self._network(), metrics)
        if stages:
            from slipstream.run.staged import Staged

            context = {"provider": call.provider, "model": call.model}
            source = Staged(source, stages, context=context, threads=threads)
        return source


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidRequestError(f"{name} is a {type(value).__name__}; it takes text")
    if value is not None and not value.strip():
        raise InvalidRequestError(f"{name} is empty; leave it out for the default")
    return value
