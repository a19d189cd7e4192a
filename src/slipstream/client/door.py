"""What the two doors share: the state of a stream and everything that needs no waiting."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self, TypeVar

from slipstream.errors import InvalidRequestError, SlipstreamError, StreamClosedError
from slipstream.events import (
    Abort,
    Box,
    Event,
    FinishReason,
    Message,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    Usage,
)
from slipstream.flow.stage import Stage
from slipstream.run.call import ResponseInfo
from slipstream.run.metrics import Metrics
from slipstream.run.receiver import Receiver

T = TypeVar("T")


class Source(Protocol):
    """Where a door's batches come from: the engine, or another SDK's stream."""

    @property
    def response(self) -> ResponseInfo | None: ...

    @property
    def failure(self) -> SlipstreamError | None: ...


class Door:
    """The state of one stream, sync or async.

    Args:
        stages: what the events pass; more may be added until the stream starts.
        prompt: the text of the request, for an estimate of its tokens; gives None if it is not known.
        provider: its name, for the message.
        keep: False keeps no content in `message`.
        picture: width and height of the picture that was sent, for boxes in pixels.
    """

    def __init__(
        self,
        *,
        stages: Sequence[Stage] = (),
        prompt: Callable[[], str | None] = str,
        provider: str = "",
        keep: bool = True,
        picture: tuple[int, int] | None = None,
    ) -> None:
        self._stages: list[Stage] = list(stages)
        self._picture = picture
        self._metrics = Metrics()
        self._receiver = Receiver(self._metrics, prompt=prompt, keep=keep)
        self._receiver.message.provider = provider
        self._cancelled = False
        self._started = False
        self._closed = False

    # ---- what has been received

    @property
    def message(self) -> Message:
        """The answer so far. Readable at any moment, from any thread; `snapshot()` it to keep it."""
        return self._receiver.message

    @property
    def metrics(self) -> Metrics:
        """The figures so far: `time_to_first_output`, `tokens_per_second`, `grades`, ... in seconds."""
        return self._metrics

    @property
    def usage(self) -> Usage | None:
        """Tokens of request and answer; estimated, and saying so, when the stream is over and none came."""
        return self._receiver.usage

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the answer ended; None while it has not. After `cancel()` it is `cancelled` at once."""
        return self.message.finish_reason or ("cancelled" if self._cancelled else None)

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled

    def __repr__(self) -> str:
        state = self.finish_reason or ("running" if self._started else "not started")
        return f"<{type(self).__name__} {state}>"

    # ---- stages

    def through(self, *stages: Stage) -> Self:
        """Pass the events through these stages, in this order, after those already there.

        Raises:
            StreamClosedError: the stream has started.
            InvalidRequestError: an argument is no stage.
        """
        if self._started:
            raise StreamClosedError("the stream has started; add stages before the first read")
        for stage in stages:
            if not isinstance(stage, Stage):
                raise InvalidRequestError(
                    f"{type(stage).__name__} is no stage; it needs on_event, on_wake, on_end and wake_at"
                )
        self._stages += stages
        self._receiver.check_order()
        return self

    def _find_boxes(self) -> None:
        """Add the stage behind the `boxes` lens, once."""
        from slipstream.flow.boxes import BoxFinder

        if not any(isinstance(stage, BoxFinder) for stage in self._stages):
            self.through(BoxFinder(size=self._picture))

    # ---- for the two doors

    def _begin(self) -> None:
        if self._closed:
            raise StreamClosedError("the stream is closed")
        self._started = True

    def _aborted(self, reason: str = "closed") -> None:
        """The reader went before the end, and the source can say no more."""
        if self.message.finish_reason is None:
            self.message.fold(Abort(reason))

    def _ask_again(self, again: Callable[[], T] | None) -> T:
        if again is None:
            raise StreamClosedError("a wrapped stream cannot be asked again; call the SDK that made it")
        return again()

    def _raise(self, failure: SlipstreamError | None) -> None:
        if failure is None:
            return
        if self.message.blocks or self.message.refusal:
            failure.partial = self.message
        raise failure

    def _warn_unclosed(self) -> bool:
        """In `__del__`: True, with a warning, if the stream was left open."""
        if getattr(self, "_source", None) is None or self._closed:
            return False
        warnings.warn(f"unclosed {self!r}; use `with`, or close()", ResourceWarning, stacklevel=2, source=self)
        return True


def pick_text(event: Event) -> str | None:
    """The text of the first answer."""
    return event.text if type(event) is TextDelta and event.choice == 0 else None


def pick_reasoning(event: Event) -> str | None:
    """The thinking of the first answer."""
    return event.text if type(event) is ReasoningDelta and event.choice == 0 else None


def pick_tool_call(event: Event) -> ToolCall | None:
    """A complete call."""
    return event if type(event) is ToolCall else None


def pick_box(event: Event) -> Box | None:
    """A place in a picture."""
    return event if type(event) is Box else None


class RawPicker:
    """The wire objects, each once: a frame that made three events has one."""

    def __init__(self) -> None:
        self._last: Any = None

    def __call__(self, event: Event) -> Any:
        """The wire object of this event, or None if it has been given."""
        raw = event.raw
        if raw is None or raw is self._last:
            return None
        self._last = raw
        return raw
