"""JSON that is readable while it comes: the arguments of a tool call, a structured answer."""

from __future__ import annotations

from typing import Any

from slipstream.codec.json_document import Document
from slipstream.codec.json_tokens import NotJSON
from slipstream.codec.text import SurrogateJoiner
from slipstream.errors import InvalidRequestError, MalformedChunkError, StreamClosedError


class JSONStream:
    """One JSON text (RFC 8259), fed in pieces.

    The value at any moment shows:

    - a string as far as it has come, without half an escape and without half a surrogate pair;
    - a number as far as it is a number: `12.` is 12, `2.5e-` is 2.5, `-` is absent;
    - a literal as soon as its first letter tells it: `t` is True, `n` is None;
    - a key only once its value has begun to show.

    What the standard leaves open: of equal keys the last wins; integers stay exact up to 4,300 digits; a float beyond
    the range of a double is infinite; a lone surrogate becomes U+FFFD, so the value can always be encoded again; at
    most 200 levels; no BOM.

    A value that could be parsed is not complete for that: `12` may become `123`. So `complete` is True only when the
    text itself has closed the value, and whoever acts on the value (runs a tool) waits for it, or for `end()`.

    Args:
        strict: False lets bare control characters stand in strings (a line feed that the model forgot to escape), as
            `json.loads(strict=False)` does.

    Raises:
        InvalidRequestError: `strict` is not a bool.
    """

    __slots__ = ("_document", "_ended", "_error", "_joiner", "_open", "_pieces")

    def __init__(self, *, strict: bool = True) -> None:
        if not isinstance(strict, bool):
            raise InvalidRequestError(f"strict takes True or False, not {type(strict).__name__}")
        self._document = Document(strict=strict)
        self._joiner = SurrogateJoiner()
        self._pieces: list[str] = []
        self._open: list[str] | None = None  # the pieces of the open string, if nothing else is open
        self._error: MalformedChunkError | None = None
        self._ended = False

    @property
    def text(self) -> str:
        """All that was fed; a lone surrogate in it has become U+FFFD."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def complete(self) -> bool:
        """True if the text has closed the value. A number at the top is closed by white space or by `end()`."""
        return self._document.closed and self._error is None

    @property
    def started(self) -> bool:
        """True if `value` shows something; tells a `null` from nothing yet."""
        self._document.show()
        return bool(self._document.root)

    @property
    def value(self) -> Any:
        """The value so far, or None before it begins. It costs what is new in an unfinished string.

        This is the document itself: it grows with the next piece. `snapshot()` gives one that stays.
        """
        document = self._document
        if document.string is not None or document.held:
            document.show()
        root = document.root
        return root[0] if root else None

    def snapshot(self) -> Any:
        """A copy of the value so far, which stays as it is; O(size of the value)."""
        return _copy(self.value)

    def feed(self, text: str) -> None:
        """Take the next piece, cut anywhere. It costs O(piece), however much came before.

        Raises:
            MalformedChunkError: the text is not the start of a JSON text, or goes on after its end. The message names
                the position, in characters from 0. Later calls raise the same; `value` stays at what was good.
            InvalidRequestError: the text is not a str.
            StreamClosedError: after `end()`.
        """
        pieces = self._open
        if pieces is not None and type(text) is str and text.isprintable() and '"' not in text and "\\" not in text:
            # The common case, more of an open string, stands here in full: a call more would double its cost. What is
            # printable has no control character and no surrogate; asking so costs half of a regular expression.
            pieces.append(text)
            self._pieces.append(text)
        else:
            self._take(text)

    def end(self) -> Any:
        """The text has ended: return the whole value. A second call returns it again.

        Raises:
            MalformedChunkError: the text broke off before the value was closed (an empty text too), or was no JSON.
        """
        if self._error is None and not self._ended:
            rest = self._joiner.end()
            self._pieces.append(rest)
            self._read(rest)
            self._ended = True
            self._open = None
            if self._document.string is None and self._document.held:
                self._read(" ", 1)  # what closes a number at the top; a literal that was cut is an error now
        if self._error is not None:
            raise self._error
        if not self.complete:
            self._error = MalformedChunkError(f"the JSON text broke off at character {sum(map(len, self._pieces))}")
            raise self._error
        return self.value

    def _take(self, text: str) -> None:
        if not isinstance(text, str):
            raise InvalidRequestError(f"JSONStream.feed takes str, not {type(text).__name__}")
        if self._error is not None:
            raise self._error
        if self._ended:
            raise StreamClosedError("JSONStream.feed was called after end()")
        if self._joiner.waiting or not text.isascii():
            text = self._joiner.feed(text)
        self._pieces.append(text)
        self._read(text)
        document = self._document
        self._open = None if document.held or self._joiner.waiting else document.string

    def _read(self, text: str, added: int = 0) -> None:
        """Give text to the document.

        Args:
            text: the last of `_pieces`, or what is added to it.
            added: how many of its characters are not in `_pieces`.
        """
        document = self._document
        if document.held:
            text, document.held = document.held + text, ""
        try:
            document.read(text)
        except NotJSON as error:
            document.string, document.held, self._open = None, "", None
            at = sum(map(len, self._pieces)) + added - len(text) + error.at
            self._error = MalformedChunkError(f"the text is not JSON at character {at}: {error.why}")
            raise self._error from None


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value
