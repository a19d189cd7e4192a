"""What a line of Markdown begins with, told as soon as the text allows: enough to know where speech pauses."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

MAX_INFO: Final = 100
"""Characters behind an opening fence that are looked at: a backtick in them makes it inline code (CommonMark 4.5).
Names of languages are shorter."""
MAX_CLOSING: Final = 80
"""Characters of a line that may be a closing fence, which is a few marks and white space."""

_HAN: Final = "[一二三四五六七八九十]{1,3}"
_block: Final = re.compile(
    rf"[-*+•‣◦▪●] |#{{1,6}} |\||\d{{1,3}}[.)](?!\d)(?=.)|(?:\d{{1,3}}|{_HAN})、|[(（](?:\d{{1,3}}|{_HAN})[)）]", re.S
).match
_fence: Final = re.compile(r"(?P<marks>`{3,64}|~{3,64})").match
_perhaps: Final = re.compile(
    rf"(?:[-*+•‣◦▪●]|#{{1,6}}|\d{{1,3}}[.)]?|{_HAN}|[(（](?:\d{{0,3}}|{_HAN})|`{{1,64}}|~{{1,64}})?\Z"
).match
_closing: Final = re.compile(r"[ \t\u3000]*(?P<marks>`{3,}|~{3,})\s*").fullmatch


class LineStart(Struct, frozen=True):
    """What a line begins with.

    Args:
        kind: `fence`; `block` for a list item or a heading, `row` for one of a table, all of which end with their line;
            `text` for the rest.
        end: where the text behind the marker begins.
        marks: of the fence.
    """

    kind: str
    end: int
    marks: str = ""


def line_start(text: str, at: int, final: bool) -> LineStart | None:
    """What the line begins with whose first character behind white space is at `at`.

    Args:
        text: what is known.
        at: an index into it; it may be its length.
        final: True if no more text will come.

    Returns:
        What it is, or None if it takes more text to say.
    """
    if not final and _perhaps(text, at) is not None:
        return None
    fence = _fence(text, at)
    if fence is not None:
        return _read_fence(text, fence, final)
    block = _block(text, at)
    if block is None:
        return LineStart("text", at)
    return LineStart("row" if block[0] == "|" else "block", block.end())


def _read_fence(text: str, fence: re.Match[str], final: bool) -> LineStart | None:
    """A fence, unless there is a backtick in its line: then it is code within a line."""
    begin = fence.end()
    info = text[begin : begin + MAX_INFO]
    end = info.find("\n")
    if end < 0 and len(info) < MAX_INFO and not final and not _in_line(fence, info):
        return None
    if _in_line(fence, info if end < 0 else info[:end]):
        return LineStart("text", fence.start())
    return LineStart("fence", begin, fence["marks"])


def _in_line(fence: re.Match[str], info: str) -> bool:
    return fence["marks"][0] == "`" and "`" in info


def closes(line: str, marks: str) -> bool:
    """Whether a line of code closes the fence that these marks opened; of a long one the beginning will do."""
    found = None if len(line) > MAX_CLOSING else _closing(line)
    return found is not None and found["marks"].startswith(marks)
