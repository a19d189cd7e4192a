"""An answer on a terminal: events in, what to write out."""

from __future__ import annotations

from typing import Any, get_args

from slipstream.errors import InvalidRequestError
from slipstream.events import Event, TextDelta
from slipstream.sinks.terminal.layout import Line, Look
from slipstream.sinks.terminal.pictures import Images
from slipstream.sinks.terminal.region import Region
from slipstream.sinks.terminal.roll import Roll
from slipstream.sinks.terminal.surface import Surface
from slipstream.sinks.terminal.telling import Telling, ThinkingMode, check_thinking, check_word


class Terminal:
    """The screen of one answer. It is told the time and the size, and gives what to write; it does no I/O.

    What is written begins with the cursor in column 0 and ends there, on a new line. Other answers of the same request
    (`choice` above 0) are not shown.

    Args:
        width, height: the terminal's size in characters, at least 1.
        look: what it can do; None is everything.
        thinking: `fold` shows the last lines while the model thinks, and one line when it is done; `show` keeps all of
            it; `hide` shows that it thinks, not what.
        progress: a last line that says what is going on, gone at the end; not where text needs its row.
        images: the protocol that pictures are drawn with; None shows their captions alone.
        live: False is for what cannot be drawn anew, a pager, a log or a file: rows are written when they are over, and
            nothing moves the cursor. There is no progress line then, and no height.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(
        self,
        width: int = 80,
        height: int = 24,
        *,
        look: Look | None = None,
        thinking: ThinkingMode = "fold",
        progress: bool = True,
        images: Images | None = None,
        live: bool = True,
    ) -> None:
        _check_size(width, height)
        check_thinking(thinking)
        check_word("images", images, (*get_args(Images), None))
        if not isinstance(look, Look | None):
            raise InvalidRequestError(f"look: a {type(look).__name__}; accepted: a Look, or None", argument="look")
        self._surface = Surface(width, height, look or Look())
        self._telling = Telling(self._surface, thinking, images)
        self._progress = bool(progress)
        self._live = bool(live)
        self._region = Region() if live else Roll()

    def on_event(self, event: Event, now: float) -> None:
        """Take one event.

        Args:
            event: any event of a stream.
            now: the time in seconds, by a clock that never goes back.
        """
        self._at(now)
        self._telling.take(event)

    def feed(self, text: str) -> None:
        """Take a piece of the answer's text, cut anywhere."""
        self._telling.take(TextDelta(text))

    def resize(self, width: int, height: int) -> None:
        """The terminal's size from now on; the next frame draws what is open anew.

        Raises:
            InvalidRequestError: it is none.
        """
        _check_size(width, height)
        surface = self._surface
        if (width, height) == (surface.width, surface.height):
            return
        self._telling.flush()  # what came before is laid out for the old size; only what is open changes
        if width != surface.width:
            self._telling.transcript.resize(width)
        surface.width, surface.height = width, height
        self._region.lost()

    def interrupted(self) -> None:
        """Something else was written where the cursor stands (`^C`, by the terminal): draw what is open anew."""
        self._region.lost()

    def frame(self, now: float) -> str:
        """What to write so that the terminal shows what has come; "" if it does already."""
        self._at(now)
        self._telling.flush()
        if not self._live:
            return self._region.draw(self._telling.transcript.over(), [])
        room = self._surface.height - 1
        below = self._below()
        # what still grows has a row before anything below it: settled in its middle, a row would be torn
        settled, live = self._telling.transcript.rows(max(min(room, 1), room - len(below)))
        left = room - len(live)
        return self._region.draw(settled, [*live, *(below[-left:] if left else [])])

    def end(self, now: float) -> str:
        """The answer is over: what to write last. The cursor is visible then, no colour is left on."""
        self._at(now)
        self._telling.finish()
        self._progress = False
        self._region.lost()  # a Ctrl-C has left its mark where the cursor was
        settled, live = self._telling.transcript.rows(0)
        return self._region.draw(settled, live) + self._region.leave()

    def _at(self, now: float) -> None:
        self._surface.now = now
        self._telling.progress.begin(now)

    def _below(self) -> list[Line]:
        """The rows below the open part, the last of them the most important."""
        rows = self._telling.below()
        if self._progress:
            rows.append(self._telling.progress.row(self._surface))
        return rows


def _check_size(width: Any, height: Any) -> None:
    for name, value in (("width", width), ("height", height)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            shown = repr(value) if isinstance(value, int | float | None) else f"a {type(value).__name__}"
            raise InvalidRequestError(f"{name}: {shown}; accepted: characters, a whole number from 1", argument=name)
