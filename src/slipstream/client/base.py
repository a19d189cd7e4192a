"""What both clients share: who is asked, and with what bounds."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from slipstream.client import endpoint as endpoints, prepare
from slipstream.client.door import Door
from slipstream.client.options import Ask, check_names, check_stages, check_values
from slipstream.client.plan import TOOLS, Plan, Settings, plan
from slipstream.errors import InvalidRequestError, StreamClosedError
from slipstream.events import Message
from slipstream.flow.stage import Stage
from slipstream.run.metrics import Metrics
from slipstream.run.retry import parse_max_retries
from slipstream.run.timeouts import Timeout, parse
from slipstream.run.transport import Transport

if TYPE_CHECKING:
    import ssl

    from slipstream.run.source import AsyncSource

D = TypeVar("D", bound=Door)

ONCE = ("messages", "images", "files")
"""What belongs to one question, and cannot be a default."""


@runtime_checkable
class Watcher(Protocol):
    """What is told of every stream; see `telemetry.Telemetry`, which stands above this room."""

    @property
    def watch(self) -> Callable[..., Any]: ...


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
        stages: a function that makes the stages which every answer passes, streamed or whole, before those of its own;
            such as `lambda: [flow.guard(words=WORDS)]`.
        defaults: options of every call that does not say otherwise, such as `{"on_break": "continue"}`; see `Ask`.
        telemetry: traces, metrics and a log line of every stream: a `telemetry.Telemetry`.

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
        stages: Callable[[], Sequence[Stage]] | None = None,
        telemetry: Watcher | None = None,
        defaults: Ask | None = None,
    ) -> None:
        endpoints.check_key(api_key)
        registry = endpoints.load_registry(models)
        self._settings = Settings(
            registry=registry,
            provider=registry.provider(provider).name if provider is not None else None,
            api_key=api_key,
            base_url=endpoints.check_url(base_url) if base_url is not None else None,
            model=model,
            timeouts=parse(timeout),
            max_retries=parse_max_retries(max_retries),
            headers=endpoints.client_headers(headers),
            stages=check_stages(stages),
        )
        if transport is not None and not isinstance(transport, Transport):
            raise InvalidRequestError(f"transport is a {type(transport).__name__}; it needs open() and close()")
        self._transport = transport
        if ssl_context is not None and not hasattr(ssl_context, "wrap_bio"):
            raise InvalidRequestError(f"ssl_context is a {type(ssl_context).__name__}; it takes an ssl.SSLContext")
        self._ssl_context = ssl_context
        if telemetry is not None and not isinstance(telemetry, Watcher):
            raise InvalidRequestError(f"telemetry is a {type(telemetry).__name__}; it takes a telemetry.Telemetry")
        self._telemetry = telemetry
        self._defaults: Mapping[str, Any] = _defaults(defaults)
        self._closed = False
        self._set_up()

    def _set_up(self) -> None:
        """What a door needs beside the settings."""

    def __repr__(self) -> str:
        known = self._settings
        return f"{type(self).__name__}(provider={known.provider!r}, base_url={known.base_url!r}, model={known.model!r})"

    def _plan(self, prompt: str | None, options: Mapping[str, Any], *, streaming: bool) -> Plan:
        if self._closed:
            raise StreamClosedError("the client is closed")
        check_names(options)
        check_values(options)
        return plan(self._settings, prompt, options, streaming=streaming)

    def _door(self, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "prompt": plan.call.prompt,
            "provider": plan.call.provider,
            "keep": options.get("keep", True),
            "picture": prepare.picture_size(options),
            "max_tokens": options.get("max_tokens"),
            "stages": [make for make in (self._settings.stages, options.get("stages")) if make is not None],
        }

    def _watched(self, stream: D, plan: Plan, options: Mapping[str, Any]) -> D:
        if self._telemetry is None:
            return stream
        call = plan.call
        watched: D = self._telemetry.watch(
            stream,
            model=call.model,
            provider=call.provider,
            url=call.url,
            streaming=call.streaming,
            options=options,
            messages=plan.conversation,
        )
        return watched

    def _network(self) -> Transport:
        if self._transport is None:
            from slipstream.run.aiohttp_transport import AiohttpTransport  # 120 ms; not before the first request

            self._transport = AiohttpTransport(ssl_context=self._ssl_context)
        return self._transport

    def _source(self, plan: Plan, stages: Sequence[Stage], metrics: Metrics, *, threads: bool) -> AsyncSource:
        """What a stream reads: the engine, and around it what was asked for."""
        if self._closed:
            raise StreamClosedError("the client is closed")
        source = self._answer(plan, metrics)
        if plan.tools is not None and plan.again is not None:
            source = self._loop_of(plan, source, metrics)
        if stages:
            from slipstream.run.staged import Staged

            context = {"provider": plan.call.provider, "model": plan.call.model}
            source = Staged(source, stages, context=context, threads=threads)
        return source

    def _answer(self, plan: Plan, metrics: Metrics, *, began: float | None = None) -> AsyncSource:
        """One answer of a model, of a stream that began then: of a later round of the tool loop."""
        if not plan.recovers:
            from slipstream.run.driver import Driver

            network, before = self._network(), metrics.attempts
            return Driver(plan.call, network, metrics, began=began, renewed=began is not None, before=before)
        from slipstream.run.recovery import Policy, Recovery

        policy = Policy(on_break=plan.on_break, fallback=plan.fallback, hedge_after=plan.hedge_after, hedge=plan.hedge)
        return Recovery(plan.target, policy, self._network(), metrics, began=began)

    def _loop_of(self, plan: Plan, first: AsyncSource, metrics: Metrics) -> AsyncSource:
        """The rounds of a tool loop, the first of which is planned already."""

        def ask(rounds: Sequence[Message]) -> AsyncSource:
            assert plan.again is not None  # asked for by the caller
            if not rounds:
                return first
            metrics.reopened()
            return self._answer(plan.again(rounds), metrics, began=metrics.began)

        loop: AsyncSource = importlib.import_module(TOOLS).ToolLoop(ask, plan.tools, settings=plan.loop)
        return loop


def _defaults(options: Any) -> Mapping[str, Any]:
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise InvalidRequestError(f"defaults is a {type(options).__name__}; it takes a mapping of options")
    check_names(options)
    check_values(options)
    if once := [name for name in ONCE if name in options]:
        raise InvalidRequestError(f"defaults holds {', '.join(once)}, which belongs to one question")
    return dict(options)
