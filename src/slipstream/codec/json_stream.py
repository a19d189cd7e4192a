"""JSON that is readable while it comes: the arguments of a tool call, a structured answer.

Strategy: no character is looked at twice.

1. The document is built in place. What a piece adds is put into the open container; nothing is parsed again.
2. Between tokens a table maps the next character to what is done with it, one table a state; a character that is not in
   the table is an error, and the table says what would have been right.
3. In a string a regular expression runs to the next quote, backslash or control character, in C. The pieces are joined when
   the string closes or someone looks.
4. Numbers, literals and escapes are short and bounded, so one that is cut by the end of a piece is held as text and put
   in front of the next piece.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from slipstream.codec.json_tokens import (
    ESCAPES,
    LITERAL_BY_LETTER,
    LITERALS,
    NUMBER_CHARS,
    NUMBER_START,
    PLAIN,
    PLAIN_OR_CONTROL,
    SPACE,
    WHOLE_KEY,
    WHOLE_NUMBER,
    WHOLE_STRING,
    NotJSON,
    number,
    number_so_far,
    unicode_escape,
)
from slipstream.codec.limits import MAX_JSON_DEPTH, MAX_JSON_NUMBER
from slipstream.codec.text import SurrogateJoiner
from slipstream.errors import InvalidRequestError, MalformedChunkError, StreamClosedError


class JSONStream:
    """One JSON text (RFC 8259), fed in pieces.

    The value at any moment shows:

    - a string as far as it has come, without half an escape and without half a surrogate pair;
    - a number as far as it is a number: `12.` is 12, `2.5e-` is 2.5, `-` is absent;
    - a literal as soon as its first letter tells it: `t` is True, `n` is None;
    - a key only once its value has begun to show.

    What the standard leaves open: of equal keys the last wins; integers stay exact up to 4,300 digits; a float beyond the
    range of a double is infinite; an escape of a lone surrogate becomes U+FFFD, so the value can always be encoded
    again; at most 200 levels; no BOM.

    A value that could be parsed is not complete for that: `12` may become `123`. So `complete` is True only when the text
    itself has closed the value, and whoever acts on the value (runs a tool) waits for it, or for `end()`.

    Args:
        strict: False lets bare control characters stand in strings (a line feed that the model forgot to escape), as
            `json.loads(strict=False)` does.

    Raises:
        InvalidRequestError: `strict` is not a bool.
    """

    __slots__ = (
        "_ended",
        "_error",
        "_expect",
        "_held",
        "_joiner",
        "_key",
        "_next",
        "_pieces",
        "_plain",
        "_read",
        "_root",
        "_shown",
        "_stack",
        "_string",
        "_string_is_key",
        "_top",
    )

    def __init__(self, *, strict: bool = True) -> None:
        if not isinstance(strict, bool):
            raise InvalidRequestError(f"strict takes True or False, not {type(strict).__name__}")
        self._plain = PLAIN if strict else PLAIN_OR_CONTROL
        self._joiner = SurrogateJoiner()
        self._pieces: list[str] = []
        self._read = 0  # how many characters came before the text that is being read
        self._held = ""  # a token that was cut: a number, a literal, or an escape
        self._error: MalformedChunkError | None = None
        self._ended = False
        # The document is the one item of `_root`, so that there is always a container to put a value into.
        self._root: list[Any] = []
        self._top: Any = self._root
        self._stack: list[Any] = []
        self._key = ""
        self._expect: _Table = _VALUE
        self._next: _Table = _NOTHING  # what is expected after a value in `_top`
        self._string: list[str] | None = None  # the pieces of the open string
        self._string_is_key = False
        self._shown = False  # True if the unfinished value already stands in `_top`

    # --- what a reader sees --------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """All that was fed; a lone surrogate in it has become U+FFFD."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def complete(self) -> bool:
        """True if the text has closed the value. A number at the top is closed by white space or by `end()`."""
        return self._expect is _NOTHING and self._error is None

    @property
    def started(self) -> bool:
        """True if `value` shows something; tells a `null` from nothing yet."""
        self._show()
        return bool(self._root)

    @property
    def value(self) -> Any:
        """The value so far, or None before it begins. It costs nothing but the join of an unfinished string.

        This is the document itself: it grows with the next piece. `snapshot()` gives one that stays.
        """
        self._show()
        return self._root[0] if self._root else None

    def snapshot(self) -> Any:
        """A copy of the value so far, which stays as it is; O(size of the value)."""
        return _copy(self.value)

    # --- feeding -------------------------------------------------------------------------------------------------

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
        if self._joiner.waiting or not text.isascii():
            text = self._joiner.feed(text)
        string = self._string
        if string is not None and not self._held and self._plain.fullmatch(text):
            # The common case, more of an open string, stands here in full: a call more would double its cost.
            string.append(text)
            self._pieces.append(text)
            self._read += len(text)
        else:
            self._take(text)

    def end(self) -> Any:
        """The text has ended: return the whole value. A second call returns it again.

        Raises:
            MalformedChunkError: the text broke off before the value was closed, or was no JSON.
        """
        if not self._ended and self._error is None:
            self._take(self._joiner.end())
            if self._held and self._string is None:
                self._take(" ")  # closes a number at the top; whatever else is held stays unclosed
                self._pieces.pop()
            self._ended = True
        if self._error is not None:
            raise self._error
        if not self.complete:
            raise MalformedChunkError(f"the JSON text broke off at character {self._read}")
        return self.value

    def _take(self, text: str) -> None:
        self._pieces.append(text)
        if self._held:
            self._read -= len(self._held)
            text, self._held = self._held + text, ""
        end = len(text)
        at = _string(self, text, 0) if self._string is not None else 0
        try:
            while at < end:
                at = self._expect[text[at]](self, text, at)
        except KeyError:
            raise self._broken(at, f"expected {_NAMES[id(self._expect)]}") from None
        self._read += end

    def _broken(self, at: int, why: str) -> MalformedChunkError:
        self._error = MalformedChunkError(f"the text is not JSON at character {self._read + at}: {why}")
        self._string, self._held = None, ""
        return self._error

    # --- building ------------------------------------------------------------------------------------------------

    def _put(self, value: Any) -> None:
        """Put a finished value where it belongs."""
        if self._next is _NEXT_MEMBER:
            self._top[self._key] = value
        elif self._shown:
            self._top[-1] = value
        else:
            self._top.append(value)
        self._shown = False
        self._expect = self._next

    def _show(self) -> None:
        """Put the unfinished value where it belongs, as far as it has come."""
        if self._string is not None:
            if self._string_is_key:
                return
            value: Any = "".join(self._string)
            self._string = [value]
        elif not self._held:
            return
        elif self._held[0] in LITERAL_BY_LETTER:
            value = LITERALS[LITERAL_BY_LETTER[self._held[0]]]
        else:
            value = number_so_far(self._held)
            if value is None:
                return
        expect = self._expect
        self._put(value)
        self._expect, self._shown = expect, True

    def _open(self, container: Any, next_: _Table, expect: _Table, at: int) -> None:
        if len(self._stack) >= MAX_JSON_DEPTH:
            raise self._broken(at, f"more than {MAX_JSON_DEPTH} levels")
        self._put(container)
        self._stack.append(self._top)
        self._top, self._next, self._expect = container, next_, expect


# --- what is done with a character: (the stream, the text, its position) -> the position to go on from ----------------

_Action: TypeAlias = Callable[[JSONStream, str, int], int]
_Table: TypeAlias = dict[str, _Action]


def _space(stream: JSONStream, text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at + 1


def _object(stream: JSONStream, text: str, at: int) -> int:
    stream._open({}, _NEXT_MEMBER, _FIRST_KEY, at)
    return at + 1


def _array(stream: JSONStream, text: str, at: int) -> int:
    stream._open([], _NEXT_ITEM, _FIRST_ITEM, at)
    return at + 1


def _close(stream: JSONStream, text: str, at: int) -> int:
    top = stream._top = stream._stack.pop()
    if not stream._stack:
        stream._next = _NOTHING
    else:
        stream._next = _NEXT_MEMBER if type(top) is dict else _NEXT_ITEM
    stream._expect = stream._next
    return at + 1


def _expect_value(stream: JSONStream, text: str, at: int) -> int:
    stream._expect = _VALUE
    return at + 2 if text[at + 1 : at + 2] == " " else at + 1


def _expect_key(stream: JSONStream, text: str, at: int) -> int:
    stream._expect = _KEY
    return at + 2 if text[at + 1 : at + 2] == " " else at + 1


def _number(stream: JSONStream, text: str, at: int) -> int:
    found = WHOLE_NUMBER.match(text, at)
    if found is not None:
        stream._put(float(found[0]) if found[2] else int(found[0]))
        return found.end()
    found = NUMBER_START.match(text, at)
    if found is not None and found.end() == len(text) <= at + MAX_JSON_NUMBER:
        stream._held = found[0]
        return len(text)
    found = NUMBER_CHARS.match(text, at)
    end = found.end() if found else at
    try:
        stream._put(number(text[at:end]))
    except NotJSON as error:
        raise stream._broken(at, str(error)) from None
    return end


def _literal(stream: JSONStream, text: str, at: int) -> int:
    word = LITERAL_BY_LETTER[text[at]]
    if text.startswith(word, at):
        stream._put(LITERALS[word])
        return at + len(word)
    if not word.startswith(text[at : at + len(word)]):
        raise stream._broken(at, f"expected {word}")
    stream._held = text[at:]
    return len(text)


def _open_key(stream: JSONStream, text: str, at: int) -> int:
    found = WHOLE_KEY.match(text, at)
    if found is not None:
        stream._key = found[1]
        stream._expect = _VALUE
        return found.end()
    stream._string, stream._string_is_key = [], True
    return _string(stream, text, at + 1)


def _open_string(stream: JSONStream, text: str, at: int) -> int:
    found = WHOLE_STRING.match(text, at)
    if found is not None:
        stream._put(found[1])
        return found.end()
    stream._string, stream._string_is_key = [], False
    return _string(stream, text, at + 1)


def _string(stream: JSONStream, text: str, at: int) -> int:
    """Go on in the open string, until it closes or the text ends."""
    pieces = stream._string
    assert pieces is not None
    plain = stream._plain.match
    while at < len(text):
        found = plain(text, at)
        end = found.end() if found else at
        if end > at:
            pieces.append(text[at:end])
        if end == len(text):
            return end
        if text[end] == '"':
            return _close_string(stream, pieces, end)
        if text[end] != "\\":
            raise stream._broken(end, "a bare control character in a string")
        at = _escape(stream, pieces, text, end)
    return at


def _escape(stream: JSONStream, pieces: list[str], text: str, at: int) -> int:
    simple = ESCAPES.get(text[at + 1 : at + 2])
    if simple is not None:
        pieces.append(simple)
        return at + 2
    try:
        read = unicode_escape(text, at)
    except NotJSON as error:
        raise stream._broken(at, str(error)) from None
    if read is None:
        stream._held = text[at:]
        return len(text)
    pieces.append(read[0])
    return read[1]


def _close_string(stream: JSONStream, pieces: list[str], at: int) -> int:
    value = pieces[0] if len(pieces) == 1 else "".join(pieces)
    stream._string = None
    if stream._string_is_key:
        stream._key = value
        stream._expect = _COLON
    else:
        stream._put(value)
    return at + 1


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value


_SPACES: _Table = dict.fromkeys(" \t\n\r", _space)
_VALUE: _Table = {
    **_SPACES,
    **dict.fromkeys("-0123456789", _number),
    **dict.fromkeys(LITERAL_BY_LETTER, _literal),
    '"': _open_string,
    "{": _object,
    "[": _array,
}
_FIRST_ITEM: _Table = {**_VALUE, "]": _close}
_NEXT_ITEM: _Table = {**_SPACES, ",": _expect_value, "]": _close}
_KEY: _Table = {**_SPACES, '"': _open_key}
_FIRST_KEY: _Table = {**_KEY, "}": _close}
_COLON: _Table = {**_SPACES, ":": _expect_value}
_NEXT_MEMBER: _Table = {**_SPACES, ",": _expect_key, "}": _close}
_NOTHING: _Table = _SPACES
_NAMES = {
    id(_VALUE): "a value",
    id(_FIRST_ITEM): "a value or ]",
    id(_NEXT_ITEM): ", or ]",
    id(_KEY): "a key in quotes",
    id(_FIRST_KEY): "a key in quotes or }",
    id(_COLON): "a colon",
    id(_NEXT_MEMBER): ", or }",
    id(_NOTHING): "nothing after the end",
}
