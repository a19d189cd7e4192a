"""Links whose definition came after their text: the text is settled, so where they lead is told at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from slipstream.sinks.markdown.tree import Link, Node, Parent, Text, plain


class LateLinks:
    """Collects the links that patches of closed leaves bring."""

    def __init__(self) -> None:
        self._shown: dict[int, set[str]] = {}  # leaves that may be patched -> the URLs that they were shown with
        self._found: dict[int, dict[str, str]] = {}  # patched leaves -> URL -> text

    def closed(self, id: int, inline: tuple[Node, ...]) -> None:
        """A leaf is over. Without a bracket in its text no reference waits in it."""
        if _has_bracket(inline):
            self._shown[id] = {link.url for link in links(inline)}

    def patched(self, id: int, inline: tuple[Node, ...]) -> None:
        """A leaf would read otherwise now."""
        shown = self._shown.get(id, set())
        self._found[id] = {link.url: plain(link.children) for link in links(inline) if link.url not in shown}

    def take(self) -> list[tuple[str, str]]:
        """Text and URL of each, in the order of the leaves; a URL once."""
        found: dict[str, str] = {}
        for id in sorted(self._found):
            for url, text in self._found[id].items():
                found.setdefault(url, text)
        self._found = {}
        return [(text, url) for url, text in found.items()]


def links(nodes: Iterable[Node]) -> Iterator[Link]:
    """All links in inline content."""
    for node in nodes:
        if isinstance(node, Link):
            yield node
        elif isinstance(node, Parent):
            yield from links(node.children)


def _has_bracket(nodes: Iterable[Node]) -> bool:
    return any(
        "[" in node.text if isinstance(node, Text) else isinstance(node, Parent) and _has_bracket(node.children)
        for node in nodes
    )
