"""What the brackets within a line are: links, images, references to footnotes (CommonMark 6.3, 6.4)."""

from __future__ import annotations

from typing import Final

from slipstream.sinks.markdown.brackets import LINK_END, Bracket
from slipstream.sinks.markdown.links import (
    MAX_LABEL,
    Target,
    half_address,
    half_target,
    inline_target,
    label_at,
    normalise,
)
from slipstream.sinks.markdown.scan import MAX_HIDDEN, Scan
from slipstream.sinks.markdown.tree import FootnoteRef

MAX_ADDRESS: Final = 2048  # characters of a URL that is being written: it is no prose, and signed ones are long


def bang(scan: Scan, at: int) -> int:
    """`![` begins an image; before a reference to a footnote the mark is a mark."""
    if not scan.text.startswith("[", at + 1) or (scan.options.footnotes and scan.text.startswith("^", at + 2)):
        return scan.literal(at)
    return _push(scan, at + 2, image=True)


def open_bracket(scan: Scan, at: int) -> int:
    """`[` may begin a link."""
    return _push(scan, at + 1, image=False)


def _push(scan: Scan, start: int, image: bool) -> int:
    if scan.brackets:
        scan.nested.add(scan.brackets[-1].token)
    bracket = Bracket(image, start, len(scan.tokens), len(scan.runs.waiting))
    scan.brackets.append(bracket)
    scan.tokens.append(bracket)
    return start


def close_bracket(scan: Scan, at: int) -> int:
    """`]` may end a link."""
    if not scan.brackets:
        return scan.literal(at)
    opener = scan.brackets.pop()
    if not opener.image and opener.token < scan.linked:
        return scan.literal(at)
    if scan.text.startswith("(", at + 1):
        if (found := inline_target(scan.destinations, at + 1)) and found[1] <= len(scan.text):
            return _link(scan, opener, *found)
        if scan.open and (end := _half_link(scan, opener, at)):
            return end
    named = _reference(scan, opener, at)
    if named is not None:
        return _link(scan, opener, *named)
    return _note(scan, opener, at) or scan.literal(at)


def _reference(scan: Scan, opener: Bracket, at: int) -> tuple[Target, int] | None:
    """The target of `[text][label]`, `[label][]` or `[label]`, and where it ends."""
    label, end = label_at(scan.text, at + 1), at + 1
    if label and label[1] and not label[1].strip(" \t\n"):
        label = None  # blanks alone are no label
    name = label[1] if label else ""
    if label and name:
        end = label.end()
    elif opener.token in scan.nested or at - opener.start > MAX_LABEL:
        return None
    else:
        end = label.end() if label else end
        name = scan.text[opener.start : at]
    target = scan.scope.links.get(key := normalise(name))
    if target is None:
        scan.missing.add(key)
    return None if target is None or not key else (target, end)


def _half_link(scan: Scan, opener: Bracket, at: int) -> int:
    """A link whose target is being written is its text; 0 if it is not, or if that would leave out too much."""
    size = len(scan.whole) - at
    most = MAX_ADDRESS if MAX_HIDDEN < size <= MAX_ADDRESS and half_address(scan.whole, at + 1) else MAX_HIDDEN
    if scan.unsettled and size > most:
        return 0  # whichever it is, it changes nothing
    if half_target(scan.destinations, at + 1) and (end := scan.hide(at, most)):
        opener.hidden = True
        scan.brackets.append(opener)
        return end
    return 0


def _link(scan: Scan, opener: Bracket, target: Target, end: int) -> int:
    scan.runs.pair_from(opener.runs)
    opener.target = target
    scan.tokens.append(LINK_END)
    if not opener.image:
        scan.linked = opener.token
    return end


def _note(scan: Scan, opener: Bracket, at: int) -> int:
    """A reference to a footnote; 0 if it is none."""
    label = scan.text[opener.start : at]
    if not scan.options.footnotes or len(label) < 2 or label[0] != "^" or len(label) > MAX_LABEL:
        return 0
    name = normalise(label[1:])
    if opener.token in scan.nested or name not in scan.scope.notes:
        scan.missing.add(f"^{name}")
        return 0
    del scan.runs.waiting[opener.runs :]
    del scan.tokens[opener.token :]
    scan.tokens.append(FootnoteRef(name))
    return at + 1
