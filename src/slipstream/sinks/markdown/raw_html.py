"""Raw HTML: the seven kinds of blocks (CommonMark 4.6) and the tags within a line (6.6)."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = r"[A-Za-z][A-Za-z0-9-]*"
_ATTRIBUTE: Final = (
    r"(?:[ \t\n]+[a-zA-Z_:][a-zA-Z0-9_.:-]*(?:[ \t\n]*=[ \t\n]*(?:[^ \t\n\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)"
)
_HALF_ATTRIBUTE: Final = r"[ \t\n]+[a-zA-Z_:][a-zA-Z0-9_.:-]*[ \t\n]*=[ \t\n]*(?:'[^']*|\"[^\"]*)?"
_OPEN: Final = rf"<{_NAME}{_ATTRIBUTE}*[ \t\n]*/?>"
_CLOSE: Final = rf"</{_NAME}[ \t\n]*>"
tag: Final = re.compile(rf"{_OPEN}|{_CLOSE}").match
_HALF: Final = "|".join(
    (
        rf"<(?:/?|/{_NAME}[ \t\n]*|{_NAME}{_ATTRIBUTE}*(?:[ \t\n]*/?|{_HALF_ATTRIBUTE}))\Z",
        r"<[A-Za-z][A-Za-z0-9+.\-]{0,31}(?::[^\x00-\x20<>]*)?\Z",
        r"<[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+(?:@[a-zA-Z0-9.\-]*)?\Z",
        r"<!(?:|-|\[[A-Z]{0,6}|[A-Za-z][^>]*|--(?!-?>)(?:(?!-->).)*|\[CDATA\[(?:(?!\]\]>).)*)\Z",
        r"<\?(?:(?!\?>).)*\Z",
    )
)
half: Final = re.compile(_HALF, re.DOTALL).match  # what more text may make a tag, an autolink, a comment or the like
is_letter: Final = re.compile("[A-Za-z]").match

# How a construct that is not a tag begins and ends, the longest beginning first.
ENDS: Final = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", "?>"))

_BLOCKS: Final = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|iframe|legend|li|link|"
    "main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|source|summary|table|tbody|td|tfoot|th|"
    "thead|title|tr|track|ul"
)
_STARTS: Final = (
    (re.compile(r"<(?:script|pre|textarea|style)(?:[ \t>]|$)", re.I).match, r"</(?:script|pre|textarea|style)>"),
    (re.compile(r"<!--").match, "-->"),
    (re.compile(r"<\?").match, r"\?>"),
    (re.compile(r"<!\[CDATA\[").match, r"\]\]>"),
    (re.compile(r"<![A-Za-z]").match, ">"),
    (re.compile(rf"</?(?:{_BLOCKS})(?:[ \t]|/?>|$)", re.I).match, ""),
)
_lone_tag: Final = re.compile(rf"(?:{_OPEN}|{_CLOSE})[ \t]*$").match
_undecided: Final = re.compile(r"<(?:/?[A-Za-z0-9-]*/?|!\[?[A-Z]*\[?|!-?)$").match
_maybe_lone: Final = re.compile(rf"</?{_NAME}(?:[ \t/>]|$)").match
_after_tag: Final = re.compile(rf"(?:{_OPEN}|{_CLOSE})[ \t]*[^ \t]").match


def block_end(line: str, in_paragraph: bool) -> str | None:
    """The pattern that ends the HTML block this line begins; empty for a blank line; None if it begins none."""
    for starts, end in _STARTS:
        if starts(line):
            return end
    return "" if not in_paragraph and _lone_tag(line) else None


def undecided(line: str, in_paragraph: bool) -> bool:
    """Whether more of the line may still make it an HTML block, or another one."""
    if _undecided(line):
        return True
    if block_end(line, True) is not None or in_paragraph:
        return False
    return _maybe_lone(line) is not None and _after_tag(line) is None
