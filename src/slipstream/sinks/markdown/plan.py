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
    NOTE,
    PARAGRAPH,
    QUOTE,
    TABLE,
    UNDECIDED,
    VERBATIM,
    Block,
    Cursor,
)
from slipstream.sinks.markdown.links import leading_definitions
from slipstream.sinks.markdown.options import Options
from slipstream.sinks.markdown.starts import STARTS, Here, half_underline, task_mark, underline
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
        tried: whether a delimiter row did not fit its paragraph, which gets no second one (as in cmark-gfm).
    """

    __slots__ = ("action", "align", "level", "matched", "opens", "text", "tried")

    def __init__(self, matched: int) -> None:
        self.matched = matched
        self.opens: list[Block] = []
        self.action, self.text, self.level = TEXT, "", 0
        self.align: tuple[str, ...] = ()
        self.tried = False


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
        turns = here.in_paragraph and cursor.indent <= 3  # whether the line may make the paragraph something else
        if turns and _half_turn(here):
            return None
        if turns and _underline(plan, container, here):
            return plan
        start = _start(plan, here, lazy)
        if start == UNDECIDED or _waits(start, here):
            return None
        if not isinstance(start, Block):
            if turns and here.options.tables:
                _delimiters(plan, container, cursor.words)
            break
        _nest(plan, container, start)
        here.in_paragraph = lazy = False
        if start.kind not in (ITEM, QUOTE, NOTE):
            plan.text = _leaf_text(start, cursor)
            return plan
    return plan if plan.align else _rest(plan, stack, container, here)


def _half_turn(here: Here) -> bool:
    """Whether more of the line may make it an underline or a delimiter row."""
    words = here.cursor.words
    return not here.complete and (half_underline(words) or (here.options.tables and half_delimiters(words) is not None))


def _waits(start: Block | str | None, here: Here) -> bool:
    """Whether it takes what stands behind a mark to judge the line."""
    if here.complete or not here.cursor.blank:
        return False
    return isinstance(start, Block) and start.kind in (ITEM, QUOTE, NOTE, HEADING)


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


def _underline(plan: Plan, container: Block, here: Here) -> bool:
    """Whether a line makes its paragraph a heading."""
    level = underline(here.cursor.words)
    if not level or not _content(container, here.options).strip(" \t\n"):
        return False
    plan.action, plan.level = UNDERLINE, level
    return True


def _content(block: Block, options: Options) -> str:
    """A paragraph's text without what it begins with that is no content."""
    text = block.text
    if not block.reading.undecided:
        return text
    if block.key and options.tasks and (mark := task_mark(text)):
        return text[mark.end() :]
    return text[leading_definitions(text).end :]


def _delimiters(plan: Plan, container: Block, words: str) -> None:
    """Note it, if a line makes its paragraph a table's header."""
    align = alignments(words)
    if not align or container.tried or underline(words):
        return
    if header_columns(container.reading.last_line, len(align)):
        plan.action, plan.align = DELIMITERS, align
    else:
        plan.tried = True


def _rest(plan: Plan, stack: list[Block], container: Block, here: Here) -> Plan | None:
    """What is left begins no block."""
    cursor = here.cursor
    plan.text = cursor.words
    if cursor.blank:
        plan.action = BLANK
    elif not plan.opens and plan.matched < len(stack) and stack[-1].kind == PARAGRAPH:
        plan.action = LAZY
    elif container.kind == TABLE and not plan.opens:
        if plan.text.rstrip(" \t") != "|":
            plan.action = ROW_LINE
        elif here.complete:
            plan.matched -= 1  # a bar alone is no row (as in cmark-gfm)
        else:
            return None
    return plan
