"""An answer on a terminal's screen: Markdown, thinking, tools and boxes, painted as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Literal, Self

from slipstream.cli.keyboard import QuietKeyboard
from slipstream.cli.terminal import Channel
from slipstream.client.show.terminal import TerminalScreen
from slipstream.dialects.common.own_wire.unfold import events_of
from slipstream.events import Event, Heartbeat, Message, ReasoningDelta, Start, is_output

Thinking = Literal["fold", "show", "hide"]
_THINKING: Final[dict[bool | None, Thinking]] = {None: "fold", True: "show", False: "hide"}
_LOOK_SECONDS: Final = 0.1  # as often as the progress line is drawn


class ScreenView:
    """Shows one answer; see `View`.

    Args:
        out: stdout. What is no terminal gets each row once, when it is over.
        connected: tells whether the request has been taken; until then the progress line says `connecting`.
        show_thinking: True all of it, False none, None folded.
        progress: whether a line says what is going on.

    Attributes:
        shown: something of the answer has come that is not hidden.
    """

    def __init__(
        self,
        out: Channel,
        connected: Callable[[], bool],
        *,
        show_thinking: bool | None = None,
        progress: bool = True,
    ) -> None:
        self._out = out
        thinking = _THINKING[show_thinking]
        self._screen = TerminalScreen(out.file, thinking=thinking, progress=progress, live=out.can_move)
        self._keyboard = QuietKeyboard(out.descriptor, self._screen.interrupted)
        self._connected = connected
        self._hides_thinking = show_thinking is False
        self._begun = threading.Event()
        self.shown = False

    def __enter__(self) -> Self:
        self._out.end_line()
        self._keyboard.__enter__()
        self._screen.__enter__()
        threading.Thread(target=self._watch, name="slipstream-connected", daemon=True).start()
        return self

    def _watch(self) -> None:
        """Have the progress line say `waiting` once the provider has answered; it sends no event before it begins."""
        while not self._connected():
            if self._begun.wait(_LOOK_SECONDS):
                return
        if not self._begun.is_set():
            self._screen.event(Start())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._begun.set()
        try:
            self._screen.__exit__(kind, error, trace)
        finally:
            self._keyboard.__exit__(kind, error, trace)
        self._out.column_zero = True  # the screen ends its last line

    def event(self, event: Event) -> None:
        """Show what this event adds."""
        if type(event) is not Heartbeat:  # which the screen says nothing about
            self._begun.set()
        hidden = self._hides_thinking and type(event) is ReasoningDelta
        self.shown = self.shown or (is_output(event) and not hidden)
        self._screen.event(event)

    def whole(self, message: Message) -> None:
        """Show an answer that came in one piece."""
        for event in events_of(message):
            self.event(event)

    def end(self, message: Message) -> None:
        """Paint the last frame."""
        self._begun.set()
        self._screen.end(message)
