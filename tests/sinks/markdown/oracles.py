"""Other parsers of the whole text, and where we know that they and we differ, and why."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import comrak
from markdown_it import MarkdownIt
from tests.sinks.markdown.page import COMMONMARK, to_html

GFM: Final = COMMONMARK | dict.fromkeys(("tables", "strikethrough", "tasks", "autolinks"), True)
CJK: Final = GFM | {"cjk": True, "autolinks": False}  # comrak ends no address at Chinese punctuation
FOOTNOTES: Final = GFM | {"footnotes": True}

_COMRAK_NAMES: Final = {
    "tables": "table",
    "strikethrough": "strikethrough",
    "tasks": "tasklist",
    "autolinks": "autolink",
    "footnotes": "footnotes",
    "cjk": "cjk_friendly_emphasis",
}
_UNSAFE: Final = comrak.RenderOptions(unsafe_=True)
_markdown_it: Final = MarkdownIt("commonmark")


class Difference(NamedTuple):
    """A difference that is known.

    Attributes:
        where: the texts it may show in.
        why: what each side does, and who is right.
    """

    where: re.Pattern[str]
    why: str


def _known(pattern: str, why: str) -> Difference:
    return Difference(re.compile(pattern, re.DOTALL | re.MULTILINE), why)


DIFFERENCES: Final = (
    _known(r"<!--.*--->", "comrak and markdown-it end no comment at three hyphens, as CommonMark did before 0.31"),
    _known(r"<!", "comrak takes only some of the declarations that CommonMark 6.6 has"),
    _known(
        r"\\&", "an escaped ampersand begins no entity (2.4, 2.5); cmark resolves entities first in URLs and titles"
    ),
    _known(r"\]\[[ \t\n]+\]", "cmark takes blank brackets behind a reference for its label; they are none (6.3)"),
    _known(r"<[^>]*&", "cmark resolves entities in autolinks"),
    _known(r"\]:[^\n]*\n[ \t]+", "cmark keeps the blanks before a paragraph's line behind a definition"),
    _known(r"\]:[^\n]*\n[\"'(]", "cmark gives a definition the title that it then takes for a paragraph's text"),
    _known(r"\]:[^\n]*\n *-", "cmark reads no thematic break, list or table in the line behind a definition"),
    _known(r"\]:.*\n *[|:]?-", "cmark leaves a definition before a table in its paragraph"),
    _known(
        r"^[ \t>]*([-+*]|[0-9]+[.)])[ \t].*\]:[^\n]*\n[ \t>]*\n",
        "cmark does not count a definition when it looks for blank lines between an item's blocks",
    ),
    _known(r"([-+*]|[0-9][.)]) .*(\*\*\*|___|---)[^\n]*\n *\n", "nor a thematic break (5.3 does; markdown-it too)"),
    _known(r"`\n[ \t]+", "comrak keeps the blanks before a lazy line in a code span"),
    _known(r"\[[xX ]\][ \t]*(\n|\Z)", "comrak and cmark-gfm disagree about a task with nothing behind its box"),
    _known(r"\[[xX ]\][^ \t\n]", "comrak takes a box for a task's with a mark right behind it"),
    _known(r"\[[xX ]\].*\n[ \t]*(-+|=+)[ \t]*$", "comrak makes no task of an underlined heading, cmark-gfm does"),
    _known(r"\\.*@", "comrak makes no part of a mail address of an escaped character"),
    _known(r"\[x\][ \t].*\[x\]:|\[x\]:.*\[x\][ \t]", "comrak makes no task of a box that is a reference"),
    _known(r"\[.*@", "comrak links no mail address behind an open bracket, cmark-gfm does"),
    _known(r"www\.[^\s]*[\[\\@]", "comrak and cmark-gfm disagree about addresses with brackets or backslashes"),
    _known(r"[/@][^\s]*\\", "the same"),
    _known(
        r"\\~|~\ufe00", "the same, of which the first is escaped; comrak looks through tildes at what a selector varies"
    ),
    _known(r"\\\\\|", "comrak keeps the backslash of an escaped bar behind a backslash, cmark-gfm does not"),
    _known(r"(?<!~)~(?!~).*~~|~~.*(?<!~)~(?!~)", "comrak pairs nothing behind a single tilde that meets a double one"),
)


def differences(text: str) -> list[str]:
    """Why the pages of a text may differ."""
    return [known.why for known in DIFFERENCES if known.where.search(text)]


def link_in_link(page: str) -> bool:
    """Whether comrak put a link into a link, as in `[[a](b) [c]](d)`; CommonMark 6.3 and markdown-it do not."""
    page = re.sub(r'<sup class="footnote-ref">.*?</sup>', "", page)
    return re.search(r"<a (?:(?!</a>).)*<a ", page, re.DOTALL) is not None


def ours(text: str, options: dict[str, bool]) -> str:
    """Our page of the whole text."""
    return alike(to_html([text], **options))


def by_comrak(text: str, options: dict[str, bool]) -> str:
    """comrak's page. The text's last line gets an end: without one comrak leaves it out of code too."""
    found: dict[str, Any] = {_COMRAK_NAMES[name]: on for name, on in options.items() if name in _COMRAK_NAMES}
    return alike(comrak.markdown_to_html(_ended(text), comrak.ExtensionOptions(**found), None, _UNSAFE))


def by_markdown_it(text: str) -> str:
    """markdown-it-py's page, of CommonMark."""
    return alike(str(_markdown_it.render(_ended(text))))


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def alike(page: str) -> str:
    """HTML without what is a matter of taste: how a task's box is written, a line end in an image's description."""
    page = re.sub(
        r'<input type="checkbox"( checked="")? disabled="" />', r'<input\1 disabled="" type="checkbox">', page
    )
    page = re.sub(r"(<input[^>]*>)\s*(<p>)?\s+", r"\1 \2", page)
    return re.sub(r'alt="[^"]*"', lambda found: found[0].replace("\n", " "), page)
