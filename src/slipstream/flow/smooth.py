"""Typewriter pacing: text that comes in bursts goes on evenly, and never far behind.

Strategy: a fixed pace either lags behind a fast model for ever or stutters behind a slow one, and a pace that follows
the backlog of the moment slows down before each piece. So the pace is the high-water mark of the backlog over a span of
0.25 to 0.4 s, the longer the rarer pieces come: a burst drains in a straight line, a steady stream is followed a span
behind, and whatever was in the backlog is out before its mark leaves the span, which bounds the lag. Units do not get a
timer each: a frame comes every 17 to 33 ms with as many characters as are due, always the same number at one pace.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Literal, get_args

from slipstream.errors import InvalidRequestError
from slipstream.flow.arguments import one_of, positive
from slipstream.flow.draining import DrainingStage
from slipstream.flow.graphemes import incomplete_tail
from slipstream.flow.text_stage import TextStage
from slipstream.flow.units import CUTS, Cut

Unit = Literal["char", "grapheme", "word", "cjk", "line"]
UNITS: Final[tuple[str, ...]] = get_args(Unit)

AtEnd = Literal["flush", "drain"]
AT_END: Final[tuple[str, ...]] = get_args(AtEnd)

MAX_LAG: Final = 1.0
"""Seconds: what a reader still takes for live."""

LEAST_LAG: Final = 0.1
"""Seconds: with less there would be no frames to pace with."""

FRAME: Final = 0.025
MIN_FRAME, MAX_FRAME = 1 / 60, 1 / 30
"""Seconds between two frames, on average, at least and at most: no screen shows more, and what is slower jerks."""

SPANS: Final = (0.25, 0.4)
"""Seconds that the high-water mark counts for, shortest and longest."""

MAX_HOLD: Final = 0.25
"""Seconds that half an emoji waits for its rest. Words and lines wait half of the lag: they take longer to write."""

RHYTHM: Final = 0.5
"""A longer wait is a pause of the model, and says nothing about its rhythm."""

FIRST_PIECE: Final = 16
"""Characters that the first piece may have to pass as it is: a token or two. A whole answer at once is paced too."""


class Smooth(TextStage):
    """The stage behind `smooth()`: at the end of a text, what is held goes at once.

    Args:
        rate: units a second; None goes by the backlog.
        delay: seconds a unit; another way to say `rate`.
        by: what a unit is.
        max_lag: no character is shown later than so many seconds after it came, 0.1 at least. It outweighs `rate`.

    Raises:
        InvalidRequestError: `rate` and `delay` together, or an argument that is wrong; the message names it.
    """

    def __init__(
        self,
        rate: float | None = None,
        delay: float | None = None,
        by: Unit = "grapheme",
        max_lag: float = MAX_LAG,
    ) -> None:
        super().__init__(_pacers(rate, delay, by, max_lag))


class DrainingSmooth(DrainingStage):
    """The stage behind `smooth(at_end="drain")`: a text is shown to its end at the pace, and what follows waits.

    Args:
        rate, delay, by, max_lag: as in `Smooth`.

    Raises:
        InvalidRequestError: as in `Smooth`.
    """

    def __init__(
        self,
        rate: float | None = None,
        delay: float | None = None,
        by: Unit = "grapheme",
        max_lag: float = MAX_LAG,
    ) -> None:
        make = _pacers(rate, delay, by, max_lag)
        pacer = make()
        super().__init__(make, pacer.span, pacer.bound)


def _pacers(rate: float | None, delay: float | None, by: Unit, max_lag: float) -> Callable[[], _Pacer]:
    """What makes the pacer of a text; all arguments are checked."""
    if rate is not None and delay is not None:
        raise InvalidRequestError("rate and delay contradict; accepted: rate= (units a second) or delay= (seconds)")
    pace = None if rate is None else positive("rate", rate, "units a second")
    if delay is not None:
        pace = 1 / positive("delay", delay, "seconds a unit")
    cut = CUTS[one_of("by", by, UNITS)]
    lag = positive("max_lag", max_lag, "seconds")
    if lag < LEAST_LAG:
        raise InvalidRequestError(f"max_lag: {max_lag}; accepted: seconds, {LEAST_LAG:g} or more: three frames")
    hold = {"char": 0.0, "grapheme": min(lag / 2, MAX_HOLD)}.get(by, lag / 2)
    hold = min(hold, lag - 2 * MAX_FRAME)
    return lambda: _Pacer(cut, pace, lag, hold)


class _Pacer:
    """Paces one text. The backlog counts in characters, whatever the units, and drains in a straight line.

    Args:
        cut: where a unit ends.
        pace: units a second, or None.
        max_lag: seconds that a character stays at most.
        hold: how much of them an unfinished unit waits for its rest; the others are for the backlog to drain.
    """

    __slots__ = (
        "_begun", "_closed", "_cut", "_gap", "_held_since", "_high", "_hold", "_last_frame", "_last_piece",
        "_last_size", "_marks", "_max_span", "_next_frame", "_pace", "_pieces", "_rate", "_rhythm", "_span", "_top",
        "_waiting",
    )  # fmt: skip

    def __init__(self, cut: Cut, pace: float | None, max_lag: float, hold: float) -> None:
        self._cut = cut
        self._pace = pace
        self._hold = hold
        self._max_span = max_lag - hold - MAX_FRAME  # the last frame is up to one late
        self._span = min(self._max_span, SPANS[0]) if pace is None else self._max_span
        self._pieces: list[str] = []
        self._waiting = 0  # characters in them
        self._rate = 0.0  # characters a second, of the last frame
        self._last_frame = self._next_frame = 0.0
        self._marks: deque[tuple[float, float]] = deque()  # of each frame its high-water mark; falling: the first rules
        self._high = 0.0  # since the last frame
        self._top = 0.0  # of the span
        self._held_since: float | None = None  # when it was the turn of an unfinished unit
        self._begun = self._closed = False
        self._last_size = 0
        self._last_piece = self._gap = self._rhythm = 0.0

    def feed(self, text: str, now: float) -> list[str]:
        """Take a piece; give a frame if one is due."""
        size = len(text)
        due = self._next_frame
        if not self._waiting and due < now:
            due = self._next_frame = now
        self._pieces.append(text)
        waiting = self._waiting = self._waiting + size
        gap = now - self._last_piece
        if gap > self._gap:
            self._gap = gap
        self._last_piece = now
        self._last_size = size
        # A unit is shown when its first character is due; its others are still to be waited for.
        load = waiting + (due - now) * self._rate if due > now else waiting
        if load > self._high:
            self._high = load
            if load > self._top:
                self._rise(load, now)
                due = self._next_frame
        if due > now:
            return []
        return self._frames(now) if self._begun else self._begin(now)

    def wake(self, now: float) -> list[str]:
        """Give the frames that are due, and a unit that has waited too long for its rest."""
        if self._held_since is not None and self._held_since + self._hold <= now:
            return self._release(now)
        return self._frames(now)

    def end(self, now: float) -> list[str]:  # noqa: ARG002
        """All at once."""
        return self._show(len(self._text()))

    @property
    def held(self) -> int:
        """Characters that wait."""
        return self._waiting

    @property
    def span(self) -> float:
        """Seconds within which the backlog is out, if nothing comes any more."""
        return self._span

    @property
    def bound(self) -> float:
        """Seconds that a character whose unit is finished stays at most."""
        return self._max_span + MAX_FRAME

    def close(self) -> None:
        """No more will come, so that the last unit is finished; the pace stays."""
        self._closed = True
        self._held_since = None

    def hurry(self, rate: float, now: float) -> None:
        """Go on as if so much waited that it takes this rate, in characters a second."""
        load = rate * self._span
        if load > self._high:
            self._high = load
            if load > self._top:
                self._rise(load, now)

    def due(self) -> float | None:
        """The next frame, only while text is held."""
        if not self._waiting:
            return None
        return self._next_frame if self._held_since is None else self._held_since + self._hold

    def _begin(self, now: float) -> list[str]:
        """The first piece does not wait, nor does a part of a long one; only half an emoji does."""
        text = self._text()
        whole = len(text) - incomplete_tail(text)
        if not whole:
            self._held_since = now if self._held_since is None else self._held_since
            return []
        self._begun = True
        self._held_since = None
        self._gap = 0.0
        if whole > FIRST_PIECE:
            return self._frames(now) or self._show(whole)
        self._high = 0.0
        self._last_frame = now
        self._next_frame = now + FRAME
        return self._show(whole)

    def _rise(self, load: float, now: float) -> None:
        """The backlog is higher than in all the span: the next frame comes earlier."""
        self._top = load
        ahead = self._next_frame - now
        rate = load / self._span
        if ahead > 0 and rate > self._rate:
            self._next_frame = max(now + ahead * self._rate / rate, self._last_frame + MIN_FRAME)
            self._rate = rate

    def _frames(self, now: float) -> list[str]:
        """What is due, in one piece."""
        text = self._text()
        shown = 0
        while shown < len(text) and self._next_frame <= now:
            end = self._frame(text, shown)
            if end == shown and self._closed:
                end = len(text)
            if end == shown:
                self._held_since = now if self._held_since is None else self._held_since
                break
            self._held_since = None
            shown = end
        return self._show(shown)

    def _frame(self, text: str, start: int) -> int:
        """Where the frame that is due now ends; sets when the next one is."""
        self._look_back(self._next_frame)
        by_backlog = self._top / self._span
        end, seconds = start, 0.0
        if self._pace is not None:
            end, units = self._count(text, start, _units_of_frame(self._pace))
            seconds = units / self._pace
        if self._pace is None or end - start < by_backlog * seconds:  # the lag outweighs the pace
            end = self._cut(text, start, start + _units_of_frame(by_backlog))
            seconds = (end - start) / by_backlog
        if end > start:
            self._rate = (end - start) / seconds
            self._last_frame = self._next_frame
            self._next_frame += seconds
        return end

    def _count(self, text: str, start: int, wanted: int) -> tuple[int, int]:
        """Where so many units end, and how many there are."""
        for done in range(wanted):
            end = self._cut(text, start, start + 1)
            if end == start:
                return start, done
            start = end
        return start, wanted

    def _look_back(self, now: float) -> None:
        """Note the high-water mark, forget those that are too old, follow the rhythm of the pieces."""
        marks = self._marks
        while marks and marks[-1][1] <= self._high:
            marks.pop()
        marks.append((now, self._high))
        while marks[0][0] < now - self._span:
            marks.popleft()
        self._top = marks[0][1] or self._top  # nothing came in the span: go on as before
        self._high = 0.0
        if self._pace is None and 0 < self._gap < RHYTHM:
            self._rhythm = max(self._gap, 0.9 * self._rhythm)
            least, most = SPANS
            self._span = min(max(1.25 * self._rhythm, least), most, self._max_span)
        self._gap = 0.0

    def _release(self, now: float) -> list[str]:
        """An unfinished unit goes without its rest. Half an emoji at its end stays if it has only just come."""
        text = self._text()
        half = incomplete_tail(text)
        if half > self._last_size or self._last_piece + self._hold <= now:
            half = 0
        self._begun = True
        self._held_since = self._last_piece if half else None
        self._next_frame = now
        return self._show(len(text) - half)

    def _text(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def _show(self, size: int) -> list[str]:
        if not size:
            return []
        text = self._text()
        rest = text[size:]
        self._pieces = [rest] if rest else []
        self._waiting = len(rest)
        return [text[:size]]


def _units_of_frame(rate: float) -> int:
    """Whole units, so that all frames are alike: one at 30 a second and less, else as many as come in 17 to 33 ms."""
    return max(1, round(FRAME * rate))


def smooth(
    rate: float | None = None,
    delay: float | None = None,
    by: Unit = "grapheme",
    max_lag: float = MAX_LAG,
    at_end: AtEnd = "flush",
) -> TextStage:
    """A stage that lets text go evenly, as from a typewriter.

    Args:
        rate, delay, by, max_lag: see `Smooth`.
        at_end: what becomes of held text when its block ends: `flush` shows it at once, `drain` at the pace, and all
            that follows waits for it. A tool call, an error and a cancel show it at once in both.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """
    stage = DrainingSmooth if one_of("at_end", at_end, AT_END) == "drain" else Smooth
    return stage(rate, delay, by, max_lag)
