"""Through the whole client over loopback: a server process plays, a client process reads; CPU time of the client."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.server import running
from benchmarks.table import Row, ratio

RUNS = 5


@dataclass(frozen=True)
class Figures:
    """Medians of one contender in one scenario: CPU microseconds an event, CPU seconds, and memory in KiB.

    `kib` is what a further stream costs once one has run, `kib_all` what the process has grown since its start, a
    stream.
    """

    us: float
    cpu: float
    kib: float
    kib_all: float


@dataclass(frozen=True)
class Scenario:
    """How the server plays: events a stream, events a write, microseconds between writes, streams at once."""

    events: int
    per_write: int
    pause_us: int
    streams: int = 1

    def path(self, shape: str) -> str:
        return f"{shape}/{self.events}/{self.per_write}/{self.pause_us}"


UNPACED = Scenario(20_000, 1, 0)
JOINED = Scenario(20_000, 16, 0)
PACED = Scenario(1_000, 1, 2_000)
MANY = Scenario(200, 1, 25_000, streams=200)


def once(base: str, name: str, shape: str, scenario: Scenario) -> dict[str, float]:
    """One run of one contender in a fresh process."""
    url, warm = f"{base}/{scenario.path(shape)}", f"{base}/{shape}/50/1/0"
    command = [sys.executable, "-m", "benchmarks.contenders", name, url, str(scenario.streams), warm]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    expected = scenario.events * scenario.streams
    assert result["texts"] == expected, f"{name} read {result['texts']} of {expected}"
    return result


def measure(base: str, names: list[str], shape: str, scenario: Scenario) -> dict[str, Figures]:
    """Medians of all contenders, measured in turn so that a drift of the machine meets them alike."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(RUNS):
        for name in names:
            results[name].append(once(base, name, shape, scenario))
    total = scenario.events * scenario.streams
    figures = {}
    for name, runs in results.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in ("cpu", "kib", "kib_all")}
        a_stream = [middle[key] / scenario.streams for key in ("kib", "kib_all")]
        figures[name] = Figures(middle["cpu"] / total * 1e6, middle["cpu"], *a_stream)
    return figures


def run() -> list[Row]:
    """All rows."""
    with running() as base:
        return [*_openai(base), *_anthropic(base), *_paced(base), *_many(base)]


def _openai(base: str) -> list[Row]:
    rows = []
    for title, scenario in (("1 event a write", UNPACED), ("16 events a write", JOINED)):
        names = ["slipstream async", "openai async", "slipstream sync", "openai sync"]
        got = measure(base, names, "openai", scenario)
        ours, peer = got["slipstream async"].us, got["openai async"].us
        rows.append(ratio(f"client, unpaced, {title}, async", ours, peer, "openai", 20))
        sync, peer = got["slipstream sync"].us, got["openai sync"].us
        rows.append(ratio(f"client, unpaced, {title}, sync", sync, peer, "openai", 20))
    zai = measure(base, ["zai sync"], "openai", UNPACED)["zai sync"].us
    return [*rows, Row("client, unpaced, zai-sdk for comparison", "", f"zai-sdk {zai:.3g} us")]


def _anthropic(base: str) -> list[Row]:
    names = ["slipstream anthropic async", "anthropic async", "slipstream anthropic sync", "anthropic sync"]
    got = measure(base, names, "anthropic", UNPACED)
    rows = []
    for door in ("async", "sync"):
        ours, peer = got[f"slipstream anthropic {door}"].us, got[f"anthropic {door}"].us
        rows.append(ratio(f"client, Anthropic's stream, unpaced, {door}", ours, peer, "anthropic", 5))
    return rows


def _paced(base: str) -> list[Row]:
    got = measure(base, ["slipstream async", "openai async", "slipstream sync", "openai sync"], "openai", PACED)
    ours, peer = got["slipstream async"].us, got["openai async"].us
    sync = got["slipstream sync"].us
    return [
        ratio("client, paced, one event a wake-up, async", ours, peer, "openai", 4),
        Row("client, paced, one event a wake-up, sync", f"{sync:.3g} us", f"openai {got['openai sync'].us:.3g} us"),
    ]


def _many(base: str) -> list[Row]:
    got = measure(base, ["slipstream async", "openai async"], "openai", MANY)
    ours, peer = got["slipstream async"], got["openai async"]
    return [
        ratio("200 paced streams in one process, CPU", ours.cpu, peer.cpu, "openai", 4, "s"),
        ratio("200 paced streams in one process, memory a stream", ours.kib_all, peer.kib_all, "openai", 2, "KiB"),
        Row(
            "  once warm, a further stream",
            f"{ours.kib:.3g} KiB",
            f"openai {peer.kib:.3g} KiB",
            f"{peer.kib / ours.kib:.1f}x",
        ),
    ]
