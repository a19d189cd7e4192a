"""A user's own check: which pieces of a text it is asked about, and what its answers mean."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Literal, Protocol, get_args

from msgspec import Struct

from slipstream.errors import InvalidRequestError
from slipstream.flow.arguments import one_of, positive, whole
from slipstream.flow.callbacks import check_callback

Mode = Literal["sentence", "window", "whole"]
OnFailure = Literal["closed", "open"]
MODES: Final[tuple[str, ...]] = get_args(Mode)
ON_FAILURE: Final[tuple[str, ...]] = get_args(OnFailure)

WINDOW: Final = 200
OVERLAP: Final = 50
TIMEOUT: Final = 2.0
"""Seconds: moderation services answer in 0.1 to 0.5; a person who waits longer than two thinks that it broke."""
MAX_PARALLEL: Final = 4
MAX_SENTENCE: Final = 400
"""Characters after which a sentence is checked without its end: a text without any must not wait for ever."""
MAX_REASON: Final = 64
UNNAMED: Final = "check"


class Check(Struct, frozen=True):
    """A check and how it is asked; see `guard` for the fields."""

    call: Callable[[str], Any]
    mode: str = "sentence"
    window: int = WINDOW
    overlap: int = OVERLAP
    timeout: float = TIMEOUT
    on_failure: str = "closed"
    max_parallel: int = MAX_PARALLEL

    @property
    def blocking(self) -> bool:
        """True if the call itself may take long: it is no coroutine function."""
        return not _is_async(self.call)

    def cuts(self) -> Cuts:
        """What says where one text is cut."""
        if self.mode == "sentence":
            return Sentences()
        return Windows(self.window - self.overlap) if self.mode == "window" else Whole()


def check_of(call: Any, **options: Any) -> Check | None:
    """The check that these arguments of `guard` describe, or None without a function.

    Raises:
        InvalidRequestError: an option is wrong, or has nothing to say without `check` or in this mode.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if call is None:
        _refuse(given, "without check=; accepted: check=function as well")
        return None
    check_callback("check", call)
    mode = one_of("mode", given.get("mode", "sentence"), MODES)
    if mode != "window":
        _refuse({name for name in given if name in ("window", "overlap")}, f'in mode "{mode}"; accepted: mode="window"')
    window = whole("window", given.get("window", WINDOW), "characters")
    overlap = whole("overlap", given.get("overlap", min(OVERLAP, window // 4)), "characters", 0)
    if overlap >= window:
        raise InvalidRequestError(f"overlap: {overlap}; accepted: fewer characters than the window's {window}")
    return Check(
        call,
        mode,
        window,
        overlap,
        positive("check_timeout", given.get("check_timeout", TIMEOUT), "seconds"),
        one_of("on_failure", given.get("on_failure", "closed"), ON_FAILURE),
        whole("max_parallel", given.get("max_parallel", MAX_PARALLEL), "checks at once"),
    )


def _refuse(names: Any, why: str) -> None:
    for name in sorted(names):
        raise InvalidRequestError(f"{name}: it has nothing to say {why}")


def _is_async(call: Any) -> bool:
    while isinstance(call, partial):
        call = call.func
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004


def read_verdict(answer: Any) -> str | None:
    """What an answer of the check means.

    Args:
        answer: True or a reason if the text must not be shown; False or "" if it may; or something that says so in
            `flagged`: a mapping (with `reason` or `category`, if it likes), or an object, as moderation SDKs give.

    Returns:
        The reason, or None if the text may be shown.

    Raises:
        TypeError: it is none of these, and what it means is unknown.
    """
    if isinstance(answer, str):
        return answer[:MAX_REASON] or None
    flagged: Any = answer
    reason: Any = None
    if isinstance(answer, Mapping):
        flagged, reason = answer.get("flagged"), answer.get("reason") or answer.get("category")
    elif not isinstance(answer, bool):
        flagged = getattr(answer, "flagged", None)
    if not isinstance(flagged, bool):
        raise TypeError(f"check= returned a {type(answer).__name__} that says neither yes nor no")
    if not flagged:
        return None
    return reason[:MAX_REASON] if isinstance(reason, str) and reason else UNNAMED


class Cuts(Protocol):
    """Says where one text is cut."""

    def feed(self, text: str) -> list[int]:
        """Where pieces end in this text, from 0 (before it) to its length."""
        ...


class Whole:
    """Never: all of it is one piece."""

    def feed(self, text: str) -> list[int]:  # noqa: ARG002
        """Nowhere."""
        return []


class Windows:
    """Each so many characters.

    Args:
        size: characters.
    """

    __slots__ = ("_left", "_size")

    def __init__(self, size: int) -> None:
        self._size = self._left = size

    def feed(self, text: str) -> list[int]:
        """Where the windows end."""
        found = list(range(self._left, len(text) + 1, self._size))
        last = found[-1] - self._size if found else self._left - self._size
        self._left = last + self._size + (self._size if found else 0) - len(text)
        return found


# A Latin mark ends a sentence if space follows, so one more character decides; a CJK mark and a line's end do at once.
_END: Final = re.compile(r"[。！？…；\n]|(?<=[.!?])(?=\s)")


class Sentences:
    """After each sentence. Coarser than the stage `sentences`: a check needs whole thoughts, not every abbreviation."""

    __slots__ = ("_before", "_length")

    def __init__(self) -> None:
        self._before = ""
        self._length = 0  # of the piece so far

    def feed(self, text: str) -> list[int]:
        """Where the sentences end."""
        shift = len(self._before)
        ends = [found.end() - shift for found in _END.finditer(self._before + text)]
        self._before = text[-1:] or self._before
        out: list[int] = []
        last = -self._length
        for end in (*(end for end in ends if end > last and end >= 0), len(text)):
            while end - last > MAX_SENTENCE:
                last += MAX_SENTENCE
                out.append(last)
            if end in ends:
                out.append(end)
                last = end
        self._length = len(text) - last
        return out
