"""A picture of tokens over time: `slipstream bench --plot FILE`."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from slipstream.cli.bench_runs import Run
from slipstream.errors import InvalidRequestError

FORMATS: Final = (".png", ".svg", ".pdf", ".jpg")


def check(name: str) -> Path:
    """The file to draw into, before any run is paid for.

    Raises:
        InvalidRequestError: matplotlib is missing, the ending is unknown, or there is no such folder.
    """
    path = Path(name).expanduser()
    if path.suffix.lower() not in FORMATS:
        raise InvalidRequestError(f"--plot is {name!r}; it takes a file that ends in {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise InvalidRequestError(f"--plot is {name!r}; there is no folder {path.parent}")
    if importlib.util.find_spec("matplotlib") is None:
        raise InvalidRequestError(
            "--plot draws with matplotlib, which is missing", hint="pip install 'slipstream[plot]'"
        )
    return path


def curve(run: Run) -> tuple[list[float], list[float]]:
    """Seconds and tokens of one run, from (0, 0) to its end.

    Providers put one token or several into a piece; the pieces are scaled so that they end at the
    number of tokens.
    """
    count = float(run.tokens or len(run.timeline))
    if not run.streaming:
        return [0.0, run.total, run.total], [0.0, 0.0, count]
    scale = count / len(run.timeline) if run.timeline else 0.0
    points = [(at, pieces * scale) for at, pieces in run.timeline]
    first = points[0][0] if points else run.total
    times = [0.0, first, *(at for at, _ in points), run.total]
    return times, [0.0, 0.0, *(tokens for _, tokens in points), count]


def draw(runs: Sequence[Run], path: Path, title: str) -> None:
    """Draw the runs into a file.

    Raises:
        InvalidRequestError: the file cannot be written.
    """
    from matplotlib.figure import Figure  # without pyplot: no window, no global state

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes: Any = figure.subplots()
    seen: set[bool] = set()
    for run in runs:
        label = "streaming" if run.streaming else "not streaming"
        times, tokens = curve(run)
        axes.step(
            times,
            tokens,
            where="post",
            color="tab:blue" if run.streaming else "tab:orange",
            alpha=0.7,
            label=None if run.streaming in seen else label,
        )
        seen.add(run.streaming)
    axes.set(xlabel="seconds since the question", ylabel="tokens", title=title, xlim=(0, None), ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be written ({error.strerror})") from None
