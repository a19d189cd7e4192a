"""`Telemetry`: what is told of streams, and to whom."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakSet, finalize

from slipstream._version import __version__
from slipstream.client.async_stream import AsyncStream
from slipstream.client.stream import Stream
from slipstream.dialects.common.request import ChatMessage
from slipstream.errors import InvalidRequestError
from slipstream.flow.pipeline import check_stage
from slipstream.flow.stage import Stage
from slipstream.telemetry import content as contents
from slipstream.telemetry.asked import Asked
from slipstream.telemetry.attributes import SCHEMA_URL
from slipstream.telemetry.instruments import Instruments
from slipstream.telemetry.tools import ToolTimes
from slipstream.telemetry.watch import Sinks, Watch

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Tracer, TracerProvider

S = TypeVar("S", Stream, AsyncStream)

_watched: Final[WeakSet[Stream | AsyncStream]] = WeakSet()

LOGGER: Final = "slipstream.streams"
_NAME: Final = "slipstream"


class Telemetry:
    """Tells of every stream it watches: a span, metrics, a log line. Give it to a client: `Client(telemetry=...)`.

    Neither keys nor content are in any of them, unless `content=True` asks for the content. A failure in telemetry is
    logged and never breaks a stream. All of it is done at the begin and the end of a stream, in the reader's own thread
    or task: an exporter that waits for a network belongs behind a batch processor.

    Args:
        traces: spans by OpenTelemetry: one for the stream, and below it one for each tool that was run. None makes them
            where `opentelemetry-api` is installed.
        metrics: duration, time to the first chunk and tokens, by OpenTelemetry; None as above.
        logs: one line of JSON for each stream, in the log `slipstream.streams`; a failed stream is a warning.
        content: record the prompt, the answer, and the arguments and results of tools, in spans and log lines.
        redact: makes the stage that all content passes first, such as `lambda: flow.guard(rules)`; it is called for
            every text, so give a guard `GuardRules` that were made once.
        tracer_provider, meter_provider: those of OpenTelemetry; None takes the global ones.
        logger: another logger.

    Raises:
        InvalidRequestError: an argument is wrong, or OpenTelemetry is asked for and not installed.
    """

    def __init__(
        self,
        *,
        traces: bool | None = None,
        metrics: bool | None = None,
        logs: bool = True,
        content: bool = False,
        redact: Callable[[], Stage] | None = None,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        logger: logging.Logger | None = None,
    ) -> None:
        for name, flag in (("traces", traces), ("metrics", metrics)):
            _check(name, flag, flag is None or isinstance(flag, bool), "True, False, or None for: if it is installed")
        for name, flag in (("logs", logs), ("content", content)):
            _check(name, flag, isinstance(flag, bool), "True or False")
        _check("logger", logger, logger is None or isinstance(logger, logging.Logger), "a logging.Logger")
        _check("redact", redact, redact is None or callable(redact), "a function that makes a stage")
        if redact is not None and not content:
            raise InvalidRequestError("redact is given without content=True: there is nothing to redact")
        if redact is not None:
            check_stage(redact())
        self._sinks = Sinks(
            _tracer(tracer_provider) if _wanted("traces", traces, tracer_provider, "get_tracer") else None,
            _instruments(meter_provider) if _wanted("metrics", metrics, meter_provider, "get_meter") else None,
            (logger or logging.getLogger(LOGGER)) if logs else None,
            None if not content else contents.as_it_is if redact is None else contents.Redactor(redact),
        )

    def __repr__(self) -> str:
        sinks = self._sinks
        told = {"traces": sinks.tracer, "metrics": sinks.instruments, "logs": sinks.logger, "content": sinks.clean}
        return f"Telemetry({', '.join(name for name, made in told.items() if made is not None)})"

    def watch(
        self,
        stream: S,
        *,
        model: str = "",
        provider: str = "",
        url: str = "",
        streaming: bool = True,
        options: Mapping[str, Any] | None = None,
        messages: Callable[[], Sequence[ChatMessage]] | None = None,
    ) -> S:
        """Watch one stream. A client does this for all of its own; it is for those that `wrap` made.

        Args:
            stream: a stream that nobody has read yet.
            model, provider, url: who is asked; leave out what is not known.
            streaming: False when the answer comes whole.
            options: those of the call, as in `Ask`.
            messages: gives the conversation; called only when content is asked for.

        Returns:
            The stream.

        Raises:
            InvalidRequestError: it is no stream, or has started, or is watched already.
        """
        _check("stream", stream, isinstance(stream, (Stream, AsyncStream)), "a Stream or an AsyncStream")
        if stream._started or stream._closed:
            raise InvalidRequestError("the stream has started; watch it before the first read")
        if stream in _watched:
            raise InvalidRequestError("the stream is watched already; a client with telemetry= watches all of its own")
        asked = Asked(
            model=model, provider=provider, url=url, streaming=streaming, options=options or {}, messages=messages
        )
        watch = Watch(self._sinks, asked)
        stream._open_source = partial(watch.open, stream._open_source)
        end = finalize(stream, watch.ended, stream._receiver, stream._metrics)  # it is called once: here, or at the end
        end.atexit = False
        stream._at_end(end)
        _watched.add(stream)
        if self._sinks.tracer is not None and asked.options.get("tools"):
            stream._stages.insert(0, ToolTimes(watch.tool))  # first, as later stages may hold what a tool gave
        return stream


def _check(name: str, value: Any, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise InvalidRequestError(f"{name} is a {type(value).__name__}; it takes {accepted}")


def _wanted(name: str, wanted: bool | None, provider: Any, method: str) -> bool:
    """True if it is to be made."""
    if provider is not None and not hasattr(provider, method):
        raise InvalidRequestError(f"the provider of {name} is a {type(provider).__name__}; it needs {method}()")
    if wanted is False and provider is not None:
        raise InvalidRequestError(f"{name}=False beside a provider of {name}; leave one of them out")
    if wanted is False or _is_installed():
        return wanted is not False
    if wanted:
        raise InvalidRequestError(
            f"{name}=True needs OpenTelemetry, which is not installed", hint='pip install "slipstream[otel]"'
        )
    return False


def _is_installed() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.trace") is not None
    except ModuleNotFoundError:
        return False


def _tracer(provider: TracerProvider | None) -> Tracer:
    from opentelemetry import trace

    return trace.get_tracer(_NAME, __version__, provider, SCHEMA_URL)


def _instruments(provider: MeterProvider | None) -> Instruments:
    from opentelemetry import metrics

    return Instruments(metrics.get_meter(_NAME, __version__, provider, SCHEMA_URL))
