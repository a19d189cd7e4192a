"""Autolinks: those in `<>` (CommonMark 6.5) and bare ones (GFM 6.9, read as cmark-gfm and comrak do).

Strategy: a word full of `www._` is looked at once. Only what has a domain is followed to its end, and the reading goes
on there; a domain that is refused is remembered, since the next mark may stand in the same one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

angle_url: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\x00-\x20<>]*)>").match
_DOMAIN: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
angle_mail: Final = re.compile(rf"<([a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_DOMAIN}(?:\.{_DOMAIN})*)>").match
_IN_WORD: Final = r"[^ \t\n\v\f<]"
# In Chinese text no blank parts an address from what follows: with the CJK amendment its punctuation ends one too.
_IN_WORD_CJK: Final = r"[^\s<\u2018\u2019\u201c\u201d\u2026\u3000-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff65]"
_ONE: Final = {False: _IN_WORD, True: _IN_WORD_CJK}
_run: Final = {cjk: re.compile(f"{one}*").match for cjk, one in _ONE.items()}
_entity_tail: Final = re.compile(r"&[A-Za-z]+;$").search
_domain: Final = {
    cjk: re.compile(rf"(?:(?={one})(?:[\w\-.]|\\(?={one})|[^\x00-\x7f\s]))*").match for cjk, one in _ONE.items()
}
_scheme: Final = re.compile(r"(?:https?|ftp)://", re.IGNORECASE).match
_LOCAL: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_")
_protocol: Final = re.compile(r"(?<![A-Za-z])(?:mailto|xmpp)\Z").search
_mail_domain: Final = re.compile(r"(?:[a-zA-Z0-9\-_]|\.(?=[a-zA-Z0-9]))*").match
_xmpp_domain: Final = re.compile(r"(?:[a-zA-Z0-9\-_/]|\.(?=[a-zA-Z0-9]))*").match
BEFORE: Final = " \t\n*_~(["  # what may stand before a bare `www.`, besides the line's beginning


def may_follow(before: str, www: bool) -> bool:
    """Whether a bare URL may stand behind a character."""
    return before in BEFORE if www else not ("a" <= before <= "z" or "A" <= before <= "Z")


class BareURLs:
    """The bare URLs of a text, looked for from left to right.

    Args:
        text: the text.
        cjk: whether Chinese punctuation ends one.
    """

    __slots__ = ("_cjk", "_domain", "_text")

    def __init__(self, text: str, cjk: bool) -> None:
        self._text, self._cjk = text, cjk
        self._domain = _Domain(-1, -1, -1, -1)

    def at(self, at: int) -> tuple[str, int] | None:
        """The URL of a `www.` or `http://` at a place, and where it ends."""
        text = self._text
        scheme = _scheme(text, at)
        start = scheme.end() if scheme else at + 4
        if not self._is_domain(start, scheme is None):
            return None
        run = _run[self._cjk](text, start)
        end = _trim(text, at, run.end() if run else start)
        return ("" if scheme else "http://") + text[at:end], end

    def _is_domain(self, start: int, dotted: bool) -> bool:
        """Whether a domain is there: no underscore in its last two parts; behind `www.` a dot, else no mark first."""
        if start > self._domain.end:
            self._domain = _domain_at(self._text, start, self._cjk)
        domain = self._domain
        begins = domain.dot >= start if dotted else start < domain.end and self._text[start] not in ".-\\"
        return begins and domain.underscore < max(start, domain.dot_before + 1)


class _Domain(NamedTuple):
    """Characters that a domain may have, and where the last marks among them are; -1 where there is none."""

    end: int
    dot: int
    dot_before: int
    underscore: int


def _domain_at(text: str, start: int, cjk: bool) -> _Domain:
    found = _domain[cjk](text, start)
    end = found.end() if found else start
    domain = text[start:end]
    if not domain.isascii():
        marks = (at for at, char in enumerate(domain) if char > "\x7f" and unicodedata.category(char)[0] == "P")
        end = start + next(marks, len(domain))
    dot = text.rfind(".", start, end)
    dot_before = text.rfind(".", start, dot) if dot > start else -1
    return _Domain(end, dot, dot_before, text.rfind("_", start, end))


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
