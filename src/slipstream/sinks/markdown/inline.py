"""The inline content of a leaf.

Strategy: one pass from special character to special character makes a flat list of tokens (CommonMark's algorithm with
a stack of delimiter runs and one of brackets); `build` makes the tree. Of a leaf that is still open (`open_end`), a
tail that cannot be judged is not shown, and what is half open - emphasis, code - is shown as if it ended there: the
text itself is never repaired. And a place is told up to which no later text can change anything (`done`), so that the
next reading begins there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from slipstream.sinks.markdown import link_spans, spans
from slipstream.sinks.markdown.brackets import Bracket
from slipstream.sinks.markdown.build import Builder, Token
from slipstream.sinks.markdown.links import half_address
from slipstream.sinks.markdown.scan import MAX_HIDDEN, Scan, Scope
from slipstream.sinks.markdown.tree import Node

SETTLED: Final = 24  # characters: for less it is not worth cutting the text in two

_marks: Final = re.compile(r"[\\`*_\[\]!<&\n~$]").search
_marks_and_urls: Final = re.compile(
    r"[\\`*_\[\]!<&\n~$wWhHfF](?:(?<![wWhHfF])|(?<=[wW])[wW]{2}\.|(?<=[hH])[tT]{2}[pP][sS]?://|(?<=[fF])[tT][pP]://)"
).search
_TAIL: Final = "*_~`$\\<&[!"  # marks that more text may make something of
_MARKS: Final = frozenset(_TAIL + "\n")
_LOOSE: Final = _MARKS | {" ", "\t"}
_address: Final = re.compile(r"(?:[wW]\.|:/|@)[^ \t\n]*\Z").search  # a last word that may be one, or part of one


class InlineParser(Scan):
    """Reads one leaf's text once.

    Args:
        text: the leaf's text, line ends as `\\n`.
        scope: definitions and options.
        open_end: whether more of the text may come.
        before: up to two characters that stand before the text.

    Attributes:
        done: of an open leaf, up to where no later text can change the content; 0 if that is not worth a cut.
        settled: the content up to there.
        grows: whether plain characters behind the text would only make the last node longer.
        white: the white space at the text's end, which is not shown.
    """

    __slots__ = ("_done_tokens", "done", "grows", "settled", "white")

    def __init__(self, text: str, scope: Scope, open_end: bool = False, before: str = "\n") -> None:
        super().__init__(text, scope, before, open_end)
        self.done = self._done_tokens = 0
        self.settled: tuple[Node, ...] = ()
        self.grows = False
        self.white = ""

    def parse(self) -> tuple[Node, ...]:
        """The content's tree, without what is `settled`."""
        if not self.open:
            self._read()
            self.runs.pair()
            return self._build(self.tokens)
        self._trim(self.text)
        words = self._read()
        if self.hidden > 0 and self.text[self.hidden - 1] in _LOOSE and self.text[self.hidden] != "]":
            self.hides = False  # what is shown now ends with marks or a blank
            self._trim(self.text[: self.hidden])
            self._read()
            self.grows = False
        self.runs.pair()
        tokens = self.tokens
        self.grows &= words or self.in_code
        if self.runs.open or self.brackets:
            self._close_half()
        if not self.done:
            return self._build(tokens)
        self.settled = self._build(tokens[: self._done_tokens])
        return self._build(tokens[self._done_tokens :])

    def _build(self, tokens: list[Token]) -> tuple[Node, ...]:
        return Builder(self.options.autolinks).build(tokens)

    def _read(self) -> bool:
        """Make the tokens; whether the last one is words."""
        text, tokens = self.text, self.tokens
        urls = self.options.autolinks and ("://" in text or "ww." in text.lower())
        find = _marks_and_urls if urls else _marks
        at, end = 0, len(text)
        while found := find(text, at):
            start = found.start()
            if start > at:
                tokens.append(text[at:start])
                if self.open:
                    self._settle(start)
            at = _READERS[text[start]](self, start)
            if at >= end:
                return False
        if at < end:
            self._last_words(at)
        return at < end

    def _last_words(self, at: int) -> None:
        """The text behind the last special character."""
        text, tokens = self.text, self.tokens
        if self.open:
            blank = text.rfind(" ", at) + 1 or (len(text) - 1 if text[-2:-1] > "\x7f" else 0)
            if blank > at:
                tokens.append(text[at:blank])
                self._settle(blank)
                at = blank
        tokens.append(text[at:])

    def _settle(self, at: int) -> None:
        """Note that nothing before a place can change, if so: it is where a word begins, or stands behind an ideograph.

        Behind other characters it may be the middle of a mail address.
        """
        if at < SETTLED or self.brackets or self.unsettled:
            return
        before = self.text[at - 1]
        if before == " ":
            if self.text[at : at + 1] in ("", " ", "\t", "\n"):
                return
        elif before <= "\x7f" or before.isspace():
            return
        self.runs.pair()
        if not self.runs.open:
            self.done, self._done_tokens = at, len(self.tokens)

    # ---- the open end

    def _trim(self, text: str) -> None:
        """Begin to read a text without the marks at its end, which more text may make something of, and the blanks."""
        size = len(text)
        if text[-1:] in _MARKS:
            line = text.removesuffix("\n")
            cut = len(line.rstrip(_TAIL))
            if cut < len(line):
                text = text[: max(cut, size - MAX_HIDDEN)]
        shown = text.rstrip(" \t\n")
        self.done = self._done_tokens = 0
        self.begin(shown)
        if len(text) == size:
            self.white = text[len(shown) :]
            self.grows = "\n" not in self.white and not _address(shown, max(shown.rfind(" "), 0))

    def _close_half(self) -> None:
        """Show emphasis as if it ended here, a half image not at all."""
        for run in reversed(self.runs.open):
            if run.before_word or (run.char == "~" and run.size > 2):
                continue
            while run.left:
                used = min(run.left, 2)
                run.left -= used
                run.opens.append("strike" if run.char == "~" else "strong" if used == 2 else "emphasis")
        image = next((bracket.token for bracket in self.brackets if bracket.image and self._short(bracket)), None)
        if image is not None:
            del self.tokens[image:]
            self.grows = False

    def _short(self, bracket: Bracket) -> bool:
        """Whether what stands in an open bracket is so short that it may be left out."""
        address = bracket.hidden and half_address(self.whole, self.hidden + 1)
        return (self.hidden if address else len(self.whole)) - bracket.start <= MAX_HIDDEN


_READERS: Final[dict[str, Callable[[Scan, int], int]]] = {
    "\\": spans.backslash,
    "$": spans.dollar,
    "`": spans.backtick,
    "\n": spans.line_end,
    "&": spans.ampersand,
    "<": spans.angle,
    "!": link_spans.bang,
    "[": link_spans.open_bracket,
    "]": link_spans.close_bracket,
    **dict.fromkeys("*_~", spans.delimiter),
    **dict.fromkeys("wWhHfF", spans.bare_url),
}
