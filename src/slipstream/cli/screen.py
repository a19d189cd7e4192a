"""An answer on a terminal's screen: Markdown, thinking, tools and boxes, painted as they come."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

from slipstream.cli.keyboard import QuietKeyboard
from slipstream.cli.terminal import Channel
from slipstream.client.show.terminal import TerminalScreen
from slipstream.dialects.common.own_wire.unfold import events_of
from slipstream.events import Event, Message, ReasoningDelta, is_output
from slipstream.sinks.thinking_mode import ThinkingMode

_THINKING: Final[dict[bool | None, ThinkingMode]] = {None: "fold", True: "show", False: "hide"}


class ScreenView:
    """Shows one answer; see `View`.

    Args:
        out: stdout. What is no terminal gets each row once, when it is over.
        connected: tells whether the request has been taken; until then the progress line says `connecting`.
        first: called before anything of the answer is shown: a status line elsewhere must be gone by then.
        show_thinking: True all of it, False none, None folded.
        progress: whether a line says what is going on.

    Attributes:
        shown: something of the answer has come that is not hidden.
    """

    def __init__(
        self,
        out: Channel,
        connected: Callable[[], bool],
        first: Callable[[], Any] = bool,
        *,
        show_thinking: bool | None = None,
        progress: bool = True,
    ) -> None:
        self._out = out
        thinking = _THINKING[show_thinking]
        self._screen = TerminalScreen(
            out.file, thinking=thinking, progress=progress, live=out.can_move, connected=connected
        )
        self._keyboard = QuietKeyboard(out.descriptor, self._screen.redraw)
        self._entered = ExitStack()
        self._first = first
        self._hides_thinking = show_thinking is False
        self.shown = False

    def __enter__(self) -> Self:
        self._out.end_line()
        with ExitStack() as entered:
            entered.push(self._keyboard)  # before it is entered: what it has changed by then is put right
            self._keyboard.__enter__()
            entered.enter_context(self._screen)
            self._entered = entered.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.__exit__(kind, error, trace)
        self._out.column_zero = True  # the screen ends its last line

    def event(self, event: Event) -> None:
        """Show what this event adds."""
        hidden = self._hides_thinking and type(event) is ReasoningDelta
        if not self.shown and is_output(event) and not hidden:
            self._first()
            self.shown = True
        self._screen.event(event)

    def whole(self, message: Message) -> None:
        """Show an answer that came in one piece."""
        for event in events_of(message):
            self.event(event)

    def end(self, message: Message) -> None:
        """Paint the last frame."""
        self._screen.end(message)

    def interrupted(self) -> None:
        """Wait no longer than a moment for a terminal that takes nothing."""
        self._screen.interrupted()
