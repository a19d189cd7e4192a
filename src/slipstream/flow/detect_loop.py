"""Notices that a model repeats itself: a few words for ever, or a whole paragraph again and again.

Strategy: what loops with a period stands once more a period before. So every 64 characters the last 64 are looked up in
the bounded tail of the text, from the end; where they are found, one comparison tells whether the distance is a period
of enough text. Both are single calls into C, and ordinary text does not repeat 64 characters: a character costs the
same however long the text. The looks stand at fixed places, so a loop is found at the same character however it is cut.
"""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

from slipstream.errors import InvalidRequestError
from slipstream.events import Error, Event, Metadata, ReasoningDelta, RefusalDelta, TextDelta, ToolInputDelta
from slipstream.flow.arguments import one_of, whole
from slipstream.flow.stopping import Delta, StoppingStage, Watcher

OnLoop = Literal["stop", "error", "mark"]
ON_LOOP: Final[tuple[str, ...]] = get_args(OnLoop)

REPEATS: Final = 3
"""A paragraph may stand twice, as a quotation; three times on end it does not."""

MIN_LENGTH: Final = 400
"""Characters: laughter, unrolled code, a song's refrain are shorter, and a loop gets there within a few seconds."""

WINDOW: Final = 4096
"""Characters that are looked back on: three times a long paragraph."""

EVERY: Final = 64
"""Characters between two looks: some sixteen tokens."""

MAX_KEY: Final = 64
"""Characters that are looked up: enough to be rare, and the search is at its fastest."""

MAX_CANDIDATES: Final = 16
"""Distances tried at one look: tables and code repeat 64 characters without being a loop, and may do so often."""

RULE_FACTOR: Final = 4
"""What is mostly no letters must be so much longer: rules, table borders, indentation, rows of numbers are meant."""

_LETTER: Final = re.compile(r"[^\W\d_]")


class DetectLoop(StoppingStage):
    """The stage behind `detect_loop()`. Text, thinking, refusals and tool arguments are watched, each block by itself.

    Args:
        repeats: how often the same must stand there on end, at least 2.
        min_length: characters that all of it must have together.
        window: characters that are looked back on; a longer loop is not seen.
        on_loop: `stop` ends the answer with reason `other`, `error` fails the stream, `mark` tells it as `Metadata`.

    Raises:
        InvalidRequestError: an argument is wrong, or the window is too short for `repeats` and `min_length`.
    """

    def __init__(
        self,
        repeats: int = REPEATS,
        min_length: int = MIN_LENGTH,
        window: int = WINDOW,
        on_loop: OnLoop = "stop",
    ) -> None:
        times = whole("repeats", repeats, "repetitions", 2)
        least = whole("min_length", min_length, "characters", 2)
        if whole("window", window, "characters") < RULE_FACTOR * least:
            accepted = f"{RULE_FACTOR * least} or more, {RULE_FACTOR} times min_length"
            raise InvalidRequestError(f"window: {window} is too short; accepted: {accepted}")
        self._on_loop = one_of("on_loop", on_loop, ON_LOOP)
        cut = self._on_loop == "stop"
        kinds = (TextDelta, ReasoningDelta, RefusalDelta, ToolInputDelta)
        super().__init__(lambda: _Loop(times, least, window, cut=cut), kinds, "other", "loop", spares_calls=False)

    def enough(self, event: Delta, watcher: Watcher) -> list[Event]:
        """What follows the piece in which the loop was found."""
        if self._on_loop == "stop":
            return super().enough(event, watcher)
        if self._on_loop == "error":
            self._ended = True
            return [Error("the output repeats itself", kind="InvalidOutputError", code="loop")]
        watcher.over = False
        block = "" if isinstance(event, RefusalDelta) else event.id
        return [Metadata({"loop": {"kind": event.type, "block": block}}, choice=event.choice)]


class _Loop:
    """Watches one text.

    Args:
        repeats, min_length, window: see `DetectLoop`.
        cut: True if nothing may go on behind the place where the loop is found.
    """

    __slots__ = (
        "_cut", "_found", "_key", "_least", "_next", "_pieces", "_repeats", "_size", "_tail", "_window", "over",
    )  # fmt: skip
    held = ""

    def __init__(self, repeats: int, min_length: int, window: int, *, cut: bool) -> None:
        self._repeats = repeats
        self._least = min_length
        self._key = min(MAX_KEY, min_length - min_length // repeats)
        self._window = window
        self._cut = cut
        self._size = 0  # characters so far
        self._next = EVERY  # the size at which to look
        self._tail = ""
        self._pieces: list[str] = []  # what came since the last look
        self._found = False
        self.over = False

    def feed(self, text: str) -> str:
        """Take a piece; return it, up to the place where a loop is found."""
        self._size += len(text)
        self._pieces.append(text)
        return text if self._size < self._next or self._found else self._look(text)

    def release(self) -> str:
        """Nothing is ever held."""
        return ""

    def _look(self, text: str) -> str:
        seen = self._tail + "".join(self._pieces)
        self._pieces.clear()
        begin = self._size - len(seen)
        while self._next <= self._size:
            if self._loops(seen, self._next - begin):
                self._found = self.over = True
                self._tail = ""
                return text[: self._next - self._size + len(text)] if self._cut else text
            self._next += EVERY
        self._tail = seen if len(seen) < 2 * self._window else seen[-self._window :]
        return text

    def _loops(self, text: str, end: int) -> bool:
        """True if the text up to this place ends with enough of the same."""
        first = max(0, end - self._window)
        key = text[end - self._key : end]
        at = end - self._key
        for _ in range(MAX_CANDIDATES):
            at = text.rfind(key, first, at + self._key - 1)
            if at < 0:
                return False
            if self._is_period(text[first:end], end - self._key - at):
                return True
        return False

    def _is_period(self, tail: str, period: int) -> bool:
        if not _has_period(tail, period, max(self._least, self._repeats * period)):
            return False
        unit = tail[-period:]
        letters, marks = len(_LETTER.findall(unit)), len("".join(unit.split()))
        if 2 * letters >= max(marks, 1):
            return True
        return _has_period(tail, period, max(RULE_FACTOR * self._least, self._repeats * period))


def _has_period(tail: str, period: int, length: int) -> bool:
    """True if so many characters at the end repeat with this period."""
    size = len(tail)
    return length <= size and tail[size - length + period :] == tail[size - length : size - period]


def detect_loop(
    repeats: int = REPEATS, min_length: int = MIN_LENGTH, window: int = WINDOW, on_loop: OnLoop = "stop"
) -> DetectLoop:
    """A stage that notices when the model repeats itself; see `DetectLoop`."""
    return DetectLoop(repeats, min_length, window, on_loop)
