"""Ids that stay unique over all rounds of a stream, though every round counts from the beginning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec

from slipstream import events as e
from slipstream.events import Event

_NAMED: Final = frozenset(
    (e.TextStart, e.TextDelta, e.TextEnd, e.ReasoningStart, e.ReasoningDelta, e.ReasoningEnd, e.ToolInputStart,
     e.ToolInputDelta, e.ToolInputEnd, e.ToolCall, e.Source)
)  # fmt: skip
_ANSWERS: Final = frozenset((e.ToolResult, e.ToolError))


class Names:
    """Renames what has been named so in an earlier round; the first round passes as it is."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._round: dict[str, str] = {}

    @classmethod
    def of(cls, names: Mapping[str, str]) -> Self:
        """The names of a round that is over."""
        found = cls()
        found._round = dict(names)
        return found

    def next_round(self) -> dict[str, str]:
        """A round is over; return its names, from the provider's to ours."""
        names, self._round = self._round, {}
        return names

    def forget_round(self) -> None:
        """The round begins anew: what it named is void."""
        self._used.difference_update(self._round.values())
        self._round = {}

    def rewrite(self, event: Event) -> Any:
        """The event, with ids that are unique in the stream."""
        kind = type(event)
        if kind in _NAMED:
            id: str = event.id  # type: ignore[attr-defined]
            name = self._round.get(id) or self._new(id)
            if kind is e.Source:
                return self._source(event, name)
            return event if name == id else msgspec.structs.replace(event, id=name)
        return self._answer(event) if kind in _ANSWERS else event

    def _answer(self, event: Any) -> Any:
        """A result keeps the id of its call, which may be one of an earlier round."""
        name = self._round.get(event.id, event.id)
        return event if name == event.id else msgspec.structs.replace(event, id=name)

    def _source(self, event: Any, name: str) -> Any:
        block = self._round.get(event.block, event.block)
        return msgspec.structs.replace(event, id=name, block=block)

    def _new(self, id: str) -> str:
        name, count = id, 1
        while name in self._used:
            count += 1
            name = f"{id}-{count}"
        self._used.add(name)
        self._round[id] = name
        return name
