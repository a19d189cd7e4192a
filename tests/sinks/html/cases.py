"""What the tests of this sink share: texts, cuts, and the rules that patches keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from slipstream.sinks.html import HTML, Patch, apply

SCHEMES = (
    "http",
    "https",
    "mailto",
    "tel",
    "ftp",
    "irc",
    "made-up-scheme",
    "a+b+c",
    "localhost",
    "streamdown",
    "skype",
)
"""Of the links in the public examples."""

_PIECES = (
    "a", "b c", "*", "**", "_", "~~", "`", "```", "\n", "\n\n", "> ", "- ", "1. ", "# ", "    ", "\t", "[x]", "[^x]",
    "[^y]", "\n\n[x]: /u\n", "\n\n[^x]: note", "\n\n[^y]: two\n", "](u)", "![", "<div>", "<b>", "<!--", "-->", "---",
    "===", "|", "a|b\n-|-\n", "- [x] ", "$$", "$", "\\(", "\\)", "\\[", "&amp;", "&", "www.a.b", "http://a.b", "\\",
    "a@b.co", "10) ", "\n- ", "\n\n  ", "<", ">", "中文", "\r\n", '"', "'",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(_PIECES), max_size=24).map("".join)


def cuts(text: str) -> Iterator[list[str]]:
    """A text whole, character by character, and in threes."""
    yield [text]
    yield list(text)
    yield re.findall(r"(?s).{1,3}", text)


def patches(pieces: Iterable[str], **options: Any) -> list[Patch]:
    """All patches of a text."""
    html = HTML(**options)
    found = [patch for piece in pieces for patch in html.feed(piece)] + html.end()
    assert apply(found) == html.html
    return found


class Law:
    """Refuses what a patch may not do.

    Args:
        late: whether definitions may come late: then a closed block may change.
    """

    _block = re.compile(r'data-block="(-?[0-9]+)"').findall
    _allowed = re.compile(
        r"</?(?:p|h[1-6]|hr|ul|ol|li|blockquote|pre|code|em|strong|del|a|img|br|table|thead|tbody|tr|th|td|sup|span|div|"
        r"section|input)(?: [a-z-]+(?:=\"[^\"<>]*\")?)*(?: /)?>"
    ).sub

    def __init__(self, late: bool) -> None:
        self.late = late
        self.known, self.closed = {0}, set[int]()

    def check(self, found: Iterable[Patch]) -> None:
        for patch in found:
            assert patch.block in self.known, patch
            assert self.late or patch.block not in self.closed, patch
            assert not re.search("[<>]", self._allowed("", patch.html)), patch
            if patch.op == "close":
                assert not patch.html
                self.closed.add(patch.block)
            self.known |= set(map(int, self._block(patch.html)))
