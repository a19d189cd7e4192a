"""Ends the answer at a text, found however it is cut.

Strategy: the longest suffix that could still become a stop text is held, and nothing else; a piece without the first
character of one passes after a single look. Of several stop texts the one that is complete first counts, as with the
`stop` of the providers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from slipstream.codec.tags import held_from
from slipstream.errors import InvalidRequestError
from slipstream.events import TextDelta
from slipstream.flow.arguments import flag, wrong
from slipstream.flow.stopping import StoppingStage

MAX_STOP: Final = 1000
"""Characters of a stop text: as much may have to be held, and a sign of the end is short."""


class StopOn(StoppingStage):
    """The stage behind `stop_on()`.

    Args:
        text: where to stop, one text or several.
        include: True shows the stop text itself.

    Raises:
        InvalidRequestError: no text, or an empty one, or one that is too long.
    """

    def __init__(self, text: str | Iterable[str], include: bool = False) -> None:
        texts = _checked(text)
        keep = flag("include", include)
        super().__init__(lambda: _Search(texts, keep), (TextDelta,), "stop", "stop_on")


class _Search:
    """Looks for the end in one text."""

    __slots__ = ("_firsts", "_include", "_texts", "held", "over")

    def __init__(self, texts: Sequence[str], include: bool) -> None:
        self._texts = texts
        self._firsts = tuple({text[0] for text in texts})
        self._include = include
        self.held = ""
        self.over = False

    def feed(self, text: str) -> str:
        """Take a piece; return what comes before an end, and cannot be the beginning of one."""
        if not self.held:
            for first in self._firsts:
                if first in text:
                    break
            else:
                return text
        whole = self.held + text
        found = [(at + len(stop), at) for stop in self._texts if (at := whole.find(stop)) >= 0]
        if found:
            end, at = min(found)  # of those that end here, the longest
            self.over = True
            self.held = ""
            return whole[: end if self._include else at]
        cut = held_from(whole, self._texts)
        self.held = whole[cut:]
        return whole[:cut]

    def release(self) -> str:
        """What is held is no end."""
        held, self.held = self.held, ""
        return held


def _checked(text: Any) -> tuple[str, ...]:
    accepted = f"a text of 1 to {MAX_STOP} characters, or several"
    if not isinstance(text, Iterable):
        raise wrong("stop_on(text)", text, accepted)
    texts = (text,) if isinstance(text, str) else tuple(text)
    if not texts:
        raise InvalidRequestError(f"stop_on(text): there is none; accepted: {accepted}")
    for one in texts:
        if not isinstance(one, str):
            raise wrong("stop_on(text)", one, accepted)
        if not 0 < len(one) <= MAX_STOP:
            raise InvalidRequestError(f"stop_on(text): one has {len(one)} characters; accepted: {accepted}")
    return texts


def stop_on(text: str | Iterable[str], include: bool = False) -> StopOn:
    """A stage that ends the answer at a text; see `StopOn`."""
    return StopOn(text, include)
