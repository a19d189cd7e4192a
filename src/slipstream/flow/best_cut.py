"""Where to cut a text that is too long: at a comma, at a space, else between two characters that a person sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from slipstream.flow.graphemes import safe_cut

_comma: Final = re.compile(r"(?:[，、；：][”’」』）】》]*|[,;:](?=\s))\s?").finditer
_white: Final = re.compile(r"\s").finditer
_joined: Final = re.compile(
    r"`+[^`\n]*(?:`+|\Z)|(?:https?://|www\.)[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*"
).finditer
_Finder = Callable[[str, int], Iterator["re.Match[str]"]]
Span = tuple[int, int]
_cjk: Final = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]").match


def best_cut(text: str, begin: int, most: int) -> int:
    """The best end of a piece.

    Code within backticks and addresses are not cut, unless one alone is too long. A comma or a space counts only in the
    second half, so that no tiny piece comes off; but a Latin word is cut only if it is too long by itself.

    Args:
        text: longer than `begin + most`; nothing behind that and one character is looked at.
        begin: where the piece begins.
        most: characters that it may have.

    Returns:
        An index above `begin`, at most `begin + most`.
    """
    window = text[begin : begin + most + 1]
    whole = [found.span() for found in _joined(window)]
    middle = most // 2
    for pattern in (_comma, _white):
        cut = _last(pattern, window, middle, whole)
        if cut:
            return begin + cut
    return begin + (_between(window, most, whole) or safe_cut(window, most) or most)


def _last(find: _Finder, window: str, low: int, whole: list[Span]) -> int:
    """The end of the last match that is in no whole thing, or 0. A piece of white space alone is none."""
    most = len(window) - 1
    cuts = [min(found.end(), most) for found in find(window, low)]
    low = max(low, len(window) - len(window.lstrip()))
    return next((cut for cut in reversed(cuts) if cut > low and _around(cut, whole) is None), 0)


def _between(window: str, most: int, whole: list[Span]) -> int:
    """Before the address, the code or the word that does not fit, or 0."""
    span = _around(most, whole)
    if span is not None:
        return span[0]
    if _cjk(window, most) or _cjk(window, most - 1):
        return 0
    return _last(_white, window, 0, whole)


def _around(cut: int, whole: list[Span]) -> Span | None:
    """The whole thing that a cut here would tear."""
    return next((span for span in whole if span[0] < cut < span[1]), None)
