"""Model text made harmless for a terminal, and honest for the eye.

Strategy: what no terminal gets at all is `signs`' matter. Here is what an exact picture of the text needs besides: tabs
are blanks, whose number depends on the column; characters without a width of their own neither hide nor pile up.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.signs import harmless
from slipstream.sinks.terminal.layout.measure import LETTERS, columns

TAB: Final = 4  # columns: code in answers is nested deeper than eight columns allow on a narrow screen

MAX_MARKS: Final = 8
"""Characters without a width of their own that may follow one another. Real text stacks up to four (Hebrew with
cantillation), the flag of England takes six; hundreds of them paint over the lines above and below."""

# Tag characters are seen by nobody but can be read by the next model, so they stay only where they make a flag.
_TAGS: Final = "[\U000e0000-\U000e007f]"
_tag: Final = re.compile(_TAGS).search
_tags: Final = re.compile(f"(\U0001f3f4{_TAGS}{{1,6}}\U000e007f)|{_TAGS}+").sub

_long_run: Final = re.compile(f"[^{LETTERS}]{{{MAX_MARKS + 1},}}")  # may hold too many marks; nearly no text has one


def clean(text: str, column: int = 0) -> str:
    """Text as it may be written to a terminal.

    Control characters are shown by their pictures or as U+FFFD, but for the line feed; tabs become spaces; characters
    that reorder or hide text are shown as U+FFFD or left out; runs of combining marks are cut to `MAX_MARKS`; a half
    surrogate is U+FFFD.

    Args:
        text: any text.
        column: in which its first line begins, for the stops of its tabs.
    """
    if "\t" not in text:
        return _harmless(text)
    if text.isascii() and "\r" not in text:  # where characters are columns
        before = column % TAB
        return _harmless((" " * before + text).expandtabs(TAB)[before:])
    first, *lines = _harmless(text).split("\n")
    return "\n".join([_stopped(first, column), *(_stopped(line) for line in lines)])


def _stopped(line: str, at: int = 0) -> str:
    """A clean line whose tabs are blanks up to the next stop; columns count, not characters."""
    *pieces, last = line.split("\t")
    parts = []
    for piece in pieces:
        at += columns(piece)
        blanks = TAB - at % TAB
        parts.append(piece + " " * blanks)
        at += blanks
    return "".join([*parts, last])


def _harmless(text: str) -> str:
    """Text that is clean but for its tabs."""
    if text.isascii() and text.isprintable():
        return text
    text = harmless(text)
    if _tag(text):
        text = _tags(r"\1", text)
    return _long_run.sub(_capped, text)


def _capped(found: re.Match[str]) -> str:
    marks = "".join(char for char in set(found[0]) if not columns(char))
    return re.sub(f"([{re.escape(marks)}]{{{MAX_MARKS}}})[{re.escape(marks)}]+", r"\1", found[0]) if marks else found[0]
