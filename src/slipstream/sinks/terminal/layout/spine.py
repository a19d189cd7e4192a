"""The open containers, and what each puts before the lines within it: bars of quotes, bullets, numbers, indents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from slipstream.sinks.terminal.layout import theme
from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.line import EMPTY, Line, Look
from slipstream.sinks.terminal.layout.measure import columns, cut
from slipstream.sinks.terminal.layout.spans import Style, paint
from slipstream.sinks.terminal.layout.wrap import wrap

_READABLE: Final = 12
"""Columns that text should have: on a narrow screen outer margins are left out for it, at most down to half of the
width. A hundred quotes in one another would leave none at all."""

_NUMBER: Final = (
    2  # digits that numbers are aligned to: how many items will come is not known, few lists have a hundred
)
_MAX_LABEL: Final = 12  # columns of a footnote's label; longer ones would indent it off the screen

_BULLETS: Final = ("•", "◦", "▪")


class Margin(NamedTuple):
    """What stands before the first line and before the others, equally wide; `mark` is what the first has to say."""

    first: Line
    rest: Line
    mark: str = ""


class Container:
    """An open container.

    Attributes:
        kind: as in `BlockOpen`; `document` for the page.
        loose: whether blank lines part its children.
        begun: whether something of it was settled.
        margin: what it puts before its lines.
        marked: whether the first of these lines was settled.
    """

    __slots__ = ("attrs", "begun", "id", "items", "kind", "loose", "margin", "marked")

    def __init__(self, id: int, kind: str, attrs: dict[str, Any], loose: bool) -> None:
        self.id, self.kind, self.attrs, self.loose = id, kind, attrs, loose
        self.begun = self.marked = False
        self.items = 0
        self.margin: Margin | None = None


class Frame(NamedTuple):
    """What a leaf's lines stand in.

    Attributes:
        head: lines of their own for the marks that are too wide for a margin.
        first: before the first line.
        rest: before the others.
    """

    head: list[Line]
    first: Line
    rest: Line


class Spine:
    """The open containers, the page first."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._containers = [Container(0, "document", {}, loose=True)]

    def push(self, id: int, kind: str, attrs: dict[str, Any]) -> None:
        """A container begins."""
        parent = self._containers[-1]
        loose = not attrs["tight"] if kind == "list" else parent.loose if kind == "item" else True
        container = Container(id, kind, attrs, loose)
        if kind == "item":
            parent.items += 1
        container.margin = self._margin(container, parent)
        self._containers.append(container)

    def change(self, id: int, attrs: dict[str, Any]) -> None:
        """A list turns loose, or an item is a task."""
        for at, container in enumerate(self._containers):
            if container.id == id:
                container.attrs = {**container.attrs, **attrs}
                if container.kind == "item":
                    container.margin = self._margin(container, self._containers[at - 1])
                else:
                    self._loosen(at)

    def _loosen(self, at: int) -> None:
        self._containers[at].loose = True
        if at + 1 < len(self._containers):
            self._containers[at + 1].loose = True  # the item that is open

    def pop(self) -> None:
        """The innermost container is over."""
        self._containers.pop()

    @property
    def waits(self) -> bool:
        """Whether the innermost container has a mark that no line shows yet."""
        last = self._containers[-1]
        return last.margin is not None and not last.marked and last.kind in ("item", "footnote")

    def begin(self) -> None:
        """A line within the innermost container was settled."""
        for container in self._containers:
            container.begun = container.marked = True

    # ---- margins

    def gap(self, width: int) -> Line | None:
        """The blank line before a new child of the innermost container, if one belongs there."""
        for at in range(len(self._containers) - 1, -1, -1):
            if self._containers[at].begun:
                return self._blank(at, width) if self._containers[at].loose else None
        return None

    def _blank(self, at: int, width: int) -> Line:
        margins = [container.margin for container in self._containers[: at + 1] if container.margin]
        kept = _fitting(margins, width)
        return stripped(join(margin.rest for margin in margins[len(margins) - kept :]))

    def frame(self, width: int, own: Margin | None = None) -> Frame:
        """What stands around a leaf in the innermost container.

        Args:
            width: of the screen, columns.
            own: the leaf's own margin.
        """
        found = [(container.margin, container.marked) for container in self._containers if container.margin]
        if own is not None:
            found.append((own, False))
        if not found:
            return Frame([], EMPTY, EMPTY)
        margins = [Margin(margin.rest, margin.rest) if marked else margin for margin, marked in found]
        out = len(margins) - _fitting(margins, width)
        marks = " ".join(margin.mark for margin in margins[:out] if margin.mark)
        inner = margins[out:]
        return Frame(
            wrap(marks, width, self._look),
            join(margin.first for margin in inner),
            join(margin.rest for margin in inner),
        )

    def _margin(self, container: Container, parent: Container) -> Margin | None:
        if container.kind == "quote":
            bar = Line(paint("▎" if self._look.unicode else "|", Style(theme.BAR), self._look) + " ", 2)
            return Margin(bar, bar)
        if container.kind == "item":
            return self._hanging(self._item_mark(container, parent), theme.BULLET)
        if container.kind == "footnote":
            return self._hanging(f"[{cut(clean(container.attrs['label']), _MAX_LABEL)}]", theme.CYAN)
        return None

    def _item_mark(self, item: Container, parent: Container) -> str:
        box = {True: "☑" if self._look.unicode else "[x]", False: "☐" if self._look.unicode else "[ ]"}
        checked = box.get(item.attrs.get("checked"), "")  # type: ignore[arg-type]
        if parent.attrs["ordered"]:
            number = f"{parent.attrs['start'] + parent.items - 1}.".rjust(_NUMBER + 1)
            return f"{number} {checked}" if checked else number
        return checked or (_BULLETS[(parent.attrs["depth"] - 1) % len(_BULLETS)] if self._look.unicode else "-")

    def _hanging(self, mark: str, sgr: str) -> Margin:
        width = columns(mark) + 1
        return Margin(Line(f"{paint(mark, Style(sgr), self._look)} ", width), Line(" " * width, width), mark)


def _fitting(margins: list[Margin], width: int) -> int:
    """How many margins, the innermost ones, leave text enough room."""
    room = max(width - _READABLE, width // 2)
    count = 0
    for margin in reversed(margins):
        room -= margin.first.width
        if room < 0:
            break
        count += 1
    return count


def join(lines: Iterable[Line]) -> Line:
    """Lines beside each other."""
    found = list(lines)
    return Line("".join(line.text for line in found), sum(line.width for line in found))


def stripped(line: Line) -> Line:
    """A line without the blanks at its end."""
    text = line.text.rstrip(" ")
    return Line(text, line.width - len(line.text) + len(text))
