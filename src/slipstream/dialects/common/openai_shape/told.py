"""What an encoder remembers of what it has told."""

from __future__ import annotations

from slipstream.dialects.common.openai_shape.frames import quote
from slipstream.events import StepEnd


class Told:
    """One choice.

    Attributes:
        calls, citations, pictures, details: how many entries of each list have been sent.
        end: how its last step ended, or None.
        retracted: True if what was sent must be taken back.
    """

    __slots__ = ("_sound", "calls", "citations", "details", "end", "pictures", "retracted")

    def __init__(self) -> None:
        self.calls = self.citations = self.pictures = self.details = 0
        self.end: StepEnd | None = None
        self.retracted = False
        self._sound = ""

    def is_new_sound(self, id: str) -> bool:
        """True once for each sound: clients that join pieces would join its id to itself."""
        if not id or id == self._sound:
            return False
        self._sound = id
        return True


class ToldCall:
    """One call.

    Attributes:
        index: its number among the calls of its choice.
        head, tail: what stands around a piece of its arguments.
        written: True once it has arguments.
    """

    __slots__ = ("head", "index", "tail", "written")

    def __init__(self, index: int) -> None:
        self.index = index
        self.head = self.tail = b""
        self.written = False

    def piece(self, text: str) -> bytes:
        """The chunk with a piece of the arguments."""
        if not text:
            return b""
        self.written = True
        return self.head + quote(text) + self.tail
