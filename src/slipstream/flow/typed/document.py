"""A JSON document that builds typed objects.

Strategy: the state machine of `codec.Document` reads; only what is done with a value is replaced. So a delta costs its
own length, and closed parts are never looked at again:

1. Next to the machine's stack of containers stands a stack of frames, which know the types.
2. Plain JSON (`Any`, and what only the whole can tell) is built by the machine's own means.
3. An open string grows in place. `text += piece` extends a str without a copy if nothing else refers to it; so while
   the piece is added the object shows an earlier state of the string (its length at the last doubling), not the string
   itself. Whoever keeps a reference to the string makes the next piece copy it once.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import setitem
from typing import Any

from slipstream.codec.json_document import IN_PLACE, Document
from slipstream.codec.json_tokens import NotJSON
from slipstream.codec.limits import MAX_JSON_DEPTH
from slipstream.flow.typed.failure import Path
from slipstream.flow.typed.frames import Frame, Put, RootFrame
from slipstream.flow.typed.nodes import Node


class TypedDocument(Document):
    """The document so far.

    Args:
        node: the type of the whole.

    Attributes:
        changed: True once what is shown has changed; whoever reads it sets it back.
        sure: True once something is shown in the document, and not only the empty document itself: until then what was
            read may be a bracket in prose.
        growing: True while an open string is shown, so that `grow` may be called.
        levels: the containers that are open; only its being empty says something.
    """

    __slots__ = (
        "_before",
        "_begun",
        "_container",
        "_copy_at",
        "_frame",
        "_frames",
        "_node",
        "_plain",
        "_put_text",
        "_spot",
        "_target",
        "changed",
        "growing",
        "levels",
        "sure",
    )

    def __init__(self, node: Node) -> None:
        super().__init__(strict=True)
        self.changed = self.sure = self.growing = False
        self.levels = self._stack
        self._frame: Frame = RootFrame(node, self.root)
        self._frames: list[Frame] = []
        self._node = node  # of the open string, or of the plain JSON that is open
        self._plain = 0  # the depth at which plain JSON stands, 0 if none is open
        self._container: Any = None  # the outermost of it
        self._begun = False  # True if the open string has been given its place
        self._before = ""
        self._copy_at = 0
        self._put_text: Put = setitem
        self._target: Any = None
        self._spot: Any = None

    @property
    def path(self) -> Path:
        """Where the value stands that was read last."""
        return _path((*self._frames, self._frame))

    @property
    def place(self) -> Path:
        """Where the text stands: in an open string, in plain JSON, or between the values of an object or a list."""
        return self.path if self._begun or self._plain else _path(self._frames)

    # --- values --------------------------------------------------------------------------------------------------

    def _put(self, value: Any) -> None:
        if self._plain:
            Document._put(self, value)
            self._begun = False
            if self._node.shown:
                self.changed = self.sure = True
            return
        frame = self._frame
        node = self._node if self._begun else frame.child(self._key)
        if type(value) not in node.exact:
            value = node.leaf(value)
        self._begun = False
        if node.kept:
            frame.first(frame.target, frame.place, value)
            if frame.note is not None:
                frame.note(frame.value, frame.place)
            if frame.shown:
                self.changed = self.sure = True
            elif frame.successor is not None:
                self._turn(frame, frame.successor)
        self._expect = self._next

    def _store(self, frame: Frame, value: Any) -> None:
        """Put an object or a list in its place."""
        frame.first(frame.target, frame.place, value)
        if frame.note is not None:
            frame.note(frame.value, frame.place)
        if frame.shown:
            self.changed = True
            self.sure = self.sure or bool(self._frames)

    def _turn(self, frame: Frame, successor: Frame) -> None:
        """The tag has come: go on as its type, with what was held."""
        self._frame = successor
        self._store(self._frames[-1], successor.value)
        for key, value in frame.target.items():
            node = successor.child(key)
            if node.kept:
                self._store(successor, node.whole(value))

    # --- containers ----------------------------------------------------------------------------------------------

    def _open(self, container: Any, at: int) -> None:
        if self._plain:
            Document._open(self, container, at)
            return
        if len(self._stack) >= MAX_JSON_DEPTH:
            raise NotJSON(f"more than {MAX_JSON_DEPTH} levels", at)
        node = self._frame.child(self._key).at("{" if type(container) is dict else "[")
        frame = node.enter()
        if frame is None:
            self._open_plain(node, container)
        else:
            if frame.shown:
                self._store(self._frame, frame.value)
            self._frames.append(self._frame)
            self._frame = frame
        self._stack.append(self._top)
        self._top = container

    def _open_plain(self, node: Node, container: Any) -> None:
        self._node, self._container, self._plain = node, container, len(self._stack) + 1
        if node.shown:
            self._store(self._frame, container)

    def _leave(self) -> None:
        if not self._plain:
            frame = self._frame
            self._frame = self._frames.pop()
            frame.finish()
        elif len(self._stack) < self._plain:
            self._plain = 0
            if self._node.kept and not self._node.shown:
                self._store(self._frame, self._node.whole(self._container))

    # --- an open string ------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the open string as far as it has come. Numbers and literals wait until they have closed.

        Raises:
            MismatchError: no string may stand here.
        """
        pieces = self.string
        if pieces is None or self._string_is_key:
            return
        if not self._begun:
            self._begin_text(pieces)
        elif self.growing and pieces:
            self.grow("".join(pieces))
            pieces.clear()
            self.changed = True

    def _begin_text(self, pieces: list[str]) -> None:
        if not self._plain:
            frame = self._frame
            node = self._node = frame.child(self._key)
            self._begun = True
            if not node.scalar:
                raise node.refusal()
            if not node.grows:
                return
            text = "".join(pieces)
            frame.first(frame.target, frame.place, text)
            if frame.note is not None:
                frame.note(frame.value, frame.place)
            self._put_text, self._target, self._spot = frame.put, frame.target, frame.place
        else:
            self._begun = True
            if not self._node.shown:
                return
            text = "".join(pieces)
            self._place(text)
            self._put_text, self._target = setitem, self._top
            self._spot = self._key if type(self._top) is dict else len(self._top) - 1
        pieces.clear()
        self.growing = self.changed = self.sure = True
        self._text = text
        self._before = ""
        self._copy_at = 0

    def grow(self, piece: str) -> None:
        """Add to the open string; only while it is `growing`."""
        text = self._text
        if len(text) < self._copy_at:
            self._put_text(self._target, self._spot, self._before)
            self._text = ""  # now this function has the only reference
        elif len(text) >= IN_PLACE:
            self._before = text
            self._copy_at = 2 * len(text)
        text += piece
        self._text = text
        self._put_text(self._target, self._spot, text)

    def _end_string(self, at: int, value: str) -> int:
        self.string = None
        if not self.growing:
            self._put(value)
            return at
        # What has been shown as far as it came is whole: it is validated now, and stands where it stood.
        value = self._text + value
        node = self._node
        self.growing = self._begun = self._shown = False
        self._text = self._before = ""
        self._put_text(self._target, self._spot, value if self._plain or str in node.exact else node.leaf(value))
        self.changed = True
        self._expect = self._next
        return at


def _path(frames: Iterable[Frame]) -> Path:
    return tuple(part for frame in frames if (part := frame.part()) is not None)
