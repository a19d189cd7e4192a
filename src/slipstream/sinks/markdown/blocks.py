"""The open blocks, line by line: plans are carried out here, and told as events."""

from __future__ import annotations

import re
from typing import Any, Final

from slipstream.sinks.markdown import plan as plans
from slipstream.sinks.markdown.containers import (
    BREAK,
    CODE,
    CONTAINERS,
    DOCUMENT,
    HEADING,
    HTML,
    INLINE,
    ITEM,
    LIST,
    MATH,
    NOTE,
    PARAGRAPH,
    QUOTE,
    ROW,
    TABLE,
    Block,
)
from slipstream.sinks.markdown.events import Attr, BlockClose, BlockEvent, BlockReplace, TextAppend
from slipstream.sinks.markdown.leaves import Leaves
from slipstream.sinks.markdown.options import Options
from slipstream.sinks.markdown.plan import Plan, make_plan


class Blocks:
    """The stack of open blocks, the document first.

    A line is begun (`begin_line`), grows (`grow`) and ends (`end_line`).

    Attributes:
        out: the events since they were taken.
        verbatim: the id of the fenced code that the current line is part of; 0 for none.
        stack: the open blocks.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self.out: list[BlockEvent] = []
        self.stack = [Block(DOCUMENT)]
        self.leaves = Leaves(options, self.out)
        self._leaf: Block | None = None  # what the current line's text goes to
        self.verbatim = 0
        self._pending: list[str] = []  # of the innermost block, a verbatim one, not told yet
        self._behind_math = False  # whether the line goes on behind the end of a math block

    def begin_line(self, text: str, complete: bool) -> bool:
        """Carry out a line's beginning; False if more of it is needed."""
        if len(self.stack) == 2 and _is_code_line(self.stack[1], text):
            self._code_line(self.stack[1])
            self._pending.append(text)
            return True
        plan = make_plan(self.stack, text, complete, self._options)
        if plan is None:
            return False
        self._leaf, self._behind_math = None, False
        self.stack[-1].tried |= plan.tried
        if plan.action == plans.LAZY:
            self._leaf = self.stack[-1]
            self.grow(plan.text)
            return True
        self._close_down_to(plan.matched)
        for block in self.stack:
            block.blank = False
        for block in plan.opens:
            self._add(block)
        _ACTIONS[plan.action](self, plan)
        return True

    def grow(self, text: str) -> None:
        """Add characters of the current line."""
        leaf = self._leaf
        if leaf is None:
            if self._behind_math and (text := text.lstrip(" \t")):
                self._paragraph(text)
        elif leaf.kind in INLINE:
            leaf.reading.add(text)
            self.leaves.dirty = True
        elif text:
            _GROW[leaf.kind](self, leaf, text)

    def longer(self, text: str) -> BlockReplace | None:
        """Add characters of the current line, if they do no more than make the last node of a leaf longer."""
        leaf = self._leaf
        if leaf is None or leaf.kind not in INLINE or not leaf.reading.longer(text):
            return None
        leaf.rev += 1
        reading = leaf.reading
        return BlockReplace(leaf.id, leaf.rev, leaf.kind, reading.inline, dict(leaf.attrs), reading.same)

    def end_line(self) -> None:
        """The current line is over."""
        leaf = self._leaf
        self.verbatim = 0
        if leaf is None:
            return
        if leaf.kind == PARAGRAPH:
            leaf.reading.end_line()
            self.leaves.dirty = True
        elif leaf.kind in (HEADING, ROW):
            self._close()
        elif leaf.kind == CODE:
            self._end_code_line(leaf)
        elif leaf.kind == MATH:
            self._grow_math(leaf, "\n")
        elif leaf.kind == HTML:
            self._end_html_line(leaf)
        self._leaf = None

    def show(self) -> None:
        """Tell the open leaf's content, if it changed."""
        if self._pending:
            self._tell_text()
        if self.leaves.dirty:
            self.leaves.dirty = False
            if self.stack[-1].kind in INLINE:
                self.leaves.tell(self.stack, final=False)

    def finish(self) -> None:
        """The text is over: close everything."""
        self._close_down_to(1)

    # ---- opening and closing

    def _add(self, block: Block) -> None:
        """Open a block within the innermost one that can hold it."""
        while not _holds(self.stack[-1], block):
            self._close()
        parent = self.stack[-1]
        if parent.filled and parent.child_blank:
            self._loosen(parent)
        if block.kind == LIST:
            block.attrs["depth"] = 1 + sum(other.kind == LIST for other in self.stack)
        if block.kind == PARAGRAPH and parent.kind == ITEM and not parent.filled:
            block.key = ITEM  # a task's box may stand there
        if block.kind in INLINE:
            block.reading = self.leaves.reading(block.kind, len(parent.attrs.get("align", ())))
        elif block.kind == NOTE:
            self.leaves.note(block.attrs["label"])
        parent.filled, parent.child_blank = True, False
        self.stack.append(block)
        if block.kind not in (PARAGRAPH, ROW):  # those are told with their content
            self.leaves.open(block, parent)
        if block.kind == BREAK:
            self._close()

    def _loosen(self, parent: Block) -> None:
        """A blank line between two children makes their list loose (CommonMark 5.3)."""
        items = parent if parent.kind == LIST else self.stack[-2] if parent.kind == ITEM else None
        if items is not None and items.attrs["tight"]:
            items.attrs["tight"] = False
            self.out.append(Attr(items.id, {"tight": False}))

    def _close_down_to(self, size: int) -> None:
        while len(self.stack) > size:
            self._close()

    def _close(self) -> None:
        """Close the innermost block."""
        block = self.stack[-1]
        if block.kind in INLINE:
            self.leaves.tell(self.stack, final=True)
        elif block.kind == MATH and block.line.strip("\n"):
            self._pending.append(block.line)
        if self._pending:
            self._tell_text()
        self.stack.pop()
        if block.kind == ROW:
            self.stack[-1].rows.append(block.reading.inline)
        self.stack[-1].child_blank = block.ends_blank
        if block.shown:
            self.out.append(BlockClose(block.id))

    # ---- what the rest of a line is

    def _text(self, plan: Plan) -> None:
        block = self.stack[-1]
        if not plan.opens and plan.matched < len(self.stack):
            return
        if plan.opens and plan.opens[-1].kind == BREAK:
            return
        if block.kind in CONTAINERS:
            self._paragraph(plan.text)
        elif not (plan.opens and block.fence):
            self._leaf = block
            if block.kind == CODE and block.fence:
                self._code_line(block)
            self.grow(plan.text)

    def _code_line(self, block: Block) -> None:
        self._leaf, self.verbatim, self._behind_math = block, block.id, False

    def _paragraph(self, text: str) -> None:
        self._leaf = Block(PARAGRAPH)
        self._add(self._leaf)
        self.grow(text)

    def _blank(self, plan: Plan) -> None:
        block = self.stack[-1]
        if block.kind in (PARAGRAPH, TABLE):
            self._close()
            block = self.stack[-1]
        block.child_blank = block.filled
        block.blank = block.kind != QUOTE and not (block.kind == ITEM and not block.filled and bool(plan.opens))

    def _fence(self, plan: Plan) -> None:  # noqa: ARG002
        self._close()

    def _underline(self, plan: Plan) -> None:
        block = self.stack[-1]
        block.kind, block.attrs = HEADING, {"level": plan.level}
        self._close()

    def _table(self, plan: Plan) -> None:
        """The paragraph's last line is the header; what stands before it stays a paragraph (cmark-gfm)."""
        block = self.stack[-1]
        before, _, header = block.text.rstrip("\n").rpartition("\n")
        if before:
            block.reading.replace(before)
            self._close()
            self._add(Block(TABLE, align=list(plan.align)))
        else:
            self.leaves.become_table(block, self.stack[-2], list(plan.align))
        self._row(header, header=True)
        self._close()
        self._leaf = None

    def _table_row(self, plan: Plan) -> None:
        self._row(plan.text, header=False)

    def _row(self, text: str, header: bool) -> None:
        self._leaf = Block(ROW, header=header)
        self._add(self._leaf)
        self.grow(text)

    # ---- verbatim text

    def _tell_text(self) -> None:
        self.out.append(TextAppend(self.stack[-1].id, "".join(self._pending)))
        self._pending.clear()

    def _grow_code(self, block: Block, text: str) -> None:
        if not block.fence:
            if not block.parts and not text.strip(" \t"):
                block.held += text  # a blank line: inside only if code follows
                return
            block.parts = ["code"]
            if block.held:
                self._pending.append(block.held)
                block.held = ""
        self._pending.append(text)

    def _end_code_line(self, block: Block) -> None:
        if block.fence or block.parts:
            self._pending.append("\n")
        else:
            block.held += "\n"
        block.blank = not block.fence and not block.parts
        block.parts = []

    def _grow_html(self, block: Block, text: str) -> None:
        block.parts.append(text)
        self._pending.append(text)

    def _end_html_line(self, block: Block) -> None:
        line = block.text
        self._pending.append("\n")
        block.parts, block.blank = [], not line.strip(" \t")
        if block.end and re.search(block.end, line, re.IGNORECASE):
            self._close()

    def _grow_math(self, block: Block, text: str) -> None:
        """Math ends at its mark, wherever that stands; what follows in the line is a paragraph."""
        text = block.line + text
        stop = text.find(block.end)
        keep = 1 if stop < 0 and text[-1:] in (block.end[0], "\n") else 0
        block.line = text[len(text) - keep :]
        shown = text[:stop] if stop >= 0 else text[: len(text) - keep]
        if not block.filled:
            shown = shown.lstrip("\n")
        if shown:
            block.filled = True
            self._pending.append(shown)
        if stop >= 0:
            block.line = ""
            self._leaf, self._behind_math = None, True
            self._close()
            self.grow(text[stop + 2 :])


def _is_code_line(block: Block, line: str) -> bool:
    """Whether a line surely goes into a fenced code that stands in nothing else: the common case, without a plan."""
    words = line.lstrip(" ")
    return bool(words) and block.fence != "" and not block.indent and words[0] != block.fence[0]


def _holds(parent: Block, block: Block) -> bool:
    if parent.kind in (LIST, TABLE):
        return block.kind == (ITEM if parent.kind == LIST else ROW)
    return parent.kind in CONTAINERS


_ACTIONS: Final[dict[str, Any]] = {
    plans.TEXT: Blocks._text,
    plans.BLANK: Blocks._blank,
    plans.FENCE: Blocks._fence,
    plans.UNDERLINE: Blocks._underline,
    plans.DELIMITERS: Blocks._table,
    plans.ROW_LINE: Blocks._table_row,
}
_GROW: Final[dict[str, Any]] = {CODE: Blocks._grow_code, HTML: Blocks._grow_html, MATH: Blocks._grow_math}
