"""One answer, from the question to the line with its figures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from slipstream.cli.interrupts import Interrupts
from slipstream.cli.session import Session, Turn
from slipstream.cli.status import Status
from slipstream.cli.summary import figures, summary
from slipstream.cli.terminal import Terminal
from slipstream.cli.view import JSONView, TextView, View
from slipstream.client import Stream
from slipstream.errors import SlipstreamError
from slipstream.events import Event, Message, ReasoningDelta, Restart, Resume, Retract, Retry
from slipstream.run import failures
from slipstream.run.metrics import Metrics

NOTES: Final[dict[type[Event], str]] = {
    Restart: "the stream broke; the answer begins anew, what stands above is void",
    Resume: "the stream broke and goes on",
    Retract: "the provider took this answer back; it is not kept",
}
"""Events that a person must hear of."""


class Manner(Struct, frozen=True, kw_only=True):
    """How answers are asked for and shown.

    Args:
        stream: False waits for the whole answer.
        json: one event a line.
        show_thinking: None shows it on a terminal only.
        status: the status lines on stderr; None shows them where stderr is a terminal.
        debug: more on stderr.
    """

    stream: bool = True
    json: bool = False
    show_thinking: bool | None = None
    status: bool | None = None
    debug: bool = False


class Answer:
    """Asks, shows, and keeps what came.

    Attributes:
        message: the answer, or what had arrived of it; None if nothing was asked yet.
        stopped: Ctrl-C ended it.
    """

    def __init__(self, terminal: Terminal, manner: Manner) -> None:
        self._terminal = terminal
        self._manner = manner
        self._retry: tuple[Retry, float] | None = None
        self._thinking = False
        self._metrics = Metrics()
        self._status = Status(terminal.err, self._label, wanted=manner.status is not False)
        # beside a file or a pipe the status line may stay to the end
        first = self._status.stop if terminal.out.is_terminal else bool
        self._view: View = (
            JSONView(terminal.out, first)
            if manner.json
            else TextView(terminal.out, first, show_thinking=manner.show_thinking)
        )
        self.message: Message | None = None
        self.stopped = False

    def ask(self, session: Session, turns: Sequence[Turn], system: str | None) -> Message:
        """Ask, and show the answer.

        Returns:
            The message; what had arrived of it after Ctrl-C.

        Raises:
            SlipstreamError: the answer failed; what had arrived has been shown, and is in `message`.
            KeyboardInterrupt: Ctrl-C while a whole answer was waited for.
        """
        if not self._manner.stream:
            return self._whole(session, turns, system)
        with session.stream(turns, system) as stream:
            self._metrics, self.message = stream.metrics, stream.message
            try:
                self._read(stream)
            except SlipstreamError as error:
                if self._manner.json:
                    self._view.event(failures.event(error))
                raise
            finally:
                self._status.stop()
                self._view.end(stream.message)
            self._tell(summary(stream.message, stream.usage, stream.metrics))
            return stream.message

    def _read(self, stream: Stream) -> None:
        with self._status, Interrupts(stream) as interrupts:
            try:
                for event in stream:
                    interrupts.flowing = True
                    self._take(event)
            except KeyboardInterrupt:
                stream.cancel()
                stream.close()
            self.stopped = interrupts.stopped

    def _take(self, event: Event) -> None:
        kind = type(event)
        if kind is Retry:
            assert isinstance(event, Retry)
            self._retry = event, time.monotonic() + event.delay
        elif kind is ReasoningDelta:
            self._thinking = True
        self._view.event(event)
        if kind in NOTES:
            self._status.stop()
            self._terminal.note(NOTES[kind], "yellow")

    def _whole(self, session: Session, turns: Sequence[Turn], system: str | None) -> Message:
        began = time.monotonic()
        with self._status:
            self.message = message = session.complete(turns, system)
        self._view.whole(message)
        self._view.end(message)
        metrics = Metrics()
        metrics.total = time.monotonic() - began
        self._tell(summary(message, message.usage, metrics))
        return message

    def _label(self) -> str:
        """What is being waited for now."""
        if self._retry is not None and self._metrics.time_to_first_output is None:
            retry, due = self._retry
            left = due - time.monotonic()
            if left > 0:
                return f"retrying in {left:.0f} s ({retry.reason}) ·"
        if self._view.shown:
            return "receiving"
        if self._thinking:
            return "thinking"
        return "connecting" if self._manner.stream and self._metrics.time_to_headers is None else "waiting"

    def _tell(self, line: str) -> None:
        """The lines after the answer."""
        shown = self._terminal.err.is_terminal if self._manner.status is None else self._manner.status
        if shown:
            self._terminal.note(line)
        if self._manner.debug and self._metrics.attempts:  # a whole answer has no figures but its total
            self._terminal.note(f"debug: {figures(self._metrics)}")
        if self.message is not None and self.message.empty_output and self.message.finish_reason == "stop":
            self._terminal.note("the model ended without an answer; ask again, or allow more tokens", "yellow")
