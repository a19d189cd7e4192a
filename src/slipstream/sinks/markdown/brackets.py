"""What a link's brackets are while the text is read."""

from __future__ import annotations

from typing import Final

from slipstream.sinks.markdown.tree import Image, Link


class Bracket:
    """A `[` or `![` that may begin a link."""

    __slots__ = ("hidden", "image", "runs", "start", "target", "token")

    def __init__(self, image: bool, start: int, token: int, runs: int) -> None:
        self.image = image
        self.start = start  # of its text, behind the bracket
        self.token = token  # its place among the tokens
        self.runs = runs  # how many delimiter runs were on the stack
        self.target: tuple[str, str] | None = None  # set when it became a link
        self.hidden = False  # whether it is shown without its markup, its end not having come

    @property
    def maker(self) -> type[Link] | type[Image]:
        """The node it becomes."""
        return Image if self.image else Link

    @property
    def text(self) -> str:
        """What it is when it opened nothing."""
        return "![" if self.image else "["


class LinkEnd:
    """The place of the `]` that ends the innermost link."""


LINK_END: Final = LinkEnd()
