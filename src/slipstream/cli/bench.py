"""`slipstream bench`: what streaming is worth, in figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from slipstream.cli import bench_table, plot
from slipstream.cli.bench_runs import Run, run_cancelled, run_streaming, run_whole
from slipstream.cli.clean import clean
from slipstream.cli.failures import report
from slipstream.cli.session import Session, Settings
from slipstream.cli.status import Status
from slipstream.cli.tables import print_table
from slipstream.cli.terminal import Terminal
from slipstream.errors import InvalidRequestError, SlipstreamError

T = TypeVar("T")

PROMPT: Final = "Explain in about 150 words why the sky is blue."
MAX_TOKENS: Final = 256
"""Enough for the prompt's answer, and little enough that a bench of five runs costs next to nothing."""

MAX_RUNS: Final = 1000


class Plan(Struct, frozen=True, kw_only=True):
    """What is measured.

    Args:
        runs: with streaming, and as many without, in turn.
        warm_up: runs before that, not counted: they open the connection, and start the local model.
        whole: False leaves out the runs without streaming.
        plot: the file of the picture, or None.
        json: print JSON instead of the table.
    """

    prompt: str = PROMPT
    runs: int = 5
    warm_up: int = 1
    whole: bool = True
    plot: str | None = None
    json: bool = False
    debug: bool = False


class Bench:
    """The runs, their results and their failures."""

    def __init__(self, terminal: Terminal, session: Session, plan: Plan) -> None:
        self._terminal = terminal
        self._session = session
        self._plan = plan
        self._doing = ""
        self.runs: list[Run] = []
        self.cancels: list[float] = []
        self.failed: list[SlipstreamError] = []

    def run(self) -> None:
        """Run everything.

        Raises:
            SlipstreamError: the warm-up failed; nothing was measured.
            KeyboardInterrupt: Ctrl-C; what was measured stays.
        """
        with Status(self._terminal.err, lambda: f"{self._doing} ·"):
            for _ in range(self._plan.warm_up):
                self._doing = "warming up"
                run_streaming(self._session, self._plan.prompt)
            for number in range(1, self._plan.runs + 1):
                self._pair(f"run {number} of {self._plan.runs}")
            self._doing = "stopping an answer"
            seconds = self._try(run_cancelled)
            if seconds is not None:
                self.cancels.append(seconds)

    def _pair(self, name: str) -> None:
        # In turn, so that a provider that slows down meanwhile slows both.
        for run, mode in ((run_streaming, "streaming"), (run_whole, "not streaming"))[: 1 + self._plan.whole]:
            self._doing = f"{name}, {mode}"
            result = self._try(run)
            if result is not None:
                self.runs.append(result)

    def _try(self, run: Callable[[Session, str], T]) -> T | None:
        try:
            return run(self._session, self._plan.prompt)
        except SlipstreamError as error:
            self.failed.append(error)
            return None


def bench(terminal: Terminal, settings: Settings, plan: Plan) -> bool:
    """Measure, and print.

    Returns:
        True if every run succeeded.

    Raises:
        InvalidRequestError: the plan is wrong.
        SlipstreamError: nothing could be measured.
        KeyboardInterrupt: Ctrl-C, after what was measured has been printed.
    """
    if not 1 <= plan.runs <= MAX_RUNS:
        raise InvalidRequestError(f"-n is {plan.runs}; it takes 1 to {MAX_RUNS}")
    picture = plot.check(plan.plot) if plan.plot is not None else None
    session = Session(settings)
    work = Bench(terminal, session, plan)
    try:
        work.run()
    finally:
        session.close()
        show(terminal, session, plan, work, picture)
    return not work.failed


def show(terminal: Terminal, session: Session, plan: Plan, work: Bench, picture: Path | None) -> None:
    """Print what was measured."""
    if work.runs:
        title = clean(f"{session.name}, {_runs(len(work.runs))}, {_tokens(work.runs)}")
        if plan.json:
            document = bench_table.document(session.name, len(plan.prompt), work.runs, work.cancels)
            terminal.out.write(msgspec.json.encode(document).decode("utf-8") + "\n")
        else:
            print_table(terminal, bench_table.table(bench_table.rows(work.runs, work.cancels), title))
        if picture is not None:
            plot.draw(work.runs, picture, title)
            terminal.note(f"tokens over time: {picture}")
    if work.failed:
        terminal.note(f"{_runs(len(work.failed))} failed; the last of them:", "yellow")
        report(terminal, work.failed[-1], debug=plan.debug)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _tokens(runs: list[Run]) -> str:
    counts = sorted(run.tokens for run in runs if run.tokens is not None)
    if not counts:
        return "tokens unknown"
    about = "~" if any(run.estimated for run in runs) else ""
    return f"{about}{counts[0]}-{counts[-1]} tokens" if counts[0] < counts[-1] else f"{about}{counts[0]} tokens"
