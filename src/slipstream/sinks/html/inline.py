"""The nodes of a leaf's content as HTML, as cmark writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from slipstream.sinks.html.options import REFUSED, Rules
from slipstream.sinks.html.safety import escape, href
from slipstream.sinks.markdown import tree
from slipstream.sinks.markdown.tree import Node


class Notes(Protocol):
    """What knows the footnotes' numbers."""

    def reference(self, label: str, linked: bool) -> str:
        """The HTML of one more reference to a footnote; without a link of its own where it stands in one."""
        ...


class Inline:
    """Renders nodes.

    Args:
        rules: what may stand on the page.
        notes: the footnotes.
        text: makes HTML of text that stands in no link.
    """

    def __init__(self, rules: Rules, notes: Notes, text: Callable[[str], str] = escape) -> None:
        self._rules = rules
        self._notes = notes
        self._running = text
        self._rel = f' rel="{rules.rel}"' if rules.rel else ""
        self._links = 0  # links around: HTML has none within another

    def html(self, node: Node) -> str:
        """One node."""
        return _WRITERS[type(node)](self, node)

    def all(self, nodes: tuple[Node, ...]) -> str:
        """Nodes in a row."""
        return "".join([_WRITERS[type(node)](self, node) for node in nodes])

    def _text(self, node: tree.Text) -> str:
        return escape(node.text) if self._links else self._running(node.text)

    def _raw(self, node: tree.RawHTML) -> str:
        """Never as HTML."""
        return escape(node.text)

    def _soft(self, _node: Node) -> str:
        return "\n"

    def _hard(self, _node: Node) -> str:
        return "<br />\n"

    def _code(self, node: tree.Code) -> str:
        return f"<code>{escape(node.text)}</code>"

    def _math(self, node: tree.Math) -> str:
        """As Pandoc writes it for KaTeX and MathJax, which look for the marks in the text."""
        if node.display:
            return f'<span class="math display">\\[{escape(node.text)}\\]</span>'
        return f'<span class="math inline">\\({escape(node.text)}\\)</span>'

    def _emphasis(self, node: tree.Emphasis) -> str:
        return f"<em>{self.all(node.children)}</em>"

    def _strong(self, node: tree.Strong) -> str:
        return f"<strong>{self.all(node.children)}</strong>"

    def _strike(self, node: tree.Strike) -> str:
        return f"<del>{self.all(node.children)}</del>"

    def _link(self, node: tree.Link) -> str:
        url = self._rules.link(node.url)
        if url == REFUSED or self._links:
            return self.all(node.children)
        self._links += 1
        inside = self.all(node.children)
        self._links -= 1
        return self._anchor(url, node.title, inside)

    def _anchor(self, url: str, title: str, inside: str) -> str:
        named = f' title="{escape(title)}"' if title else ""
        return f'<a href="{href(url)}"{named}{self._rel}>{inside}</a>'

    def _image(self, node: tree.Image) -> str:
        """The image; where it may not be loaded, a link to it, and within a link its description."""
        url = self._rules.image(node.url)
        said = escape(tree.plain(node.children))
        if url != REFUSED:
            named = f' title="{escape(node.title)}"' if node.title else ""
            return f'<img src="{href(url)}" alt="{said}"{named} />'
        url = self._rules.link(node.url)
        if url == REFUSED or self._links:
            return said
        return self._anchor(url, node.title, said or escape(node.url))

    def _note(self, node: tree.FootnoteRef) -> str:
        return self._notes.reference(node.label, bool(self._links))


_WRITERS: Final[dict[type[Node], Callable[[Inline, Any], str]]] = {
    tree.Text: Inline._text,
    tree.SoftBreak: Inline._soft,
    tree.HardBreak: Inline._hard,
    tree.Code: Inline._code,
    tree.Math: Inline._math,
    tree.RawHTML: Inline._raw,
    tree.FootnoteRef: Inline._note,
    tree.Emphasis: Inline._emphasis,
    tree.Strong: Inline._strong,
    tree.Strike: Inline._strike,
    tree.Link: Inline._link,
    tree.Image: Inline._image,
}
