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
    if not opener.active:
        return scan.literal(at)
    if scan.text.startswith("(", at + 1):
        if found := inline_target(scan.text, at + 1):
            return _link(scan, opener, *found)
        if scan.open and half_target(scan.whole, at + 1) and (end := _half_link(scan, opener, at)):
            return end
    named = _reference(scan, opener, at)
    if named is not None:
        return _link(scan, opener, *named)
    return _note(scan, opener, at) or scan.literal(at)


def _reference(scan: Scan, opener: Bracket, at: int) -> tuple[Target, int] | None:
    """The target of `[text][label]`, `[label][]` or `[label]`, and where it ends."""
    label, end = label_at(scan.text, at + 1), at + 1
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
    """A link whose target is being written is its text; 0 if that would leave out too much."""
    end = scan.hide(at, MAX_ADDRESS if half_address(scan.whole, at + 1) else MAX_HIDDEN)
    if end:
        opener.hidden = True
        scan.brackets.append(opener)
    return end


def _link(scan: Scan, opener: Bracket, target: Target, end: int) -> int:
    scan.runs.pair_from(opener.runs)
    opener.target = target
    scan.tokens.append(LINK_END)
    if not opener.image:
        for other in reversed(scan.brackets):
            if not other.image:
                if not other.active:
                    break
                other.active = False
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
