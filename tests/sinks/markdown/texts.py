"""Texts that are full of marks, for properties."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

MARKS: Final = (
    "a", "b c", "word ", " ", "variable", "*", "**", "***", "_", "__", "~~", "~", "`", "``", "```", "~~~", "\n",
    "\n\n", "> ", "- ", "1. ", "2) ", "+ ", "10) ", "# ", " #", "    ", "  ", "\t", "[", "]", "(", ")", "[x]", "[^x]",
    "[x]: /u\n", "[x]:", "\n[^x]: note", "](u)", "](<u> 't')", "![", "<div>", "<b>", "</b>", "<a b='", "<!--", "-->",
    "<http://a.b>", "---", "===", "|", "|-|-|", ":-", "| a | b |\n|---|:-:|\n", "\n- [x] ", "- [ ] ", "$", "$$", "$x$",
    "\\(", "\\)", "\\[", "\\]", "\\", "&amp;", "&", "&#35;", "www.a.b", "http://a.b", "https://c.d/e?f=g", "a@b.co",
    "mailto:a@b.co", "\r\n", "<", ">", "\x00", "\ud800", "中文", "é", "。", "，", "：", "“", "”", "!", ".", "-", "=",
    "\u00a0", '"t"', "(t)",
)  # fmt: skip
TEXTS: Final = st.lists(st.sampled_from(MARKS), max_size=24).map("".join)
