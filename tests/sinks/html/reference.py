"""The whole page written at once from the parse of the whole text: what all patches together must make."""

from __future__ import annotations

from typing import Any

from tests.sinks.markdown.page import Renderer, Shown, escape, parse

from slipstream.sinks.markdown import tree as nodes


class Safe(Renderer):
    """The reference HTML of the parser's tests, with what this sink writes otherwise: raw HTML, math.

    Footnotes are numbered as cmark-gfm does it: in the order of all references in the text, those in footnotes too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.raw = escape
        self.written: dict[str, str] = {}
        self.found: dict[str, Shown] = {}

    def page(self, root: Shown) -> str:
        body = self.all(root.children)
        return body + self.footnotes(self.found)

    def note(self, label: str) -> str:
        if label not in self.notes:
            self.notes.append(label)
        return super().note(label)

    def footnote(self, label: str, block: Shown, number: int) -> str:
        written = Shown(0, "written", {})
        written.text = self.written[label]
        block.children = [written]
        return super().footnote(label, block, number)

    def block(self, block: Shown, tight: bool = False) -> str:
        if block.kind == "footnote":
            first = self.found.setdefault(block.attrs["label"], block) is block
            inside = self.all(block.children)
            if first:
                self.written[block.attrs["label"]] = inside
            return ""
        if block.kind == "written":
            return block.text
        if block.kind == "html":
            return f'<div class="html">{escape(block.text)}</div>\n'
        if block.kind == "math":
            return f'<div class="math display">\\[{escape(block.text)}\\]</div>\n'
        return super().block(block, tight)

    def item(self, item: Shown, tight: bool) -> str:
        """As cmark: what is not shown leaves no trace."""
        shown = [(child.kind, html) for child in item.children if (html := self.block(child, tight))]
        inside = "".join(html for _, html in shown)
        if shown and not (tight and shown[0][0] == "paragraph"):
            inside = "\n" + inside
        if shown and tight and shown[-1][0] == "paragraph":
            inside = inside.removesuffix("\n")
        box: dict[bool | None, str] = {
            True: '<input checked="" disabled="" type="checkbox"> ',
            False: '<input disabled="" type="checkbox"> ',
        }
        return f"<li>{box.get(item.attrs.get('checked', None), '')}{inside}</li>\n"

    def node(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Math):
            kind, start, end = ("display", "\\[", "\\]") if node.display else ("inline", "\\(", "\\)")
            return f'<span class="math {kind}">{start}{escape(node.text)}{end}</span>'
        return super().node(node)


def page(text: str, **options: Any) -> str:
    """The page of a text."""
    return Safe().page(parse([text], **options).root)
