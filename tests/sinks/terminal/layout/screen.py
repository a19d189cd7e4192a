"""What tests need: lines without their sequences, what every line must be, and all the ways to feed a text."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

from tests.sinks.markdown.page import Shown, parse

from slipstream.sinks.markdown import tree as nodes
from slipstream.sinks.terminal.layout import Layout, Line, Look, clean, columns

PLAIN = Look(colour=False, links=False, highlight=False, unicode=False)

_sgr = re.compile("\x1b\\[([0-9;]*)m")
_osc = re.compile("\x1b\\]8;;([!-~]*)\x1b\\\\")
_control = re.compile("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(line: Line) -> str:
    """What a person sees of the line."""
    return _osc.sub("", _sgr.sub("", line.text))


def check(lines: Iterable[Line], width: int) -> None:
    """Refuse a line that is too wide, says another width than it has, leaves a style on, or controls the terminal."""
    for line in lines:
        shown = plain(line)
        assert columns(shown) == line.width <= width, line
        assert not _control.search(shown), line
        for sequences, end in ((_sgr.findall(line.text), "0"), (_osc.findall(line.text), "")):
            assert len(sequences) % 2 == 0, line
            assert all(on != end for on in sequences[::2]), line
            assert all(off == end for off in sequences[1::2]), line


def laid_out(text: str, width: int = 80, look: Look = PLAIN) -> list[str]:
    """All lines of a whole text, as a person sees them."""
    return [plain(line) for line in whole(text, width, look)]


def whole(text: str, width: int, look: Look) -> list[Line]:
    """All lines of a text fed at once."""
    layout = Layout(width, look)
    layout.feed(text)
    layout.end()
    assert layout.open() == []
    lines = layout.settled()
    check(lines, width)
    return lines


def watched(pieces: Iterable[str], width: int, look: Look) -> list[Line]:
    """All lines of a text in pieces, with everything asked for behind each."""
    layout, lines = Layout(width, look), []
    for piece in pieces:
        layout.feed(piece)
        lines += layout.settled()
        shown = layout.open()
        check(shown, width)
        assert layout.open() is shown
        assert layout.settled() == []
    layout.end()
    lines += layout.settled()
    check(lines, width)
    assert layout.open() == []
    return lines


def scrolled(pieces: Iterable[str], widths: list[int], look: Look, seed: int) -> list[Line]:
    """All lines on a screen that lets go of open lines and has another width, at any time."""
    rng = random.Random(seed)
    width = widths[0]
    layout, lines = Layout(width, look), []
    for piece in pieces:
        layout.feed(piece)
        if rng.random() < 0.3:
            new = layout.settled()
            check(new, width)
            lines += new
            shown = layout.open()
            check(shown, width)
            count = rng.randint(0, len(shown))
            layout.settle(count)
            lines += shown[:count]
        if rng.random() < 0.1:
            lines += layout.settled()
            width = rng.choice(widths)
            layout.resize(width)
    lines += layout.settled()
    layout.end()
    new = layout.settled()
    check(new, width)
    return lines + new


def cuts(text: str, seed: int) -> Iterator[str]:
    """The text in pieces of 1 to 9 characters."""
    rng = random.Random(seed)
    at = 0
    while at < len(text):
        size = rng.randint(1, 9)
        yield text[at : at + size]
        at += size


def letters(text: str) -> str:
    """The characters that take room."""
    return "".join(clean(text).split())


def contains(shown: str, said: str) -> bool:
    """Whether all characters of a text are shown, in order."""
    left = iter(shown)
    return all(char in left for char in said)


def leaves(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each leaf of a page, in order, without what only marks it up."""
    return _leaves(parse([text]).root)


def _leaves(block: Shown) -> Iterator[tuple[str, str]]:
    if block.inline or block.text:
        yield block.kind, block.text or _words(block.inline)
    for child in block.children:
        yield from _leaves(child)


def _words(inline: Iterable[nodes.Node]) -> str:
    return "".join(_word(node) for node in inline)


def _word(node: nodes.Node) -> str:
    if isinstance(node, nodes.RawHTML):
        return "" if re.fullmatch(r"(?i)<br\s*/?>", node.text) else node.text
    if isinstance(node, nodes.Parent) and not isinstance(node, nodes.Image):
        return _words(node.children)
    return nodes.plain((node,))
