"""The inline content of a leaf.

Strategy: one pass from special character to special character makes a flat list of tokens (CommonMark's algorithm with
a stack of delimiter runs and one of brackets); `build` makes the tree. Of a leaf that is still open (`open_end`), a
tail that cannot be judged is not shown, and what is half open - emphasis, code - is shown as if it ended there: the
text itself is never repaired.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Container, Mapping
from typing import Final

from slipstream.sinks.markdown import autolinks, raw_html
from slipstream.sinks.markdown.brackets import LINK_END, Bracket
from slipstream.sinks.markdown.build import Builder, Token
from slipstream.sinks.markdown.delimiters import Run, pair
from slipstream.sinks.markdown.entities import decode_entity, entity, half_entity
from slipstream.sinks.markdown.links import MAX_LABEL, Target, inline_target, label_at, normalise
from slipstream.sinks.markdown.options import Options
from slipstream.sinks.markdown.tree import Code, FootnoteRef, HardBreak, Link, Math, Node, RawHTML, SoftBreak, Text

_URLS: Final = r"|(?i:www\.|https?://|ftp://)"
_plain_special: Final = re.compile(r"[\\`*_\[\]!<&\n]").search
_special: Final = re.compile(r"[\\`*_\[\]!<&\n~$]" + _URLS).search
_ticks: Final = re.compile(r"`+")
_run: Final = {char: re.compile(re.escape(char) + "+").match for char in "*_~"}
_ESCAPABLE: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_tail: Final = re.compile(r"(?:[*_~`$\\<&]|!?\[|!)+$").search
_half_link: Final = re.compile(r"\]\([^()\n]{0,2000}(?:\([^()\n]{0,500}\)?[^()\n]{0,500})?$").search


class Scope:
    """What a leaf's content is read against: the definitions so far, the options, what was looked for in vain."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.links: Mapping[str, Target] = {}
        self.notes: Container[str] = ()


class InlineParser:
    """Reads one leaf's text once.

    Args:
        text: the leaf's text, line ends as `\\n`.
        scope: definitions and options.
        open_end: whether more of the text may come.

    Attributes:
        missing: the labels without a definition, normalised; a footnote's with its `^`.
        done: of an open leaf, up to where no later text can change the content; the next reading may begin there.
    """

    def __init__(self, text: str, scope: Scope, open_end: bool = False) -> None:
        self._text, self._scope, self._open = text, scope, open_end
        self.missing: set[str] = set()
        self._tokens: list[Token] = []
        self._runs: list[Run] = []
        self._brackets: list[Bracket] = []
        self._nested: set[int] = set()  # brackets that hold another one, by their place among the tokens
        self._code_ends: dict[int, list[int]] | None = None
        self.done = self._done_tokens = 0
        self._unsettled = False  # whether a mark that may still begin something was taken as text
        self._half_link = ""  # a tail that looks like a link's destination
        self._absent: set[str] = set()  # ends that stand nowhere in the rest of the text

    def parse(self) -> tuple[Node, ...]:
        """The content's tree."""
        text = self._text = self._cut() if self._open else self._text
        options = self._scope.options
        find = _special if options.autolinks or options.math or options.strikethrough else _plain_special
        at, end = 0, len(text)
        while found := find(text, at):
            start = found.start()
            if start > at:
                self._tokens.append(text[at:start])
                if self._open and text[start - 1] == " ":
                    self._settle(start)
            at = _READERS[text[start]](self, start)
            if at >= end:
                break
        if at < end:
            self._last_words(at)
        pair(self._runs, 0)
        if self._open:
            self._close_half()
        return self._build(self._tokens)

    def _build(self, tokens: list[Token]) -> tuple[Node, ...]:
        return Builder(self._scope.options.autolinks).build(tokens)

    def settled(self) -> tuple[Node, ...]:
        """The tree of the text up to `done`."""
        return self._build(self._tokens[: self._done_tokens])

    def _last_words(self, at: int) -> None:
        """The text behind the last special character."""
        text = self._text
        blank = text.rfind(" ", at) + 1 if self._open else 0
        if blank:
            self._tokens.append(text[at:blank])
            self._settle(blank)
        self._tokens.append(text[max(at, blank) :])

    def _settle(self, at: int) -> None:
        """Note that nothing before a place, where a word begins, can change, if so."""
        if self._brackets or self._unsettled or self._text[at : at + 1] in ("", " ", "\t", "\n"):
            return
        if self._runs:
            pair(self._runs, 0)
        if not self._runs:
            self.done, self._done_tokens = at, len(self._tokens)

    # ---- the open end

    def _cut(self) -> str:
        """The text without a tail that more text may turn into something else."""
        text = self._text
        for half in (raw_html.half_tag, half_entity, _tail):
            if found := half(text, max(0, len(text) - 256)):
                text = text[: found.start()]
        if found := _half_link(text, max(0, len(text) - 4096)):
            self._half_link = text[found.start() :]
            return text[: found.start()]
        return text.rstrip(" \t\n")

    def _close_half(self) -> None:
        """Show emphasis as if it ended here, a half link as its text, a half image not at all."""
        if self._half_link and self._brackets:
            self._brackets[-1].hidden = True
        elif self._half_link and not (self._tokens and isinstance(self._tokens[-1], Code)):
            self._tokens.append(self._half_link)
        for run in reversed(self._runs):
            if run.before_word or (run.char == "~" and run.size > 2):
                continue
            while run.left:
                used = min(run.left, 2)
                run.left -= used
                run.opens.append("strike" if run.char == "~" else "strong" if used == 2 else "emphasis")
        image = next((bracket.token for bracket in self._brackets if bracket.image), None)
        if image is not None:
            del self._tokens[image:]

    # ---- readers: each takes the place of its character and returns where to go on

    def _literal(self, at: int, size: int = 1) -> int:
        if self._text[at] in "`<$\\":
            self._unsettled = True
        self._tokens.append(self._text[at : at + size])
        return at + size

    def _backslash(self, at: int) -> int:
        char = self._text[at + 1 : at + 2]
        if char == "\n":
            self._tokens.append(HardBreak())
            return _skip_blank(self._text, at + 2)
        if char and char in "([" and self._scope.options.math and (end := self._tex(at, _TEX_ENDS[char], char == "[")):
            return end
        if char and char in _ESCAPABLE:
            self._tokens.append(char)
            return at + 2
        return self._literal(at)

    def _tex(self, at: int, end: str, display: bool) -> int:
        """Math from a place to its end; 0 if it has none."""
        stop = self._find(end, at + 2)
        if stop < 0:
            return 0
        self._tokens.append(Math(self._text[at + 2 : stop], display))
        return stop + 2

    def _dollar(self, at: int) -> int:
        """`$x$` as Pandoc has it, so that prices stay prices: no blank inside the marks, no digit behind them."""
        text = self._text
        if not self._scope.options.math:
            return self._literal(at)
        if text.startswith("$$", at):
            return self._tex(at, "$$", True) or self._literal(at, 2)
        stop = at + 1
        while (stop := self._find("$", stop)) > 0 and text[stop - 1] == "\\":
            stop += 1
        inside = text[at + 1 : stop]
        if stop < 0 or not inside or inside[0].isspace() or inside[-1].isspace() or text[stop + 1 : stop + 2].isdigit():
            return self._literal(at)
        self._tokens.append(Math(inside))
        return stop + 1

    def _find(self, end: str, at: int) -> int:
        """Where a string stands next; -1, and remembered, if nowhere: looking again and again would cost a square."""
        if end in self._absent:
            return -1
        place = self._text.find(end, at)
        if place < 0:
            self._absent.add(end)
        return place

    def _backtick(self, at: int) -> int:
        found = _ticks.match(self._text, at)
        start = found.end() if found else at
        stop = self._code_end(start - at, start)
        if stop < 0 and not self._open:
            return self._literal(at, start - at)
        end = stop if stop >= 0 else len(self._text)
        self._tokens.append(Code(_code_text(self._text[start:end])))
        return end + (start - at if stop >= 0 else 0)

    def _code_end(self, size: int, at: int) -> int:
        """Where the next run of so many backticks begins, or -1."""
        if self._code_ends is None:
            self._code_ends = {}
            for found in _ticks.finditer(self._text):
                self._code_ends.setdefault(len(found[0]), []).append(found.start())
        places = self._code_ends.get(size, [])
        index = bisect_left(places, at)
        return places[index] if index < len(places) else -1

    def _delimiter(self, at: int) -> int:
        text = self._text
        char = text[at]
        found = _run[char](text, at)
        end = found.end() if found else at + 1
        if char == "~" and (not self._scope.options.strikethrough or end - at > 2):
            return self._literal(at, end - at)
        run = Run(char, end - at, text[at - 1] if at else "\n", text[end] if end < len(text) else "\n")
        self._tokens.append(run)
        if run.can_open or run.can_close:
            self._runs.append(run)
        return end

    def _line_end(self, at: int) -> int:
        before = self._tokens[-1] if self._tokens else ""
        hard = False
        if isinstance(before, str):
            hard = before.endswith("  ")
            self._tokens[-1:] = [before.rstrip(" \t")]
        self._tokens.append(HardBreak() if hard else SoftBreak())
        return _skip_blank(self._text, at + 1)

    def _entity(self, at: int) -> int:
        found = entity(self._text, at)
        if found is None:
            return self._literal(at)
        self._tokens.append(decode_entity(found[0]))
        return found.end()

    def _angle(self, at: int) -> int:
        text = self._text
        if found := autolinks.angle_url(text, at):
            self._tokens.append(Link((Text(found[1]),), found[1]))
        elif found := autolinks.angle_mail(text, at):
            self._tokens.append(Link((Text(found[1]),), f"mailto:{found[1]}"))
        elif found := raw_html.tag(text, at):
            self._tokens.append(RawHTML(found[0]))
        else:
            return self._other_html(at) or self._literal(at)
        return found.end()

    def _other_html(self, at: int) -> int:
        """A comment, an instruction, a declaration, CDATA; 0 if it is none."""
        text = self._text
        for start, end in raw_html.ENDS:
            if not text.startswith(start, at):
                continue
            if start == "<!" and not text[at + 2 : at + 3].isalpha():
                continue
            stop = self._find(end, at + (2 if start == "<!--" else len(start)))
            if stop < 0:
                return 0
            self._tokens.append(RawHTML(text[at : stop + len(end)]))
            return stop + len(end)
        return 0

    def _bare_url(self, at: int) -> int:
        text = self._text
        before = text[at - 1] if at else "\n"
        allowed = before in autolinks.BEFORE if text[at] in "wW" else not before.isalnum()
        found = None
        if self._scope.options.autolinks and allowed and not self._brackets:
            found = autolinks.bare_url(text, at)
        if found is None:
            return self._literal(at)
        url, end = found
        self._tokens.append(Link((Text(text[at:end]),), url))
        return end

    def _bang(self, at: int) -> int:
        if not self._text.startswith("[", at + 1):
            return self._literal(at)
        return self._push_bracket(at + 2, image=True)

    def _bracket(self, at: int) -> int:
        return self._push_bracket(at + 1, image=False)

    def _push_bracket(self, start: int, image: bool) -> int:
        if self._brackets:
            self._nested.add(self._brackets[-1].token)
        bracket = Bracket(image, start, len(self._tokens), len(self._runs))
        self._brackets.append(bracket)
        self._tokens.append(bracket)
        return start

    def _close_bracket(self, at: int) -> int:
        if not self._brackets:
            return self._literal(at)
        opener = self._brackets.pop()
        if not opener.active:
            return self._literal(at)
        if self._text.startswith("(", at + 1) and (found := inline_target(self._text, at + 1)):
            return self._link(opener, *found)
        named = self._reference(opener, at)
        if named is not None:
            return self._link(opener, *named)
        return self._note(opener, at) or self._literal(at)

    def _reference(self, opener: Bracket, at: int) -> tuple[Target, int] | None:
        """The target of `[text][label]`, `[label][]` or `[label]`, and where it ends."""
        label, end = label_at(self._text, at + 1), at + 1
        name = label[1] if label else ""
        if label and name:
            end = label.end()
        elif opener.token in self._nested or at - opener.start > MAX_LABEL:
            return None
        else:
            end = label.end() if label else end
            name = self._text[opener.start : at]
        target = self._scope.links.get(key := normalise(name))
        if target is None:
            self.missing.add(key)
        return None if target is None or not key else (target, end)

    def _link(self, opener: Bracket, target: Target, end: int) -> int:
        pair(self._runs, opener.runs)
        del self._runs[opener.runs :]
        opener.target = target
        self._tokens.append(LINK_END)
        if not opener.image:
            for other in reversed(self._brackets):
                if not other.image:
                    if not other.active:
                        break
                    other.active = False
        return end

    def _note(self, opener: Bracket, at: int) -> int:
        """A reference to a footnote; 0 if it is none."""
        label = self._text[opener.start : at]
        if not self._scope.options.footnotes or len(label) < 2 or label[0] != "^" or len(label) > MAX_LABEL:
            return 0
        name = normalise(label[1:])
        if opener.token in self._nested or name not in self._scope.notes:
            self.missing.add(f"^{name}")
            return 0
        del self._runs[opener.runs :]
        del self._tokens[opener.token :]
        if opener.image:
            self._tokens.append("!")
        self._tokens.append(FootnoteRef(name))
        return at + 1


def _skip_blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _code_text(text: str) -> str:
    """A code span's text: line ends are spaces, one space at both ends goes (CommonMark 6.1)."""
    text = text.replace("\n", " ")
    return text[1:-1] if text[:1] == text[-1:] == " " and text.strip(" ") else text


_TEX_ENDS: Final = {"(": "\\)", "[": "\\]"}
_READERS: Final[dict[str, Callable[[InlineParser, int], int]]] = {
    "\\": InlineParser._backslash,
    "$": InlineParser._dollar,
    "`": InlineParser._backtick,
    "\n": InlineParser._line_end,
    "&": InlineParser._entity,
    "<": InlineParser._angle,
    "!": InlineParser._bang,
    "[": InlineParser._bracket,
    "]": InlineParser._close_bracket,
    **dict.fromkeys("*_~", InlineParser._delimiter),
    **dict.fromkeys("wWhHfF", InlineParser._bare_url),
}
