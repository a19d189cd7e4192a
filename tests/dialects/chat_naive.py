"""A second reading of recorded chat completions, by the simplest means: whole lines, plain `json`, plain dictionaries.

It knows nothing of blocks, cuts or quirks beyond those that the recordings have.
"""

from __future__ import annotations

import json
from typing import Any

BOX_TAGS = ("<|begin_of_box|>", "<|end_of_box|>")


class Naive:
    """What a recorded body says.

    Attributes:
        wires: its JSON objects, in order.
        text, reasoning, refusal: joined, by choice.
        calls: name and arguments of the calls of the first choice, in order.
        reasons: the last finish reason, by choice.
        usage: the last usage object, or None.
        error: the error object, or None.
    """

    def __init__(self, body: bytes) -> None:
        lines = [line[6:] for line in body.decode().split("\n") if line.startswith("data: ")]
        self.done = "[DONE]" in lines
        self.wires: list[dict[str, Any]] = [json.loads(line) for line in lines if line != "[DONE]"]
        self.text: dict[int, str] = {}
        self.reasoning: dict[int, str] = {}
        self.refusal: dict[int, str] = {}
        self.reasons: dict[int, str | None] = {}
        self.usage: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self._calls: dict[int, list[str]] = {}
        for wire in self.wires:
            self._read(wire)

    @property
    def complete(self) -> bool:
        """True if every choice has ended."""
        return bool(self.reasons) and None not in self.reasons.values()

    @property
    def calls(self) -> list[tuple[str, Any]]:
        return [(name, json.loads(arguments or "{}")) for name, arguments in self._calls.values()]

    def _read(self, wire: dict[str, Any]) -> None:
        self.usage = wire.get("usage") or self.usage
        self.error = wire.get("error") or self.error
        for choice in wire.get("choices") or []:
            index, delta = choice["index"], choice["delta"]
            self.reasons[index] = choice.get("finish_reason") or self.reasons.get(index)
            self.text[index] = self.text.get(index, "") + (delta.get("content") or "")
            self.refusal[index] = self.refusal.get(index, "") + (delta.get("refusal") or "")
            thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
            if not thought:
                thought = "".join(entry["text"] for entry in delta.get("reasoning_details") or [])
            self.reasoning[index] = self.reasoning.get(index, "") + thought
            for piece in delta.get("tool_calls") or []:
                known = self._calls.setdefault(piece["index"], ["", ""])
                known[0] = known[0] or piece["function"].get("name") or ""
                known[1] += piece["function"].get("arguments") or ""

    def counts(self) -> tuple[int | None, ...] | None:
        """Input, output, total, thinking and cached tokens; the output is what the total leaves."""
        if self.usage is None:
            return None
        usage = self.usage
        asked, total = usage["prompt_tokens"], usage["total_tokens"]
        thinking = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens", usage.get("reasoning_tokens"))
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", usage.get("prompt_cache_hit_tokens"))
        return asked, total - asked, total, thinking, cached
