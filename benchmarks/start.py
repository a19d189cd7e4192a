"""What `import` costs, in CPU time and memory, and what it drags in."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from benchmarks.table import Row, limit

RUNS = 7
NETWORK = ("aiohttp", "httpx", "requests", "urllib3", "asyncio", "ssl", "socket")

PROBE = """
import json, sys, time
from benchmarks.memory import peak_kib
before = peak_kib()
began = time.process_time()
import {module}
cpu = time.process_time() - began
print(json.dumps([cpu, (peak_kib() - before) / 1024, [m for m in {network!r} if m in sys.modules]]))
"""


def probe(statement: str) -> tuple[float, float, list[str]]:
    """Median CPU milliseconds and MiB of an import, and the network libraries it loads."""
    runs = []
    for _ in range(RUNS):
        code = PROBE.format(module=statement, network=NETWORK)
        output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        runs.append(json.loads(output))
    cpu, mib = (statistics.median(run[i] for run in runs) for i in (0, 1))
    return cpu * 1000, mib, runs[0][2]


def run() -> list[Row]:
    """All rows."""
    cpu, mib, network = probe("slipstream")
    using, using_mib, loaded = probe("slipstream; slipstream.Client")
    peer, peer_mib, _ = probe("openai")
    return [
        limit("import slipstream, CPU", cpu, 40, "ms", f"openai {peer:.0f} ms"),
        Row("import slipstream, memory", f"{mib:.1f} MiB", f"openai {peer_mib:.0f} MiB"),
        Row("  network libraries loaded", ", ".join(network) or "none", "", "", "none", not network),
        Row("  with slipstream.Client", f"{using:.0f} ms, {using_mib:.1f} MiB", "",
            f"loads {', '.join(loaded) or 'none'}", "no HTTP library", "aiohttp" not in loaded),
    ]  # fmt: skip
