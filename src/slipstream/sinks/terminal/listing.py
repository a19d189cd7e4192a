"""What stands below the text that it belongs to: sources and boxes."""

from __future__ import annotations

from collections.abc import Iterable

from slipstream.events import Box, Source
from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.line import Line
from slipstream.sinks.terminal.surface import Surface


def source_rows(sources: Iterable[Source], surface: Surface) -> list[Line]:
    """What the answer cites, numbered; titles are links, or the URL stands behind them."""
    return [row for number, source in enumerate(sources, 1) for row in _source(f"[{number}] ", source, surface)]


def _source(before: str, source: Source, surface: Surface) -> list[Line]:
    """As many rows as it takes: who cannot click on a source must be able to copy all of its URL."""
    title = " ".join(clean(source.title or source.url or source.id).split("\n"))
    linked = surface.look.links or not source.url or title == source.url
    text = title if linked else f"{title} <{source.url}>"
    indent = len(before)
    if surface.width < 2 * indent:
        text, before, indent = before + text, "", 0
    rows = surface.rows(text, "dim", indent) or [Line(before, indent)]
    return [
        row._replace(text=(" " * indent if at else before) + surface.link(row.text[indent:], source.url))
        for at, row in enumerate(rows)
    ]


def box_row(box: Box, surface: Surface) -> Line:
    """A place in the picture: its label, and its points in pixels where they are known."""
    points = ", ".join(map(str, box.pixels)) if box.pixels else ", ".join(f"{point:.3g}" for point in box.points)
    kind = "" if box.kind == "box" else f"{box.kind} "
    label = f"{box.label} " if box.label else ""
    return surface.row(f"{kind}{label}({points})", "", f"{surface.sign('▢', '[ ]')} ")
