"""A stream shown on a terminal at the pace of a model: which word was given to the screen, and when.

python -m benchmarks.pace FILE   shows on its standard output, a terminal, and writes the times to FILE as JSON

Each delta brings a word of its own, so that its bytes can be found in what the terminal got; the words stand in
paragraphs, lists, code and tables, behind a long answer that is there before.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.answers import mixed
from slipstream.client.show.terminal import TerminalScreen
from slipstream.events import Start, StepStart, TextDelta, TextStart

BEFORE: Final = 20_000
"""Characters shown before the paced ones."""
DELTAS: Final = 1_200
A_SECOND: Final = 200

_BETWEEN: Final = (
    "\n\n", *[" "] * 30,
    "\n\n## ", " ", " ",
    "\n\n- ", *([" "] * 5 + ["\n- "]) * 6,
    "\n\n```python\n", *[" = ", "(", ", ", ")\n"] * 6, "\n```\n\n",
    "\n\n| a | b | c |\n|---|---|---|\n| ", *[" | ", " | ", " |\n| "] * 6, " |\n\n",
    "\n\n> ", *[" "] * 12,
)  # fmt: skip


def words() -> Iterator[tuple[str, str]]:
    """Deltas, each with the word that only it has; those of the long answer before them have none."""
    before = mixed()[: mixed().index("\n\n## ", BEFORE)]  # not within a code block: the next heading is outside
    for at in range(0, len(before), 100):
        yield before[at : at + 100], ""
    for number, between in zip(range(DELTAS), itertools.cycle(_BETWEEN), strict=False):
        word = f"w{number:04d}"
        yield between + word, word


def main(path: str) -> None:
    """Show everything; write when each word was given."""
    given: dict[str, float] = {}
    with TerminalScreen(sys.stdout) as screen:
        for event in (Start(), StepStart(), TextStart()):
            screen.event(event)
        for delta, word in words():
            now = given[word] = time.monotonic()
            screen.event(TextDelta(delta))
            # never two at once to catch up: that would be no pace
            time.sleep(max(0.0, now + 1 / A_SECOND - time.monotonic()))
        time.sleep(0.2)
    del given[""]
    Path(path).write_text(json.dumps(given))


if __name__ == "__main__":
    main(sys.argv[1])
