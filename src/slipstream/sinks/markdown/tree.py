"""The nodes of a leaf's inline content: small, frozen, compared by value."""

from __future__ import annotations

import msgspec


class Node(msgspec.Struct, frozen=True, gc=False, tag_field="type"):
    """A piece of inline content."""


class Text(Node, frozen=True, gc=False, tag="text"):
    """Plain characters, entities and escapes already resolved."""

    text: str


class SoftBreak(Node, frozen=True, gc=False, tag="soft-break"):
    """A line end within a paragraph."""


class HardBreak(Node, frozen=True, gc=False, tag="hard-break"):
    """A line end that was asked for: two spaces or a backslash before it."""


class Code(Node, frozen=True, gc=False, tag="code"):
    """A code span."""

    text: str


class Math(Node, frozen=True, gc=False, tag="math"):
    """TeX within a line; `display` for `$$ $$` and `\\[ \\]`."""

    text: str
    display: bool = False


class RawHTML(Node, frozen=True, gc=False, tag="html"):
    """A tag, comment or the like, as it was written. A sink that shows it as HTML trusts the model."""

    text: str


class FootnoteRef(Node, frozen=True, gc=False, tag="footnote-ref"):
    """A reference to the footnote of that (normalised) label."""

    label: str


class Parent(Node, frozen=True, gc=False):
    """A node with content."""

    children: tuple[Node, ...]


class Emphasis(Parent, frozen=True, gc=False, tag="emphasis"):
    """`*so*`."""


class Strong(Parent, frozen=True, gc=False, tag="strong"):
    """`**so**`."""


class Strike(Parent, frozen=True, gc=False, tag="strike"):
    """`~~so~~`."""


class Link(Parent, frozen=True, gc=False, tag="link"):
    """A link; the URL is as written, escapes resolved, not percent-encoded and not checked."""

    url: str
    title: str = ""


class Image(Parent, frozen=True, gc=False, tag="image"):
    """An image; the children are its description."""

    url: str
    title: str = ""


class Cell(Parent, frozen=True, gc=False, tag="cell"):
    """A cell of a table's row."""


def plain(nodes: tuple[Node, ...]) -> str:
    """The characters of the nodes without any markup: an image's description, a heading's name."""
    return "".join(_plain(node) for node in nodes)


def _plain(node: Node) -> str:
    if isinstance(node, Parent):
        return plain(node.children)
    if isinstance(node, (SoftBreak, HardBreak)):
        return " "
    return node.text if isinstance(node, (Text, Code, Math)) else ""
