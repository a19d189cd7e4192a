"""Styled text: what stands between a tree of nodes and a line of the screen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from slipstream.sinks.terminal.layout import theme
from slipstream.sinks.terminal.layout.line import Line, Look
from slipstream.sinks.terminal.layout.measure import columns


class Style(NamedTuple):
    """How text looks.

    Attributes:
        sgr: parameters of SGR, such as `1;36`.
        link: a clean URL, or nothing.
    """

    sgr: str = ""
    link: str = ""

    def plus(self, sgr: str) -> Style:
        """The style with more parameters, which win over those it has."""
        return self if not sgr else Style(f"{self.sgr};{sgr}" if self.sgr else sgr, self.link)


PLAIN = Style()


class Span(NamedTuple):
    """Clean text in one style."""

    text: str
    style: Style = PLAIN


class Flat(NamedTuple):
    """Spans in a row.

    Attributes:
        text: the text of all.
        ends: where each ends in it.
        styles: the style of each.
    """

    text: str
    ends: list[int]
    styles: list[Style]

    def spans(self) -> list[Span]:
        """The spans again."""
        starts = [0, *self.ends]
        return [Span(self.text[a:b], style) for a, b, style in zip(starts, self.ends, self.styles, strict=False)]


NOTHING = Flat("", [], [])


def flatten(spans: Iterable[Span]) -> Flat:
    """Spans as one text; neighbours of one style are joined, empty ones left out."""
    parts: list[str] = []
    ends: list[int] = []
    styles: list[Style] = []
    size = 0
    for text, style in spans:
        if not text:
            continue
        parts.append(text)
        size += len(text)
        if styles and styles[-1] == style:
            ends[-1] = size
        else:
            ends.append(size)
            styles.append(style)
    return Flat("".join(parts), ends, styles)


def paint(text: str, style: Style, look: Look) -> str:
    """Text with its sequences, each of which ends behind it."""
    if not text:
        return ""
    if style.sgr and look.colour:
        text = f"\x1b[{style.sgr}m{text}\x1b[0m"
    if style.link and look.links:
        text = f"\x1b]8;;{style.link}\x1b\\{text}\x1b]8;;\x1b\\"
    return text


def render(flat: Flat, start: int, end: int, width: int, look: Look) -> Line:
    """A piece of the text as a line; `width` are its columns."""
    ends, styles = flat.ends, flat.styles
    at = bisect_right(ends, start)
    if at < len(ends) and ends[at] >= end:
        return Line(paint(flat.text[start:end], styles[at], look), width)
    parts = []
    while start < end:
        stop = min(ends[at], end)
        parts.append(paint(flat.text[start:stop], styles[at], look))
        start = stop
        at += 1
    return Line("".join(parts), width)


def rule(width: int, look: Look, label: str = "") -> Line:
    """A line over so many columns, with a label in it if that fits."""
    bar = "─" if look.unicode else "-"
    room = width - columns(label) - 4
    text = f"{bar * 2} {label} {bar * room}" if label and room >= 0 else bar * width
    return Line(paint(text, Style(theme.DIM), look), width)


def unchanged(old: Flat, new: Flat, spans: int) -> int:
    """How many characters at the beginning have the same text and style.

    Args:
        old: a text.
        new: what it became.
        spans: how many of the spans are known to be the same.
    """
    begun = new.ends[spans - 1] if spans else 0
    for a, b, left, right in zip(
        old.ends[spans:], new.ends[spans:], old.styles[spans:], new.styles[spans:], strict=False
    ):
        if left != right:
            break
        begun = min(a, b)
        if a != b:
            break
    same = len(old.text) if new.text.startswith(old.text) else common_prefix(old.text, new.text)
    return min(same, begun)


def common_prefix(left: str, right: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
