"""Text cut into sentences while it arrives.

Strategy: the text is read once, from mark to mark (sentence marks, line ends, backticks). A mark that the text so far
cannot judge stays where it is, with what follows it, until it can; all that is judged goes to a list and is not looked
at again. So a cut depends on the text alone, never on how it came, and the cost is linear in the text however it came:
what stays is bounded, because every run that could go on for ever is read up to a bound.

A sentence is let go with the first character behind it and its white space (behind an abbreviation, the first word):
only then is it known that it is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from slipstream.flow.best_cut import best_cut
from slipstream.flow.buffer import HeldClock
from slipstream.flow.graphemes import incomplete_tail, is_boundary
from slipstream.flow.line_starts import MAX_CLOSING, closes, line_start
from slipstream.flow.sentence_ends import (
    CJK_ENDS,
    END,
    LATIN_ENDS,
    LOOK_BEHIND,
    MAX_RUN,
    WHITE,
    Engine,
    is_end,
    own_end,
    rules,
)

# What is being read; see `_READERS`.
PROSE, MARK, BREAK, TICKS, CODE, FENCE, ROW = "prose", "mark", "break", "ticks", "code", "fence", "row"
_SPOTS: Final = {"\n": BREAK, "`": TICKS}

_spot: Final = re.compile(rf"[{CJK_ENDS}{LATIN_ENDS}\n`]").search
_white: Final = re.compile(rf"[{WHITE}]{{0,{MAX_RUN}}}").match
_ticks: Final = re.compile(rf"`{{1,{MAX_RUN}}}").match
_tick_or_line: Final = re.compile(r"[`\n]").search


class SentenceCutter:
    """Cuts one text into sentences; a `Cutter` for `TextStage`, without a clock of its own.

    The pieces joined are the text. Without a time bound they depend on the text alone.

    Args:
        engine: decides about full stops before white space; see `sentence_ends`.
        least: characters of a piece; a shorter sentence goes with the next. Code in a fence stands alone all the same.
        most: characters of a piece; a longer one is cut (`best_cut`), code at a line end. None for no bound.
        seconds: the longest that a character is held, from its arrival on. None waits for the sentence's end.
    """

    def __init__(
        self, engine: Engine = rules, least: int = 1, most: int | None = None, seconds: float | None = None
    ) -> None:
        self._engine, self._least, self._most = engine, least, most
        self._clock = None if seconds is None else HeldClock(seconds)
        self._reading = BREAK  # the text begins with a line
        self._behind = ""  # read, kept to look back at
        self._rest = ""  # not judged yet
        self._sent = 0  # characters of the rest that went already, at a time bound
        self._piece: list[str] = []  # judged, and held: the sentence so far
        self._size = 0  # its characters
        self._blank = True  # whether it is nothing but white space
        self._out: list[str] = []
        self._open_ticks = 0  # of the code within the line
        self._in_block = False  # whether the line is a list item, a heading or a table row
        self._over = ""  # whether what stands before the break is over: "", "sentence", "code"
        self._fence = ""  # the marks that opened the code
        self._line: str | None = None  # the beginning of its current line; None in the line that opens it
        self._line_at = 0  # where that line begins in the piece

    def feed(self, text: str, now: float) -> list[str]:
        """Take text; return the sentences that are over."""
        if self._rest or self._reading != PROSE or _spot(text) is not None:
            self._scan(text, final=False)
        else:  # the common case: nothing to judge
            self._keep(text)
            self._behind = (self._behind + text)[-LOOK_BEHIND:]
        if self._clock is not None and text:
            self._clock.came(len(text), self._size + len(self._rest) - self._sent, now)
        out, self._out = self._out, []
        return out

    def end(self, now: float) -> list[str]:  # noqa: ARG002
        """Judge what is left as the end of the text; return all of it."""
        self._scan("", final=True)
        self._keep(self._rest[self._sent :])
        if self._size:
            self._emit("", 0)
        if self._size:  # white space that the bound cut off
            self._out.append(self._take())
        return self._out

    def due(self) -> float | None:
        """When the time bound is reached, or None."""
        return None if self._clock is None else self._clock.due()

    def wake(self, now: float) -> list[str]:
        """Return what is held, but for a character that may be half: that one waits as long again, once."""
        text = self._take() + self._rest[self._sent :]
        tail = text[(len(text) - incomplete_tail(text)) or len(text) :]
        in_rest = min(len(tail), len(self._rest) - self._sent)
        self._sent = len(self._rest) - in_rest
        self._keep(tail[: len(tail) - in_rest])
        if self._clock is not None:
            self._clock.restart(len(tail), now)
        return [text[: len(text) - len(tail)]] if text else []

    # ---- reading: each takes the text, where to go on, where what is in no piece yet begins, and whether the text is
    # complete; returns both places anew, or None if it takes more text to say

    def _scan(self, more: str, final: bool) -> None:
        """Read on as far as the text can be judged."""
        text = self._behind + self._rest + more
        at = len(self._behind)
        begin = at + self._sent
        while at < len(text):
            found = _READERS[self._reading](self, text, at, begin, final)
            if found is None:
                break
            at, begin = found
            if at > begin and self._most is not None:  # what is too long goes before the next mark is judged, always
                self._keep(text[begin:at])
                begin = at
        if at > begin:
            self._keep(text[begin:at])
            begin = at
        self._behind, self._rest, self._sent = text[max(at - LOOK_BEHIND, 0) : at], text[at:], begin - at

    def _read_prose(self, text: str, at: int, begin: int, final: bool) -> tuple[int, int]:  # noqa: ARG002
        """Up to the next mark."""
        spot = _spot(text, at)
        if spot is None:
            return len(text), begin
        self._reading = _SPOTS.get(spot[0], MARK)
        return spot.start(), begin

    def _read_mark(self, text: str, at: int, begin: int, final: bool) -> tuple[int, int] | None:
        """A sentence mark, and whether it ends a sentence."""
        match = END.match(text, at)
        if match is None or match.end() == len(text):
            return self._at_the_end(text, begin, final)
        low = max(begin - self._size, at - LOOK_BEHIND, 0)
        ends = is_end(text, low, match, final, self._engine)
        if ends is None:
            return None
        self._reading = PROSE
        if ends and "\n" in match["white"]:
            self._reading, self._over = BREAK, "sentence"
        if not ends or self._reading == BREAK:
            return match.end("close"), begin
        end = own_end(text, low, match)
        if is_boundary(text[low : end + 1], end - low):
            begin = self._boundary(text, begin, end)
        return end, begin

    def _read_break(self, text: str, at: int, begin: int, final: bool) -> tuple[int, int] | None:
        """White space with line ends, and the beginning of the line behind it."""
        found = _white(text, at)
        after = at if found is None else found.end()
        if after == len(text):
            return self._at_the_end(text, begin, final)
        start = line_start(text, after, final)
        if start is None:
            return None
        line = text.rfind("\n", at, after) + 1 or at
        alone = start.kind == "fence" or self._over == "code"
        if alone or self._over or self._in_block or start.kind != "text" or text.count("\n", at, after) > 1:
            begin = self._boundary(text, begin, line, alone)
        self._reading, self._over = ROW if start.kind == "row" else PROSE, ""
        self._in_block = start.kind != "text"
        if start.kind != "fence":
            return start.end, begin
        self._reading, self._fence, self._line, self._line_at = FENCE, start.marks, None, 0
        return line, begin

    def _read_ticks(self, text: str, at: int, begin: int, final: bool) -> tuple[int, int] | None:
        """Backticks that open or close code within a line."""
        found = _ticks(text, at)
        end = at if found is None else found.end()
        if end == len(text) and not final:
            return None
        if self._open_ticks == 0 or self._open_ticks == end - at:
            self._open_ticks = 0 if self._open_ticks else end - at
        self._reading = CODE if self._open_ticks else PROSE
        return end, begin

    def _read_code(self, text: str, at: int, begin: int, final: bool) -> tuple[int, int]:  # noqa: ARG002
        """Up to the backtick that may close it. A line end does too: a lone backtick hides no more than its line."""
        found = _tick_or_line(text, at)
        if found is None:
            return len(text), begin
        self._reading = TICKS
        if found[0] == "\n":
            self._reading, self._open_ticks = BREAK, 0
        return found.start(), begin

    def _read_fence(self, text: str, at: int, begin: int, final: bool) -> tuple[int, int]:  # noqa: ARG002
        """A line of code, or the part of it that is there."""
        end = text.find("\n", at) + 1
        part = text[at : end or len(text)]
        if self._line is not None and len(self._line) <= MAX_CLOSING:
            self._line += part[: MAX_CLOSING + 1]
        reached = at + len(part)
        self._keep_code(text[begin:reached])
        begin = max(begin, reached)
        if end == 0:
            return reached, begin
        if self._line is not None and closes(self._line, self._fence):
            self._reading, self._over = BREAK, "code"
        self._line, self._line_at = "", self._size
        return reached, begin

    def _read_row(self, text: str, at: int, begin: int, final: bool) -> tuple[int, int]:  # noqa: ARG002
        """Up to the end of a table's row: no sentence ends within a cell."""
        end = text.find("\n", at)
        if end < 0:
            return len(text), begin
        self._reading = BREAK
        return end, begin

    def _at_the_end(self, text: str, begin: int, final: bool) -> tuple[int, int] | None:
        """What stands here reaches to the end of what is known."""
        return (len(text), begin) if final else None

    # ---- holding and letting go

    def _boundary(self, text: str, begin: int, end: int, alone: bool = False) -> int:
        """A sentence ends here; let it go unless it is short. Returns where what is in no piece yet begins."""
        if end < begin:
            return begin  # it went already, at a time bound
        part = text[begin:end]
        if self._blank and (not part or part.isspace()):
            self._keep(part)
        else:
            self._emit(part, 0 if alone else self._least)
        return end

    def _keep(self, part: str) -> None:
        """Hold more of the sentence; let go what is too long."""
        if not part:
            return
        self._piece.append(part)
        self._size += len(part)
        if self._blank:
            self._blank = part.isspace()
        if self._most is not None and self._size > self._most:
            self._shorten(self._most)

    def _keep_code(self, part: str) -> None:
        """Hold more of a line of code; lines before it go if it becomes too much."""
        if self._most is None or self._size + len(part) <= self._most:
            self._keep(part)
            return
        line = self._line_at
        if line:
            held = self._take()
            self._out.append(held[:line])
            part = held[line:] + part
        self._keep(part)

    def _emit(self, part: str, least: int) -> None:
        """Let the sentence go, cut if it is too long; hold what is too short."""
        text = self._take() + part
        most = len(text) if self._most is None else self._most
        begin = self._cut_down(text, most, len(text.rstrip()))
        if len(text) - begin >= least:
            self._out.append(text[begin : begin + most])
            begin += most
        self._keep(text[begin:])  # behind a piece, white space alone: the next begins with it

    def _shorten(self, most: int) -> None:
        text = self._take()
        begin = self._cut_down(text, most, len(text))
        self._keep(text[begin:])

    def _cut_down(self, text: str, most: int, length: int) -> int:
        """Let pieces go until what is left of `length` fits; returns where that begins."""
        begin = 0
        while length - begin > most:
            cut = best_cut(text, begin, most)
            self._out.append(text[begin:cut])
            begin = cut
        return begin

    def _take(self) -> str:
        text = "".join(self._piece)
        self._piece.clear()
        self._size, self._blank, self._line_at = 0, True, 0
        return text


_Reader = Callable[[SentenceCutter, str, int, int, bool], "tuple[int, int] | None"]
_READERS: Final[dict[str, _Reader]] = {
    PROSE: SentenceCutter._read_prose,
    MARK: SentenceCutter._read_mark,
    BREAK: SentenceCutter._read_break,
    TICKS: SentenceCutter._read_ticks,
    CODE: SentenceCutter._read_code,
    FENCE: SentenceCutter._read_fence,
    ROW: SentenceCutter._read_row,
}
