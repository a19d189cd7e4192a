"""Runs the scenarios of one client and prints what it read, as one JSON object."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

WEATHER: dict[str, object] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
SCENARIOS = ("text", "reasoning", "tool", "usage", "error")


class Seen(dict[str, Any]):
    """What a client has read so far; texts grow."""

    def add(self, key: str, piece: str | None) -> None:
        """Append a piece of text."""
        if piece:
            self[key] = self.get(key, "") + piece


def main(ask: Callable[[str, str, Seen], None]) -> None:
    """Run `ask(url, scenario, seen)` for each scenario."""
    url = sys.argv[1]
    out: dict[str, Any] = {}
    for scenario in SCENARIOS:
        seen = Seen()
        try:
            ask(url, scenario, seen)
        except Exception as error:
            seen["raised"] = True
            seen["error"] = f"{type(error).__name__}: {error}"
        if isinstance(seen.get("arguments"), str):
            seen["arguments"] = json.loads(seen["arguments"])
        out[scenario] = seen
    print(json.dumps(out))
