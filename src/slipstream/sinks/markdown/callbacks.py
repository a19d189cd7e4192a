"""Callbacks beside the parser: what they are called for, and how sync and async ones keep their order.

The parser awaits nothing. A call whose callback gives an awaitable back waits, with all the calls behind it, until
`drain` awaits them: one call ends before the next begins, whoever feeds and drains meanwhile.
"""

from __future__ import annotations

import inspect
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.sinks.markdown.events import (
    Attr,
    BlockClose,
    BlockEvent,
    BlockOpen,
    BlockReplace,
    InlinePatch,
    TextAppend,
)
from slipstream.sinks.markdown.state import State
from slipstream.sinks.markdown.turns import Turns

Callback = Callable[[Any], Any]
What = type[BlockEvent] | type[State] | str

_KINDS: Final = (BlockOpen, TextAppend, BlockReplace, Attr, BlockClose, InlinePatch)
_NAMES: Final[dict[str, tuple[type, ...]]] = {
    **{str(kind.__struct_config__.tag): (kind,) for kind in _KINDS},
    "event": _KINDS,
    "state": (State,),
}
_ACCEPTED: Final = f"{', '.join(_NAMES)}, or the class of an event, BlockEvent or State"

_log: Final = logging.getLogger("slipstream")


def kinds(what: What | Iterable[What]) -> set[type]:
    """The classes that are meant.

    Raises:
        InvalidRequestError: there is no such event.
    """
    several = (what,) if isinstance(what, (str, type)) else what
    if not isinstance(several, Iterable):
        raise _unknown(what)
    return {kind for one in several for kind in _kind(one)}


def _kind(what: Any) -> tuple[type, ...]:
    if isinstance(what, str) and what in _NAMES:
        return _NAMES[what]
    if what is BlockEvent:
        return _KINDS
    if isinstance(what, type) and (what in _KINDS or what is State):
        return (what,)
    raise _unknown(what)


def _unknown(what: Any) -> InvalidRequestError:
    shown = repr(what[:40]) if isinstance(what, str) else getattr(what, "__name__", f"a {type(what).__name__}")
    return InvalidRequestError(f"on(what): {shown}; accepted: {_ACCEPTED}", argument="what")


class Callbacks:
    """The callbacks of one parser, and the calls that wait."""

    def __init__(self) -> None:
        self._by_kind: dict[type, list[Callback]] = {}
        self._waiting: deque[tuple[Callback, Any]] = deque()
        self._pending: Any = None  # an awaitable that a callback gave, not awaited yet
        self._state = State()
        self._open = False  # whether there is one, or it is awaited
        self._busy = False  # whether somebody makes calls: nobody else does meanwhile
        self._put = 0  # how many calls there were to make so far
        self._turns = Turns()
        self._failures = 0

    def add(self, what: What | Iterable[What], callback: Callback) -> None:
        """Have a function called; see `Markdown.on`."""
        if not callable(callback):
            raise InvalidRequestError(
                f"on(callback) is a {type(callback).__name__}; it takes a function, sync or async", argument="callback"
            )
        for kind in kinds(what):
            self._by_kind.setdefault(kind, []).append(callback)

    @property
    def busy(self) -> bool:
        """Whether calls wait for `drain`."""
        return self._open or bool(self._waiting)

    @property
    def wants_state(self) -> bool:
        """Whether the state is to be told."""
        return State in self._by_kind

    def told(self, events: list[BlockEvent]) -> None:
        """Note the calls for events."""
        for event in events:
            self._note(event)

    def state(self, state: State) -> None:
        """Note the calls for a state, if it is another one than before."""
        if state != self._state:
            self._state = state
            self._note(state)

    def _note(self, what: BlockEvent | State) -> None:
        calls = self._by_kind.get(type(what), ())
        self._waiting.extend((callback, what) for callback in calls)
        self._put += len(calls)

    @property
    def _made(self) -> int:
        """How many calls are over."""
        return self._put - len(self._waiting) - self._open

    def run(self) -> None:
        """Make the calls, up to the first one that must be awaited."""
        if self._busy:
            return  # a callback fed the parser, or a drain is under way: the calls follow in their turn
        self._busy = True
        try:
            self._run()
        finally:
            self._busy = False

    def _run(self) -> None:
        while self._waiting and not self._open:
            self._call()

    async def drain(self) -> None:
        """Return when the calls that wait now are made, by this caller or by another one who is at it."""
        goal = self._put
        while self._made < goal and not self._turns.inside:
            if self._busy:
                await self._turns.wait(goal)
            else:
                await self._make()

    async def _make(self) -> None:
        """Make all the calls there are, those too that come meanwhile."""
        self._busy = True
        try:
            self._run()
            while self._open:
                await self._settle(self._pending)
                self._run()
                self._turns.made(self._made)
        finally:
            self._busy = False
            self._turns.leave()

    def _call(self) -> None:
        callback, what = self._waiting.popleft()
        try:
            result = callback(what)
        except Exception as error:
            self._report(error)
            return
        if inspect.isawaitable(result):
            self._pending, self._open = result, True

    async def _settle(self, awaitable: Any) -> None:
        self._pending = None
        try:
            await self._turns.drive(awaitable)
        except Exception as error:
            self._report(error)
        finally:
            self._open = False

    def _report(self, error: Exception) -> None:
        """Log a failure, the 1st, the 10th, the 100th, ...: without its message, which may hold text of the answer."""
        self._failures += 1
        if str(self._failures).strip("0") == "1":
            _log.error("Markdown.on: a callback failed (%s); the page does not depend on it", type(error).__name__)
            _log.debug("Markdown.on: a callback failed", exc_info=error)
