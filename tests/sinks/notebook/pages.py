"""Reading what a notebook shows: tags, attributes and text, as a browser would see them."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser

from slipstream.events import Event, Message
from slipstream.sinks.notebook import Notebook, Output
from slipstream.sinks.notebook.sheet import HEAD, TAIL

VOID = frozenset(("br", "hr", "img", "input"))


class Reader(HTMLParser):
    """The tags with their attributes, and the text; refuses what is not nested properly."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def attributes(self, tag: str, name: str) -> list[str]:
        return [
            value or "" for found, attrs in self.tags for key, value in attrs.items() if (found, key) == (tag, name)
        ]


class Cell:
    """The outputs of a cell that takes what changes after every event."""

    def __init__(self, page: Notebook | None = None) -> None:
        self.page = page or Notebook()
        self.outputs: dict[int, Output] = {}
        self.sent = 0
        self.updates = 0

    def run(self, events: Iterable[Event], *, end: bool = True) -> Cell:
        message = Message()
        now = 0.0
        for event in events:
            message.fold(event)
            self.page.on_event(event, now)
            self.take()
            now += 0.01
        if end:
            self.page.end(message, now)
            self.take()
        return self

    def take(self) -> None:
        for number in self.page.changed:
            output = self.page.take(number)
            self.outputs[number] = output
            self.sent += len(output.html)
            self.updates += 1

    @property
    def html(self) -> str:
        return "".join(self.outputs[number].html for number in sorted(self.outputs))

    @property
    def plain(self) -> str:
        return "\n".join(self.outputs[number].plain for number in sorted(self.outputs))

    @property
    def read(self) -> Reader:
        return Reader(self.html)


def body(cell: Cell) -> str:
    """What the outputs hold, without what they wrap it in."""
    parts = (cell.outputs[number].html for number in sorted(cell.outputs))
    inside = "".join(part.removeprefix(HEAD).removesuffix(TAIL) for part in parts)
    return inside.replace("mathjax_process tex2jax_process ", "")
