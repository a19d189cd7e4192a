"""A page folded from events, and its HTML as the CommonMark and GFM examples write it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from slipstream.sinks.markdown import (
    Attr,
    BlockClose,
    BlockEvent,
    BlockOpen,
    BlockReplace,
    InlinePatch,
    Markdown,
    TextAppend,
    tree as nodes,
)

COMMONMARK = dict.fromkeys(("tables", "strikethrough", "tasks", "autolinks", "math", "footnotes", "cjk"), False)


class Shown:
    """A block of the page."""

    def __init__(self, id: int, kind: str, attrs: dict[str, Any]) -> None:
        self.id, self.kind, self.attrs = id, kind, dict(attrs)
        self.children: list[Shown] = []
        self.text = ""
        self.inline: tuple[nodes.Node, ...] = ()
        self.open = True
        self.rev = 0


class Page:
    """The page after events; refuses what an event may not do."""

    def __init__(self) -> None:
        self.root = Shown(0, "document", {})
        self.blocks = {0: self.root}

    def apply(self, events: Iterable[BlockEvent]) -> Page:
        for event in events:
            self._apply(event)
        return self

    def _apply(self, event: BlockEvent) -> None:
        if isinstance(event, BlockOpen):
            assert event.id not in self.blocks
            assert self.blocks[event.parent].open
            block = Shown(event.id, event.kind, event.attrs)
            self.blocks[event.id] = block
            assert not any(child.open for child in self.blocks[event.parent].children)
            self.blocks[event.parent].children.append(block)
            return
        block = self.blocks[event.id]
        if isinstance(event, InlinePatch):
            assert not block.open
            block.inline = event.inline
            return
        assert block.open, event
        if isinstance(event, TextAppend):
            assert block.kind in ("code", "html", "math")
            block.text += event.text
        elif isinstance(event, BlockReplace):
            assert not block.children
            assert event.rev == block.rev + 1
            block.rev, block.kind, block.inline, block.attrs = event.rev, event.kind, event.inline, dict(event.attrs)
        elif isinstance(event, Attr):
            block.attrs |= event.attrs
        elif isinstance(event, BlockClose):
            assert not any(child.open for child in block.children)
            block.open = False


def parse(pieces: Iterable[str], **options: Any) -> Page:
    page, markdown = Page(), Markdown(**options)
    for piece in pieces:
        page.apply(markdown.feed(piece))
    page.apply(markdown.end())
    assert not any(block.open for block in page.root.children)
    return page


def tree(block: Shown) -> object:
    """A block and what is in it, to be compared; definitions show nothing."""
    shown = [tree(child) for child in block.children if child.kind != "definitions"]
    return block.kind, block.attrs, block.text, block.inline, shown


def to_html(pieces: Iterable[str], tagfilter: bool = False, **options: Any) -> str:
    return Renderer(tagfilter).page(parse(pieces, **options).root)


_SHUT = re.compile(
    r"<(?=/?(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext)(?:[\s/>]|$))", re.IGNORECASE
)


def shut(text: str) -> str:
    """Raw HTML with GFM's disallowed tags shut."""
    return _SHUT.sub("&lt;", text)


def escape(text: str) -> str:
    return html.escape(text, quote=False).replace('"', "&quot;")


def href(url: str) -> str:
    return escape(quote(url, safe="/:?#@!$&'()*+,;=%~-._")).replace("'", "&#x27;")


def described(content: tuple[nodes.Node, ...]) -> str:
    """An image's description as cmark writes it: raw HTML stands in it as text."""
    out = ""
    for node in content:
        if isinstance(node, nodes.Parent):
            out += described(node.children)
        else:
            out += node.text if isinstance(node, nodes.RawHTML) else nodes.plain((node,))
    return out


class Renderer:
    """HTML as cmark writes it."""

    def __init__(self, tagfilter: bool = False) -> None:
        self.raw: Callable[[str], str] = shut if tagfilter else str
        self.notes: list[str] = []
        self.uses: dict[str, int] = {}

    def page(self, root: Shown) -> str:
        found: dict[str, Shown] = {}
        self.number(root, found)
        body = self.all(child for child in root.children if child.kind != "footnote")
        return body + self.footnotes(found)

    def all(self, blocks: Iterable[Shown], tight: bool = False) -> str:
        return "".join(self.block(block, tight) for block in blocks)

    def block(self, block: Shown, tight: bool = False) -> str:
        attrs, kind = block.attrs, block.kind
        if kind in ("definitions", "footnote"):
            return ""
        if kind == "paragraph":
            return self.inline(block.inline) + "\n" if tight else f"<p>{self.inline(block.inline)}</p>\n"
        if kind == "heading":
            return f"<h{attrs['level']}>{self.inline(block.inline)}</h{attrs['level']}>\n"
        if kind == "thematic-break":
            return "<hr />\n"
        if kind == "code":
            lang = f' class="language-{escape(attrs["language"])}"' if attrs["language"] else ""
            return f"<pre><code{lang}>{escape(block.text)}</code></pre>\n"
        if kind == "html":
            return self.raw(block.text)
        if kind == "math":
            return f"<math>{escape(block.text)}</math>\n"
        if kind == "quote":
            return f"<blockquote>\n{self.all(block.children)}</blockquote>\n"
        if kind == "list":
            return self.items(block)
        assert kind == "table"
        return self.table(block)

    def items(self, block: Shown) -> str:
        tag = "ol" if block.attrs["ordered"] else "ul"
        start = f' start="{block.attrs["start"]}"' if tag == "ol" and block.attrs["start"] != 1 else ""
        items = "".join(self.item(item, block.attrs["tight"]) for item in block.children)
        return f"<{tag}{start}>\n{items}</{tag}>\n"

    def item(self, item: Shown, tight: bool) -> str:
        box: dict[bool | None, str] = {
            True: '<input checked="" disabled="" type="checkbox"> ',
            False: '<input disabled="" type="checkbox"> ',
        }
        children = [child for child in item.children if child.kind not in ("footnote", "definitions")]
        inside = self.all(children, tight)
        if children and not (tight and children[0].kind == "paragraph"):
            inside = "\n" + inside
        if tight and children and children[-1].kind == "paragraph":
            inside = inside.removesuffix("\n")
        mark = box.get(item.attrs.get("checked"), "")
        return f"<li>{mark}{inside}</li>\n"

    def table(self, block: Shown) -> str:
        head, *rows = [self.row(row, block.attrs["align"]) for row in block.children]
        body = "<tbody>\n" + "".join(rows) + "</tbody>\n" if rows else ""
        return f"<table>\n<thead>\n{head}</thead>\n{body}</table>\n"

    def row(self, row: Shown, align: list[str]) -> str:
        tag = "th" if row.attrs["header"] else "td"
        out = "<tr>\n"
        for cell, side in zip(row.inline, align, strict=True):
            assert isinstance(cell, nodes.Cell)
            where = f' align="{side}"' if side else ""
            out += f"<{tag}{where}>{self.inline(cell.children)}</{tag}>\n"
        return out + "</tr>\n"

    def inline(self, content: tuple[nodes.Node, ...]) -> str:
        return "".join(self.node(node) for node in content)

    def node(self, node: nodes.Node) -> str:
        match node:
            case nodes.Text(text):
                return escape(text)
            case nodes.SoftBreak():
                return "\n"
            case nodes.HardBreak():
                return "<br />\n"
            case nodes.Code(text):
                return f"<code>{escape(text)}</code>"
            case nodes.Math(text, display):
                return f"<math{' display' if display else ''}>{escape(text)}</math>"
            case nodes.RawHTML(text):
                return self.raw(text)
            case nodes.Emphasis(children):
                return f"<em>{self.inline(children)}</em>"
            case nodes.Strong(children):
                return f"<strong>{self.inline(children)}</strong>"
            case nodes.Strike(children):
                return f"<del>{self.inline(children)}</del>"
            case nodes.Link(children, url, title):
                named = f' title="{escape(title)}"' if title else ""
                return f'<a href="{href(url)}"{named}>{self.inline(children)}</a>'
            case nodes.Image(children, url, title):
                named = f' title="{escape(title)}"' if title else ""
                return f'<img src="{href(url)}" alt="{escape(described(children))}"{named} />'
            case nodes.FootnoteRef(label):
                return self.note(label)
        raise AssertionError(node)

    def number(self, block: Shown, found: dict[str, Shown]) -> None:
        """Footnotes are numbered in the order of their references, those within footnotes too."""
        if block.kind == "footnote":
            found.setdefault(block.attrs["label"], block)
        self.number_nodes(block.inline)
        for child in block.children:
            self.number(child, found)

    def number_nodes(self, content: tuple[nodes.Node, ...]) -> None:
        for node in content:
            if isinstance(node, nodes.FootnoteRef) and node.label not in self.notes:
                self.notes.append(node.label)
            elif isinstance(node, nodes.Parent) and not isinstance(node, nodes.Image):
                self.number_nodes(node.children)

    def note(self, label: str) -> str:
        self.uses[label] = uses = self.uses.get(label, 0) + 1
        name = quote(label)
        ref = name if uses == 1 else f"{name}-{uses}"
        number = self.notes.index(label) + 1
        return f'<sup class="footnote-ref"><a href="#fn-{name}" id="fnref-{ref}" data-footnote-ref>{number}</a></sup>'

    def footnotes(self, found: dict[str, Shown]) -> str:
        out = ""
        at = 0
        while at < len(self.notes):
            out += self.footnote(self.notes[at], found[self.notes[at]], at + 1)
            at += 1
        return f'<section class="footnotes" data-footnotes>\n<ol>\n{out}</ol>\n</section>\n' if out else ""

    def footnote(self, label: str, block: Shown, number: int) -> str:
        name, inside = quote(label), self.all(block.children)
        back = ""
        for use in range(1, self.uses.get(label, 0) + 1):
            ref, sup = (name, "") if use == 1 else (f"{name}-{use}", f'<sup class="footnote-ref">{use}</sup>')
            index = f"{number}" if use == 1 else f"{number}-{use}"
            back += (
                f' <a href="#fnref-{ref}" class="footnote-backref" data-footnote-backref '
                f'data-footnote-backref-idx="{index}" aria-label="Back to reference {index}">↩{sup}</a>'
            )
        if inside.endswith("</p>\n"):
            inside = inside[:-5] + back + "</p>\n"
        else:
            inside += back.strip() + "\n"
        return f'<li id="fn-{name}">\n{inside}</li>\n'
