"""What a line does to the open blocks, found without touching them.

Strategy: the same reading serves whole lines and the partial last one. For a partial line the answer is `None` as long
as more characters may change it; then nothing is shown of the line. Once there is an answer, it is the one that the
whole line will have, so it is carried out at once and the rest of the line only makes its leaf grow.
"""

from __future__ import annotations

from typing import Final

from slipstream.sinks.markdown.containers import (
    CODE,
    GOES_ON,
    HEADING,
    ITEM,
    LIST,
    PARAGRAPH,
    TABLE,
    UNDECIDED,
    VERBATIM,
    Block,
    Cursor,
)
from slipstream.sinks.markdown.links import definitions
from slipstream.sinks.markdown.options import Options
from slipstream.sinks.markdown.starts import STARTS, Here, half_underline, underline
from slipstream.sinks.markdown.tables import alignments, half_delimiters, header_columns

MAX_DEPTH: Final = 100  # containers in one another: a line is read against each, deeper marks are text

# What the rest of the line is.
LAZY, TEXT, BLANK, FENCE, UNDERLINE, DELIMITERS, ROW_LINE = (
    "lazy",
    "text",
    "blank",
    "fence",
    "underline",
    "table",
    "row",
)


class Plan:
    """The outcome.

    Attributes:
        matched: how many of the open blocks go on.
        opens: the blocks that begin, each within the one before it.
        action: what the rest is; see the constants.
        text: the rest.
        level: of an underline.
        align: of a delimiter row.
    """

    __slots__ = ("action", "align", "level", "matched", "opens", "text")

    def __init__(self, matched: int) -> None:
        self.matched = matched
        self.opens: list[Block] = []
        self.action, self.text, self.level = TEXT, "", 0
        self.align: tuple[str, ...] = ()


def make_plan(stack: list[Block], line: str, complete: bool, options: Options) -> Plan | None:
    """Read a line against the open blocks, the document first; `None` if more of the line is needed."""
    cursor = Cursor(line)
    if cursor.blank and not complete:
        return None
    plan = Plan(1)
    for block in stack[1:]:
        goes_on = GOES_ON[block.kind](block, cursor, complete)
        if goes_on == UNDECIDED or (cursor.blank and not complete):
            return None
        if goes_on == "closed":
            plan.matched += 1
            plan.action = FENCE
            return plan
        if not goes_on:
            break
        plan.matched += 1
    container = stack[plan.matched - 1]
    if container.kind in VERBATIM:
        plan.text = cursor.rest
        return plan
    return _open(plan, stack, container, Here(cursor, complete, container.kind == PARAGRAPH, options))


def _open(plan: Plan, stack: list[Block], container: Block, here: Here) -> Plan | None:
    """Find the blocks that begin here, one within the other."""
    cursor = here.cursor
    lazy = stack[-1].kind == PARAGRAPH
    while not cursor.blank:
        if here.in_paragraph and (done := _paragraph_end(plan, container, here)) is not False:
            return done
        start = _start(plan, here, lazy)
        if start == UNDECIDED or (start is not None and cursor.blank and not here.complete and _has_inside(start)):
            return None
        if not isinstance(start, Block):
            break
        _nest(plan, container, start)
        here.in_paragraph = lazy = False
        if start.kind not in (ITEM, "quote", "footnote"):
            plan.text = _leaf_text(start, cursor)
            return plan
    return _rest(plan, stack, container, here)


def _has_inside(start: Block | str) -> bool:
    return isinstance(start, Block) and start.kind in (ITEM, "quote", "footnote", HEADING)


def _start(plan: Plan, here: Here, lazy: bool) -> Block | str | None:
    """The block that begins here, `UNDECIDED`, or none."""
    cursor = here.cursor
    if cursor.indent > 3:
        if lazy:
            return None
        cursor.take(4)
        return Block(CODE, info="", language="", fenced=False)
    deep = plan.matched + len(plan.opens) >= MAX_DEPTH
    for start in STARTS.get(cursor.char, ()):
        if deep and cursor.char in ">*+-[0123456789":
            continue
        found = start(here)
        if found is not None:
            return found
    return None


def _nest(plan: Plan, container: Block, block: Block) -> None:
    """Put a block into the plan; an item that no list goes on with begins one."""
    if block.kind == ITEM and (plan.opens or container.kind != LIST or container.key != block.key):
        items = Block(LIST, tight=True, **block.attrs)
        items.key = block.key
        plan.opens.append(items)
    if block.kind == ITEM:
        block.attrs = {}
    plan.opens.append(block)


def _leaf_text(block: Block, cursor: Cursor) -> str:
    """What the line gives to a leaf that begins in it."""
    if block.kind == HEADING:
        return cursor.words
    if (block.kind == CODE and block.fence) or block.kind == "thematic-break":
        return ""
    return cursor.rest


def _paragraph_end(plan: Plan, container: Block, here: Here) -> Plan | bool | None:
    """Whether a line makes its paragraph something else: a plan, `None` if undecided, False if not."""
    words = here.cursor.words
    if here.cursor.indent > 3:
        return False
    if not here.complete and (half_underline(words) or (here.options.tables and half_delimiters(words))):
        return None
    level = underline(words)
    if level and definitions(container.text)[1].strip():
        plan.action, plan.level = UNDERLINE, level
        return plan
    align = alignments(words) if here.options.tables else None
    if align and header_columns(container.text.rstrip("\n").rpartition("\n")[2], len(align)):
        plan.action, plan.align = DELIMITERS, align
        return plan
    return False


def _rest(plan: Plan, stack: list[Block], container: Block, here: Here) -> Plan:
    """What is left begins no block."""
    cursor = here.cursor
    plan.text = cursor.words
    if cursor.blank:
        plan.action = BLANK
    elif not plan.opens and plan.matched < len(stack) and stack[-1].kind == PARAGRAPH:
        plan.action = LAZY
    elif container.kind == TABLE and not plan.opens:
        plan.action = ROW_LINE
    return plan
