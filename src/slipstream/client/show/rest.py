"""What a message holds and its reader was not given: after a cancel the last events are folded, but not handed out."""

from __future__ import annotations

from slipstream.events import Event, Message, RefusalDelta, Restart, TextDelta


class Rest:
    """Counts the text of the first answer as it is given."""

    def __init__(self) -> None:
        self._count = 0

    def saw(self, event: Event) -> None:
        """An event was given."""
        kind = type(event)
        if kind is TextDelta or kind is RefusalDelta:
            self._count += len(event.text) if event.choice == 0 else 0  # type: ignore[attr-defined]
        elif kind is Restart:
            self._count = 0

    def of(self, message: Message) -> TextDelta | None:
        """The text that is missing, or None."""
        missing = (message.text or message.refusal)[self._count :]
        return TextDelta(missing) if missing else None
