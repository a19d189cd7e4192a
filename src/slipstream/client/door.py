"""What the two doors share: the state of a stream and everything that needs no waiting."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self, TypeVar
from weakref import WeakValueDictionary

from slipstream.client.stage_methods import StageMethods
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
from slipstream.flow.pipeline import check_stage, is_stage
from slipstream.flow.stage import Stage
from slipstream.run.call import ResponseInfo
from slipstream.run.metrics import Metrics
from slipstream.run.receiver import Receiver

D = TypeVar("D", bound="Door")


class Source(Protocol):
    """Where a door's batches come from: the engine, or another SDK's stream."""

    @property
    def response(self) -> ResponseInfo | None: ...

    @property
    def failure(self) -> SlipstreamError | None: ...


class Door(StageMethods):
    """The state of one stream, sync or async.

    Args:
        stages: functions that make the first stages; more may be added until the stream starts.
        prompt: the text of the request, for an estimate of its tokens; gives None if it is not known.
        provider: its name, for the message.
        keep: False keeps no content in `message`.
        picture: width and height of the picture that was sent, for boxes in pixels.
        max_tokens: the bound of the answer, for the fraction of it that has come.
    """

    def __init__(
        self,
        *,
        stages: Sequence[Callable[[], Sequence[Stage]]] = (),
        prompt: Callable[[], str | None] = str,
        provider: str = "",
        keep: bool = True,
        picture: tuple[int, int] | None = None,
        max_tokens: int | None = None,
    ) -> None:
        self._stages: list[Stage] = []
        self._makers: list[Callable[[], Stage]] = []  # of the stages that were added, for `regenerate`
        self._picture = picture
        self._max_tokens = max_tokens
        self._metrics = Metrics()
        self._receiver = Receiver(self._metrics, prompt=prompt, keep=keep)
        self._receiver.message.provider = provider
        self._cancelled = False
        self._started = False
        self._closed = False
        self._ends: list[Callable[[], object]] = []  # what is called once the stream is over
        for make in stages:
            self._add(*_made_by(make))

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
    def raw_finish_reason(self) -> str | None:
        """The same in the provider's own word."""
        return self.message.raw_finish_reason

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._cancelled

    def __repr__(self) -> str:
        state = self.finish_reason or ("running" if self._started else "not started")
        return f"<{type(self).__name__} {state}>"

    # ---- stages

    def through(self, *stages: Stage | Callable[[], Stage]) -> Self:
        """Pass the events through these stages, in this order, after those already there.

        Args:
            stages: stages, or functions (classes) that make one. Only what was made by a function can be made anew by
                `regenerate`, because a stage keeps the state of one stream.

        Raises:
            StreamClosedError: the stream has started.
            InvalidRequestError: an argument is no stage.
        """
        self._add(*(_make(stage) for stage in stages))
        self._makers += [_only_once(stage) if is_stage(stage) else stage for stage in stages]  # type: ignore[misc]
        return self

    def _with(self, make: Callable[[], Stage]) -> Self:
        """Add a stage of ours, that can be made anew."""
        self._add(make())
        self._makers.append(make)
        return self

    def _check_unread(self) -> None:
        if self._started:
            raise StreamClosedError("the stream has started; stages, lenses with a type and tee come before that")

    def _add(self, *stages: Stage) -> None:
        self._check_unread()
        for stage in stages:
            self._claim(check_stage(stage))
        self._stages += stages
        self._receiver.check_order()

    def _claim(self, stage: Stage) -> None:
        """Refuse a stage that another stream uses: one reader would be shown what the other's held."""
        other = _users.get(id(stage))
        if other is not None and any(used is stage for used in other._stages):
            name = type(stage).__name__
            raise InvalidRequestError(
                f"the stage {name} is used by another stream; a stage keeps the state of one",
                hint=f"make one for each, or give a function that does: .through(lambda: {name}(...))",
            )
        _users[id(stage)] = self

    def _find_boxes(self) -> None:
        """Add the stage behind the `boxes` lens, once."""
        from slipstream.flow.boxes import BoxFinder

        if not any(isinstance(stage, BoxFinder) for stage in self._stages):
            self._with(lambda: BoxFinder(size=self._picture))

    # ---- for the two doors

    def _begin(self) -> None:
        if self._closed:
            raise StreamClosedError("the stream is closed")
        self._started = True

    def _at_end(self, call: Callable[[], object]) -> None:
        """Call this once, when the stream is over: read to its end, failed, cancelled or closed."""
        self._ends.append(call)

    def _ended(self) -> None:
        ends, self._ends = self._ends, []
        for call in ends:
            call()

    def _aborted(self, reason: str = "closed") -> None:
        """The reader went before the end, and the source can say no more."""
        if self.message.finish_reason is None:
            self.message.fold(Abort(reason))

    def _ask_again(self, again: Callable[[], D] | None) -> D:
        """A stream that asks the same, and whose answer passes the same stages."""
        if again is None:
            raise StreamClosedError("a wrapped stream cannot be asked again; call the SDK that made it")
        twin = again()
        for make in self._makers:
            twin._with(make)
        return twin

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


_users: WeakValueDictionary[int, Door] = WeakValueDictionary()
"""Which stream uses a stage, by the stage's `id`, which holds while that stream does."""


def _made_by(make: Callable[[], Sequence[Stage]]) -> Sequence[Stage]:
    """The stages that `stages=` makes."""
    made = make()
    if not isinstance(made, Sequence):
        raise InvalidRequestError(
            f"stages made a {type(made).__name__}; it takes a function that makes a list of stages"
        )
    return made


def _make(maker: Any) -> Stage:
    """The stage itself, or the one that a function or a class makes."""
    if is_stage(maker) or not callable(maker):
        return check_stage(maker)  # which refuses what is neither
    try:
        made = maker()
    except TypeError as error:
        name = getattr(maker, "__name__", type(maker).__name__)
        raise InvalidRequestError(
            f"{name} makes no stage when it is called without arguments ({error})",
            hint="a function of events goes into .transform(function)",
        ) from None
    return check_stage(made)


def _only_once(stage: Any) -> Callable[[], Stage]:
    def refuse() -> Stage:
        name = type(stage).__name__
        raise InvalidRequestError(
            f"regenerate: the stage {name} keeps the state of the first stream",
            hint=f"give a function that makes it: .through(lambda: {name}(...))",
        )

    return refuse


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
