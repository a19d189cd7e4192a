"""What the guard must do, said in the slowest and plainest way: over the whole text, with no state and no automaton."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from slipstream.flow.guard.fold import MARKUP, fold_char, plain, plain_char
from slipstream.flow.guard.screen import Pattern, Piece, Rules, Word

Label = tuple[str, bool] | None
"""Of one character: clear, or the rule of its span and whether the span starts with it."""


class Span(NamedTuple):
    """A match; `undecided` if it is one because it grew beyond the bound."""

    start: int
    end: int
    order: int
    undecided: bool = False


def folded(text: str, ignore: Iterable[str] = ()) -> list[tuple[str, int]]:
    """The folded characters, each with its place."""
    dropped = set(MARKUP if "markdown" in ignore else "") | set(" " if "spaces" in ignore else "")
    return [(part, at) for at, char in enumerate(text) for part in fold_char(char) if part not in dropped]


def joined(char: str) -> bool:
    """Part of a word, in a script that has spaces. Enough for the characters of the tests."""
    return (char.isalnum() or char == "_") and not "\u3400" <= char <= "\u9fff"


def borders(word: Word, want: str, before: str, after: str | None) -> bool:
    """Whether a word may stand between these; None is not known yet."""
    if not word.whole:
        return True
    left = not (joined(want[0]) and before and joined(before))
    return left and (after is None or not (joined(want[-1]) and after and joined(after)))


def _views(text: str, word: Word, ignore: Iterable[str]) -> tuple[list[tuple[str, int]], str, str]:
    """The text and a word as they are compared; spaces do stand between words that must stand alone."""
    ignored = set(ignore) - {"spaces"} if word.whole else set(ignore)
    seen = folded(text, ignored)
    return seen, "".join(part for part, _ in seen), "".join(part for part, _ in folded(word.text, ignored))


def word_spans(text: str, words: Sequence[Word], ignore: Iterable[str] = (), *, ended: bool = True) -> list[Span]:
    """All occurrences of all words; if the text has not ended, only those that it cannot undo."""
    out = []
    for order, word in enumerate(words):
        seen, line, want = _views(text, word, ignore)
        for at in range(len(line)):
            end = at + len(want)
            if not line.startswith(want, at) or not borders(word, want, line[:at][-1:], line[end : end + 1]):
                continue
            if ended or end < len(line) or not (word.whole and joined(want[-1])):
                out.append(Span(seen[at][1], seen[end - 1][1] + 1, order))
    return out


def word_starts(text: str, words: Sequence[Word], ignore: Iterable[str] = ()) -> list[tuple[int, int]]:
    """Where a word may have begun that later text may complete, with its order."""
    out = []
    for order, word in enumerate(words):
        seen, line, want = _views(text, word, ignore)
        for at in range(len(line)):
            rest = line[at:]
            waits = rest == want and word.whole and joined(want[-1])
            goes_on = want.startswith(rest) and rest != want
            if (goes_on or waits) and borders(word, want, line[:at][-1:], None):
                out.append((seen[at][1], order))
    return out


def overgrown(text: str, starts: Callable[[str], list[tuple[int, int]]], bound: int) -> list[Span]:
    """What counts as a match because it went on for more than `bound` characters."""
    out = []
    for end in range(1, len(text) + 1):
        out += [Span(start, end, order, True) for start, order in starts(text[:end]) if end - start > bound]
    return out


def pattern_spans(text: str, patterns: Sequence[Pattern], first_order: int = 0) -> list[Span]:
    """All spans that a pattern matches, under any reading of the characters."""
    out = set()
    for reading in itertools.product(*(sorted({char, plain_char(char)}) for char in text)):
        places = [at for at, part in enumerate(reading) for _ in part]
        line = "".join(reading)
        for order, pattern in enumerate(patterns, first_order):
            for start, end in exact(pattern, line):
                begin, stop = places[start], places[end - 1] + 1
                if pattern.valid is None or pattern.valid(plain(text[begin:stop])):
                    out.add(Span(begin, stop - pattern.tail, order))
    return sorted(span for span in out if span.start < span.end)


def exact(pattern: Pattern, line: str) -> set[tuple[int, int]]:
    """The spans that `re` can be made to match exactly."""
    regex = re.compile(pattern.regex, pattern.flags)
    out = set()
    for left in range(len(line)):
        forced = re.compile(rf"(?:{regex.pattern})(?=(?s:.){{{left}}}\Z)", regex.flags)
        for start in range(len(line) - left):
            found = forced.match(line, start)
            if found and found.end() > start:
                out.add((start, found.end()))
    return out


def _with_marks(text: str, span: Span) -> Span:
    """The span with what is drawn onto its last character."""
    end = span.end
    while end < len(text) and not plain_char(text[end]):
        end += 1
    return span._replace(end=end)


def _rank(span: Span) -> tuple[int, int, int]:
    """What names a span: the first start, there what grew beyond the bound, else the longest, then the first rule."""
    return span.start, -(10**9) if span.undecided else -span.end, span.order


def labels(text: str, spans: Iterable[Span], names: Sequence[str]) -> list[Label]:
    """The whole text's outcome."""
    out: list[Label] = [None] * len(text)
    cover, rule = -1, ""
    for start, end, order, _ in sorted((_with_marks(text, span) for span in spans), key=_rank):
        if start >= cover:
            rule = names[order]
            out[start] = (rule, True)
        for at in range(start, end):
            out[at] = out[at] or (rule, False)
        cover = max(cover, end)
    return out


def word_outcomes(text: str, words: Sequence[Word], ignore: Iterable[str], bound: int) -> tuple[list[Label], list[int]]:
    """What must come of each character, and how much must have left after each number of characters."""

    def starts(prefix: str) -> list[tuple[int, int]]:
        return word_starts(prefix, words, ignore)

    names = [word.name for word in words]
    grown = overgrown(text, starts, bound)
    shown = []
    for came in range(len(text) + 1):
        prefix = text[:came]
        spans = [*word_spans(prefix, words, ignore, ended=False), *(it for it in grown if it.end <= came)]
        least = min((start for start, _ in starts(prefix) if came - start <= bound), default=came)
        shown.append(decided(labels(prefix, spans, names), least))
    return labels(text, [*word_spans(text, words, ignore), *grown], names), shown


def decided(outcome: Sequence[Label], least: int) -> int:
    """How much may have left: all before `least`, and the rest of a span that began before it."""
    while least < len(outcome):
        label = outcome[least]
        if label is None or label[1]:
            break
        least += 1
    return least


def given(pieces: Iterable[Piece]) -> list[Label]:
    """The same of what came out."""
    out: list[Label] = []
    for piece in pieces:
        assert piece.text, "an empty piece"
        if piece.rule is None:
            out += [None] * len(piece.text)
        else:
            out.append((piece.rule, piece.first))
            out += [(piece.rule, False)] * (len(piece.text) - 1)
    return out


def cut(text: str, at: Iterable[int]) -> list[str]:
    """The text cut at these places."""
    edges = [0, *sorted({place for place in at if 0 < place < len(text)}), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def check(rules: Rules, parts: Sequence[str], outcome: Sequence[Label], shown: Sequence[int] | None = None) -> None:
    """Run the guard and look at every prefix that has left.

    Args:
        rules: the guard's.
        parts: the text in pieces.
        outcome: what must come of each character.
        shown: how much must have left after each number of characters came, if that is known.
    """
    scanner = rules.scanner()
    out: list[Label] = []
    text, came = "", 0
    for part in parts:
        pieces = scanner.feed(part)
        out += given(pieces)
        text += "".join(piece.text for piece in pieces)
        came += len(part)
        assert out == list(outcome[: len(out)]), "a character left before it was decided, or wrongly"
        assert scanner.held == came - len(out) <= rules.max_hold
        if shown is not None:
            assert len(out) == shown[came], f"{len(out)} of {came} characters left, not {shown[came]}"
    pieces = scanner.end()
    assert out + given(pieces) == list(outcome)
    assert text + "".join(piece.text for piece in pieces) == "".join(parts)
    assert scanner.held == 0
