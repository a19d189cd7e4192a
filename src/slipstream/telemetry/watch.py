"""One stream under watch: its span, its tools, and what is told at its end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Final, TypeVar

from slipstream.events import Message, ToolCall, ToolError
from slipstream.flow.stage import Stage
from slipstream.run.metrics import Metrics
from slipstream.run.receiver import Receiver
from slipstream.telemetry import attributes as names, content, logs
from slipstream.telemetry.asked import Asked
from slipstream.telemetry.instruments import Instruments
from slipstream.telemetry.tools import Outcome

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

T = TypeVar("T")

_log: Final = logging.getLogger("slipstream.telemetry")


def quietly(what: str, call: Callable[[], object]) -> None:
    """Do it; a failure is reported, by its kind only as its words may quote what it was given, and breaks nothing."""
    try:
        call()
    except Exception as error:
        _log.warning("telemetry: %s failed (%s); the stream goes on", what, type(error).__name__)


class Sinks:
    """Where telemetry goes; what is None is not made."""

    __slots__ = ("clean", "instruments", "logger", "tracer")

    def __init__(
        self,
        tracer: Tracer | None,
        instruments: Instruments | None,
        logger: logging.Logger | None,
        clean: content.Clean | None,
    ) -> None:
        self.tracer = tracer
        self.instruments = instruments
        self.logger = logger
        self.clean = clean


class Watch:
    """Follows one stream.

    Args:
        sinks: where to tell of it.
        asked: the request.
    """

    def __init__(self, sinks: Sinks, asked: Asked) -> None:
        self._sinks = sinks
        self._asked = asked
        self._span: Span | None = None
        self._began = False
        self._context: Any = None  # OpenTelemetry's, with the span as the current one
        self._inside: Context | None = None  # Python's, with that in it

    # ---- the begin and the end

    def open(self, open_source: Callable[..., T], stages: Sequence[Stage], metrics: Metrics) -> T:
        """Open the source of the stream: the first thing its reader does, in the thread and the context of the reader,
        whose span is the parent. What the source makes of its context, such as the calls of tools, is below the span.
        """
        self._began = True
        quietly("the begin of a span", self._start_span)
        return open_source(stages, metrics) if self._inside is None else self._inside.run(open_source, stages, metrics)

    def _start_span(self) -> None:
        if self._sinks.tracer is None:
            return
        from opentelemetry.context import attach
        from opentelemetry.trace import SpanKind, set_span_in_context

        attributes = names.request(self._asked)
        name = f"{names.CHAT} {self._asked.model}".rstrip()
        self._span = self._sinks.tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
        self._context = set_span_in_context(self._span)
        self._inside = copy_context()
        self._inside.run(attach, self._context)

    def ended(self, receiver: Receiver, metrics: Metrics) -> None:
        """The stream is over, in whatever way; or it was dropped."""
        if not self._began:
            return
        message = receiver.message
        _ = receiver.usage  # an estimate is made when it is first asked for
        told: dict[str, str] = {}
        if self._sinks.clean is not None:
            quietly("content", lambda: told.update(self._content(message)))
        instruments, logger = self._sinks.instruments, self._sinks.logger
        if instruments is not None:
            quietly("metrics", lambda: instruments.record(self._asked, message, metrics, self._context))
        if logger is not None:
            quietly("the log line", lambda: logs.write(logger, self._asked, message, metrics, {**self._ids(), **told}))
        quietly("the end of a span", lambda: self._end_span(message, metrics, told))

    def _end_span(self, message: Message, metrics: Metrics, told: dict[str, str]) -> None:
        span = self._span
        if span is None:
            return
        from opentelemetry.trace import Status, StatusCode

        self._span = None
        try:
            span.set_attributes(names.response(message, metrics, streaming=self._asked.streaming))
            span.set_attributes({f"gen_ai.{name}": text for name, text in told.items()})
            if message.error is not None:
                span.set_status(Status(StatusCode.ERROR))  # without the message: providers quote the prompt in it
        finally:
            span.end()

    def _content(self, message: Message) -> dict[str, str]:
        clean = self._sinks.clean
        assert clean is not None  # content is asked for
        messages = self._asked.messages() if self._asked.messages is not None else None
        return content.of_stream(messages, message, clean)

    def _ids(self) -> dict[str, str]:
        """What joins a log line to its span."""
        if self._span is None or not self._span.get_span_context().is_valid:
            return {}
        context = self._span.get_span_context()
        return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}

    # ---- tools

    def tool(self, call: ToolCall, outcome: Outcome, began: int, ended: int) -> None:
        """A tool has run."""
        quietly("the span of a tool", lambda: self._tool_span(call, outcome, began, ended))

    def _tool_span(self, call: ToolCall, outcome: Outcome, began: int, ended: int) -> None:
        if self._sinks.tracer is None:
            return
        from opentelemetry.trace import SpanKind, Status, StatusCode

        span = self._sinks.tracer.start_span(
            f"{names.EXECUTE_TOOL} {call.name}",
            context=self._context,
            kind=SpanKind.INTERNAL,
            attributes=_tool_attributes(call),
            start_time=began,
        )
        try:
            if isinstance(outcome, ToolError):
                span.set_attribute(names.ERROR_TYPE, "tool_error")
                span.set_status(Status(StatusCode.ERROR))
            if self._sinks.clean is not None:
                span.set_attributes(_tool_content(call, outcome, self._sinks.clean))
        finally:
            span.end(ended)


def _tool_attributes(call: ToolCall) -> dict[str, Any]:
    return {
        names.OPERATION: names.EXECUTE_TOOL,
        names.TOOL_NAME: call.name,
        names.TOOL_CALL: call.id,
        names.TOOL_TYPE: "extension" if call.provider_executed else "function",
    }


def _tool_content(call: ToolCall, outcome: Outcome, clean: content.Clean) -> dict[str, str]:
    value = outcome.error if isinstance(outcome, ToolError) else outcome.output
    return {
        names.TOOL_ARGUMENTS: content.arguments(call.arguments, clean),
        names.TOOL_RESULT: content.result(value, clean),
    }
