"""Usage over all rounds: every `Usage` of the stream is the whole so far."""

from __future__ import annotations

from slipstream.events import Message, Usage
from slipstream.run.estimate import estimate
from slipstream.run.usage import add


class Totals:
    """Adds up what the finished rounds have used."""

    def __init__(self) -> None:
        self._rounds: list[Message] = []
        self._before: Usage | None = None

    def next_round(self, message: Message) -> None:
        """A round is over."""
        self._rounds.append(message)

    def with_earlier(self, usage: Usage) -> Usage:
        """This round's usage and that of the rounds before; the details are the last ones."""
        for message in self._rounds:  # who counts now and did not before: the gap is estimated, and the sum says so
            self._before = add(self._before, message.usage or estimate(None, message))
        self._rounds.clear()
        return add(self._before, usage) or usage
