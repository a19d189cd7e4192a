"""Autolinks: those in `<>` (CommonMark 6.5) and bare ones (GFM 6.9)."""

from __future__ import annotations

import re
from typing import Final

angle_url: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\x00-\x20<>]*)>").match
_DOMAIN: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
angle_mail: Final = re.compile(rf"<([a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_DOMAIN}(?:\.{_DOMAIN})*)>").match
_run: Final = re.compile(r"[^\s<]*").match
_entity_tail: Final = re.compile(r"&[A-Za-z0-9]+;$").search
_domain: Final = re.compile(r"(?:[\w\-.]|[^\x00-\x7f\s])+").match
_scheme: Final = re.compile(r"(?:https?|ftp)://", re.IGNORECASE).match
mail: Final = re.compile(
    r"(?:(mailto:|xmpp:))?[a-zA-Z0-9.+_\-]+@[a-zA-Z0-9\-_]+(?:\.[a-zA-Z0-9\-_]+)*(/[a-zA-Z0-9@.]+)?"
).finditer
BEFORE: Final = " \t\n*_~("  # what may stand before a bare autolink (GFM 6.9), besides the line's beginning


def bare_url(text: str, at: int) -> tuple[str, int] | None:
    """The URL of a bare `www.` or `http://` at a place, and where it ends."""
    scheme = _scheme(text, at)
    start = scheme.end() if scheme else at
    domain = _domain(text, start)
    if domain is None or not _is_domain(domain[0], scheme is not None):
        return None
    run = _run(text, at)
    end = _trim(text, at, run.end() if run else at)
    return ("" if scheme else "http://") + text[at:end], end


def _is_domain(domain: str, single: bool) -> bool:
    """No underscore in the last two parts; a scheme's domain may be one word (as cmark-gfm has it)."""
    parts = domain.rstrip(".").split(".")
    return (single or len(parts) > 1) and bool(parts[0]) and not any("_" in part for part in parts[-2:])


def _trim(text: str, start: int, end: int) -> int:
    """Cut what GFM does not count to a link at its end: marks, an entity, a parenthesis too many."""
    opened, closed = text.count("(", start, end), text.count(")", start, end)
    while end > start:
        last = text[end - 1]
        if last in "?!.,:*_~'\"":
            end -= 1
        elif last == ")" and closed > opened:
            end, closed = end - 1, closed - 1
        elif last == ";":
            found = _entity_tail(text, max(start, end - 40), end)
            end = found.start() if found else end - 1
        else:
            break
    return end


def addresses(text: str) -> list[tuple[int, int, str]]:
    """The bare mail addresses of a text: where each begins and ends, and its URL (GFM 6.9)."""
    found: list[tuple[int, int, str]] = []
    for one in mail(text):
        whole = one[0]
        kept = whole.rstrip(".") if not one[2] else whole
        domain = kept.rpartition("@")[2] if not one[2] else kept[: -len(one[2])].rpartition("@")[2]
        if one[2] and one[1] != "xmpp:":
            kept = kept[: -len(one[2])]
        if "." not in domain or domain[-1:] in "-_" or (one[1] and one.start() and text[one.start() - 1].isalnum()):
            continue
        found.append((one.start(), one.start() + len(kept), kept if one[1] else f"mailto:{kept}"))
    return found
