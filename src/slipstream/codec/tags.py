"""Tags that models write into their text: thinking inside `<think>`, markers such as `<|begin_of_box|>`.

Strategy: tokens cut a tag anywhere, so at every cut we hold back the longest suffix that is a prefix of a tag, and
nothing else: never more characters than the longest tag has. A text without the first character of a tag passes after
one `in`. Where the cuts fall does not change what comes out, once it is joined (WIRE section 8 row 5, section 6).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from slipstream.errors import InvalidRequestError

Kind = Literal["text", "reasoning"]
Piece = tuple[Kind, str]

CLOSER_OF: Final = {"<think>": "</think>", "<thinking>": "</thinking>"}
OPENERS: Final = tuple(CLOSER_OF)
CLOSERS: Final = tuple(CLOSER_OF.values())

# GLM and Qwen begin with a few line ends before `<think>`. More than this is an answer that begins with white space,
# and must not be held back while a server sends nothing else.
MAX_LEADING_SPACE: Final = 256

_OPENING: Final = "opening"
_REASONING: Final = "reasoning"
_TEXT: Final = "text"


def held_from(text: str, tags: Sequence[str], start: int = 0) -> int:
    """Where the part of the text begins that may yet become a tag.

    Args:
        text: what has come.
        tags: the tags, none empty.
        start: look no earlier than this.

    Returns:
        The first index at or after `start` from which the text is a proper prefix of a tag; `len(text)` if none.
    """
    first = len(text)
    for tag in tags:
        index = text.find(tag[0], max(start, len(text) - len(tag) + 1))
        while 0 <= index < first:
            if tag.startswith(text[index:]):
                first = index
            index = text.find(tag[0], index + 1)
    return first


class ThinkSplitter:
    """Parts an answer into thinking and text at `<think>...</think>` (or `<thinking>...</thinking>`).

    Tags count only where an answer begins: after white space, or right after an earlier block of thinking. Later ones
    are text, so that an answer which quotes `<think>` in code survives. White space around the tags is dropped, so an
    empty block (`<think>\\n\\n</think>`) gives nothing at all. A lone `</think>` at the beginning is dropped as well.

    Args:
        expect_think: True for models whose template has already opened the block: their answer begins with thinking,
            and only `</think>` comes (QwQ and R1 on vLLM, WIRE section 8 row 5).
    """

    __slots__ = ("_after_block", "_buffer", "_closers", "_leading", "_state")

    def __init__(self, *, expect_think: bool = False) -> None:
        self._state = _REASONING if expect_think else _OPENING
        self._closers: tuple[str, ...] = CLOSERS
        self._buffer = ""
        self._leading = True  # no thinking of this block has come out yet
        self._after_block = False  # white space before the text belongs to the tags

    @property
    def idle(self) -> bool:
        """True once all that comes is text and passes as it is: the caller may stop asking."""
        return self._state is _TEXT

    def feed(self, text: str) -> list[Piece]:
        """Take a piece of the answer; return what is now known to be thinking or text, in order, nothing empty."""
        if self._state is _TEXT:
            return [("text", text)] if text else []
        self._buffer += text
        pieces: list[Piece] = []
        while self._opening(pieces) if self._state is _OPENING else self._reasoning(pieces):
            pass
        return pieces

    def flush(self) -> list[Piece]:
        """Something that is no text stands here: what was held back is no tag. A block of thinking stays open."""
        held, self._buffer = self._buffer, ""
        if not held:
            return []
        if self._state is _REASONING:
            self._leading = False
            return [("reasoning", held)]
        self._state = _TEXT
        return [("text", held)]

    def end(self) -> list[Piece]:
        """The answer has ended: what was held back is no tag."""
        held = self.flush()
        self._state = _TEXT
        return held

    def _opening(self, pieces: list[Piece]) -> bool:
        """Look for an opening tag where an answer begins; True if the state changed and there is more to read."""
        body = self._buffer.lstrip()
        if self._after_block:
            self._buffer = body
        if len(self._buffer) - len(body) <= MAX_LEADING_SPACE:
            tag = next((tag for tag in (*OPENERS, *CLOSERS) if body.startswith(tag)), None)
            if tag is not None:
                self._enter(tag, body[len(tag) :])
                return True
            if any(tag.startswith(body) for tag in (*OPENERS, *CLOSERS)):
                return False
        pieces.append(("text", self._buffer))
        self._buffer, self._state = "", _TEXT
        return False

    def _enter(self, tag: str, rest: str) -> None:
        self._buffer = rest
        self._after_block = True
        if tag in CLOSER_OF:
            self._state, self._closers, self._leading = _REASONING, (CLOSER_OF[tag],), True

    def _reasoning(self, pieces: list[Piece]) -> bool:
        """Look for the closing tag; True if it was found."""
        buffer = self._buffer.lstrip() if self._leading else self._buffer
        at, tag = min(((buffer.find(tag), tag) for tag in self._closers if tag in buffer), default=(-1, ""))
        cut = at if tag else held_from(buffer, self._closers)
        if cut > 0:
            pieces.append(("reasoning", buffer[:cut]))
            self._leading = False
        self._buffer = buffer[cut + len(tag) :]
        if tag:
            self._state, self._after_block = _OPENING, True
        return bool(tag)


class TagStripper:
    """Removes literal tags from a text that comes in pieces; the longest wins where several begin.

    What stands on both sides of a removed tag is not searched again: `<|b<|box|>ox|>` without `<|box|>` is `<|box|>`.

    Args:
        tags: what to remove, such as `("<|begin_of_box|>", "<|end_of_box|>")`.

    Raises:
        InvalidRequestError: no tags, or an empty one.
    """

    __slots__ = ("_firsts", "_held", "_pattern", "_tags")

    def __init__(self, tags: Sequence[str]) -> None:
        if isinstance(tags, str) or not tags or not all(tags):
            raise InvalidRequestError("tags: accepted is a sequence of texts, at least one, none empty")
        self._tags = tuple(sorted(set(tags), key=len, reverse=True))
        self._firsts = tuple({tag[0] for tag in self._tags})
        self._pattern = re.compile("|".join(map(re.escape, self._tags)))
        self._held = ""

    @property
    def idle(self) -> bool:
        """True if nothing is held back."""
        return not self._held

    def feed(self, text: str) -> str:
        """Take a piece of the text; return what is known to be no tag."""
        if not self._held:
            for first in self._firsts:
                if first in text:
                    break
            else:
                return text
        return self._strip(self._held + text, final=False)

    def end(self) -> str:
        """The text has ended: what was held back is no tag."""
        return self._strip(self._held, final=True)

    def _strip(self, text: str, *, final: bool) -> str:
        kept: list[str] = []
        start = 0
        while True:
            held = len(text) if final else held_from(text, self._tags, start)
            found = self._pattern.search(text, start)
            if found is None or found.start() >= held:
                break
            kept.append(text[start : found.start()])
            start = found.end()
        kept.append(text[start:held])
        self._held = text[held:]
        return "".join(kept)
