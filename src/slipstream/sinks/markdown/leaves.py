"""The leaves' inline content: when it is read, what is told of it, what late definitions change.

Strategy: an open leaf is read again whenever it grew - a long one only when it grew by a sixteenth, so that all the
readings together stay linear in its text. A closed leaf is read again only if it looked for a definition in vain.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.markdown.containers import HEADING, PARAGRAPH, ROW, TABLE, Block
from slipstream.sinks.markdown.events import Attr, BlockEvent, BlockOpen, BlockReplace, InlinePatch
from slipstream.sinks.markdown.inline import InlineParser, Scope
from slipstream.sinks.markdown.links import Target, definitions
from slipstream.sinks.markdown.options import Options
from slipstream.sinks.markdown.starts import half_task, task_mark
from slipstream.sinks.markdown.tables import cells
from slipstream.sinks.markdown.tree import Cell, Node, Text

SHORT: Final = 1024  # characters: up to here a leaf is read at every change
_STEP: Final = 16
MAX_PATCHES: Final = 8  # of one leaf; after them it waits for the end, or many late definitions would cost a square

_closing_marks: Final = re.compile(r"(?:^|[ \t]+)#+[ \t]*$").search


class Waiting:
    """A closed leaf with references that nothing defines yet."""

    __slots__ = ("columns", "id", "inline", "kind", "missing", "patches", "text")

    def __init__(self, block: Block, text: str, columns: int, missing: set[str]) -> None:
        self.id, self.kind, self.inline = block.id, block.kind, block.inline
        self.text, self.columns, self.missing = text, columns, missing
        self.patches = 0


class Leaves:
    """Reads leaves and tells what they hold.

    Attributes:
        dirty: whether the open leaf grew since it was told.
    """

    def __init__(self, options: Options, out: list[BlockEvent]) -> None:
        self.dirty = False
        self._options, self._out = options, out
        self._links: dict[str, Target] = {}
        self._notes: set[str] = set()
        self._scope = Scope(options)
        self._scope.links, self._scope.notes = self._links, self._notes
        self._ids = 0
        self._waiting: dict[str, list[Waiting]] = {}
        self._late: dict[int, tuple[Waiting, str]] = {}

    # ---- telling

    def open(self, block: Block, parent: Block) -> None:
        """Tell that a block begins."""
        self._ids += 1
        block.id, block.shown = self._ids, True
        self._out.append(BlockOpen(block.id, block.kind, parent.id, dict(block.attrs)))

    def tell(self, stack: list[Block], final: bool) -> None:
        """Read the innermost block, a leaf, and tell its content if it is another than before."""
        block, parent = stack[-1], stack[-2]
        if not final and block.size > SHORT and block.size < block.indent:
            return
        block.indent = block.size + block.size // _STEP
        if final and block.kind == PARAGRAPH:
            self.define(block)
        text = self._words(block, parent, final)
        missing: set[str] = set()
        columns = len(parent.attrs["align"]) if block.kind == ROW else 0
        if final or block.kind != PARAGRAPH or block.parts[0][:1] == "[":
            inline = self._read(text, columns, missing, not final)
        else:
            inline = self._read_on(block, text)
        self._tell(block, parent, inline)
        if final and missing and block.shown and self._options.late_refs != "off":
            waiting = Waiting(block, text, columns, missing)
            for label in missing:
                self._waiting.setdefault(label, []).append(waiting)

    def _tell(self, block: Block, parent: Block, inline: tuple[Node, ...]) -> None:
        if not block.shown:
            if not inline and block.kind == PARAGRAPH:
                return
            self.open(block, parent)
            block.inline = (block.kind, ())
        kind = block.kind if inline or block.kind != PARAGRAPH else "definitions"
        if (kind, inline) != (block.inline or (kind, ())):
            block.rev += 1
            self._out.append(BlockReplace(block.id, block.rev, kind, inline, dict(block.attrs)))
        block.inline = (kind, inline)

    def become_table(self, block: Block, parent: Block, align: list[str]) -> None:
        """A paragraph turns out to be a table's header."""
        shown = block.shown
        block.kind, block.attrs, block.parts = TABLE, {"align": align}, []
        block.filled = block.child_blank = False
        if not shown:
            self.open(block, parent)
            return
        block.rev += 1
        self._out.append(BlockReplace(block.id, block.rev, TABLE, (), dict(block.attrs)))

    # ---- reading

    def _words(self, block: Block, parent: Block, final: bool) -> str:
        """The leaf's text without what is no content: definitions, a task's box, closing marks."""
        text = block.text
        if block.kind == HEADING and not block.end:
            found = _closing_marks(text.rstrip(" \t"))
            return (text[: found.start()] if found else text).strip(" \t")
        if block.kind == PARAGRAPH:
            if not final and text.startswith("["):
                text = definitions(text)[1]
            if block.key and self._options.tasks:
                text = self._task(text, parent, final)
        return text.strip(" \t\n")

    def _task(self, text: str, item: Block, final: bool) -> str:
        found = task_mark(text)
        if found is None:
            return "" if not final and half_task(text) else text
        checked = found[1] != " "
        if item.attrs.get("checked") != checked:
            item.attrs["checked"] = checked
            self._out.append(Attr(item.id, {"checked": checked}))
        return text[found.end() :]

    def _read(self, text: str, columns: int, missing: set[str], open_end: bool) -> tuple[Node, ...]:
        if not columns:
            return self._inline(text, missing, open_end)
        found = cells(text)[:columns]
        found += [""] * (columns - len(found)) if not open_end else []
        last = len(found) - 1
        return tuple(Cell(self._inline(cell, missing, open_end and at == last)) for at, cell in enumerate(found))

    def _read_on(self, block: Block, text: str) -> tuple[Node, ...]:
        """Read an open paragraph from where its content may still change."""
        parser = InlineParser(text[block.done :] if block.done else text, self._scope, open_end=True)
        inline = _joined(block.head, parser.parse())
        if parser.done:
            block.done += parser.done
            block.head = _joined(block.head, parser.settled())
        return inline

    def _inline(self, text: str, missing: set[str], open_end: bool) -> tuple[Node, ...]:
        parser = InlineParser(text, self._scope, open_end)
        inline = parser.parse()
        missing |= parser.missing
        return inline

    # ---- definitions

    def define(self, block: Block) -> None:
        """Take the link definitions that a paragraph begins with out of it."""
        text = block.text
        if not text.startswith("["):
            return
        found, rest = definitions(text)
        block.parts = [rest]
        for label, target in found:
            if label not in self._links:
                self._links[label] = target
                self._arrived(label, "link-definition")

    def note(self, label: str) -> None:
        """A footnote begins."""
        if label not in self._notes:
            self._notes.add(label)
            self._arrived(f"^{label}", "footnote")

    def _arrived(self, label: str, reason: str) -> None:
        for waiting in self._waiting.pop(label, ()):
            self._late[waiting.id] = (waiting, reason)

    def patch(self, final: bool) -> None:
        """Tell what late definitions changed in closed leaves, as the policy has it."""
        if not self._late or (self._options.late_refs == "at_end" and not final):
            return
        late, self._late = self._late, {}
        for waiting, reason in late.values():
            if waiting.patches >= MAX_PATCHES and not final:
                self._late[waiting.id] = (waiting, reason)
                continue
            waiting.patches += 1
            kind, before = waiting.inline
            inline = self._read(waiting.text, waiting.columns, set(), False)
            waiting.inline = (kind, inline)
            if inline != before:
                self._out.append(InlinePatch(waiting.id, reason, inline))


def _joined(head: tuple[Node, ...], tail: tuple[Node, ...]) -> tuple[Node, ...]:
    """Two contents as one; texts that meet are one text."""
    if not head or not tail:
        return head or tail
    last, first = head[-1], tail[0]
    if type(last) is Text and type(first) is Text:
        return (*head[:-1], Text(last.text + first.text), *tail[1:])
    return head + tail
