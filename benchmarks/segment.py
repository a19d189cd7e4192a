"""Cutting text anew: what `buffer`, `lines`, `words` and `sentences` cost, and how that grows with the text."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks.table import Row, limit
from slipstream.events import TextDelta
from slipstream.flow.buffer import buffer
from slipstream.flow.lines import lines
from slipstream.flow.sentence_ends import EngineName
from slipstream.flow.sentences import sentences
from slipstream.flow.stage import Stage
from slipstream.flow.words import words

EVENTS = 20_000
SIZE = 4
"""Characters in a delta: a token."""
RUNS = 5

TEXTS = {
    "English": "The quick brown fox jumps over the lazy dog. It cost 3.14 dollars, e.g. at Dr. Lee's. Is it so? Yes!\n",
    "Chinese": "今天天气很好，我们去公园散步。你觉得怎么样？“好！”他说，然后我们出发了；到处是花。\n",
}
ENGINES: tuple[EngineName, ...] = ("rules", "sentencex")


def deltas(text: str, count: int = EVENTS) -> list[TextDelta]:
    """So many deltas of a text that repeats."""
    long = text * (count * SIZE // len(text) + 1)
    return [TextDelta(long[at : at + SIZE]) for at in range(0, count * SIZE, SIZE)]


def cost(make: Callable[[], Stage], events: list[TextDelta]) -> float:
    """CPU microseconds an event; median of runs."""
    times = []
    for _ in range(RUNS):
        on_event = make().on_event
        began = time.process_time()
        for event in events:
            on_event(event, 0.0)
        times.append((time.process_time() - began) / len(events) * 1e6)
    return statistics.median(times)


def _sentences(engine: EngineName, language: str) -> Row:
    each = cost(lambda: sentences(engine=engine), deltas(TEXTS[language]))
    return Row(f"sentences by {engine}, {language}, an event", f"{each:.3g} us", "", f"{SIZE / each:.2g} Mchar/s")


def _growth() -> Row:
    """What ten times as much text without a sentence's end costs; a hundred times would be quadratic."""
    few, many = (deltas("hello there ", count) for count in (EVENTS // 4, EVENTS * 10 // 4))
    times = 10 * cost(sentences, many) / cost(sentences, few)
    name = "sentences, ten times as much text without an end"
    return Row(name, f"{times:.3g}x", "", f"{times:.3g}x", "<= 20x", times <= 20)


def run() -> list[Row]:
    """All rows. `words` makes an event or more of every event, and is segmentation like `sentences`: no bar."""
    english = deltas(TEXTS["English"])
    return [
        limit("buffer(size=200), an event", cost(lambda: buffer(size=200), english), 1.0, "us"),
        limit("lines, an event", cost(lines, english), 1.0, "us"),
        *(Row(f"words, {name}, an event", f"{cost(words, deltas(text)):.3g} us") for name, text in TEXTS.items()),
        *(_sentences(engine, language) for engine in ENGINES for language in TEXTS),
        _growth(),
    ]
