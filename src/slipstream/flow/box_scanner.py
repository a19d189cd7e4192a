"""Finds places in a text that comes in pieces.

Strategy: from an opening bracket on, one small machine reads character by character and keeps its state between
pieces, so nothing is read twice. It gives up at the first character that no notation has; the search then goes on
behind that bracket. So a wrapper around several objects (`[{...}, {...}]`, `{"3": [{...}]}`) is given up at once and
each object is found as soon as it closes. What was found waits for one more character: a digit right behind the bracket
means that it was none (WIRE section 12), and a bare box without a label in front of it waits for one behind it.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.events import Box
from slipstream.flow.box_notation import Notation, Place, Size, box_of, places_in_brackets, places_in_object

# Longer is no notation: a polygon of a hundred corners has some 1000 characters.
MAX_NOTATION: Final = 4096
MAX_DEPTH: Final = 3
# A label is a word or two; what is longer is a sentence that stands beside the box.
MAX_LABEL: Final = 64

MORE: Final = 0
DONE: Final = 1
NONE: Final = 2

_OPENING: Final = re.compile(r"[\[({<]")
_CLOSER_OF: Final = {"[": "]", "(": ")", "{": "}", "<": ">"}
_FILLING: Final = frozenset("0123456789., -\n\r\t")
# What ends a label: line ends, punctuation, brackets, the `|` of tags and tables.
_BORDER: Final = re.compile(r"[\n\r.!?;,。！？；，、|\[\](){}<>]")
# `<|begin_of_box|>` may stand between the label and the box.
_TAG_BEFORE: Final = re.compile(r"<\|?[\w/]{1,40}\|?>\s*$")
_DRESS: Final = " \t:：*_\"'`“”‘’#•=-–—"


class _Brackets:
    """Reads a bracket that holds nothing but numbers and brackets."""

    __slots__ = ("_stack",)
    is_object = False

    def __init__(self, opening: str) -> None:
        self._stack = [_CLOSER_OF[opening]]

    def read(self, character: str) -> int:
        if character in _FILLING:
            return MORE
        if character == self._stack[-1]:
            self._stack.pop()
            return MORE if self._stack else DONE
        if character in _CLOSER_OF and len(self._stack) < MAX_DEPTH:
            self._stack.append(_CLOSER_OF[character])
            return MORE
        return NONE


class _Object:
    """Reads a JSON object without objects inside; its first character is known to be `"`."""

    __slots__ = ("_escaped", "_in_text")
    is_object = True

    def __init__(self) -> None:
        self._in_text = False
        self._escaped = False

    def read(self, character: str) -> int:
        if self._in_text:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == '"':
                self._in_text = False
            return MORE
        if character == '"':
            self._in_text = True
            return MORE
        return DONE if character == "}" else NONE if character == "{" else MORE


class BoxScanner:
    """Takes one text in pieces, gives the boxes in it.

    Args:
        size: width and height of the picture in pixels, or None.
        notation: `xyxy` (x first), `yxyx` (y first), or `auto`, which goes by the key and takes x first without one.
    """

    __slots__ = ("_at", "_found", "_machine", "_notation", "_size", "_start", "_text")

    def __init__(self, size: Size | None, notation: Notation) -> None:
        self._size = size
        self._notation = notation
        self._text = ""
        self._at = 0  # the next character to read
        self._start = 0  # where the open bracket stands, or how far labels may look back
        self._machine: _Brackets | _Object | None = None
        self._found: tuple[str, list[Place], str] | None = None  # label, places, source; the text goes on at `_at`

    def feed(self, text: str) -> list[Box]:
        """Take a piece of the text; return the boxes that are now certain."""
        self._text += text
        boxes: list[Box] = []
        if self._found is None and self._machine is None and _OPENING.search(text) is None:
            self._at = len(self._text)  # nearly every time: no bracket, old or new
            if self._at > 8 * MAX_LABEL:
                self._forget()
            return boxes
        while self._step(boxes):
            pass
        self._forget()
        return boxes

    def end(self) -> list[Box]:
        """The text has ended: no digit and no label will follow."""
        boxes: list[Box] = []
        while self._found is not None:
            self._settle(self._text[self._at :], boxes)  # whatever is longer than a label has been settled before
            while self._step(boxes):
                pass
        return boxes

    def _step(self, boxes: list[Box]) -> bool:
        """One step of the search; False if it needs more text."""
        if self._found is not None:
            return self._await_rest(boxes)
        if self._machine is None:
            return self._search()
        return self._read()

    def _search(self) -> bool:
        opening = _OPENING.search(self._text, self._at)
        if opening is None:
            self._at = len(self._text)
            return False
        self._start = opening.start()
        self._at = self._start + 1
        self._machine = _Brackets(opening.group())
        return True

    def _read(self) -> bool:
        text, machine = self._text, self._machine
        for index in range(self._at, len(text)):
            character = text[index]
            state = NONE if machine is None else machine.read(character)
            if state == NONE and character == '"' and self._opens_object(index):
                machine = self._machine = _Object()
                state = machine.read(character)
            if state == MORE and index - self._start < MAX_NOTATION:
                continue
            self._machine = None
            self._at = index + 1 if state == DONE else self._start + 1
            if state == DONE:
                self._close(is_object=machine is not None and machine.is_object)
            return True
        self._at = len(text)
        return False

    def _opens_object(self, index: int) -> bool:
        """True if nothing but white space stands between a `{` and this character."""
        return self._text[self._start] == "{" and not self._text[self._start + 1 : index].strip()

    def _close(self, *, is_object: bool) -> None:
        """A notation has closed: read its numbers."""
        source = self._text[self._start : self._at]
        if is_object:
            y_first = None if self._notation == "auto" else self._notation == "yxyx"
            label, places = places_in_object(source, y_first)
            label = label or " "  # an object without a label has none: the text around it is not about it
        else:
            places = places_in_brackets(source, y_first=self._notation == "yxyx")
            label = self._label_before()
        if places:
            self._found = (label, places, source)
        elif not is_object:
            self._at = self._start + 1  # a bracket inside may still be a notation

    def _label_before(self) -> str:
        before = self._text[max(0, self._start - 2 * MAX_LABEL) : self._start]
        label = _BORDER.split(_TAG_BEFORE.sub("", before))[-1].strip(_DRESS)
        return label if len(label) <= MAX_LABEL else ""

    def _await_rest(self, boxes: list[Box]) -> bool:
        """Wait for the character behind the bracket, and for a label behind it if none stood in front."""
        rest = self._text[self._at :]
        if not rest:
            return False
        if rest[0].isdigit():
            self._found = None
            return True
        if self._found is not None and self._found[0]:
            self._settle("", boxes)
            return True
        window = rest[: MAX_LABEL + 1]
        body = window.lstrip(_DRESS)
        border = _BORDER.search(body)
        if border is None and len(window) <= MAX_LABEL:
            return False
        self._settle(body[: border.start()] if border is not None else "", boxes)
        return True

    def _settle(self, label_behind: str, boxes: list[Box]) -> None:
        if self._found is None:
            return
        label, places, source = self._found
        self._found = None
        behind = label_behind.strip(_DRESS)
        label = label.strip() if label else behind if len(behind) <= MAX_LABEL else ""
        found = (box_of(place, label, source, self._size) for place in places)
        boxes.extend(box for box in found if box is not None)

    def _forget(self) -> None:
        """Drop the text that nobody will look at again."""
        keep = (self._start if self._machine is not None else self._at) - 2 * MAX_LABEL
        if keep > 4 * MAX_LABEL:
            self._text = self._text[keep:]
            self._at -= keep
            self._start = max(0, self._start - keep)
