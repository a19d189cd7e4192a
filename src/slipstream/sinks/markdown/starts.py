"""How a line begins a block (CommonMark 4, 5; GFM; math and footnotes)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from slipstream.sinks.markdown import raw_html
from slipstream.sinks.markdown.containers import (
    BREAK,
    CODE,
    HEADING,
    HTML,
    ITEM,
    MATH,
    NOTE,
    QUOTE,
    UNDECIDED,
    Block,
    Cursor,
    take_quote,
)
from slipstream.sinks.markdown.entities import unescape
from slipstream.sinks.markdown.links import normalise
from slipstream.sinks.markdown.options import Options
from slipstream.sinks.markdown.scan import MAX_HIDDEN

Start = Block | str | None  # a block, UNDECIDED, or none

_atx: Final = re.compile(r"(#{1,6})(?:[ \t]|$)").match
_fence: Final = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})(.*)", re.DOTALL).match
_words: Final = re.compile(r"[ \t\n\v\f\r]").split
_break: Final = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$").match
_half_break: Final = re.compile(r"(?:[*][* \t]*|[-][- \t]*|[_][_ \t]*)$").match
_setext: Final = re.compile(r"(=+|-+)[ \t]*$").match
_marker: Final = re.compile(r"(?:([*+-])|([0-9]{1,9})([.)]))(?=[ \t]|$)").match
_half_marker: Final = re.compile(r"(?:[*+-]|[0-9]{1,9}[.)]?)[ \t]*$").match
_tex_brackets: Final = re.compile(r"\\?\]|\[").findall
_note: Final = re.compile(r"\[\^([^\] \t]{1,200})\]:").match
_half_note: Final = re.compile(r"\[(?:\^[^\] \t]{0,200}(?:\]:?)?)?$").match
half_task: Final = re.compile(r"\[(?:[ xX](?:\](?:[ \t]*)?)?)?$").match
task: Final = re.compile(r"\[([ xX])\](?=[ \t])[ \t]+").match


class Here:
    """What a start may look at.

    Args:
        cursor: at the line's place.
        complete: whether the line is.
        in_paragraph: whether a paragraph goes on here unless something else starts.
        options: the extensions.
    """

    __slots__ = ("complete", "cursor", "in_paragraph", "options")

    def __init__(self, cursor: Cursor, complete: bool, in_paragraph: bool, options: Options) -> None:
        self.cursor, self.complete, self.in_paragraph, self.options = cursor, complete, in_paragraph, options


def _quote(here: Here) -> Start:
    take_quote(here.cursor)
    return Block(QUOTE)


def _heading(here: Here) -> Start:
    words = here.cursor.words
    if not here.complete and words.strip("#") == "" and len(words) < 7:
        return UNDECIDED
    found = _atx(words)
    if found is None:
        return None
    here.cursor.take_white()
    here.cursor.take(found.end(1))
    return Block(HEADING, level=found.end(1))


def _fenced(here: Here) -> Start:
    words = here.cursor.words
    found = _fence(words)
    if not here.complete and (found or words.strip(words[0]) == ""):
        return UNDECIDED  # the info is not over, and in a fence of backticks it holds none
    if found is None:
        return None
    info = unescape(found[2].strip(" \t"))
    block = Block(CODE, info=info, language=_words(info)[0], fenced=True)
    block.fence, block.indent = found[1], here.cursor.indent
    return block


def _html(here: Here) -> Start:
    words = here.cursor.words
    if not here.complete and raw_html.undecided(words, here.in_paragraph):
        return UNDECIDED
    end = raw_html.block_end(words, here.in_paragraph)
    if end is None:
        return None
    block = Block(HTML)
    block.end = end
    return block


def _thematic(here: Here) -> Start:
    words = here.cursor.words
    if not here.complete and _half_break(words):
        return UNDECIDED
    return Block(BREAK) if _break(words) else None


def _item(here: Here) -> Start:
    """A list's item; where it stands in a paragraph it must not be empty, and be number 1 (CommonMark 5.2)."""
    cursor = here.cursor
    words = cursor.words
    if not here.complete and _half_marker(words):
        return UNDECIDED
    found = _marker(words)
    if found is None:
        return None
    if here.in_paragraph and (not words[found.end() :].strip(" \t") or (found[2] and int(found[2]) != 1)):
        return None
    return _take_item(cursor, found)


def _take_item(cursor: Cursor, found: re.Match[str]) -> Block:
    before = cursor.indent
    cursor.take_white()
    cursor.take(found.end())
    block = Block(ITEM)
    block.key = found[1] or found[3]
    block.attrs = {"ordered": not found[1], "start": int(found[2] or 0)}
    padding = cursor.indent if 1 <= cursor.indent <= 4 and not cursor.blank else 1
    block.indent = before + found.end() + padding
    if cursor.blank:
        cursor.take_white()
    else:
        cursor.take(padding)
    return block


def _math(here: Here) -> Start:
    if not here.options.math:
        return None
    words, cursor = here.cursor.words, here.cursor
    if not here.complete and words in ("$", "\\"):
        return UNDECIDED
    opens = words[:2] == "$$" or (words[:2] == "\\[" and _opens_tex(words, here.complete))
    if opens is not True:
        return opens or None
    cursor.take_white()
    cursor.take(2)
    block = Block(MATH, display=True)
    block.end = "$$" if words[0] == "$" else "\\]"
    return block


def _opens_tex(words: str, complete: bool) -> bool | str:
    """Whether `\\[` begins math: not if a bare `]` closes it and no `\\]` follows; then it is CommonMark's escape.

    What stands further than `MAX_HIDDEN` in the line does not count: a long line would wait for its end.
    """
    depth, closed = 1, False
    for mark in _tex_brackets(words[2:MAX_HIDDEN]):
        if mark == "\\]":
            return True
        depth += 1 if mark == "[" else -1
        closed |= depth == 0
    return not closed if complete or len(words) >= MAX_HIDDEN else UNDECIDED


def _footnote(here: Here) -> Start:
    words, cursor = here.cursor.words, here.cursor
    if not here.options.footnotes:
        return None
    if not here.complete and _half_note(words):
        return UNDECIDED
    found = _note(words)
    if found is None:
        return None
    cursor.take_white()
    cursor.take(found.end())
    cursor.take_white()
    return Block(NOTE, label=normalise(found[1]))


# By the first character, in the order of precedence.
STARTS: Final[dict[str, tuple[Callable[[Here], Start], ...]]] = {
    ">": (_quote,),
    "#": (_heading,),
    "`": (_fenced,),
    "~": (_fenced,),
    "<": (_html,),
    "*": (_thematic, _item),
    "-": (_thematic, _item),
    "_": (_thematic,),
    "+": (_item,),
    "$": (_math,),
    "\\": (_math,),
    "[": (_footnote,),
    **dict.fromkeys("0123456789", (_item,)),
}


def underline(words: str) -> int:
    """The level of the heading that a line makes of the paragraph above it; 0 for none."""
    found = _setext(words)
    return 0 if found is None else 1 if found[1][0] == "=" else 2


def half_underline(words: str) -> bool:
    """Whether more of the line may still make it an underline."""
    return _setext(words) is not None


def task_mark(words: str) -> re.Match[str] | None:
    """The box that an item's text begins with (GFM 5.3)."""
    return task(words)
