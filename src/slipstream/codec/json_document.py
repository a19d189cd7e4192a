"""A JSON document under construction: the tables of what may come next, and what is done with it.

Strategy: no character is looked at twice.

1. The document is built in place. What a piece of text adds is put into the open container; nothing is parsed again.
2. Between tokens a table maps the next character to what is done with it, one table a state; a character that is not
   in the table is an error, and the table's name says what would have been right.
3. In a string a regular expression runs to the next quote, backslash or control character, in C. The pieces are joined
   when the string closes or someone looks.
4. Numbers, literals and escapes are short and bounded, so one that is cut by the end of a piece is held as text and
   put in front of the next piece.
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


class Document:
    """The document so far, and where in it the text stands.

    Args:
        strict: False lets bare control characters stand in strings.

    Attributes:
        root: a list of one item, the document, or empty before it begins. (So there is always a container to put into.)
        string: the pieces of the open string, or None.
        held: a token that the end of the text has cut: the caller puts it in front of the next text.
        plain: the pattern of what may stand in a string without a second look.
    """

    __slots__ = ("_expect", "_key", "_next", "_shown", "_stack", "_string_is_key", "_top", "held", "plain", "root", "string")

    def __init__(self, *, strict: bool) -> None:
        self.root: list[Any] = []
        self.string: list[str] | None = None
        self.held = ""
        self.plain = PLAIN if strict else PLAIN_OR_CONTROL
        self._string_is_key = False
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
        at = _string(self, text, 0) if self.string is not None else 0
        end = len(text)
        while at < end:
            action = self._expect.get(text[at])
            if action is None:
                raise NotJSON(f"expected {_NAMES[id(self._expect)]}", at)
            at = action(self, text, at)

    def show(self) -> None:
        """Put the unfinished string, number or literal where it belongs, as far as it has come."""
        if self.string is not None:
            if self._string_is_key:
                return
            value: Any = "".join(self.string)
            self.string = [value]
        elif not self.held:
            return
        elif self.held[0] in LITERAL_BY_LETTER:
            value = LITERALS[LITERAL_BY_LETTER[self.held[0]]]
        else:
            value = number_so_far(self.held)
            if value is None:
                return
        expect = self._expect
        self.put(value)
        self._expect, self._shown = expect, True

    def put(self, value: Any) -> None:
        """Put a finished value where it belongs."""
        if self._next is _NEXT_MEMBER:
            self._top[self._key] = value
        elif self._shown:
            self._top[-1] = value
        else:
            self._top.append(value)
        self._shown = False
        self._expect = self._next

    def open(self, container: Any, after: _Table, first: _Table, at: int) -> None:
        """Put a new container where it belongs, and go on inside it."""
        if len(self._stack) >= MAX_JSON_DEPTH:
            raise NotJSON(f"more than {MAX_JSON_DEPTH} levels", at)
        self.put(container)
        self._stack.append(self._top)
        self._top, self._next, self._expect = container, after, first

    def close(self) -> None:
        """Close the open container, and go on after it."""
        self._top = self._stack.pop()
        if not self._stack:
            self._next = _NOTHING
        else:
            self._next = _NEXT_MEMBER if type(self._top) is dict else _NEXT_ITEM
        self._expect = self._next

    def expect(self, table: _Table) -> None:
        """Go on with what this table allows."""
        self._expect = table

    def close_string(self, value: str) -> None:
        """The open string is done: it is the next key, or a value."""
        self.string = None
        if self._string_is_key:
            self._key = value
            self._expect = _COLON
        else:
            self.put(value)
