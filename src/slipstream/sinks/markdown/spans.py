"""What the marks within a line are: escapes, code, math, delimiters, HTML, autolinks.

Each reader takes the place of its character, adds tokens, and returns where to go on.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from slipstream.sinks.markdown import autolinks, raw_html
from slipstream.sinks.markdown.delimiters import Run
from slipstream.sinks.markdown.entities import decode_entity, entity, half_entity
from slipstream.sinks.markdown.scan import Scan
from slipstream.sinks.markdown.tree import Code, HardBreak, Link, Math, RawHTML, SoftBreak, Text

MAX_DOLLARS: Final = (
    1000  # characters in `$ $`: a price's dollar must not keep a whole paragraph waiting for another one
)

_ticks: Final = re.compile(r"`+")
_run: Final = {char: re.compile(re.escape(char) + "+").match for char in "*_~"}
_blank: Final = re.compile(r"[ \t]*").match
_dollar: Final = re.compile(r"(?<!\\)\$").search
_ESCAPABLE: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TEX_ENDS: Final = {"(": "\\)", "[": "\\]"}


def backslash(scan: Scan, at: int) -> int:
    """An escape, a hard line break, or TeX."""
    char = scan.text[at + 1 : at + 2]
    if char == "\n":
        scan.tokens.append(HardBreak())
        return _skip_blank(scan.text, at + 2)
    tex = char in _TEX_ENDS and scan.options.math
    if tex and (end := _tex(scan, at, _TEX_ENDS[char], char == "[")):
        return end
    if char and char in _ESCAPABLE:
        scan.tokens.append(char)
        scan.unsettled |= tex
        return at + 2
    return scan.literal(at)


def _tex(scan: Scan, at: int, end: str, display: bool) -> int:
    """Math from a place to its end; 0 if it has none."""
    stop = scan.find(end, at + 2)
    if stop < 0:
        return 0
    scan.tokens.append(Math(scan.text[at + 2 : stop], display))
    return stop + 2


def dollar(scan: Scan, at: int) -> int:
    """`$x$` as Pandoc has it, so that prices stay prices: no blank inside the marks, no digit behind them."""
    text = scan.text
    if not scan.options.math:
        return scan.literal(at)
    if text.startswith("$$", at):
        return _tex(scan, at, "$$", True) or scan.unsure(at, 2)
    if text[at + 1 : at + 2].isspace():
        return scan.literal(at)
    found = _dollar(text, at + 1, at + MAX_DOLLARS)
    if found is None:
        return scan.unsure(at) if len(text) - at < MAX_DOLLARS else scan.literal(at)
    stop = found.start()
    inside = text[at + 1 : stop]
    if not inside or inside[-1].isspace() or text[stop + 1 : stop + 2].isdigit():
        return scan.literal(at)
    scan.tokens.append(Math(inside))
    return stop + 1


def backtick(scan: Scan, at: int) -> int:
    """A code span; one that is still open ends, for now, at the text's end."""
    text = scan.text
    found = _ticks.match(text, at)
    start = found.end() if found else at
    stop = _code_end(scan, start - at, start)
    if stop < 0 and not scan.open:
        return scan.literal(at, start - at)
    scan.in_code = stop < 0
    end = stop if stop >= 0 else len(text)
    scan.tokens.append(Code(_code_text(text[start:end])))
    return end + (start - at if stop >= 0 else 0)


def _code_end(scan: Scan, size: int, at: int) -> int:
    """Where the next run of so many backticks begins, or -1."""
    if scan.code_ends is None:
        scan.code_ends = {}
        for found in _ticks.finditer(scan.text):
            scan.code_ends.setdefault(len(found[0]), []).append(found.start())
    places = scan.code_ends.get(size, [])
    index = bisect_left(places, at)
    return places[index] if index < len(places) else -1


def _code_text(text: str) -> str:
    """A code span's text: line ends are spaces, one space at both ends goes (CommonMark 6.1)."""
    text = text.replace("\n", " ")
    return text[1:-1] if text[:1] == text[-1:] == " " and text.strip(" ") else text


def delimiter(scan: Scan, at: int) -> int:
    """A run of `*`, `_` or `~`."""
    text = scan.text
    char = text[at]
    end = at + 1
    if text[end : at + 2] == char and (found := _run[char](text, at)):
        end = found.end()
    if char == "~" and (not scan.options.strikethrough or end - at > 2):
        return scan.literal(at, end - at)
    first, last = at, end
    if scan.options.strikethrough:  # tildes next to a run are not looked at (as in cmark-gfm)
        while first and text[first - 1] == "~":
            first -= 1
        while text[last : last + 1] == "~":
            last += 1
    run = Run(char, end - at, scan.two_before(first), text[last : last + 1] or "\n", scan.options.cjk)
    scan.tokens.append(run)
    if run.can_open or run.can_close:
        scan.runs.waiting.append(run)
    return end


def line_end(scan: Scan, at: int) -> int:
    """A line end: soft, or hard with two spaces before it."""
    tokens = scan.tokens
    before = tokens[-1] if tokens else ""
    hard = False
    if isinstance(before, str):
        hard = before.endswith("  ")
        tokens[-1:] = [before.rstrip(" \t")]
    tokens.append(HardBreak() if hard else SoftBreak())
    return _skip_blank(scan.text, at + 1)


def _skip_blank(text: str, at: int) -> int:
    found = _blank(text, at)
    return found.end() if found else at


def ampersand(scan: Scan, at: int) -> int:
    """An entity."""
    found = entity(scan.text, at)
    if found is None:
        half = scan.hides and half_entity(scan.whole, at)
        return (scan.hide(at) if half else 0) or scan.literal(at)
    scan.tokens.append(decode_entity(found[0]))
    return found.end()


def angle(scan: Scan, at: int) -> int:
    """An autolink or raw HTML."""
    text = scan.text
    if found := autolinks.angle_url(text, at):
        scan.tokens.append(Link((Text(found[1]),), found[1]))
    elif found := autolinks.angle_mail(text, at):
        scan.tokens.append(Link((Text(found[1]),), f"mailto:{found[1]}"))
    elif found := raw_html.tag(text, at):
        scan.tokens.append(RawHTML(found[0]))
    else:
        return _other_html(scan, at)
    return found.end()


def _other_html(scan: Scan, at: int) -> int:
    """A comment, an instruction, a declaration or CDATA; else text."""
    text = scan.text
    for start, end in raw_html.ENDS:
        if not text.startswith(start, at) or (start == "<!" and not raw_html.is_letter(text[at + 2 : at + 3])):
            continue
        stop = scan.find(end, at + (2 if start == "<!--" else len(start)))
        if stop >= 0:
            scan.tokens.append(RawHTML(text[at : stop + len(end)]))
            return stop + len(end)
        return scan.hide(at) or scan.unsure(at)
    if scan.open and raw_html.half(scan.whole, at):
        return scan.hide(at) or scan.unsure(at)
    return scan.literal(at)


def bare_url(scan: Scan, at: int) -> int:
    """A bare `www.` or `http://` (GFM 6.9)."""
    text = scan.text
    found = None
    if not scan.brackets and autolinks.may_follow(scan.char_before(at), text[at] in "wW"):
        if scan.urls is None:
            scan.urls = autolinks.BareURLs(text, scan.options.cjk)
        found = scan.urls.at(at)
    if found is None:
        return scan.literal(at)
    url, end = found
    scan.tokens.append(Link((Text(text[at:end]),), url))
    return end
