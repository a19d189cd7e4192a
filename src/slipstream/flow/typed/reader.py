"""Reads one answer: finds the document in the text, builds it, has the whole validated at its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from msgspec import Struct

from slipstream.codec.json_tokens import NotJSON
from slipstream.codec.text import SurrogateJoiner
from slipstream.events import Element, Event, Partial
from slipstream.flow.typed.document import TypedDocument
from slipstream.flow.typed.engine import Engine
from slipstream.flow.typed.failure import MismatchError, Path, invalid_output, path_text
from slipstream.flow.typed.finder import Finder, without_fence
from slipstream.flow.typed.nodes import Node

MAX_FALSE_STARTS: Final = 50
"""Brackets in prose that turn out not to begin the document (`{name}`, `[1]`): more are no prose but an attack."""

_SEARCHING, _READING, _OVER = range(3)


class Plan(Struct, frozen=True, eq=False):
    """How an answer of a type is read.

    Args:
        name: the type's name, for messages.
        annotation: the type.
        node: how the document is built.
        engine: who validates it.
        decode: validates the whole text; None if there is nothing to validate.
        path: for `elements`, the fields that lead to the list.
    """

    name: str
    annotation: Any
    node: Node
    engine: Engine
    decode: Callable[[str], Any] | None
    path: tuple[str, ...] = ()


class Reader:
    """One answer, fed in pieces.

    Args:
        plan: what it should be.
        choice: which answer of the request it is.
        prose: False if the text is JSON from its first character to its last (the arguments of a call).

    Attributes:
        choice: which answer of the request it is.
        told: what is to be told, after `feed` or `finish` returned True.
        pieces: the text of the document so far.
        grow: takes more of the string that is open; None where `feed` must.
    """

    def __init__(self, plan: Plan, choice: int, *, prose: bool) -> None:
        self._plan = plan
        self.choice = choice
        self._joiner = SurrogateJoiner()
        self._finder = Finder(plan.node.opens if prose else "")
        self._tolerant = prose and bool(plan.node.opens)
        self._starts = 0
        self._misreading = ""  # why the last bracket did not begin the document
        self._document = TypedDocument(plan.node)
        self.pieces: list[str] = []
        self.grow: Callable[[str], None] | None = None
        self._append: Callable[[str], None] | None = None  # the same, for what is not shown
        self._state = _SEARCHING
        self._steady = False  # True if `told` stays as it is while the document grows
        self.told: tuple[Event, ...] = ()

    @property
    def fed(self) -> bool:
        """True once there was any text but white space."""
        return self._state != _SEARCHING or bool(self._finder.lead.strip())

    @property
    def begun(self) -> bool:
        """True once the document has begun."""
        return self._state != _SEARCHING

    @property
    def over(self) -> bool:
        """True once nothing more can come of it."""
        return self._state == _OVER

    def feed(self, text: str) -> bool:
        """Take the next piece; it costs O(piece). Returns True if there is something to be `told`.

        While `grow` is not None, a piece without quotes, backslashes and what is not printable may be given to `pieces`
        and to `grow` instead, which is cheaper; then there is something to tell.
        """
        append = self._append
        if append is not None and text.isprintable() and '"' not in text and "\\" not in text:
            self.pieces.append(text)
            append(text)  # more of a key, or of a string that is not shown yet
            return False
        if self._joiner.waiting or not text.isascii():
            text = self._joiner.feed(text)
        if self._state == _READING:
            return self._read(text)
        return self._state == _SEARCHING and self._search(text)

    def finish(self) -> bool:
        """No more text comes, and it was not cut. Returns True if there is `news`: the whole, or that it is none."""
        if self._state == _OVER:
            return False
        if self._state == _SEARCHING:
            return self._bare_scalar()
        document = self._document
        if document.string is None and document.held:
            return self._read(" ")  # closes a number at the top; a literal that was cut is an error
        if document.closed:
            return self._close(0)
        return self._fail(f"the answer breaks off at {self._place()}: its JSON is not closed")

    # ---- the way through the text

    def _search(self, text: str) -> bool:
        """Look for the document; what only looks like one is prose, as long as nothing of it was shown."""
        found = self._finder.feed(text)
        if found is None:
            return False
        self._state = _READING
        return self._read(found)

    def _read(self, text: str) -> bool:
        document = self._document
        document.changed = False
        self.pieces.append(text)
        if document.held:
            text, document.held = document.held + text, ""
        self.grow = self._append = None
        try:
            document.read(text)
            if document.string is not None:
                document.show()
                if document.levels and not document.held and not self._joiner.waiting:
                    self._go_on(document.string)
        except NotJSON as error:
            if document.closed:
                return self._close(len(text) - error.at)
            with suppress(MismatchError):
                document.show()  # what is said, and whether it is sure, must not depend on the cuts
            return self._misread(f"the answer is no JSON at {self._place(len(text) - error.at)}: {error.why}")
        except MismatchError as error:
            return self._misread(self._misfit(document.path, error))
        if not document.levels and document.closed:
            return self._close(0)
        return document.changed and (self._steady or (self._may_tell() and self._tell()))

    def _go_on(self, string: list[str]) -> None:
        """A string is open, and nothing else: more of it needs no look."""
        if self._document.growing:
            self.grow = self._document.grow
        else:
            self._append = string.append

    def _may_tell(self) -> bool:
        """False while what was read may still be a bracket in prose."""
        return self._document.sure or not self._tolerant or not self._finder.prose

    def _tell(self) -> bool:
        """The document has changed: see to it that `told` says so. Returns True if there is something to tell."""
        raise NotImplementedError

    def _misread(self, message: str) -> bool:
        """It is no document, or not the one: if prose stands before it, and nothing of it was shown, go on looking."""
        self._starts += 1
        self._misreading = message
        if self._document.sure or not self._tolerant or not self._finder.prose or self._starts > MAX_FALSE_STARTS:
            return self._fail(message)
        text = "".join(self.pieces)
        self._finder.skip(text[0])
        self.pieces = []
        self._document = TypedDocument(self._plan.node)
        self._state = _SEARCHING
        return self._search(text[1:])

    def _bare_scalar(self) -> bool:
        """The text had no bracket; a bare `null` or `7` is a document too, where the type allows it."""
        text = without_fence(self._finder.lead)
        if not self._tolerant or not self._plan.node.scalar or not text:
            return self._fail(self._misreading or f"there is no JSON in the answer; accepted: {self._plan.name}")
        self._state, self._tolerant = _READING, False
        self._read(text)
        return self.finish() or True

    def _close(self, behind: int) -> bool:
        """The document has closed; `behind` characters of the last piece came after it."""
        self.grow = self._append = None
        text = "".join(self.pieces)
        self.pieces = []
        try:
            self._whole(text[: len(text) - behind])
        except MismatchError as error:
            return self._fail(self._misfit((), error))
        self._state = _OVER
        return True

    def _whole(self, text: str) -> None:
        """The document is whole: validate it, as far as its values are not validated yet.

        Raises:
            MismatchError: it does not fit.
        """
        raise NotImplementedError

    # ---- failing

    def _fail(self, message: str) -> bool:
        self._state = _OVER
        self.grow = self._append = None
        self.told = (*self._last_words(), invalid_output(message, self.choice))
        return True

    def _last_words(self) -> tuple[Event, ...]:
        """What is to be told before a failure."""
        return ()

    def _misfit(self, path: Path, error: MismatchError) -> str:
        return f"the answer is no {self._plan.name}: {path_text(path + error.path)} {error.why}"

    def _place(self, behind: int = 0) -> str:
        """Where the text stands: the path, and the character of the document from 0."""
        at = sum(map(len, self.pieces)) - behind
        return f"{path_text(self._document.place)}, character {at}"


class PartialReader(Reader):
    """Tells the value so far, and at the end the validated one."""

    def _tell(self) -> bool:
        """The value is the live one, so its event stays the same until the value is another object."""
        value = self._document.root[0]
        if not self.told or self.told[0].value is not value:  # type: ignore[attr-defined]
            self.told = (Partial(value, choice=self.choice),)
        self._steady = bool(self._document.levels)
        return True

    def _whole(self, text: str) -> None:
        value = self._document.root[0] if self._plan.decode is None else self._decoded(self._plan.decode, text)
        self.told = (Partial(value, complete=True, choice=self.choice),)

    def _decoded(self, decode: Callable[[str], Any], text: str) -> Any:
        try:
            return decode(text)
        except ValueError as error:
            raise self._plan.engine.explain(error, self._plan.annotation) from None


class ItemReader(Reader):
    """Tells each item of a list as it closes; the document puts validated items into the list."""

    def __init__(self, plan: Plan, choice: int, *, prose: bool) -> None:
        super().__init__(plan, choice, prose=prose)
        self._count = 0

    def _tell(self) -> bool:
        self.told = self._last_words()
        return bool(self.told)

    def _last_words(self) -> tuple[Event, ...]:
        items = self._items()
        first, self._count = self._count, max(self._count, len(items))
        return tuple(Element(items[at], at, self.choice) for at in range(first, self._count))

    def _items(self) -> list[Any]:
        found: Any = self._document.root[0] if self._document.root else {}
        for name in self._plan.path:
            found = found.get(name, {})
        items: list[Any] = found or []
        return items

    def _whole(self, text: str) -> None:  # noqa: ARG002
        """The items are validated, and the rest is not asked for."""
        self._tell()
