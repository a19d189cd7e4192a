"""The table of `slipstream bench`: each figure over all runs, and what it is worth."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct
from rich.table import Table
from rich.text import Text

from slipstream.cli.bench_runs import Run
from slipstream.cli.summary import seconds
from slipstream.run.metrics import Grade, grade

GRADE_STYLES: Final[dict[Grade, str]] = {"good": "green", "slow": "yellow", "bad": "red"}


class Row(Struct, frozen=True, kw_only=True):
    """One figure over all runs.

    Args:
        mode: `streaming`, `whole` or `cancel`.
        name: the figure.
        median, p90, p99, min, max: in its unit. `p90` is what 90 % of the runs kept or bettered, by nearest rank: for a
            rate, more is better, so it lies below the median.
        unit: `s` or `tokens/s`.
        verdict: on the median; None for figures without bounds.
    """

    mode: str
    name: str
    median: float
    p90: float
    p99: float
    min: float
    max: float
    unit: str
    verdict: Grade | None


# mode, name, field of Run, unit, figure of `metrics.GRADES` that has its bounds
_FIGURES: Final[tuple[tuple[str, str, str, str, str | None], ...]] = (
    ("streaming", "first token", "first", "s", "time_to_first_output"),
    ("streaming", "total", "total", "s", "total"),
    ("streaming", "rate", "rate", "tokens/s", "tokens_per_second"),
    ("streaming", "gap, median", "gap_p50", "s", None),
    ("streaming", "gap, 99 %", "gap_p99", "s", None),
    ("streaming", "gap, longest", "gap_max", "s", None),
    ("whole", "first text", "first", "s", "time_to_first_output"),
    ("whole", "total", "total", "s", "total"),
    ("whole", "rate", "rate", "tokens/s", "tokens_per_second"),
)


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0..1) of all do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def row(mode: str, name: str, values: Sequence[float], unit: str, figure: str | None) -> Row:
    """The row of one figure; `values` holds at least one."""
    sign = -1 if unit == "tokens/s" else 1  # from the good end to the bad one
    ranked = [sign * value for value in values]
    median = statistics.median(values)
    return Row(
        mode=mode,
        name=name,
        median=median,
        p90=sign * nearest_rank(ranked, 0.9),
        p99=sign * nearest_rank(ranked, 0.99),
        min=min(values),
        max=max(values),
        unit=unit,
        verdict=grade(figure, median) if figure is not None else None,
    )


def rows(runs: Sequence[Run], cancels: Sequence[float]) -> list[Row]:
    """All rows for which something was measured."""
    found = []
    for mode, name, field, unit, figure in _FIGURES:
        of_mode = [run for run in runs if run.streaming == (mode == "streaming")]
        values = [value for run in of_mode if (value := getattr(run, field)) is not None]
        if values:
            found.append(row(mode, name, values, unit, figure))
    if cancels:
        found.append(row("cancel", "until it is closed", cancels, "s", "time_to_cancel"))
    return found


def table(found: Sequence[Row], title: str) -> Table:
    """The rows as a table for a terminal."""
    result = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    result.add_column("")
    result.add_column("")
    for name in ("median", "p90", "p99", "min", "max"):
        result.add_column(name, justify="right", no_wrap=True)
    result.add_column("verdict")
    mode = ""
    for entry in found:
        shown = _shown(entry.unit)
        cells = [shown(value) for value in (entry.median, entry.p90, entry.p99, entry.min, entry.max)]
        result.add_row(entry.mode if entry.mode != mode else "", entry.name, *cells, _verdict(entry.verdict))
        mode = entry.mode
    return result


def _shown(unit: str) -> Callable[[float], str]:
    return seconds if unit == "s" else lambda value: f"{value:.1f}/s"


def _verdict(verdict: Grade | None) -> Text:
    return Text(verdict, GRADE_STYLES[verdict]) if verdict is not None else Text("")


def document(model: str, prompt_characters: int, runs: Sequence[Run], cancels: Sequence[float]) -> dict[str, Any]:
    """Everything that was measured, for `--json`."""
    return {
        "model": model,
        "prompt_characters": prompt_characters,
        "runs": [run.to_dict() for run in runs],
        "cancel": list(cancels),
        "summary": rows(runs, cancels),
    }
