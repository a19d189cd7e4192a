"""The engine of the guard: words and patterns over one text, and what of it may be shown.

Strategy: each engine says what it found and from where on something may still become a match. All before the least of
these starts is decided and leaves at once; what overlaps a match leaves as a masked span. Overlapping matches are one
span. Nothing here depends on how the text was cut: the pieces joined are the same for every cut, and at each moment as
much has left as can be decided. A masked span also takes the marks and format characters that follow it directly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from slipstream.errors import InvalidRequestError
from slipstream.flow.arguments import whole as whole_number, wrong
from slipstream.flow.guard.fold import cases, folder, hidden, plain
from slipstream.flow.guard.markup import MAX_ENTITY, MarkupRun
from slipstream.flow.guard.matches import UNDECIDED, Match, Run, match
from slipstream.flow.guard.patterns import Pattern, PatternRun, machine_of
from slipstream.flow.guard.words import WholeRun, Word, WordList, WordRun, listed

__all__ = ["DEFAULT_MAX_HOLD", "IGNORABLE", "Pattern", "Piece", "Rules", "Scanner", "Word"]

DEFAULT_MAX_HOLD: Final = 1000
IGNORABLE: Final = ("spaces", "markdown", "html")
# A long text is taken in blocks: what is decided leaves before the next block is looked at.
_BLOCK: Final = 256


class Piece(NamedTuple):
    """A part of the text that has been decided.

    Args:
        text: the original text.
        rule: None if it may be shown; else the name of the rule whose match starts first in this span, of several the
            one with the longest match.
        first: False if the span's beginning was given before, so that a span is masked once.
    """

    text: str
    rule: str | None
    first: bool = True


_piece: Final = tuple.__new__  # past the keywords of a named tuple: one is made for nearly every piece of a text


class Rules:
    """What is forbidden. Immutable; any number of texts and threads may use it.

    Args:
        words: words, found in any spelling that folds alike.
        patterns: regular expressions; see `Pattern` and the module `patterns`.
        ignore: what may stand inside a word without hiding it: `spaces` (all white space; not for words that must
            stand alone), `markdown` (emphasis, code, escapes: ``* _ ~ ` \\ |``), `html` (tags; entities are decoded).
        max_hold: how many characters of a text may be held. What may still become a match after so many is masked. None
            is 1000, and refuses patterns that can match more.

    Raises:
        InvalidRequestError: something is not accepted; the message names it.
    """

    def __init__(
        self,
        words: Sequence[Word] = (),
        patterns: Sequence[Pattern] = (),
        *,
        ignore: frozenset[str] = frozenset(),
        max_hold: int | None = None,
    ) -> None:
        unknown = sorted(set(ignore).difference(IGNORABLE))
        if unknown:
            raise InvalidRequestError(f"ignore: {unknown[0]!r} is unknown; accepted: {', '.join(IGNORABLE)}")
        _check_kinds(words, Word, "words")
        _check_kinds(patterns, Pattern, "patterns")
        self._max_hold = DEFAULT_MAX_HOLD if max_hold is None else whole_number("max_hold", max_hold, "characters")
        if "html" in ignore and self._max_hold < MAX_ENTITY:
            raise wrong("max_hold", max_hold, f"characters, {MAX_ENTITY} or more to read entities of HTML")
        self._ignore = frozenset(ignore)
        self.names: tuple[str, ...] = (*(word.name for word in words), *(pattern.name for pattern in patterns))
        self._words: list[tuple[type[WordRun], WordList]] = [
            *((WordRun, found) for found in self._listed(words, whole=False)),
            *((WholeRun, found) for found in self._listed(words, whole=True)),
        ]
        self._valid = {order: it.valid for order, it in enumerate(patterns, len(words)) if it.valid is not None}
        self._tails = {order: it.tail for order, it in enumerate(patterns, len(words)) if it.tail}
        numbered = list(enumerate(patterns, len(words)))
        self._machines = {
            every: machine_of(chosen, self._max_hold, explicit=max_hold is not None, every=every)
            for every in (False, True)
            if (chosen := [(order, it) for order, it in numbered if (it.valid is not None) == every])
        }

    @property
    def max_hold(self) -> int:
        """How many characters of a text may be held."""
        return self._max_hold

    def first_in(self, text: str) -> str | None:
        """The name of the first rule that matches in a whole text; None if none does."""
        scanner = self.scanner()
        return next((piece.rule for piece in (*scanner.feed(text), *scanner.end()) if piece.rule is not None), None)

    def scanner(self) -> Scanner:
        """The state of a new text."""
        return Scanner(self)

    def _listed(self, words: Sequence[Word], *, whole: bool) -> list[WordList]:
        """The words that must stand alone, or the others: a list, if there are any."""
        folds = folder(self._ignore & ({"markdown"} if whole else {"markdown", "spaces"}))
        chosen = [(order, text) for order, it in enumerate(words) if it.whole == whole for text in cases(it.text)]
        for order, text in chosen:
            length = len(folds.fold(text))
            if not length:
                raise InvalidRequestError(f"words[{order}] has no character that shows; accepted: one or more")
            if length > self._max_hold:
                accepted = f"up to max_hold ({self._max_hold})"
                raise InvalidRequestError(f"words[{order}] has {length} characters; accepted: {accepted}")
        return [listed(chosen, folds, whole=whole)] if chosen else []

    def runs(self) -> list[Run]:
        """The engines for one text, all but those whose matches are checked."""
        runs: list[Run] = [kind(words, self._max_hold) for kind, words in self._words]
        if "html" in self._ignore:
            for tags in (False, True):
                runs += (MarkupRun(kind(words, self._max_hold), words.folds, tags=tags) for kind, words in self._words)
        if False in self._machines:
            runs.append(PatternRun(self._machines[False], self._max_hold))
        return runs

    def checked_run(self) -> Run | None:
        """The engine whose matches `is_valid` must confirm."""
        return PatternRun(self._machines[True], self._max_hold) if True in self._machines else None

    def tail(self, order: int) -> int:
        """How many characters at the end of a match are only looked at."""
        return self._tails.get(order, 0)

    def is_valid(self, order: int, text: str) -> bool:
        """Whether a match is one."""
        return bool(self._valid[order](plain(text)))


def _check_kinds(given: Sequence[object], kind: type[Word] | type[Pattern], name: str) -> None:
    for index, it in enumerate(given):
        if not isinstance(it, kind) or not isinstance(it.name, str):
            raise wrong(f"{name}[{index}]", it, f"a {kind.__name__} with a name")
        if isinstance(it, Pattern) and it.tail and it.valid is None:
            raise InvalidRequestError(f"{name}[{index}]: {it.name!r} has a tail; accepted: a tail with valid=")
        if isinstance(it, Word) and not isinstance(it.text, str):
            raise wrong(f"{name}[{index}].text", it.text, "a str")


class Scanner:
    """The state of one text.

    Args:
        rules: what is forbidden.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._reset()

    def _reset(self) -> None:
        self._runs = self._rules.runs()
        self._checked = self._rules.checked_run()
        self._kept = ""  # what is held, and before it what a check may still ask about
        self._kept_from = 0
        self._shown = 0  # all before it has left
        self._end = 0
        self._found: list[Match] = []  # what has not left yet
        self._unsure: list[Match] = []  # what a check has not confirmed yet
        self._marks = (-1, -1)  # the marks last looked at: many matches may end among them
        self._cover = -1  # where the last masked span ends, its marks included
        self._rule = ""
        self._first = True

    @property
    def held(self) -> int:
        """How many characters are held now."""
        return self._end - self._shown

    @property
    def held_text(self) -> str:
        """What is held now."""
        return self._kept[self._shown - self._kept_from :]

    def feed(self, text: str) -> list[Piece]:
        """Take the next part of the text; return what is decided, in order."""
        if len(text) <= _BLOCK:
            return self._release(self._take(text)) if text else []
        out: list[Piece] = []
        for at in range(0, len(text), _BLOCK):
            out += self._release(self._take(text[at : at + _BLOCK]))
        return out

    def end(self) -> list[Piece]:
        """The text is complete: the rest is decided. The scanner is then as new."""
        for run in self._runs:
            run.end(self._end, self._found)
        if self._checked is not None:
            self._checked.end(self._end, self._unsure)
            self._judge()
        out = self._release(self._end)
        self._reset()
        return out

    def drop(self) -> int:
        """The text broke off: forget what is held. The scanner is then as new.

        Returns:
            How many characters that was.
        """
        held = self.held
        self._reset()
        return held

    def prime(self, text: str) -> None:
        """Start after text that has been shown before: a match that began in it is still found. What is held is lost.

        Args:
            text: what was shown, all of it or at least the last `max_hold` characters.
        """
        self._reset()
        for at in range(0, len(text), _BLOCK):
            least = self._take(text[at : at + _BLOCK])
            self._found.clear()
            self._shown = self._end  # so there is nothing to let go, and the rest is forgotten as ever
            self._release(least)

    def _take(self, text: str) -> int:
        """Run the engines; return the start from which on something may still become a match."""
        begin = self._end
        least = self._end = begin + len(text)
        self._kept += text
        for run in self._runs:
            start = run.feed(text, begin, self._found)
            if start < least:
                least = start
        if self._checked is not None:
            least = min(least, self._checked.feed(text, begin, self._unsure))
            if self._unsure:
                self._judge()
        return least

    def _judge(self) -> None:
        """Keep the matches that are valid. One beyond the bound is not asked about, as its text may be gone."""
        bound, begin, is_valid = self._rules.max_hold, self._kept_from, self._rules.is_valid
        unsure, self._unsure = self._unsure, []
        covered = set()  # ends of valid matches; those that start later lie within
        try:
            for it in unsure:
                if it.end in covered:
                    continue
                if it.end - it.start > bound or is_valid(it.order, self._kept[it.start - begin : it.end - begin]):
                    tail = self._rules.tail(it.order)
                    if not tail:
                        self._found.append(it)
                        covered.add(it.end)
                    elif it.end - tail > it.start:
                        self._found.append(match(it.start, it.end - tail, it.order))
        except Exception:
            self._found += unsure  # should anyone go on after this, all of them are masked
            raise

    def _release(self, least: int) -> list[Piece]:
        """Let go what is decided: all before `least`, and the rest of a masked span that began before it."""
        shown, kept, begin = self._shown, self._kept, self._kept_from
        out: list[Piece] = []
        if self._cover >= shown or (self._found and min(self._found).start < least):
            self._sweep(least, out)
            shown = self._shown
        if least > shown:
            out.append(_piece(Piece, (kept[shown - begin : least - begin], None, True)))
            self._shown = least
        if least > begin:  # nothing will ask about the text before it
            self._kept = kept[least - begin :]
            self._kept_from = least
        return out

    def _sweep(self, least: int, out: list[Piece]) -> None:
        """Let go what is masked, and the clear text before it."""
        self._marks = (-1, -1)
        if self._cover >= self._shown:
            self._cover = self._with_marks(self._cover)
        if self._found and min(self._found).start < max(least, self._cover):
            self._gather(least, out)
        self._mask(out)

    def _gather(self, least: int, out: list[Piece]) -> None:
        """Put the matches into spans, as far as their span has begun."""
        self._found = sorted(map(self._marked, self._found))
        done = 0
        for start, _, order, end in self._found:
            if start >= least and start >= self._cover:
                break
            done += 1
            if end <= self._shown:
                continue
            if start >= self._cover:
                self._mask(out)
                self._show(start, out)
                self._rule, self._first = self._rules.names[order], True
                self._cover = -1
            self._cover = max(self._cover, end)
        del self._found[:done]

    def _marked(self, it: Match) -> Match:
        """A match with the marks that follow it; two that differ in these only are of one length."""
        if it.end <= self._shown:
            return it
        end = self._with_marks(it.end)
        return it._replace(end=end) if it.rank == UNDECIDED else match(it.start, end, it.order)

    def _with_marks(self, end: int) -> int:
        """The end of a masked span, moved over what is drawn onto its last character."""
        first, last = self._marks
        if not first <= end <= last:
            kept, at, limit = self._kept, end - self._kept_from, self._end - self._kept_from
            while at < limit and hidden(kept[at]):
                at += 1
            first, last = self._marks = end, at + self._kept_from
        return last

    def _mask(self, out: list[Piece]) -> None:
        """Give what there is of the masked span."""
        if self._cover > self._shown:
            out.append(Piece(self._text_to(self._cover), self._rule, self._first))
            self._first = False
            self._shown = self._cover

    def _show(self, end: int, out: list[Piece]) -> None:
        """Give clear text up to here."""
        if end > self._shown:
            out.append(Piece(self._text_to(end), None))
            self._shown = end

    def _text_to(self, end: int) -> str:
        return self._kept[self._shown - self._kept_from : end - self._kept_from]
