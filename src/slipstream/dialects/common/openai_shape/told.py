"""What an encoder remembers of what it has told."""

from __future__ import annotations

from slipstream.dialects.common.openai_shape.frames import quote
from slipstream.dialects.common.responses_wire.plain_input import CUSTOM, PlainInput
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

    Arguments that are a JSON string are the free text of a custom tool, or a model's slip. The whole call tells which,
    so they wait for it, unless the client has named its custom tools.

    Args:
        index: its number among the calls of its choice.
        custom: True if it was announced as the call of a custom tool, whose text then streams.

    Attributes:
        custom, index: as above.
        head, tail: what stands around a piece of its arguments, or of its text.
        written: True once it has arguments.
    """

    __slots__ = ("_free", "_held", "custom", "head", "index", "tail", "written")

    def __init__(self, index: int, *, custom: bool = False) -> None:
        self.index = index
        self.custom = custom
        self.head = self.tail = b""
        self.written = False
        self._free = PlainInput(CUSTOM)
        self._held: list[str] = []

    def piece(self, text: str) -> bytes:
        """The chunk with a piece of the arguments; b"" if it waits."""
        if self.custom:
            return self.write(self._free.feed(text))
        if self._held or (not self.written and text.lstrip().startswith('"')):
            self._held.append(text)
            return b""
        return self.write(text)

    def write(self, text: str) -> bytes:
        """The chunk with this text, as it is."""
        if not text:
            return b""
        self.written = True
        return self.head + quote(text) + self.tail

    def release(self) -> bytes:
        """The chunk with what has waited."""
        held, self._held = "".join(self._held), []
        return self.write(held)

    def drop(self) -> None:
        """Forget what has waited: it is told otherwise."""
        self._held = []
