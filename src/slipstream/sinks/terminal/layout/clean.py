"""Model text made harmless for a terminal, and honest for the eye.

Strategy: a terminal obeys control characters, and a model (or a web page it quotes) can write them: to move the cursor,
hide text, change the title, or fill the clipboard. No sequence is parsed, because every terminal knows others; instead
no control character passes at all, but for line feeds. The rest of a sequence is then only text. Characters that are
shown as nothing, or that change the order in which others are shown, go too: what is seen is what was said.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Final

from slipstream.sinks.terminal.layout.measure import LETTERS, columns

TAB: Final = 4  # columns: code in answers is nested deeper than eight columns allow on a narrow screen

MAX_MARKS: Final = 8
"""Characters without a width of their own that may follow one another. Real text stacks up to four (Hebrew with
cantillation), the flag of England takes six; hundreds of them paint over the lines above and below."""

_REPLACEMENT: Final = 0xFFFD
_KEPT: Final = (0x09, 0x0A)  # a tab becomes spaces later
_C0: Final = {code: 0x2400 + code for code in range(0x20) if code not in _KEPT} | {0x7F: 0x2421}  # as their pictures
_C1: Final = dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT)  # among them CSI and OSC in one character
_OVERRIDES: Final = dict.fromkeys((0x202D, 0x202E), _REPLACEMENT)  # they show text in another order than it has
_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT)  # they cannot be written as UTF-8
_SPACES: Final = {0x2028: 0x20, 0x2029: 0x20}  # line ends that no terminal knows
_UNSEEN: Final[dict[int, None]] = dict.fromkeys(
    chain(
        (0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF),  # soft hyphen, marks of direction, zero-width spaces
        range(0x202A, 0x202D),  # embeddings
        range(0x2060, 0x2070),  # joiners, invisible operators, isolates
        range(0xFFF9, 0xFFFC),  # annotations
    )
)
_SIGNS: Final[dict[int, int | None]] = {**_C0, **_C1, **_OVERRIDES, **_SURROGATES, **_SPACES, **_UNSEEN}

_harmful: Final = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb]"
).search

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
    if _harmful(text):
        text = text.replace("\r\n", "\n").translate(_SIGNS)
    if _tag(text):
        text = _tags(r"\1", text)
    return _long_run.sub(_capped, text)


def _capped(found: re.Match[str]) -> str:
    marks = "".join(char for char in set(found[0]) if not columns(char))
    return re.sub(f"([{re.escape(marks)}]{{{MAX_MARKS}}})[{re.escape(marks)}]+", r"\1", found[0]) if marks else found[0]
