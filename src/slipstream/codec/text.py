"""Text that UTF-8 can hold.

Strategy: a Python string may hold half a surrogate pair, as JSON may (`"\\ud83d"`), and then no encoder takes it.
Providers cut an emoji between two deltas, so a high half waits for its low half; what stays alone becomes U+FFFD.
Trying to encode is the cheapest test there is for it: it runs in C and hardly ever fails.
"""

from __future__ import annotations

REPLACEMENT = "\ufffd"


def to_utf8(text: str) -> bytes:
    """The UTF-8 bytes of the text, each lone surrogate replaced by U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return join_surrogates(text).encode()


def join_surrogates(text: str) -> str:
    """The text with surrogate pairs joined to one character, and lone surrogates replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class SurrogateJoiner:
    """Makes text that comes in pieces encodable, also when a surrogate pair is cut between two pieces.

    `feed` returns the piece, except for a high surrogate at its end: that waits for the next piece. `end` returns what
    still waits, which is then U+FFFD.

    Attributes:
        waiting: the high surrogate that waits, or nothing.
    """

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting = ""

    def feed(self, text: str) -> str:
        """The text that is certain now.

        Args:
            text: the next piece.

        Returns:
            The piece, encodable as UTF-8; nearly always the very same object.
        """
        if not self.waiting and text.isascii():
            return text
        text = self.waiting + text
        self.waiting = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        if self.waiting:
            text = text[:-1]
        try:
            text.encode()
        except UnicodeEncodeError:
            return join_surrogates(text)
        return text

    def end(self) -> str:
        """U+FFFD if half a pair still waits, else nothing."""
        waiting, self.waiting = self.waiting, ""
        return REPLACEMENT if waiting else ""
