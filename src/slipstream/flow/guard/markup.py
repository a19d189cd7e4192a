"""Words behind HTML: entities stand for characters, and tags are not seen.

Strategy: a small reader in front of a word engine. It tells the engine what each entity and each tag is taken for, and
holds back what may become one. An entity has at most 36 characters. A tag is skipped as it comes and needs no holding:
from `<` and a letter, `/`, `!` or `?` up to the next `>`.
"""

from __future__ import annotations

import html
import re
from typing import Final

from slipstream.flow.guard.fold import Folder
from slipstream.flow.guard.matches import Match
from slipstream.flow.guard.words import WordRun

MAX_ENTITY: Final = 36
"""Characters of an entity, `&` and `;` included: so many may be held."""
# Leading zeros are allowed, so the digits are bounded by what nobody writes in earnest.
_ENTITY_START: Final = re.compile(r"&(?:#(?:[xX][0-9a-fA-F]{0,32}|[0-9]{0,32})|[A-Za-z][A-Za-z0-9]{0,31})?")
_TAG_START: Final = re.compile(r"[A-Za-z/!?]")


class MarkupRun:
    """A list of words on its way through one text, read as HTML.

    Args:
        inner: the engine; this one feeds it.
        folds: how the text is folded.
        tags: False reads entities only, as a reader of Markdown does where the tag is none.
    """

    __slots__ = ("_folds", "_in_tag", "_inner", "_pending", "_since", "_tags")

    def __init__(self, inner: WordRun, folds: Folder, *, tags: bool) -> None:
        inner.bend(0)  # an entity is several characters
        self._inner = inner
        self._folds = folds
        self._tags = tags
        self._pending = ""  # `<`, or the start of an entity
        self._since = 0  # where that stands
        self._in_tag = False

    def feed(self, text: str, begin: int, found: list[Match]) -> int:
        """See `Run`."""
        for at, char in enumerate(text, begin):
            if not self._goes_on(char, at, found):
                self._char(char, at, found)
        end = begin + len(text)
        least = self._inner.least(end)
        return min(least, self._since) if self._pending else least

    def end(self, at: int, found: list[Match]) -> None:
        """See `Run`: what is pending is what it looks like."""
        self._settle(found)
        self._inner.end(at, found)

    def _goes_on(self, char: str, at: int, found: list[Match]) -> bool:
        """Whether the character belongs to what is pending; if not, that is settled."""
        pending = self._pending
        if not pending:
            return False
        if pending == "<":
            self._in_tag = _TAG_START.match(char) is not None
            if self._in_tag:
                self._pending = ""
                return False
        elif char == ";" or _ENTITY_START.fullmatch(pending + char):
            self._pending += char
            self._inner.unit("", at, at + 1, found)
            if char == ";":
                self._settle(found)
            return True
        self._settle(found)
        return False

    def _char(self, char: str, at: int, found: list[Match]) -> None:
        """A character outside of entities."""
        seen = self._folds[char]
        if self._in_tag:
            self._in_tag = char != ">"
            seen = ""
        elif char == "&" or (char == "<" and self._tags):
            self._pending, self._since = char, at
            seen = ""
        self._inner.unit(seen, at, at + 1, found)

    def _settle(self, found: list[Match]) -> None:
        """Pass on what was pending, decoded if it stands for something."""
        pending, self._pending = self._pending, ""
        decoded = html.unescape(pending)
        if decoded != pending:
            self._inner.unit(self._folds.fold(decoded), self._since, self._since + len(pending), found)
            return
        for at, char in enumerate(pending, self._since):
            self._inner.unit(self._folds[char], at, at + 1, found)
