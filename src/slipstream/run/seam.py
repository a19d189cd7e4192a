"""The seam between a broken answer and its continuation: what the second repeats of the first is cut off.

Strategy: a model that honours a prefill goes on exactly where it was told, and must lose nothing. So only what cannot
be meant is cut: white space that was shown but not sent (providers refuse a prefill that ends in it), an echo of the
whole text, and the longest overlap of at least `MIN_OVERLAP` characters that neither stands earlier in the text nor
repeats itself, as a table's ruler does. Where the text had come to the end of a sentence or a line, what follows may be
a refrain: there only a repetition of `MIN_REFRAIN` characters is cut. While the continuation may still turn out to be
such an overlap it is held, and no longer.
"""

from __future__ import annotations

from typing import Final

MIN_OVERLAP: Final = 24
"""Characters from which an overlap is no chance: four to six words, which nobody writes twice in a row."""

MIN_REFRAIN: Final = 400
"""Characters from which it is no refrain either: longer than a verse, and than what a model says twice in a row."""

_ENDS: Final = frozenset(".!?…。！？；;:：\n")
_DRESS: Final = " \t\"'”’»」』）)*_`"

WINDOW: Final = 2048
"""Characters from the end of the text in which an overlap is looked for: a few paragraphs."""


class Seam:
    """Takes the continuation in pieces; gives what is new.

    Args:
        shown: the text that was shown.
        sent: the beginning of it that the provider was given to continue.
    """

    __slots__ = ("_held", "_least", "_open", "_rest", "_tail", "_whole")

    def __init__(self, shown: str, sent: str) -> None:
        self._rest = shown[len(sent) :]
        self._tail = shown[-WINDOW:]
        self._least = MIN_REFRAIN if _ends_something(shown) else MIN_OVERLAP
        self._whole = shown if len(shown) >= self._least and not _repeats_itself(shown) else ""
        self._held = ""
        self._open = True

    def feed(self, text: str) -> str:
        """Take a piece; return what is new in it, and in what was held."""
        if not self._open:
            return text
        self._held += text
        if self._rest:
            if len(self._held) < len(self._rest) and self._rest.startswith(self._held):
                return ""
            self._held = self._held[_common(self._held, self._rest) :]
            self._rest = ""
        return "" if self._undecided() else self.end()

    def end(self) -> str:
        """No more will come: return what is new in what was held."""
        held, self._held = self._held, ""
        self._open = False
        return held[self._overlap(held) :]

    def _undecided(self) -> bool:
        """True while more text may make what is held an overlap, or a longer one."""
        held = self._held
        if not held:
            return True
        if len(held) < len(self._whole) and self._whole.startswith(held):
            return True
        at = self._tail.find(held)
        while at >= 0:
            if at + len(held) < len(self._tail) and len(self._tail) - at >= self._least:
                return True
            at = self._tail.find(held, at + 1)
        return False

    def _overlap(self, held: str) -> int:
        """How many characters of the continuation repeat the end of the text."""
        if self._whole and held.startswith(self._whole):
            return len(self._whole)
        for size in range(min(len(held), len(self._tail)), self._least - 1, -1):
            if self._tail.endswith(held[:size]):
                return size if self._is_no_chance(held[:size]) else 0
        return 0

    def _is_no_chance(self, overlap: str) -> bool:
        stands_earlier = self._tail.find(overlap) < len(self._tail) - len(overlap)
        return not stands_earlier and not _repeats_itself(overlap)


def _ends_something(text: str) -> bool:
    """True if the text stands at the end of a sentence or a line."""
    return text.endswith("\n") or text.rstrip(_DRESS)[-1:] in _ENDS


def _common(first: str, second: str) -> int:
    """The length of the common beginning."""
    size = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        size += 1
    return size


def _repeats_itself(text: str) -> bool:
    """True if the text is a shorter one again and again: its longest border covers at least half of it (KMP)."""
    border = [0] * len(text)
    size = 0
    for at in range(1, len(text)):
        while size and text[at] != text[size]:
            size = border[size - 1]
        size += text[at] == text[size]
        border[at] = size
    return 2 * size >= len(text)
