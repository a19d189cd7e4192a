"""A bound on the length of an answer, cut where no visible character is torn.

Strategy: far from the bound a piece costs a subtraction. Only within one grapheme of it the last grapheme is held until
it is known to be whole, so that the cut does not depend on how the text came.
"""

from __future__ import annotations

import inspect
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.events import ReasoningDelta, RefusalDelta, TextDelta
from slipstream.flow.arguments import flag, whole
from slipstream.flow.graphemes import MAX_CLUSTER, incomplete_tail, safe_cut, split_graphemes
from slipstream.flow.stopping import StoppingStage
from slipstream.flow.tokens import TOKEN_WEIGHT, WIDE_WEIGHT, weight_of

Count = Callable[[str], int]

SLACK: Final = 16
"""Tokens from the bound within which every grapheme is counted: half a word may have some more than the whole."""

SEGMENT: Final = 1024
"""Characters that a tokenizer is asked about at once, at most twice as many: tokens do not reach over a space."""

STEP: Final = 64
"""Characters of one long piece that are counted together."""


class Limit(StoppingStage):
    """The stage behind `limit()`.

    Args:
        characters: code points of text (and refusal) that a choice may have.
        tokens: tokens that a choice may have.
        count: counts the tokens of a text; None estimates them by the length.
        thinking: True if thinking counts too.

    Raises:
        InvalidRequestError: not exactly one of `characters` and `tokens`, or an argument that is wrong.
    """

    def __init__(
        self,
        characters: int | None = None,
        tokens: int | None = None,
        count: Count | None = None,
        thinking: bool = False,
    ) -> None:
        if (characters is None) == (tokens is None):
            what = "none is given" if tokens is None else "both are given"
            raise InvalidRequestError(f"limit: {what}; accepted: characters= or tokens=")
        _check_count(count, tokens)
        kinds = (TextDelta, RefusalDelta, ReasoningDelta) if flag("thinking", thinking) else (TextDelta, RefusalDelta)
        super().__init__(_watcher(characters, tokens, count), kinds, "length", "limit", by_choice=True)


def _watcher(characters: int | None, tokens: int | None, count: Count | None) -> Callable[[], _Measured | _Counted]:
    if characters is not None:
        most = whole("characters", characters, "characters")
        return lambda: _Measured(most, len, 1)
    bound = whole("tokens", tokens, "tokens")
    if count is not None:
        return lambda: _Counted(bound, count)
    return lambda: _Measured(bound * TOKEN_WEIGHT, weight_of, WIDE_WEIGHT)


def _check_count(count: Any, tokens: Any) -> None:
    if count is None:
        return
    if tokens is None:
        raise InvalidRequestError("count: there are no tokens to count; accepted: with tokens=")
    if not callable(count) or inspect.iscoroutinefunction(count):
        raise InvalidRequestError("count: accepted: a function that takes a text and returns its tokens, not async")


class _Measured:
    """Watches a text whose measure adds up, piece by piece.

    Args:
        most: how much there may be.
        measure: of a piece.
        widest: the measure of one character at most.
    """

    __slots__ = ("_context", "_left", "_margin", "_measure", "held", "over")

    def __init__(self, most: int, measure: Callable[[str], int], widest: int) -> None:
        self._left = most  # without what is held
        self._measure = measure
        self._margin = MAX_CLUSTER * widest
        self._context: deque[str] = deque(maxlen=MAX_CLUSTER)  # what was shown last; each has a character or more
        self.held = ""
        self.over = False

    def feed(self, text: str) -> str:
        """Take a piece; return what fits and is whole."""
        left = self._left - self._measure(text)
        if left < self._margin or self.held:
            return self._near(text)
        self._left = left
        self._context.append(text)
        return text

    def release(self) -> str:
        """What is held fits."""
        held, self.held = self.held, ""
        return self._show(held)

    def _near(self, text: str) -> str:
        text = self.held + text
        context = "".join(self._context)[-MAX_CLUSTER:]
        fit = bisect_right(range(1, len(text) + 1), self._left, key=lambda size: self._measure(text[:size]))
        if fit < len(text):
            self.over = True
            self.held = ""
            return self._show(text[: max(0, safe_cut(context + text, len(context) + fit) - len(context))])
        cut = max(0, len(text) - incomplete_tail(context + text, strict=True))
        self.held = text[cut:]
        return self._show(text[:cut])

    def _show(self, text: str) -> str:
        self._left -= self._measure(text)
        if text:
            self._context.append(text)
        return text


class _Counted:
    """Watches a text whose tokens the reader's own function counts.

    Strategy: the tokens of pieces add up to no less than those of the whole, so their sum says how far the bound is at
    least; the whole is counted again only when that sum comes near it.
    """

    __slots__ = ("_count", "_most", "_pending", "_settled", "_sum", "held", "over")

    def __init__(self, most: int, count: Count) -> None:
        self._most = most
        self._count = count
        self._settled = 0  # tokens of the text before `_pending`
        self._pending = ""
        self._sum = 0
        self.held = ""
        self.over = False

    def feed(self, text: str) -> str:
        """Take a piece; return what fits and is whole."""
        if not self.held:
            self._sum += self._tokens(text)
            if self._sum + SLACK <= self._most:
                self._add(text)
                return text
        text, self.held = self.held + text, ""
        for start in range(0, len(text), STEP):
            shown = self._near(text[start : start + STEP], final=start + STEP >= len(text))
            if self.over:
                return text[: start + shown]
        return text[: len(text) - len(self.held)]

    def release(self) -> str:
        """What is held fits."""
        held, self.held = self.held, ""
        self._add(held)
        return held

    def _near(self, text: str, *, final: bool) -> int:
        """How many characters of it fit."""
        self._sum = self._total(text)
        if self._sum + SLACK <= self._most:
            self._add(text)
            return len(text)
        size = 0
        for cluster in split_graphemes(text):
            if self._total(text[: size + len(cluster)]) > self._most:
                self.over = True
                return size
            size += len(cluster)
        self.held = text[size - incomplete_tail(text, strict=True) :] if final else ""
        self._add(text[: size - len(self.held)])
        return size

    def _add(self, text: str) -> None:
        self._pending += text
        while len(self._pending) > 2 * SEGMENT:
            space = self._pending.rfind(" ", SEGMENT // 2, SEGMENT)
            cut = space if space > 0 else SEGMENT
            self._settled += self._tokens(self._pending[:cut])
            self._pending = self._pending[cut:]

    def _total(self, more: str) -> int:
        return self._settled + self._tokens(self._pending + more)

    def _tokens(self, text: str) -> int:
        tokens = self._count(text)
        if not isinstance(tokens, int):
            raise InvalidRequestError(f"count: it returned a {type(tokens).__name__}; accepted: a whole number")
        return tokens


def limit(
    characters: int | None = None, tokens: int | None = None, count: Count | None = None, thinking: bool = False
) -> Limit:
    """A stage that ends the answer when it is so long; see `Limit`."""
    return Limit(characters, tokens, count, thinking)
