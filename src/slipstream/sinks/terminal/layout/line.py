"""What the layout gives: lines ready for a terminal, and how they should look."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Line(NamedTuple):
    """A line of the screen.

    Attributes:
        text: what to write: no line end and no control character but our own SGR and OSC 8 sequences, each of which is
            ended within the line.
        width: the columns that it takes.
    """

    text: str
    width: int


class Look(msgspec.Struct, frozen=True):
    """What the terminal can do and the person wants.

    Args:
        colour: SGR sequences; False, as `NO_COLOR` asks, leaves out bold and underline too.
        links: OSC 8 links; False writes the URL behind the text.
        highlight: the words of code in colours.
        unicode: lines, bullets and boxes beyond ASCII.
    """

    colour: bool = True
    links: bool = True
    highlight: bool = True
    unicode: bool = True


EMPTY = Line("", 0)
