"""One answer, from the question to the line with its figures."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Final

import typer
from msgspec import Struct

from slipstream.cli.failures import SHOWN
from slipstream.cli.interrupts import Interrupts
from slipstream.cli.session import Session, Turn
from slipstream.cli.status import Status
from slipstream.cli.summary import figures, summary
from slipstream.cli.terminal import Terminal
from slipstream.cli.view import JSONView, TextView, View
from slipstream.client import Stream
from slipstream.dialects.common.request import ImagePart
from slipstream.errors import ContentFilteredError, SlipstreamError, StreamInterruptedError
from slipstream.events import Event, Message, ReasoningDelta, Restart, Resume, Retract, Retry, is_output
from slipstream.run import failures
from slipstream.run.metrics import Metrics

NOTES: Final[dict[type[Event], str]] = {
    Restart: "the stream broke; the answer begins anew, what stands above is void",
    Resume: "the stream broke and goes on",
    Retract: "the provider took this answer back; it is not kept",
}
"""Events that a person must hear of, where no screen shows them."""


class Manner(Struct, frozen=True, kw_only=True):
    """How answers are asked for and shown.

    Args:
        stream: False waits for the whole answer.
        json: one event a line.
        show_thinking: True all of it, False none; None folds it on a screen, and shows it on a terminal without one.
        render: True shows Markdown in a pipe or a file too; False gives the text as the model wrote it, on a terminal
            but for control characters; None renders on a terminal that obeys cursor control.
        status: the lines about the wait and the figures; None shows them where a terminal is that nothing else writes
            to, such as a pager.
        debug: more on stderr.
    """

    stream: bool = True
    json: bool = False
    show_thinking: bool | None = None
    render: bool | None = None
    status: bool | None = None
    debug: bool = False


class Answer:
    """Asks, shows, and keeps what came.

    Args:
        terminal: where to.
        manner: how.
        recorded: nobody is asked: the answer is a recording.

    Attributes:
        message: the answer, or what had arrived of it; None if nothing was asked yet.
        stopped: Ctrl-C ended it.
    """

    def __init__(self, terminal: Terminal, manner: Manner, *, recorded: bool = False) -> None:
        self._terminal = terminal
        self._manner = manner
        self._connects = manner.stream and not recorded  # else nothing tells when the request has been taken
        self._retry: tuple[Retry, float] | None = None
        self._thinking = False
        self._arrived = False
        self._metrics = Metrics()
        can_move, render = terminal.out.can_move, manner.render
        self._has_screen = not manner.json and (can_move if render is None else render)
        self._wants_status = False if manner.status is None and self._has_screen and not can_move else manner.status
        wanted = self._wants_status is not False and not (self._has_screen and can_move)
        self._status = Status(terminal.err, self._label, wanted=wanted)
        self._view = self._make_view()
        self.message: Message | None = None
        self.stopped = False

    def _make_view(self) -> View:
        out, manner = self._terminal.out, self._manner
        # a pipe may end on the terminal that the status line is on (`| tee`); beside a file it may stay to the end
        first = self._status.stop if out.is_terminal or out.is_pipe else bool
        if self._has_screen:
            from slipstream.cli.screen import ScreenView  # not for pipes: it brings the layout of Markdown

            progress = manner.status is not False
            thinking = manner.show_thinking
            return ScreenView(out, self._is_connected, first, show_thinking=thinking, progress=progress)
        return JSONView(out, first) if manner.json else TextView(out, first, show_thinking=manner.show_thinking)

    # ---- asking

    def ask(
        self,
        session: Session,
        turns: Sequence[Turn],
        system: str | None,
        *,
        record: str | os.PathLike[str] | None = None,
    ) -> Message:
        """Ask, and show the answer.

        Args:
            session: who is asked.
            turns, system: what.
            record: the path of a file that keeps what comes, with its times.

        Returns:
            The message; what had arrived of it after Ctrl-C.

        Raises:
            SlipstreamError: the answer failed, or was stopped by a filter before it said anything; what had arrived
                has been shown, and is in `message`.
            KeyboardInterrupt: Ctrl-C while a whole answer was waited for.
            typer.Exit: with `json`, which tells of it by itself, the filter's error.
        """
        if not self._manner.stream:
            return self._whole(session, turns, system)
        with session.stream(turns, system) as stream:
            if record is not None:
                stream.record(record)
            if self._has_screen and _has_picture(turns):
                _ = stream.boxes  # asking for the lens is what has them looked for
            return self.show(stream)

    def show(self, stream: Stream, *, timed: bool = True) -> Message:
        """Show an answer as it comes; see `ask`.

        Args:
            stream: the answer.
            timed: False where its times are not those of a model.
        """
        self._metrics, self.message = stream.metrics, stream.message
        with self._view:
            try:
                self._read(stream)
            except SlipstreamError as error:
                if isinstance(error, StreamInterruptedError) and self._arrived and self._view.shown:
                    error.hint = SHOWN
                if self._manner.json:
                    self._view.event(failures.event(error))
                raise
            except (KeyboardInterrupt, SystemExit):
                self._view.interrupted()
                raise
            finally:
                self._status.stop()
                self._view.end(stream.message)
        self._tell(stream.message, summary(stream.message, stream.usage, stream.metrics if timed else Metrics()))
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
            if self.stopped:
                self._view.interrupted()

    def _take(self, event: Event) -> None:
        kind = type(event)
        if kind is Retry:
            assert isinstance(event, Retry)
            self._retry = event, time.monotonic() + event.delay
        elif kind is ReasoningDelta:
            self._thinking = True
        self._arrived = self._arrived or is_output(event)
        self._view.event(event)
        if kind in NOTES and not self._has_screen:
            self._status.stop()
            self._terminal.note(NOTES[kind], "yellow")

    def _whole(self, session: Session, turns: Sequence[Turn], system: str | None) -> Message:
        began = time.monotonic()
        with self._view, self._status:
            self.message = message = session.complete(turns, system)
            self._status.stop()
            self._view.whole(message)
            self._view.end(message)
        metrics = Metrics()
        metrics.total = time.monotonic() - began
        self._tell(message, summary(message, message.usage, metrics))
        return message

    # ---- beside the answer

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
        return "waiting" if self._is_connected() else "connecting"

    def _is_connected(self) -> bool:
        """The request has been taken, or nothing can tell."""
        return not self._connects or self._metrics.time_to_headers is not None

    def _tell(self, message: Message, line: str) -> None:
        """The lines after the answer."""
        wanted = self._wants_status
        shown = self._terminal.err.is_terminal if wanted is None else wanted
        if shown:
            self._terminal.note(line)
        if self._manner.debug and self._metrics.attempts:  # a whole answer has no figures but its total
            self._terminal.note(f"debug: {figures(self._metrics)}")
        if message.empty_output and message.finish_reason == "stop":
            self._terminal.note("the model ended without an answer; ask again, or allow more tokens", "yellow")
        elif message.finish_reason == "content_filter":
            self._tell_filtered(message)
        elif message.finish_reason == "length" and not shown and not self._manner.json:
            self._terminal.note("the answer was cut at the token limit", "yellow")

    def _tell_filtered(self, message: Message) -> None:
        """A filter stopped the answer: a note, or an error if nothing of it came."""
        raw = message.raw_finish_reason
        why = f" ({raw})" if raw else ""
        if not message.empty_output:
            if not self._manner.json:
                self._terminal.note(f"the provider's filter stopped the answer{why}", "yellow")
        elif self._manner.json:
            raise typer.Exit(1)
        else:
            raise ContentFilteredError(f"the provider's filter stopped the answer before it said anything{why}")


def _has_picture(turns: Sequence[Turn]) -> bool:
    """True if a picture goes with any question: a later one may be about it too."""
    questions = (turn for turn in turns if not isinstance(turn, Message))
    return any(isinstance(part, ImagePart) for turn in questions for part in turn.parts)
