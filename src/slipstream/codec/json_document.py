"""A JSON document under construction: the tables of what may come next, and what is done with it.

Strategy: no character is looked at twice.

1. The document is built in place. What a piece of text adds is put into the open container; nothing is parsed again.
2. Between tokens a table maps the next character to what is done with it, one table a state; a character that is not
   in the table is an error, and the table's name says what would have been right.
3. In a string a regular expression runs to the next quote, backslash or control character, in C. The pieces are joined
   when the string closes or someone looks; a long one is extended in place, so that looking costs what is new.
4. Numbers, literals and escapes are short and bounded, so one that is cut by the end of a piece is held as text and
   put in front of the next piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from slipstream.codec.json_tokens import (
    ESCAPES,
    KEY,
    LITERAL_BY_LETTER,
    LITERALS,
    NEXT_KEY,
    NUMBER_CHARS,
    NUMBER_START,
    REST,
    REST_OR_CONTROL,
    SPACE,
    STRING,
    WHOLE_NUMBER,
    NotJSON,
    number,
    number_so_far,
    unicode_escape,
)
from slipstream.codec.limits import MAX_JSON_DEPTH, MAX_JSON_NUMBER

IN_PLACE: Final = 4096
"""Characters from which an open string grows in place: a copy of fewer costs less (0.1 us) than to avoid it."""


class Document:
    """The document so far, and where in it the text stands.

    Args:
        strict: False lets bare control characters stand in strings.

    Attributes:
        root: a list of one item, the document, or empty before it begins: so there is always a container to put into.
        string: the pieces of the open string that are not shown yet, or None.
        held: a token that the end of the text has cut: the caller puts it in front of the next text.
    """

    __slots__ = (
        "_expect",
        "_key",
        "_next",
        "_rest",
        "_shown",
        "_stack",
        "_string_is_key",
        "_text",
        "_top",
        "held",
        "root",
        "string",
    )

    def __init__(self, *, strict: bool) -> None:
        self.root: list[Any] = []
        self.string: list[str] | None = None
        self.held = ""
        self._rest = (REST if strict else REST_OR_CONTROL).match
        self._string_is_key = False
        self._text = ""  # what of the open string is shown
        self._stack: list[Any] = []
        self._top: Any = self.root
        self._key = ""
        self._expect: _Table = _VALUE
        self._next: _Table = _NOTHING  # what is expected after a value in `_top`
        self._shown = False  # True if the unfinished value already stands in `_top`

    @property
    def closed(self) -> bool:
        """True if the text has closed the document."""
        return self._expect is _NOTHING

    def read(self, text: str) -> None:
        """Take the next piece of the text, what was `held` in front of it.

        Raises:
            NotJSON: with the position in this piece.
        """
        at = self._string(text, 0) if self.string is not None else 0
        end = len(text)
        while at < end:
            step = self._expect.get(text[at])
            if step is None:
                raise NotJSON(f"expected {_NAMES[id(self._expect)]}", at)
            at = step(self, text, at)

    def show(self) -> None:
        """Put the unfinished string, number or literal where it belongs, as far as it has come."""
        pieces = self.string
        if pieces is None:
            if self.held:
                self._show_held(self.held)
            return
        if self._string_is_key or (self._shown and not pieces):
            return
        text = self._text
        if len(text) >= IN_PLACE and self._shown:
            # `+=` extends a str without a copy if it has one owner: here, for a moment, this function.
            self._place("")
            self._text = ""
        text += pieces[0] if len(pieces) == 1 else "".join(pieces)
        pieces.clear()
        self._text = text
        if self._next is _NEXT_MEMBER:
            self._top[self._key] = text
            self._shown = True
        else:
            self._place(text)

    def _show_held(self, held: str) -> None:
        value = LITERALS[LITERAL_BY_LETTER[held[0]]] if held[0] in LITERAL_BY_LETTER else number_so_far(held)
        if value is not None or held[0] == "n":
            self._place(value)

    # --- the tree ------------------------------------------------------------------------------------------------

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

    def _place(self, value: Any) -> None:
        """Put an unfinished value where it belongs."""
        if self._next is _NEXT_MEMBER:
            self._top[self._key] = value
        elif self._shown:
            self._top[-1] = value
        else:
            self._top.append(value)
        self._shown = True

    def _open(self, container: Any, at: int) -> None:
        if len(self._stack) >= MAX_JSON_DEPTH:
            raise NotJSON(f"more than {MAX_JSON_DEPTH} levels", at)
        self._put(container)
        self._stack.append(self._top)
        self._top = container

    def _leave(self) -> None:
        """A container has closed; there is nothing left to do here, but a document of typed objects checks it."""

    # --- the steps: (text, position of the character that led here) -> the position to go on from ------------------

    def _space(self, text: str, at: int) -> int:
        found = SPACE.match(text, at)
        return found.end() if found else at + 1

    def _object(self, _text: str, at: int) -> int:
        self._open({}, at)
        self._next, self._expect = _NEXT_MEMBER, _FIRST_KEY
        return at + 1

    def _array(self, _text: str, at: int) -> int:
        self._open([], at)
        self._next, self._expect = _NEXT_ITEM, _FIRST_ITEM
        return at + 1

    def _close(self, _text: str, at: int) -> int:
        self._top = self._stack.pop()
        if not self._stack:
            self._next = _NOTHING
        else:
            self._next = _NEXT_MEMBER if type(self._top) is dict else _NEXT_ITEM
        self._expect = self._next
        self._leave()
        return at + 1

    def _before_value(self, text: str, at: int) -> int:
        self._expect = _VALUE
        return at + 2 if text.startswith(" ", at + 1) else at + 1

    def _before_key(self, text: str, at: int) -> int:
        found = NEXT_KEY.match(text, at)
        if found is not None:  # the common form, in one step
            return self._begin_key(found, text)
        self._expect = _KEY
        return at + 1

    def _number(self, text: str, at: int) -> int:
        found = WHOLE_NUMBER.match(text, at)
        if found is not None:
            self._put(float(found[0]) if found[2] else int(found[0]))
            return found.end()
        found = NUMBER_START.match(text, at)
        if found is not None and found.end() == len(text) <= at + MAX_JSON_NUMBER:
            self.held = found[0]
            return len(text)
        found = NUMBER_CHARS.match(text, at)
        end = found.end() if found else at
        self._put(number(text, at, end))
        return end

    def _literal(self, text: str, at: int) -> int:
        word = LITERAL_BY_LETTER[text[at]]
        if text.startswith(word, at):
            self._put(LITERALS[word])
            return at + len(word)
        if not word.startswith(text[at : at + len(word)]):
            raise NotJSON(f"expected {word}", at)
        self.held = text[at:]
        return len(text)

    def _open_key(self, text: str, at: int) -> int:
        found = KEY.match(text, at)
        assert found is not None  # the quote is there, and nothing more is asked for
        return self._begin_key(found, text)

    def _begin_key(self, found: re.Match[str], text: str) -> int:
        """The start of a key, or the whole."""
        if found.lastindex == 2:
            self._key = found[1]
            self._expect = _VALUE
            return found.end()
        self.string, self._string_is_key = [found[1]], True
        at = found.end()
        return self._string(text, at) if at < len(text) else at

    def _open_string(self, text: str, at: int) -> int:
        found = STRING.match(text, at)
        assert found is not None
        if found.lastindex == 2:
            self._put(found[1])
            return found.end()
        self.string, self._string_is_key = [found[1]], False
        at = found.end()
        return self._string(text, at) if at < len(text) else at

    def _string(self, text: str, at: int) -> int:
        """Go on in the open string, until it closes or the text ends."""
        pieces = self.string
        assert pieces is not None
        end = len(text)
        while at < end:
            found = self._rest(text, at)
            assert found is not None  # it matches nothing too
            pieces.append(found[1])
            at = found.end()
            if found.lastindex == 2:
                if not self._string_is_key:
                    return self._end_string(at, "".join(pieces))
                self.string = None
                self._key = "".join(pieces)
                self._expect = _COLON
                return at
            if at == end:
                return at
            if text[at] != "\\":
                raise NotJSON("a bare control character in a string", at)
            at = self._escape(pieces, text, at)
        return at

    def _end_string(self, at: int, value: str) -> int:
        """The open string, which is no key, has closed before `at`; `value` is what of it is not shown yet."""
        self.string = None
        if self._text:
            value, self._text = self._text + value, ""
        self._put(value)
        return at

    def _escape(self, pieces: list[str], text: str, at: int) -> int:
        simple = ESCAPES.get(text[at + 1 : at + 2])
        if simple is not None:
            pieces.append(simple)
            return at + 2
        read = unicode_escape(text, at)
        if read is None:
            self.held = text[at:]
            return len(text)
        pieces.append(read[0])
        return read[1]


_Step: TypeAlias = Callable[[Document, str, int], int]
_Table: TypeAlias = dict[str, _Step]

_SPACES: _Table = dict.fromkeys(" \t\n\r", Document._space)
_VALUE: _Table = {
    **_SPACES,
    **dict.fromkeys("-0123456789", Document._number),
    **dict.fromkeys(LITERAL_BY_LETTER, Document._literal),
    '"': Document._open_string,
    "{": Document._object,
    "[": Document._array,
}
_FIRST_ITEM: _Table = {**_VALUE, "]": Document._close}
_NEXT_ITEM: _Table = {**_SPACES, ",": Document._before_value, "]": Document._close}
_KEY: _Table = {**_SPACES, '"': Document._open_key}
_FIRST_KEY: _Table = {**_KEY, "}": Document._close}
_COLON: _Table = {**_SPACES, ":": Document._before_value}
_NEXT_MEMBER: _Table = {**_SPACES, ",": Document._before_key, "}": Document._close}
_NOTHING: _Table = {**_SPACES}
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
