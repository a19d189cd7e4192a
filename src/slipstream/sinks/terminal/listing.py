"""What stands below the text that it belongs to: sources and boxes."""

from __future__ import annotations

from collections.abc import Iterable

from slipstream.events import Box, Source
from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.line import Line
from slipstream.sinks.terminal.surface import Surface


def source_rows(sources: Iterable[Source], surface: Surface) -> list[Line]:
    """What the answer cites, numbered; titles are links, or the URL stands behind them."""
    rows = []
    for number, source in enumerate(sources, 1):
        before = f"[{number}] "
        title = clean(source.title or source.url or source.id)
        linked = surface.look.links or not source.url or title == source.url
        row = surface.row(title if linked else f"{title} <{source.url}>", "dim", before)
        rows.append(row._replace(text=before + surface.link(row.text[len(before) :], source.url)))
    return rows


def box_row(box: Box, surface: Surface) -> Line:
    """A place in the picture: its label, and its points in pixels where they are known."""
    points = ", ".join(map(str, box.pixels)) if box.pixels else ", ".join(f"{point:.3g}" for point in box.points)
    kind = "" if box.kind == "box" else f"{box.kind} "
    label = f"{box.label} " if box.label else ""
    return surface.row(f"{kind}{label}({points})", "", f"{surface.sign('▢', '[ ]')} ")
