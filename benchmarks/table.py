"""Rows with a bar, and how they are printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure against its bar.

    Args:
        name: what was measured.
        ours: our figure, with its unit.
        peer: the peer's, or "".
        result: the figure that the bar is about, as text.
        bar: what it must reach, as text.
        met: whether it does; None where there is no bar.
    """

    name: str
    ours: str
    peer: str = ""
    result: str = ""
    bar: str = ""
    met: bool | None = None


def ratio(name: str, ours: float, peer: float, peer_name: str, at_least: float, unit: str = "us") -> Row:
    """A row that says how many times less we need than a peer."""
    times = peer / ours
    return Row(
        name,
        f"{ours:.3g} {unit}",
        f"{peer_name} {peer:.3g} {unit}",
        f"{times:.1f}x",
        f">= {at_least:g}x",
        times >= at_least,
    )


def limit(name: str, value: float, at_most: float, unit: str, peer: str = "") -> Row:
    """A row whose figure must not pass a bound."""
    return Row(name, f"{value:.3g} {unit}", peer, f"{value:.3g} {unit}", f"<= {at_most:g} {unit}", value <= at_most)


def markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | Slipstream | peer | result | bar | |", "|---|---|---|---|---|---|"]
    for row in rows:
        verdict = {True: "met", False: "MISSED", None: ""}[row.met]
        lines.append(f"| {row.name} | {row.ours} | {row.peer} | {row.result} | {row.bar} | {verdict} |")
    return "\n".join(lines)
