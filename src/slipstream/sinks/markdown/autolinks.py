"""Autolinks: those in `<>` (CommonMark 6.5) and bare ones (GFM 6.9, read as cmark-gfm and comrak do)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

angle_url: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\x00-\x20<>]*)>").match
_DOMAIN: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
angle_mail: Final = re.compile(rf"<([a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_DOMAIN}(?:\.{_DOMAIN})*)>").match
_run: Final = re.compile(r"[^ \t\n\v\f<]*").match
# In Chinese text no blank parts an address from what follows: with the CJK amendment its punctuation ends one too.
_run_cjk: Final = re.compile(
    r"[^\s<\u2018\u2019\u201c\u201d\u2026\u3000-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff65]*"
).match
_entity_tail: Final = re.compile(r"&[A-Za-z]+;$").search
_domain: Final = re.compile(r"(?:[\w\-.]|\\(?=.)|[^\x00-\x7f\s])*").match
_scheme: Final = re.compile(r"(?:https?|ftp)://", re.IGNORECASE).match
_LOCAL: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_")
_protocol: Final = re.compile(r"(?<![A-Za-z])(?:mailto|xmpp)\Z").search
_mail_domain: Final = re.compile(r"(?:[a-zA-Z0-9\-_]|\.(?=[a-zA-Z0-9]))*").match
_xmpp_domain: Final = re.compile(r"(?:[a-zA-Z0-9\-_/]|\.(?=[a-zA-Z0-9]))*").match
BEFORE: Final = " \t\n*_~(["  # what may stand before a bare `www.`, besides the line's beginning


def may_follow(before: str, www: bool) -> bool:
    """Whether a bare URL may stand behind a character."""
    return before in BEFORE if www else not ("a" <= before <= "z" or "A" <= before <= "Z")


def bare_url(text: str, at: int, cjk: bool) -> tuple[str, int] | None:
    """The URL of a bare `www.` or `http://` at a place, and where it ends."""
    scheme = _scheme(text, at)
    start = scheme.end() if scheme else at + 4
    run = (_run_cjk if cjk else _run)(text, start)
    end = run.end() if run else start
    if not _is_domain(text, start, end, scheme is None):
        return None
    end = _trim(text, at, end)
    return ("" if scheme else "http://") + text[at:end], end


def _is_domain(text: str, start: int, end: int, dotted: bool) -> bool:
    """Whether a domain begins there: no underscore in its last two parts; behind `www.` a dot, else no mark first."""
    found = _domain(text, start, end)
    domain = found[0] if found else ""
    if not domain.isascii():
        stop = next(
            (at for at, char in enumerate(domain) if unicodedata.category(char)[0] == "P" and char > "\x7f"), None
        )
        domain = domain[:stop]
    parts = domain.split(".")
    begins = len(parts) > 1 if dotted else domain[:1] not in ("", ".", "-", "\\")
    return begins and not any("_" in part for part in parts[-2:])


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
    done, at = 0, text.find("@")
    while at >= 0:
        start, protocol = _local(text, at, done)
        domain = (_xmpp_domain if protocol == "xmpp" else _mail_domain)(text, at + 1)
        done = domain.end() if domain else at + 1
        last = text[done - 1]
        if start < at and domain and "." in domain[0] and last.isalpha() and text[done : done + 1] != "@":
            found.append((start, done, text[start:done] if protocol else f"mailto:{text[start:done]}"))
        else:
            done = at + 1
        at = text.find("@", done)
    return found


def _local(text: str, at: int, low: int) -> tuple[int, str]:
    """Where the part before an `@` begins, and the protocol it begins with."""
    protocol = ""
    while at > low:
        if text[at - 1] == ":" and (found := _protocol(text, max(low, at - 8), at - 1)):
            at, protocol = found.start(), found[0]
        elif text[at - 1] in _LOCAL:
            at -= 1
        else:
            break
    return at, protocol
