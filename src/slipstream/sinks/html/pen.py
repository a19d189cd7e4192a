"""Where the next characters of an open leaf go, when they go into emphasis, code or a cell that is still open.

Strategy: the last element of the leaf gets a number too, so that `**bold` grows by `append` like any other text, and is
not replaced with every character. Only an element that holds nothing but text gets one: its start tag is then the last
of its name.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from slipstream.sinks.markdown.tree import Cell, Code, Emphasis, Node, Parent, Strike, Strong, Text

_TAGS: Final[dict[type[Node], str]] = {Strong: "strong", Emphasis: "em", Strike: "del", Code: "code", Cell: "td"}


class Pen(NamedTuple):
    """A place in the HTML of a node.

    Args:
        block: the number of the element that it is in.
        tag: where the name of the element's start tag ends.
        end: how many characters of end tags stand behind it.
    """

    block: int
    tag: int
    end: int

    def marked(self, html: str) -> str:
        """The node's HTML with the number."""
        return f'{html[: self.tag]} data-block="{self.block}"{html[self.tag :]}'

    def grown(self, html: str, more: str) -> str:
        """The node's HTML with more in that place."""
        return f"{html[: -self.end]}{more}{html[-self.end :]}"


def find(node: Node, html: str, block: int) -> Pen | None:
    """The place in this node, if there is one."""
    end = 0
    while (name := _TAGS.get(type(node))) is not None:
        end += len(name) + 3 + (type(node) is Cell)  # a cell's end tag ends its line
        if not isinstance(node, Parent) or [type(child) for child in node.children] == [Text]:
            start = max(html.rfind(f"<{name}"), html.rfind("<th") if name == "td" else -1)
            return Pen(block, start + 1 + len(name), end)
        if not node.children:
            return None
        node = node.children[-1]
    return None


def growth(old: Node, new: Node) -> str | None:
    """What comes to the end of the last text in a node, however deep, if nothing else changed."""
    while type(old) is type(new):
        if isinstance(old, (Text, Code)) and isinstance(new, (Text, Code)):
            return new.text[len(old.text) :] if new.text.startswith(old.text) else None
        if not isinstance(old, Parent) or not isinstance(new, Parent) or len(old.children) != len(new.children):
            return None
        if not old.children or old.children[:-1] != new.children[:-1]:
            return None
        old, new = old.children[-1], new.children[-1]
    return None
