"""Where the reading of a leaf's inline content stands: what the readers of its marks share."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from slipstream.sinks.markdown.autolinks import BareURLs
from slipstream.sinks.markdown.brackets import Bracket
from slipstream.sinks.markdown.build import Token
from slipstream.sinks.markdown.delimiters import Runs
from slipstream.sinks.markdown.links import Destinations, Target
from slipstream.sinks.markdown.options import Options

MAX_HIDDEN: Final = 256  # characters of a tail that may become a tag, a link, an image: a longer one is shown as it is


class Scope:
    """What a leaf's content is read against.

    Attributes:
        options: the extensions.
        links: the link definitions so far, by normalised label.
        notes: the labels of the footnotes so far.
    """

    __slots__ = ("links", "notes", "options")

    def __init__(self, options: Options, links: Mapping[str, Target], notes: Container[str]) -> None:
        self.options, self.links, self.notes = options, links, notes


class Scan:
    """One reading of a text.

    Attributes:
        text: the text, line ends as `\\n`; of an open one, without the marks and the white space at its end.
        whole: the text with them.
        before: up to two characters that stand before it.
        open: whether more of it may come.
        tokens: what was read.
        runs: the delimiter runs among the tokens.
        brackets: those that may still become links.
        linked: where the last link begins, among the tokens: a link holds no link, so a `[` before it begins none.
        destinations: those in the whole text; one that ends behind `text` is not there yet.
        nested: the brackets that hold another one, by their place among the tokens.
        missing: the labels without a definition, normalised; a footnote's with its `^`.
        code_ends: where the runs of backticks begin, by their length, once one was looked for.
        urls: its bare URLs, once one was looked for.
        in_code: whether it ends in a code span that is still open.
        unsettled: whether a mark was taken as text that more text may still make the beginning of something.
        hides: whether what is half written may be left out.
        hidden: from where on it was; -1 if nothing was.
    """

    __slots__ = (
        "_absent", "before", "brackets", "code_ends", "destinations", "hidden", "hides", "in_code", "linked", "missing",
        "nested", "open", "options", "runs", "scope", "text", "tokens", "unsettled", "urls", "whole",
    )  # fmt: skip

    def __init__(self, text: str, scope: Scope, before: str, open_end: bool) -> None:
        self.whole, self.scope, self.before, self.open = text, scope, before, open_end
        self.options = scope.options
        self.missing: set[str] = set()
        self.hides = open_end
        self.destinations = Destinations(text)
        self.begin(text)

    def begin(self, text: str) -> None:
        """Read a text from its beginning."""
        self.text, self.hidden = text, -1
        self.tokens: list[Token] = []
        self.runs = Runs()
        self.brackets: list[Bracket] = []
        self.nested: set[int] = set()
        self.linked = 0
        self.in_code = self.unsettled = False
        self.code_ends: dict[int, list[int]] | None = None
        self.urls: BareURLs | None = None
        self._absent: set[str] = set()  # ends that stand nowhere in the rest of the text

    def char_before(self, at: int) -> str:
        """The character before a place; a line end before the first."""
        return self.text[at - 1] if at else self.before[-1:]

    def two_before(self, at: int) -> str:
        """The two characters before a place, as far as there are any."""
        return self.text[at - 2 : at] if at > 1 else (self.before + self.text[:at])[-2:]

    def find(self, end: str, at: int) -> int:
        """Where a string stands next; -1, and remembered, if nowhere: looking again and again would cost a square."""
        if end in self._absent:
            return -1
        place = self.text.find(end, at)
        if place < 0:
            self._absent.add(end)
        return place

    def literal(self, at: int, size: int = 1) -> int:
        """Take characters as text; where to go on."""
        self.tokens.append(self.text[at : at + size])
        return at + size

    def unsure(self, at: int, size: int = 1) -> int:
        """Take characters as text that may turn out to be more than that."""
        self.unsettled = True
        return self.literal(at, size)

    def hide(self, at: int, most: int = MAX_HIDDEN) -> int:
        """Leave out what is half written from a place to the text's end; 0 if that is too much."""
        self.unsettled = True
        if not self.hides or len(self.whole) - at > most:
            return 0
        self.hidden = at
        return len(self.text)
