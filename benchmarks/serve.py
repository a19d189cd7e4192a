"""`slipstream serve` beside LiteLLM's proxy, nginx and the barest relays: what each costs between one upstream and its
readers. CPU and memory are those of the relay's processes, all of them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import relays
from benchmarks.machine import slower
from benchmarks.relays import Relay
from benchmarks.server import running as upstream_server
from benchmarks.table import Row, limit

CLIENTS, EVENTS, INTERVAL_US = 50, 200, 50_000
REQUESTS = 400
RUNS = 3
NAMES = ("slipstream", "asgi + aiohttp", "starlette + httpx", "nginx", "litellm")
MODELS = {"litellm": "bench"}


def load(url: str, name: str, streams: int, rounds: int) -> dict[str, Any]:
    """Read from a relay with this many connections at once."""
    model = MODELS.get(name, "openai/bench")
    command = [sys.executable, "-m", "benchmarks.load", url, model, str(streams), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def relay(name: str, base: str, path: str) -> Iterator[tuple[Relay, str]]:
    """A relay of this scenario, warmed up; and where its readers ask."""
    with relays.running(name, f"{base}/{path}") as running:
        url = f"{running.url}/v1/chat/completions"
        yield running, url


def run() -> list[Row]:
    """All rows."""
    with upstream_server() as base:
        return [*_paced(base), *_requests(base), *_first_tokens(base), *_memory(base), *_deaf(base)]


def _medians(values: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(found) for name, found in values.items()}


def _peers(figures: dict[str, float], unit: str) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in figures.items() if name != "slipstream") + f" {unit}"


def _paced(base: str) -> list[Row]:
    path = f"event/{EVENTS}/1/{INTERVAL_US}"
    figures: dict[str, list[float]] = {}
    starts: dict[str, list[float]] = {}
    for name in NAMES:
        for _ in range(RUNS if name in ("slipstream", "asgi + aiohttp") else 1):
            with relay(name, base, path) as (running, url):
                starts.setdefault(name, []).append(running.seconds)
                load(url, name, 4, 2)
                before = running.cpu()
                read = load(url, name, CLIENTS, 1)
                spent = running.cpu() - before
            assert read["frames"] >= CLIENTS * EVENTS, (name, read["frames"])
            figures.setdefault(name, []).append(spent / (CLIENTS * EVENTS) * 1e6)
    cpu, seconds = _medians(figures), _medians(starts)
    title = f"serve: {CLIENTS} paced clients, events of 300 bytes, CPU an event"
    return [
        limit(title, cpu["slipstream"], 40 * slower(), "us", _peers(cpu, "us")),
        limit("serve: from its start to its first answer", seconds["slipstream"], 1, "s", _peers(seconds, "s")),
    ]


def _requests(base: str) -> list[Row]:
    figures: dict[str, float] = {}
    for name in NAMES:
        with relay(name, base, "event/1/1/0") as (running, url):
            load(url, name, 1, 20)
            before = running.cpu()
            load(url, name, 1, REQUESTS)
            figures[name] = (running.cpu() - before) / REQUESTS * 1e6
    title = "serve: a request of one event, CPU"
    return [limit(title, figures["slipstream"], 300 * slower(), "us", _peers(figures, "us"))]


def _first_tokens(base: str) -> list[Row]:
    """What a relay adds to the time to the first text, in the middle of many requests: alone, and beside 49 others."""
    rows = []
    for streams, most in ((1, 1.0), (CLIENTS, 4.0)):
        path = f"event/20/1/{INTERVAL_US}"
        rounds = 30 if streams == 1 else 4
        direct = statistics.median(load(f"{base}/{path}/chat/completions", "", streams, rounds)["firsts"])
        figures: dict[str, float] = {}
        for name in NAMES:
            with relay(name, base, path) as (_, url):
                load(url, name, streams, 1)
                figures[name] = (statistics.median(load(url, name, streams, rounds)["firsts"]) - direct) * 1e3
        where = "alone" if streams == 1 else f"{streams} at once"
        title = f"serve: added to the first text, {where}"
        rows.append(limit(title, figures["slipstream"], most * slower(), "ms", _peers(figures, "ms")))
    return rows


def _memory(base: str) -> list[Row]:
    figures: dict[str, float] = {}
    for name in ("slipstream", "asgi + aiohttp", "litellm"):
        with relay(name, base, f"event/100/1/{INTERVAL_US}") as (running, url):
            model = MODELS.get(name, "openai/bench")
            command = [sys.executable, "-m", "benchmarks.load", url, model, "200", "1"]
            readers = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            seen = [running.rss_mb()]
            while readers.poll() is None:
                time.sleep(0.1)
                seen.append(running.rss_mb())
            figures[name] = max(seen)
    return [limit("serve: memory with 200 streams", figures["slipstream"], 80, "MB", _peers(figures, "MB"))]


def _deaf(base: str) -> list[Row]:
    """A client that never reads, while 200 MB are offered: how much the relay grows by."""
    with relay("slipstream", base, "long/50000/1/0") as (running, url):
        for _ in range(3):  # what any request leaves behind is there before
            _one_deaf(url, running)
        growth = _one_deaf(url, running)
    return [limit("serve: a client that never reads, 200 MB offered, growth", growth, 1, "MB")]


def _one_deaf(url: str, running: Relay) -> float:
    before = running.rss_mb()
    command = [sys.executable, "-m", "benchmarks.load", url, "openai/bench", "1", "1", "deaf"]
    reader = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = before
    for _ in range(30):
        time.sleep(0.1)
        most = max(most, running.rss_mb())
    reader.kill()
    reader.wait()
    time.sleep(0.3)
    return most - before
