"""What `merge()` costs: 200 streams read through it, against the same streams read alone: each by a task or thread of
its own, or one after the other.

Each contender runs in a fresh process, `python -m benchmarks.merge NAME URL STREAMS`, against the server of
`benchmarks.server`, and prints its CPU seconds and the texts it read. Contenders take turns, so that a drift of the
machine meets them alike.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks.loopback import Scenario
from benchmarks.server import running
from benchmarks.table import Row

RUNS: Final = 5
BAR: Final = 1.2
ASK: Final[dict[str, Any]] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}]}

PACED: Final = Scenario(200, 1, 25_000, streams=200)
UNPACED: Final = Scenario(500, 1, 0, streams=200)


async def tasks(url: str, streams: int) -> int:
    """Each stream in a task of its own."""
    from slipstream import AsyncClient, TextDelta

    async with AsyncClient(provider="openai", base_url=url, api_key="sk-bench") as client:

        async def one() -> int:
            async with client.stream(**ASK) as stream:
                return sum([type(event) is TextDelta and event.text != "" async for event in stream])

        return sum(await asyncio.gather(*(one() for _ in range(streams))))


async def merged(url: str, streams: int) -> int:
    """All streams through one merge."""
    from slipstream import AsyncClient, TextDelta
    from slipstream.client.merging import merge

    async with (
        AsyncClient(provider="openai", base_url=url, api_key="sk-bench") as client,
        merge([client.stream(**ASK) for _ in range(streams)]) as events,
    ):
        return sum([type(event) is TextDelta and event.text != "" async for _, event in events])


def threads(url: str, streams: int) -> int:
    """Each stream in a thread of its own."""
    from slipstream import Client, TextDelta

    counts: list[int] = []
    with Client(provider="openai", base_url=url, api_key="sk-bench") as client:

        def one() -> None:
            with client.stream(**ASK) as stream:
                counts.append(sum([type(event) is TextDelta and event.text != "" for event in stream]))

        readers = [threading.Thread(target=one) for _ in range(streams)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    return sum(counts)


def in_turn(url: str, streams: int) -> int:
    """One stream after the other, in one thread."""
    from slipstream import Client, TextDelta

    count = 0
    with Client(provider="openai", base_url=url, api_key="sk-bench") as client:
        for _ in range(streams):
            with client.stream(**ASK) as stream:
                count += sum([type(event) is TextDelta and event.text != "" for event in stream])
    return count


def sync_merged(url: str, streams: int) -> int:
    """All streams through one merge, by `for`."""
    from slipstream import Client, TextDelta
    from slipstream.client.merging import merge

    with (
        Client(provider="openai", base_url=url, api_key="sk-bench") as client,
        merge([client.stream(**ASK) for _ in range(streams)]) as events,
    ):
        return sum([type(event) is TextDelta and event.text != "" for _, event in events])


def _run_async(work: Callable[[str, int], Any], url: str, streams: int) -> int:
    async def main() -> int:
        count: int = await work(url, streams)
        return count

    if importlib.util.find_spec("uvloop"):
        import uvloop

        return uvloop.run(main())
    return asyncio.run(main())


CONTENDERS: Final[dict[str, Callable[[str, int], int]]] = {
    "tasks": lambda url, streams: _run_async(tasks, url, streams),
    "merge": lambda url, streams: _run_async(merged, url, streams),
    "threads": threads,
    "in turn": in_turn,
    "merge sync": sync_merged,
}


def once(base: str, name: str, scenario: Scenario) -> float:
    """CPU seconds of one contender in a fresh process, after a short stream to warm up."""
    urls = [f"{base}/{scenario.path('openai')}", f"{base}/openai/50/1/0"]
    command = [sys.executable, "-m", "benchmarks.merge", name, *urls, str(scenario.streams)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    result = json.loads(output.splitlines()[-1])
    expected = scenario.events * scenario.streams
    assert result["texts"] == expected, f"{name} read {result['texts']} of {expected}"
    return float(result["cpu"])


def compare(base: str, title: str, alone: str, through: str, scenario: Scenario, *, bar: bool) -> Row:
    """One row: the merge against the streams alone."""
    costs: dict[str, list[float]] = {alone: [], through: []}
    for _ in range(RUNS):
        for name, measured in costs.items():
            measured.append(once(base, name, scenario))
    per_event = {name: statistics.median(c) / (scenario.events * scenario.streams) * 1e6 for name, c in costs.items()}
    times = per_event[through] / per_event[alone]
    return Row(
        title,
        f"{per_event[through]:.3g} us an event",
        f"{alone} {per_event[alone]:.3g} us",
        f"{times:.2f}x",
        f"<= {BAR:g}x" if bar else "",
        times <= BAR if bar else None,
    )


def run() -> list[Row]:
    """All rows."""
    with running() as base:
        return [
            compare(base, "merge of 200 paced streams, async", "tasks", "merge", PACED, bar=True),
            compare(base, "merge of 200 paced streams, sync", "threads", "merge sync", PACED, bar=True),
            compare(base, "merge of 200 unpaced streams, async", "tasks", "merge", UNPACED, bar=True),
            compare(base, "merge of 200 unpaced streams, sync", "in turn", "merge sync", UNPACED, bar=True),
        ]


def main(name: str, url: str, warm_url: str, streams: int) -> None:
    """Warm up with one short stream, then measure."""
    CONTENDERS[name](warm_url, 1)
    began = time.process_time()
    texts = CONTENDERS[name](url, streams)
    print(json.dumps({"cpu": time.process_time() - began, "texts": texts}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
