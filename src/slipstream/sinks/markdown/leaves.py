"""The leaves' inline content: what is told of it, what definitions they begin with, what late definitions change.

Strategy: a closed leaf is read again only if it looked for a definition in vain; `Reading` reads the open one. The
first definition of a label counts, be it a link's or a footnote's: what a label is never changes, so that the page
does not depend on which definitions were known at a reading.
"""

from __future__ import annotations

from typing import Final

from slipstream.sinks.markdown.containers import HEADING, PARAGRAPH, ROW, TABLE, Block
from slipstream.sinks.markdown.events import Attr, BlockEvent, BlockOpen, BlockReplace, InlinePatch
from slipstream.sinks.markdown.links import Target, leading_definitions
from slipstream.sinks.markdown.options import Options
from slipstream.sinks.markdown.reading import HeadingReading, Reading, RowReading
from slipstream.sinks.markdown.scan import MAX_HIDDEN, Scope
from slipstream.sinks.markdown.starts import half_task, task_mark
from slipstream.sinks.markdown.tree import Node

MAX_PATCHES: Final = 8  # of one leaf; after them it waits for the end, or many late definitions would cost a square


class Waiting:
    """A closed leaf with references that nothing defines yet."""

    __slots__ = ("id", "patches", "reading")

    def __init__(self, block: Block) -> None:
        self.id, self.reading = block.id, block.reading
        self.patches = 0


class Leaves:
    """Tells what the leaves hold.

    Attributes:
        dirty: whether the open leaf grew since it was told.
        late: the closed leaves that a definition changes which came since, and the reason, by their id.
    """

    def __init__(self, options: Options, out: list[BlockEvent]) -> None:
        self.dirty = False
        self.late: dict[int, tuple[Waiting, str]] = {}
        self._last: dict[int, tuple[Waiting, str]] = {}  # those that wait for the end
        self._options, self._out = options, out
        self._links: dict[str, Target] = {}
        self._notes: set[str] = set()
        self._scope = Scope(options, self._links, self._notes)
        self._ids = 0
        self._waiting: dict[str, list[Waiting]] = {}

    # ---- telling

    def reading(self, kind: str, columns: int = 0) -> Reading:
        """The reading of a new leaf."""
        if kind == ROW:
            return RowReading(self._scope, columns)
        return HeadingReading(self._scope) if kind == HEADING else Reading(self._scope)

    def open(self, block: Block, parent: Block) -> None:
        """Tell that a block begins."""
        self._ids += 1
        block.id, block.shown, block.told = self._ids, True, block.kind
        self._out.append(BlockOpen(block.id, block.kind, parent.id, dict(block.attrs)))

    def tell(self, stack: list[Block], final: bool) -> None:
        """Read the innermost block, a leaf, and tell its content if it is another than before."""
        block, reading = stack[-1], stack[-1].reading
        if reading.undecided and not final and not reading.due:
            return
        shown = self._provisional(block, stack[-2], final) if reading.undecided else None
        if shown is not None:
            changed = reading.preview(shown)
        elif final:
            changed = reading.finish()
        else:
            changed = reading.read()
        if changed or final or not block.shown:
            self._tell(block, stack[-2], changed)
        if final and reading.missing and block.shown and self._options.late_refs != "off":
            self._wait(Waiting(block), reading.missing)

    def _tell(self, block: Block, parent: Block, changed: bool) -> None:
        inline = block.reading.inline
        kind = "definitions" if not inline and block.kind == PARAGRAPH else block.kind
        if not block.shown:
            if kind == "definitions":
                return
            self.open(block, parent)
        if changed or kind != block.told:
            self._replace(block, kind, inline)

    def _replace(self, block: Block, kind: str, inline: tuple[Node, ...]) -> None:
        block.rev += 1
        block.told = kind
        attrs = dict(block.attrs) if block.attrs else {}
        self._out.append(BlockReplace(block.id, block.rev, kind, inline, attrs, block.reading.same))

    def become_table(self, block: Block, parent: Block, align: list[str]) -> None:
        """A paragraph turns out to be a table's header."""
        block.kind, block.attrs, block.reading = TABLE, {"align": align}, self.reading(PARAGRAPH)
        block.filled = block.child_blank = False
        if block.shown:
            self._replace(block, TABLE, ())
        else:
            self.open(block, parent)

    # ---- what a paragraph begins with

    def _provisional(self, block: Block, parent: Block, final: bool) -> str | None:
        """Take definitions and a task's box off a paragraph's beginning; while they are undecided, what to show."""
        reading = block.reading
        text = reading.text
        if block.key and self._options.tasks:
            if mark := task_mark(text):
                parent.attrs["checked"] = checked = mark[1] != " "
                self._out.append(Attr(parent.id, {"checked": checked}))
                reading.drop(mark.end())
                return None
            if not final and half_task(text):
                return ""
        leading = leading_definitions(text)
        decided = leading.sure or final
        taken = leading.found if decided else leading.found[:-1]
        for label, target, _ in taken:
            self._define(label, target)
        if decided or taken:
            reading.drop(taken[-1][2] if taken else 0, decided)
        if decided:
            return None
        rest = text[leading.end :]
        return "" if leading.looks and len(rest) <= MAX_HIDDEN else rest

    def _define(self, label: str, target: Target) -> None:
        note = label[:1] == "^" and label[1:].strip(" ") in self._notes
        if label not in self._links and not note:
            self._links[label] = target
            self._arrived(label, "link-definition")

    # ---- late definitions

    def note(self, label: str) -> None:
        """A footnote begins."""
        if label not in self._notes and f"^{label}" not in self._links:
            self._notes.add(label)
            self._arrived(f"^{label}", "footnote")

    def _wait(self, waiting: Waiting, labels: set[str]) -> None:
        for label in labels:
            self._waiting.setdefault(label, []).append(waiting)

    def _arrived(self, label: str, reason: str) -> None:
        for waiting in self._waiting.pop(label, ()):
            self.late[waiting.id] = (waiting, reason)

    def patch(self, final: bool) -> None:
        """Tell what late definitions changed in closed leaves, as the policy has it."""
        late, self.late = self.late, {}
        if final:
            late, self._last = self._last | late, {}
        for waiting, reason in late.values():
            if not final and (waiting.patches >= MAX_PATCHES or self._options.late_refs == "at_end"):
                self._last[waiting.id] = (waiting, reason)
                continue
            waiting.patches += 1
            reading = waiting.reading
            known = reading.missing.copy()
            changed = reading.again()
            self._wait(waiting, reading.missing - known)  # what became a link may make room for other references
            if changed:
                self._out.append(InlinePatch(waiting.id, reason, reading.inline))
