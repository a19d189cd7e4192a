"""Footnotes: the numbers of their references, and the section at the page's end.

Strategy: a footnote comes into the section when it is defined and referred to, whichever is later, and is streamed
there from then on. Its number is the next one free, and stays: numbering anew whenever a definition comes late would
cost a square. At the end of the text everything is put as cmark has it - numbers in the order of the references, the
references back from each footnote - which changes nothing where definitions came in that order.

Blocks that follow go before the section: an empty handle in front of it, the gate, is replaced by the block and the
gate again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from slipstream.sinks.html.element import BLOCK, HANDLE, LINE, Element, Leaf, wrapped
from slipstream.sinks.html.output import Output
from slipstream.sinks.html.safety import encoded, href

_SECTION: Final = ('<section class="footnotes" data-footnotes', ">\n", "\n</section>")
_LIST: Final = ("<ol", ">\n", "</ol>")


class Footnotes:
    """The footnotes of a page.

    Attributes:
        seen: the labels of the references that were written since this was cleared.
        leaves: those with references, by their number.
        gate: the number of the handle before the section; 0 as long as there is none.
    """

    def __init__(self, page: Element, out: Output, prefix: str) -> None:
        self._page, self._out, self._prefix = page, out, prefix
        self._elements: dict[str, Element] = {}
        self._numbers: dict[str, int] = {}
        self._uses: dict[str, int] = {}
        self._waiting: list[str] = []  # labels to be shown
        self._section: Element | None = None
        self._list: Element | None = None
        self._due: set[str] = set()  # labels that closed leaves refer to
        self._own = 0
        self.seen: list[str] = []
        self.leaves: dict[int, Leaf] = {}
        self.gate = 0

    def number(self) -> int:
        """A number for what is no block of the parser's."""
        self._own -= 1
        return self._own

    # ---- while the text comes

    def define(self, block: int, label: str, parent: Element) -> Element:
        """A footnote begins; the first one of a label counts."""
        note = Element(block, "footnote", ("<li", f' id="fn-{self._name(label)}">\n', "</li>"), parent, LINE)
        note.live, note.after = False, "\n"
        if self._elements.setdefault(label, note) is note and label in self._due:
            self._waiting.append(label)
        return note

    def settle(self, leaf: Leaf) -> None:
        """A leaf with references is closed: the footnotes are due."""
        for _, label in leaf.refs:
            if label not in self._due:
                self._due.add(label)
                if label in self._elements:
                    self._waiting.append(label)

    def reference(self, label: str, linked: bool) -> str:
        """See `inline.Notes`."""
        self.seen.append(label)
        if label not in self._numbers:
            self._numbers[label] = len(self._numbers) + 1
        self._uses[label] = use = self._uses.get(label, 0) + 1
        name, number = self._name(label), self._numbers[label]
        target = f'id="fnref-{_use(name, use)}"'
        if linked:  # the way back from the footnote leads here all the same
            return f'<sup class="footnote-ref" {target}>{number}</sup>'
        return f'<sup class="footnote-ref"><a href="#fn-{name}" {target} data-footnote-ref>{number}</a></sup>'

    def forget(self, leaf: Leaf, start: int) -> None:
        """The references in a leaf's nodes from one on are written no more."""
        while leaf.refs and leaf.refs[-1][0] >= start:
            self._uses[leaf.refs.pop()[1]] -= 1

    def show(self) -> None:
        """Put footnotes that are due into the section; as long as the page is empty, they wait."""
        if self._waiting and self._page.inner:
            labels, self._waiting = self._waiting, []
            for label in labels:
                self._add(self._list or self._open(), self._elements[label])

    def _open(self) -> Element:
        """The section begins, at the end of the page; what holds the footnotes is the list in it."""
        self._section = section = Element(self.number(), "footnotes", _SECTION, self._page)
        self._list = notes = Element(self.number(), "footnotes", _LIST, section)
        section.inner.append(notes)
        self.gate = self.number()
        self._page.inner.append(section)
        self._out.append(self._page, self._gate() + section.outer(True))
        return notes

    def _gate(self) -> str:
        """The handle before the section; it holds the line end, which can so be taken back."""
        assert self._section is not None  # there is no gate without it
        self._section.before = "" if self._page.state == LINE else "\n"
        return wrapped(self.gate, HANDLE, self._section.before)

    def insert(self, html: str) -> None:
        """Put HTML before the section."""
        self._out.replace_with(self.gate, html + self._gate())

    def _add(self, notes: Element, note: Element) -> None:
        note.attach()
        notes.inner.append(note)
        self._out.append(notes, note.outer(True) + note.after)

    # ---- at the end

    def finish(self, render: Callable[[Leaf], list[str]]) -> None:
        """The text is over: number the footnotes in the order of their references, and refer back to those.

        Args:
            render: gives a leaf's HTML anew, and notes its references.
        """
        leaves = [leaf for _, leaf in sorted(self.leaves.items()) if leaf.refs]
        labels = list(dict.fromkeys(label for leaf in leaves for _, label in leaf.refs))
        if not labels and self._list is None:
            return
        self._numbers = {label: number for number, label in enumerate(labels, 1)}
        self._uses.clear()
        self._waiting.clear()
        self._order(self._list or self._open(), [self._elements[label] for label in labels])
        for leaf in leaves:
            self._again(leaf, render)
        for label in labels:
            self._refer_back(self._elements[label], label)
        self._out.replace_with(self.gate, "" if self._section is None else self._section.before)
        if self._section is not None:
            self._page.state = BLOCK

    def _order(self, shown: Element, notes: list[Element]) -> None:
        if shown.inner == notes:
            return
        for note in notes:
            note.attach()
        shown.inner = list(notes)
        if notes:
            self._out.replace(shown)
        elif self._section is not None:  # all references have become something else
            self._out.replace_with(self._section.block, "")
            self._page.inner.remove(self._section)
            self._section = None

    def _again(self, leaf: Leaf, render: Callable[[Leaf], list[str]]) -> None:
        leaf.refs = []
        html = "".join(render(leaf))
        if html != "".join(leaf.inner):
            leaf.inner = [html]
            self._out.replace(leaf)

    def _refer_back(self, note: Element, label: str) -> None:
        """The links back, in the footnote's last paragraph or behind all else."""
        name, number = self._name(label), self._numbers[label]
        links = "".join(_back(name, number, use) for use in range(1, self._uses[label] + 1))
        last = next((child for child in reversed(note.children) if child.outer(False)), None)
        if last is None or last.kind != "paragraph":
            last, links = note, links.strip() + "\n"
        last.inner.append(links)
        self._out.append(last, links)

    def _name(self, label: str) -> str:
        return href(encoded(self._prefix + label))


def _back(name: str, number: int, use: int) -> str:
    index = _use(str(number), use)
    sup = f'<sup class="footnote-ref">{use}</sup>' if use > 1 else ""
    return (
        f' <a href="#fnref-{_use(name, use)}" class="footnote-backref" data-footnote-backref '
        f'data-footnote-backref-idx="{index}" aria-label="Back to reference {index}">↩{sup}</a>'
    )


def _use(name: str, use: int) -> str:
    return name if use == 1 else f"{name}-{use}"
