"""What must be written to turn one row of a terminal into another.

Strategy: a row that grows is the common case, so what both begin with is left alone. The cut between the two may only
fall where a terminal sees two characters: not within an escape sequence, and not where a combining mark, a joiner or a
variation selector could follow. It is moved back until a plain character stands behind it in both rows. The colours and
the link that are in force there are written again.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.terminal.layout.line import Line
from slipstream.sinks.terminal.layout.measure import columns
from slipstream.sinks.terminal.layout.spans import common_prefix

_ESCAPE: Final = r"\x1b\[[\d;:]*m|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)"
_escape: Final = re.compile(_ESCAPE)
# Latin, Greek, Cyrillic, kana, CJK and Hangul: each of these begins a character of its own
_begins: Final = re.compile(
    rf"(?:{_ESCAPE})*(?:[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u3001-\u3029\u3041-\u3096"
    r"\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]|\Z)"
)
_STRING_END: Final = "\x1b\\"
_RESETS: Final = ("\x1b[0m", "\x1b[m")

ERASE_LINE: Final = "\x1b[K"
"""Erases from the cursor to the end of the row."""


def difference(old: Line, new: Line) -> str:
    """What to write, with the cursor in column 0 of the row, so that it shows `new` where it shows `old`."""
    cut = _cut(old.text, new.text) if old.text and new.text else 0
    # erased before, not after: behind a character in the last column the cursor still stands on it
    erase = ERASE_LINE if new.width < old.width else ""
    if not cut:
        return f"{ERASE_LINE if old.width else ''}{new.text}"
    head = new.text[:cut]
    column = columns(_escape.sub("", head))
    return f"\x1b[{column + 1}G{erase}{_in_force(head)}{new.text[cut:]}"


def _cut(old: str, new: str) -> int:
    """How many characters of `new` may stay as they are."""
    at = common_prefix(old, new)
    while at > 0:
        last = new.rfind("\x1b", 0, at)
        if new.startswith(_STRING_END, last):  # the end of a link's sequence
            last = new.rfind("\x1b", 0, last)
        if last >= 0:
            sequence = _escape.match(new, last)
            if sequence is None:
                return 0
            if sequence.end() > at:
                at = last
                continue
        if _begins.match(old, at) and _begins.match(new, at):
            return at
        at -= 1
    return 0


def _in_force(head: str) -> str:
    """The colours and the link that hold behind `head`."""
    if "\x1b" not in head:
        return ""
    styles: list[str] = []
    link = ""
    for sequence in _escape.findall(head):
        if sequence in _RESETS:
            styles.clear()
        elif sequence[1] == "[":
            styles.append(sequence)
        else:
            link = sequence if sequence.rstrip("\x1b\\\x07") != "\x1b]8;;" else ""
    return link + "".join(styles)
