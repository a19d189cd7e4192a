"""Run all benchmarks, print the table, and fail if a bar is missed.

python -m benchmarks [PART ...]   the parts are in PARTS below; without any, all
"""

from __future__ import annotations

import importlib
import platform
import sys
import time

from benchmarks.table import markdown

PARTS = (
    *("start", "decode", "encode", "stages", "segment", "guard", "partial", "scale", "merge"),
    *("markdown", "screen", "loopback", "serve"),
)


def main(names: list[str]) -> int:
    """Run the named parts, or all; the exit code is the number of bars missed, at most 1."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    rows = []
    for name in names or PARTS:
        began = time.perf_counter()
        rows += importlib.import_module(f"benchmarks.{name}").run()
        print(f"# {name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    machine = f"Python {platform.python_version()}, {platform.machine()}"
    print(f"{machine}; CPU time of the client process; medians, or what the part says.\n")
    print(markdown(rows))
    return int(any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
