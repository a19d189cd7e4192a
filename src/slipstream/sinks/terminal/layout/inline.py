"""Inline content as styled text.

Strategy: models write a footnote below the text that refers to it, and a screen cannot wait for that: what reads like a
reference is shown as one at once. A label that is no number must stand right behind what it belongs to, and must be no
range, so that `[^a-z]` of a pattern keeps its mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from slipstream.sinks.markdown import tree as nodes
from slipstream.sinks.markdown.links import normalise
from slipstream.sinks.terminal.layout import theme, urls
from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.line import Look
from slipstream.sinks.terminal.layout.spans import PLAIN, Flat, Style
from slipstream.sinks.terminal.layout.tex import readable
from slipstream.sinks.terminal.layout.wrap import unspaced

_break: Final = re.compile(r"<br\s*/?>", re.IGNORECASE).fullmatch
_references: Final = re.compile(r"\[\^(\d{1,9}|(?<!\s\[\^)(?!\w-\w\])[\w-]{1,99})\]").finditer


def flat(content: Sequence[nodes.Node], look: Look, style: Style = PLAIN) -> Flat:
    """Inline content as one styled text; hard breaks are line feeds.

    Args:
        content: the nodes.
        look: what the terminal can do.
        style: what all of it has.
    """
    return Content(look, style).read(content)[0]


class Content:
    """The inline content of a leaf that grows: what stayed the same node is not written again."""

    def __init__(self, look: Look, style: Style = PLAIN) -> None:
        self._look, self._style = look, style
        self._nodes: Sequence[nodes.Node] = ()
        self._marks: list[tuple[int, int, Style | None]] = []  # before each node: spans, their characters, `_soft`
        self._done = ""
        self._parts: list[str] = []  # of the text, not yet in it
        self._size = 0  # characters of both
        self._ends: list[int] = []
        self._styles: list[Style] = []
        self._soft: Style | None = None  # of a line end of the source that stands here

    def read(self, content: Sequence[nodes.Node]) -> tuple[Flat, int]:
        """Content as one styled text, and how many spans of it are those of before."""
        kept = self._same(content)
        if kept < len(self._marks):
            spans, self._size, self._soft = self._marks[kept]
            del self._marks[kept:], self._ends[spans:], self._styles[spans:]
            self._done = self._done[: self._size]
        spans = len(self._ends)
        for node in content[kept:]:
            self._marks.append((len(self._ends), self._size, self._soft))
            self._all((node,), self._style)
        self._nodes = content
        self._done += "".join(self._parts)
        self._parts.clear()
        return Flat(self._done, self._ends[:], self._styles[:]), spans

    def _same(self, content: Sequence[nodes.Node]) -> int:
        """How many nodes are the same as before."""
        count = 0
        for old, new in zip(self._nodes, content, strict=False):
            if old is not new:
                break
            count += 1
        return count

    def _all(self, content: Sequence[nodes.Node], style: Style) -> None:
        for node in content:
            _WRITERS[type(node)](self, node, style)

    def _put(self, text: str, style: Style) -> None:
        """Text of the model."""
        text = clean(text)
        self._add(text.replace("\n", " ") if "\n" in text else text, style)

    def _add(self, text: str, style: Style) -> None:
        """Clean text. A line end of the source is a blank, but not between Chinese or Japanese characters."""
        if not text:
            return
        if self._soft is not None:
            soft, self._soft = self._soft, None
            last = self._parts[-1][-1:] if self._parts else self._done[-1:]
            if last and not unspaced(last, text[0]):
                self._add(" ", soft)
        self._parts.append(text)
        self._size += len(text)
        self._ends.append(self._size)
        self._styles.append(style)

    def _text(self, node: nodes.Text, style: Style) -> None:
        at = 0
        if "[^" in node.text:
            for found in _references(node.text):
                self._put(node.text[at : found.start()], style)
                self._reference(normalise(found[1]), style)
                at = found.end()
        self._put(node.text[at:], style)

    def _reference(self, label: str, style: Style) -> None:
        self._put(f"[{label}]", style.plus(theme.CYAN))

    def _soft_break(self, node: nodes.SoftBreak, style: Style) -> None:  # noqa: ARG002
        self._soft = style

    def _hard_break(self, node: nodes.HardBreak, style: Style) -> None:  # noqa: ARG002
        self._soft = None
        self._add("\n", PLAIN)

    def _code(self, node: nodes.Code, style: Style) -> None:
        mark = "" if self._look.colour else "`"
        self._put(f"{mark}{node.text}{mark}", style.plus(theme.CODE_SPAN))

    def _math(self, node: nodes.Math, style: Style) -> None:
        text = readable(node.text.strip()) if self._look.unicode else node.text.strip()
        self._put(text, style.plus(theme.MATH))

    def _html(self, node: nodes.RawHTML, style: Style) -> None:
        if _break(node.text):  # what models write within the cells of a table
            self._hard_break(nodes.HardBreak(), style)
        else:
            self._put(node.text, style.plus(theme.DIM))

    def _note(self, node: nodes.FootnoteRef, style: Style) -> None:
        self._reference(node.label, style)

    def _emphasis(self, node: nodes.Emphasis, style: Style) -> None:
        self._all(node.children, style.plus(theme.ITALIC))

    def _strong(self, node: nodes.Strong, style: Style) -> None:
        self._all(node.children, style.plus(theme.BOLD))

    def _strike(self, node: nodes.Strike, style: Style) -> None:
        mark = "" if self._look.colour else "~~"  # without it the text would say the opposite
        self._add(mark, style)
        self._all(node.children, style.plus(theme.STRIKE))
        self._add(mark, style)

    def _cell(self, node: nodes.Cell, style: Style) -> None:
        self._all(node.children, style)

    def _link(self, node: nodes.Link, style: Style) -> None:
        target, text = urls.link_target(node.url), nodes.plain(node.children)
        inside = style.plus(theme.UNDERLINE)._replace(link=target) if target else style
        if text.strip() or any(isinstance(child, nodes.Image) for child in node.children):
            self._all(node.children, inside)
        else:
            text = node.url
            self._put(urls.shown_url(text), inside)
        if urls.same(text, node.url) or not node.url:
            return
        if not (target and self._look.links) or urls.disguised(text, node.url):
            self._put(f" ({urls.shown_url(node.url)})", style.plus(theme.DIM))

    def _image(self, node: nodes.Image, style: Style) -> None:
        target = urls.link_target(node.url)
        about = nodes.plain(node.children) or node.title
        inside = style._replace(link=target) if target and not style.link else style
        self._put(f"🖼 {about}" if self._look.unicode else f"[image] {about}".rstrip(), inside)
        place = urls.place_of(node.url) if self._look.links else urls.shown_url(node.url)
        if place:
            self._put(f" ({place})", style.plus(theme.DIM))


_WRITERS: Final[dict[type[nodes.Node], Callable[[Content, Any, Style], None]]] = {
    nodes.Text: Content._text,
    nodes.SoftBreak: Content._soft_break,
    nodes.HardBreak: Content._hard_break,
    nodes.Code: Content._code,
    nodes.Math: Content._math,
    nodes.RawHTML: Content._html,
    nodes.FootnoteRef: Content._note,
    nodes.Emphasis: Content._emphasis,
    nodes.Strong: Content._strong,
    nodes.Strike: Content._strike,
    nodes.Link: Content._link,
    nodes.Image: Content._image,
    nodes.Cell: Content._cell,
}
