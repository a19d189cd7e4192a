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

    __slots__ = ("_document", "_ended", "_error", "_joiner", "_pieces", "_read")

    def __init__(self, *, strict: bool = True) -> None:
        if not isinstance(strict, bool):
            raise InvalidRequestError(f"strict takes True or False, not {type(strict).__name__}")
        self._document = Document(strict=strict)
        self._joiner = SurrogateJoiner()
        self._pieces: list[str] = []
        self._read = 0  # how many characters the document has read
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
        """The value so far, or None before it begins. It costs nothing but the join of an unfinished string.

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
        if not isinstance(text, str):
            raise InvalidRequestError(f"JSONStream.feed takes str, not {type(text).__name__}")
        if self._error is not None:
            raise self._error
        if self._ended:
            raise StreamClosedError("JSONStream.feed was called after end()")
        document = self._document
        if (
            document.string is not None
            and text.isprintable()
            and '"' not in text
            and "\\" not in text
            and not document.held
            and not self._joiner.waiting
        ):
            # The common case, more of an open string, stands here in full: a call more would double its cost. What is
            # printable has no control character and no surrogate; asking so costs half of a regular expression.
            document.string.append(text)
            self._pieces.append(text)
            self._read += len(text)
            return
        if self._joiner.waiting or not text.isascii():
            text = self._joiner.feed(text)
        self._pieces.append(text)
        self._read_on(text)

    def end(self) -> Any:
        """The text has ended: return the whole value. A second call returns it again.

        Raises:
            MalformedChunkError: the text broke off before the value was closed (an empty text too), or was no JSON.
        """
        if self._error is None and not self._ended:
            rest = self._joiner.end()
            self._pieces.append(rest)
            self._read_on(rest)
            self._ended = True
            if self._document.string is None and self._document.held:
                self._read_on(" ")  # what closes a number at the top; a literal that was cut is an error now
        if self._error is not None:
            raise self._error
        if not self.complete:
            self._error = MalformedChunkError(f"the JSON text broke off at character {self._read}")
            raise self._error
        return self.value

    def _read_on(self, text: str) -> None:
        document = self._document
        if document.held:
            self._read -= len(document.held)
            text, document.held = document.held + text, ""
        try:
            document.read(text)
        except NotJSON as error:
            document.string, document.held = None, ""
            message = f"the text is not JSON at character {self._read + error.at}: {error.why}"
            self._error = MalformedChunkError(message)
            raise self._error from None
        self._read += len(text)


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value
