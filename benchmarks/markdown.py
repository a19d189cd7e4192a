"""Markdown as it arrives: what the HTML patches cost, how that grows with the text, and what others take for the same.

Strategy: CPU seconds. The machine's speed changes from second to second, so an answer is cut into slices, each slice
counts with the best of a few runs, and the slices are summed. What twice the text costs is told by the same slices, the
first half of them being half the text; there each is taken relative to a fixed piece of work done before and after it,
so that a change of speed between the halves does not look like growth.

The bars were set on another machine, where markdown-it-py parsed and rendered an answer of this size once in 0.068 s;
the same is measured here in the same run, and bars in seconds are stretched by what it takes longer. The list and the
code block of a bar have 55,000 bytes; those of 200,000 stand beside them.
"""

from __future__ import annotations

import functools
import gc
import html
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks import renderers
from benchmarks.answers import answer, deltas
from benchmarks.recordings import CORPORA
from benchmarks.renderers import EVERY, PREFIXES
from benchmarks.table import Row
from slipstream.sinks.html import HTML
from slipstream.sinks.markdown import Markdown

ROOT: Final = Path(__file__).resolve().parent.parent
PEERS: Final = Path(os.environ.get("SLIPSTREAM_MARKDOWN_PEERS", ROOT / ".venv" / "markdown-peers"))
"""Where `peers.txt` is installed; `make bench` does it."""
NPM: Final = ROOT / "benchmarks" / "npm"
EXAMPLES: Final = CORPORA.parent / "markdown" / "commonmark_examples.jsonl"

WHOLE: Final = 0.068
"""What one parse and render of the mixed answer took markdown-it-py where the bars were set, in CPU seconds."""
SMALL: Final = 55_000
SIZE: Final = 200_000
RUNS: Final = 4
SLICES: Final = 40
KINDS: Final = {"prose": "prose", "list": "one list", "table": "one table", "code": "one code block"}
GROWTH: Final = 2.2

Sink = tuple[Callable[[str], object], Callable[[], object]]
"""What takes a delta, and what takes the end."""


def patches() -> Sink:
    """HTML patches."""
    page = HTML()
    return page.feed, page.end


def events() -> Sink:
    """The parser alone."""
    parser = Markdown()
    return parser.feed, parser.end


class Slice(NamedTuple):
    """A part of an answer: CPU seconds, the best of some runs; and the median of how many times the fixed work."""

    seconds: float
    times: float


@functools.cache
def slices(make: Callable[[], Sink], name: str, runs: int = RUNS) -> tuple[Slice, ...]:
    """What each slice of an answer takes."""
    parts = deltas(answer(name))
    size = -(-len(parts) // SLICES)
    pieces = [parts[at : at + size] for at in range(0, len(parts), size)]
    found = [_one_run(make(), pieces) for _ in range(runs)]
    return tuple(_together(same) for same in zip(*found, strict=True))


def _together(same: tuple[Slice, ...]) -> Slice:
    return Slice(min(each.seconds for each in same), statistics.median(each.times for each in same))


def _one_run(sink: Sink, pieces: list[list[str]]) -> list[Slice]:
    """One run over all pieces; the end counts to the last."""
    gc.collect()
    feed, end = sink
    out = []
    before = _fixed_work()
    for piece in pieces:
        began = time.process_time()
        for part in piece:
            feed(part)
        if piece is pieces[-1]:
            end()
        spent = time.process_time() - began
        after = _fixed_work()
        out.append(Slice(spent, 2 * spent / (before + after)))
        before = after
    return out


def _fixed_work() -> float:
    """CPU seconds of a short answer, a few milliseconds."""
    began = time.process_time()
    feed, end = events()
    for part in deltas(answer("prose:2000")):
        feed(part)
    end()
    return time.process_time() - began


def cost(make: Callable[[], Sink], name: str) -> float:
    """CPU seconds of an answer."""
    return sum(each.seconds for each in slices(make, name))


@functools.cache
def reference() -> float:
    """CPU seconds of markdown-it-py for the mixed answer here, the best of three times three."""
    return min(float(renderers.whole("markdown-it-py", answer("mixed"))["cpu"]) for _ in range(3))


def stretch() -> float:
    """How many times more than there; never less than once."""
    return max(1.0, reference() / WHOLE)


def stretched(name: str, value: float, bar: float, peer: str = "") -> Row:
    """A row in CPU seconds whose bar is stretched; the bar as it was set stands beside it."""
    most = bar * stretch()
    words = f"<= {most:.3g} s ({bar:g} s there)"
    return Row(name, f"{value:.3g} s", peer, f"{value / stretch():.3g} s there", words, value <= most)


def growth(what: str, make: Callable[[], Sink], kind: str) -> Row:
    """What twice the text of one construct costs."""
    found = slices(make, f"{kind}:{SIZE}")
    half = found[: SLICES // 2]
    grown = sum(each.times for each in found) / sum(each.times for each in half)
    name = f"{what}, {KINDS[kind]}: {SIZE:,} bytes against {SIZE // 2:,}"
    ours = ", ".join(f"{sum(each.seconds for each in some):.3g} s" for some in (found, half))
    return Row(name, ours, "", f"{grown:.3g}x", f"<= {GROWTH}x", grown <= GROWTH)


def peer(name: str, which: str = "mixed", timeout: int = 200) -> dict[str, Any]:
    """What another renderer takes, in its own installation; `missing` says that it is not there."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        return {"missing": f"no {python}"}
    with tempfile.TemporaryDirectory() as home:  # streamdown writes a configuration and the code it saw
        environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "TMPDIR": home}
        command = [str(python), "-m", "benchmarks.renderers", name, which]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return {"missing": f"failed: more than {timeout} s"}
    if done.returncode:
        return {"missing": f"failed: {(done.stderr.strip().splitlines() or ['?'])[-1][:120]}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def beside(name: str, label: str, found: dict[str, Any], ours: float) -> Row:
    """A row without a bar: what a peer takes, and how many times that is of ours."""
    if "missing" in found:
        missing = found["missing"]
        return Row(name, "", f"{label}: {missing if missing.startswith('failed') else 'not installed'}")
    seconds = found["cpu"]
    return Row(name, f"{ours:.3g} s", f"{label} {figure(seconds)} s", f"{figure(seconds / ours)}x ours")


def figure(value: float) -> str:
    """A number with three digits that count."""
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def streaming_markdown() -> dict[str, Any]:
    """streaming-markdown (npm) in Node: CPU seconds by answer, and the CommonMark examples it gets right."""
    node = shutil.which("node")
    if not node or not (NPM / "node_modules" / "streaming-markdown").exists():
        return {"missing": "no Node, or not in it"}
    examples = [json.loads(line) for line in EXAMPLES.read_text().splitlines()] if EXAMPLES.exists() else []
    answers = {name: deltas(answer(name)) for name in ("mixed", f"list:{SMALL}", f"code:{SMALL}")}
    task = json.dumps({"answers": answers, "examples": [example["markdown"] for example in examples]})
    command = [node, str(NPM / "streaming.mjs")]
    done = subprocess.run(command, input=task, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"missing": f"failed: {(done.stderr.strip().splitlines() or ['?'])[-1][:120]}"}
    found = json.loads(done.stdout)
    right = sum(_same(got, example["html"]) for got, example in zip(found["html"], examples, strict=True))
    return {"cpu": found["cpu"], "right": right, "of": len(examples)}


_BLOCK_TAG: Final = re.compile(r"\s*(</?(?:p|ul|ol|li|h\d|pre|blockquote|hr|br)\b[^>]*>)\s*")


def _same(one: str, other: str) -> bool:
    """Whether two pages are the same but for space at the edges of blocks and the way a character is escaped."""
    first, second = (html.unescape(_BLOCK_TAG.sub(r"\1", page.replace(" />", ">"))).strip() for page in (one, other))
    return first.replace('class="', 'class="language-') == second or first == second


def run() -> list[Row]:
    """All rows."""
    return [*_bars(), *_growths(), *_peers()]


def _bars() -> list[Row]:
    once = f"markdown-it-py {reference():.3g} s"
    title = "one whole parse and render of the mixed answer; bars in seconds are stretched by it"
    rows = [Row(f"markdown: {title}", "", once, f"{reference() / WHOLE:.3g}x the {WHOLE} s where the bars were set")]
    for label, name, bar in _ANSWERS:
        page, alone = cost(patches, name), cost(events, name)
        title = f"markdown: HTML patches, {label}"
        seconds = f"the parser alone: {alone:.3g} s"
        plain = Row(title, f"{page:.3g} s", seconds, f"{page / stretch():.3g} s there")
        rows.append(stretched(title, page, bar, seconds) if bar else plain)
    return rows


_ANSWERS: Final = (
    ("a mixed answer of 200,577 bytes in 48,120 deltas", "mixed", 1.5),
    (f"one list of {SMALL:,} bytes", f"list:{SMALL}", 0.4),
    (f"one list of {SIZE:,} bytes", f"list:{SIZE}", None),
    (f"one code block of {SMALL:,} bytes", f"code:{SMALL}", 0.05),
    (f"one code block of {SIZE:,} bytes", f"code:{SIZE}", None),
)


def _growths() -> list[Row]:
    return [growth("markdown: HTML patches", patches, kind) for kind in KINDS]


def _peers() -> list[Row]:
    mixed, small = cost(patches, "mixed"), cost(patches, f"list:{SMALL}")
    at = f"timed at {PREFIXES} prefixes"
    last = f"markdown: the last block again at every delta (every {EVERY}th timed)"
    return [
        *(
            beside(f"markdown: the whole text again at every delta ({at}), mixed", name, peer(f"reparse-{name}"), mixed)
            for name in ("markdown-it-py", "mistune")
        ),
        beside(f"{last}, mixed", "markdown-it-py", peer("last-block"), mixed),
        beside(
            f"markdown: the last block again at every delta ({at}), one list of {SMALL:,} bytes",
            "markdown-it-py", peer("reparse-markdown-it-py", f"list:{SMALL}"), small,
        ),
        beside("markdown: one whole parse, no tables, mixed", "commonmark.py", peer("whole-commonmark.py"), mixed),
        *_node_rows({"mixed": mixed, f"list:{SMALL}": small}),
    ]  # fmt: skip


def _node_rows(ours: dict[str, float]) -> list[Row]:
    found = streaming_markdown()
    label, title = "streaming-markdown (JS)", "markdown: its own parser"
    if "missing" in found:
        return [beside(title, label, found, 0.0)]
    rows = [beside(f"{title}, {name}", label, {"cpu": found["cpu"][name]}, seconds) for name, seconds in ours.items()]
    if found["of"]:
        counted = f"{label} {found['right']} of {found['of']}"
        rows.append(Row("markdown: CommonMark examples right", "all of them, see tests/sinks/markdown", counted))
    return rows
