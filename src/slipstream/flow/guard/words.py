"""Word lists over a text that comes in pieces.

Strategy: the automaton runs over the folded text and knows after each character the longest suffix that a word may
go on from. All before that suffix is decided. While each character folds to exactly one, positions are a subtraction;
as soon as one folds to none or several, the places of the folded characters in the suffix are kept in a list, until all
of them are even again.

A word that must stand alone is found with borders: one is read where the text goes from what is part of a word to what
is not, or back, and the listed word has them too. So a suffix inside another word starts nothing and holds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from slipstream.flow.guard.fold import Folder
from slipstream.flow.guard.matches import UNDECIDED, Match, match
from slipstream.flow.guard.trie import BORDER, Node, build, step

# Letters, digits and marks of scripts that put spaces between words. Others (Han, Kana, Thai, Lao, Khmer, Burmese)
# always border on what stands beside them.
_JOINED: Final = re.compile(
    r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
_MAX_CACHED: Final = 1 << 16


class Word(NamedTuple):
    """A forbidden word.

    Args:
        text: the word, in any of its forms; it is folded.
        name: the rule that a match is reported under.
        whole: True finds it only where it stands alone: "cat" not in "concatenate". What has no spaces between words,
            such as Chinese, always stands alone.
    """

    text: str
    name: str = "words"
    whole: bool = False


class _Joined(dict[str, bool]):
    """Whether a folded character makes one word with such a neighbour."""

    def __missing__(self, char: str) -> bool:
        if len(self) >= _MAX_CACHED:
            self.clear()
        result = self[char] = _JOINED.match(char) is not None
        return result


_joined: Final = _Joined()


def bordered(folded: str) -> str:
    """A word that must stand alone, with its borders."""
    out, inside = [], False
    for char in folded:
        if _joined[char] != inside:
            inside = not inside
            out.append(BORDER)
        out.append(char)
    return "".join(out) + BORDER * inside


class WordList(NamedTuple):
    """Words to look for, all of which must stand alone or none.

    Args:
        root: the automaton of the folded words.
        folds: how they and the text are folded.
        quiet: characters seen that are part of no word that must stand alone.
    """

    root: Node
    folds: Folder
    quiet: set[str]


def listed(words: Iterable[tuple[int, str]], folds: Folder, *, whole: bool) -> WordList:
    """The list of some words.

    Args:
        words: the words, each with the order of its rule.
        folds: how they are folded; no word may fold to nothing.
        whole: whether they must stand alone.
    """
    folded = ((order, folds.fold(word)) for order, word in words)
    return WordList(build((bordered(word) if whole else word, order) for order, word in folded), folds, set())


class WordRun:
    """A list of words on its way through one text.

    Args:
        words: them.
        max_hold: characters after which what may still become a match counts as one.
    """

    __slots__ = ("_bent", "_folds", "_max_hold", "_node", "_places", "_root")

    def __init__(self, words: WordList, max_hold: int) -> None:
        self._root = self._node = words.root
        self._folds = words.folds
        self._max_hold = max_hold
        self._bent = False
        self._places: list[int] = []  # while bent: where each character of the node stands in the text

    def feed(self, text: str, begin: int, found: list[Match]) -> int:
        """See `Run`. Here is the common case, as many symbols as characters; `trie.step` is written out, for speed."""
        if self._bent:
            return self._feed_bent(text, begin, found)
        node, root, folds, end = self._node, self._root, self._folds, begin
        for char in text:
            symbol = folds[char]
            if len(symbol) != 1:
                self._node = node
                return self._feed_bent(text[end - begin :], end, found)
            while (after := node.next.get(symbol)) is None and node is not root:
                node = node.fail
            node = root if after is None else after
            end += 1
            if node.hit is not None:
                found.append(match(end - node.hit[0], end, node.hit[1]))
        self._node = node
        return end - node.live.width

    def bend(self, begin: int) -> None:
        """Keep the places of the characters from here on."""
        self._bent = True
        self._places = list(range(begin - self._node.width, begin))

    def _feed_bent(self, text: str, begin: int, found: list[Match]) -> int:
        if not self._bent:
            self.bend(begin)
        folds = self._folds
        for at, char in enumerate(text, begin):
            self.unit(folds[char], at, at + 1, found)
        end = begin + len(text)
        least = self.least(end)
        self._bent = self._places != list(range(end - self._node.width, end))
        return least

    def unit(self, folded: str, start: int, end: int, found: list[Match]) -> None:
        """Take one thing a reader sees, whatever it was written with; only while bent.

        Args:
            folded: what it folds to.
            start: where it starts in the text.
            end: where it ends.
            found: where to put the matches.
        """
        for symbol in folded:
            self._symbol(symbol, start, end, found)
        live = self._node.live
        if live.width and end - self._places[-live.width] > self._max_hold:
            found.append(Match(self._places[-live.width], UNDECIDED, live.order, end))

    def _symbol(self, symbol: str, start: int, end: int, found: list[Match]) -> None:
        """One character more."""
        places = self._places
        places.append(start)
        self._node = node = step(self._node, symbol, self._root)
        if node.hit is not None:
            found.append(match(places[-node.hit[0]], end, node.hit[1]))
        if len(places) > node.width:
            del places[: len(places) - node.width]

    def least(self, end: int) -> int:
        """The least start that may still become a match within the bound; only while bent."""
        width = self._node.live.width
        start = self._places[-width] if width else end
        # Beyond the bound all is masked up to the end, and what starts later lies within.
        return end if end - start > self._max_hold else start

    def end(self, at: int, found: list[Match]) -> None:
        """See `Run`: nothing is left to decide."""


class WholeRun(WordRun):
    """As `WordRun`, for words that must stand alone; its automaton holds `bordered` words."""

    __slots__ = ("_idle", "_inside", "_quiet", "_stands")

    def __init__(self, words: WordList, max_hold: int) -> None:
        super().__init__(words, max_hold)
        self._quiet = words.quiet
        self._idle = True  # not bent, not inside, nothing has begun: then text without parts of words needs no steps
        self._inside = False  # the last character is part of a word
        self._stands = 0  # while bent: where the last character ends

    def feed(self, text: str, begin: int, found: list[Match]) -> int:
        """See `WordRun.feed`: the same, with borders."""
        if self._idle and self._quiet.issuperset(text):
            return begin + len(text)
        if self._bent:
            return self._feed_bent(text, begin, found)
        node, root, folds, inside, end = self._node, self._root, self._folds, self._inside, begin
        for char in text:
            symbol = folds[char]
            if len(symbol) != 1:
                self._node, self._inside, self._stands, self._idle = node, inside, end, False
                return self._feed_bent(text[end - begin :], end, found)
            if _joined[symbol] is not inside:
                inside = not inside
                node = step(node, BORDER, root)
                if node.hit is not None:
                    found.append(match(end - node.hit[0], end, node.hit[1]))
            while (after := node.next.get(symbol)) is None and node is not root:
                node = node.fail
            node = root if after is None else after
            end += 1
            if node.hit is not None:
                found.append(match(end - node.hit[0], end, node.hit[1]))
        self._node, self._inside, self._stands, self._idle = node, inside, end, node is root and not inside
        if self._idle and not text.isascii():  # in text with spaces hardly a piece is quiet
            self._quiet.update(filter(self._is_quiet, text))
        return end - node.live.width

    def _is_quiet(self, char: str) -> bool:
        """Whether a character is part of no word that must stand alone."""
        symbol = self._folds[char]
        return len(symbol) == 1 and not _joined[symbol] and symbol not in self._root.next

    def _symbol(self, symbol: str, start: int, end: int, found: list[Match]) -> None:
        if _joined[symbol] is not self._inside:
            self._border(found)
        self._stands = end
        super()._symbol(symbol, start, end, found)

    def _border(self, found: list[Match]) -> None:
        """Read a border: it takes no room, and a word that it completes ends with the last character."""
        self._inside = not self._inside
        self._node = node = step(self._node, BORDER, self._root)
        places, width = self._places, node.width
        if node.hit is not None:
            found.append(match(places[-node.hit[0]], self._stands, node.hit[1]))
        if len(places) > width:
            del places[: len(places) - width]

    def end(self, at: int, found: list[Match]) -> None:
        """See `Run`: the end of the text is a border."""
        if self._inside:
            if not self._bent:
                self.bend(at)
            self._border(found)
