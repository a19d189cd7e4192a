"""A strict reader of the Messages stream, for tests of what writes one: it refuses what an official client might."""

from __future__ import annotations

import json
from typing import Any

_GROW = {
    "text_delta": ("text",), "citations_delta": ("text",), "thinking_delta": ("thinking",),
    "signature_delta": ("thinking",), "input_json_delta": ("tool_use", "server_tool_use", "mcp_tool_use"),
    "compaction_delta": ("compaction",),
}  # fmt: skip


class Wire:
    """A body, read frame by frame; it raises at the first thing that is not of the API.

    Attributes:
        wires: the events, without pings.
        comments: the objects in the comments `: slipstream <tag> {...}`.
        blocks: the content blocks as a client folds them: `text`, `thinking`, `partial` (JSON text) grown.
        ended: `message_stop`, `error`, or "" if neither has come.
    """

    def __init__(self, body: bytes) -> None:
        self.wires: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.blocks: list[dict[str, Any]] = []
        self.pings = 0
        self.open = False
        self.ended = ""
        assert not body or body.endswith(b"\n\n")
        for frame in body.split(b"\n\n")[:-1]:
            self._frame(frame.decode().split("\n"))

    def _frame(self, lines: list[str]) -> None:
        if lines[0].startswith("id: "):
            del lines[0]
        if lines[0].startswith(": slipstream "):
            (line,) = lines
            tag, _, found = line.removeprefix(": slipstream ").partition(" ")
            self.comments.append(json.loads(found))
            assert self.comments[-1]["type"] == tag
            return
        event, data = lines
        wire = json.loads(data.removeprefix("data: "))
        assert event == f"event: {wire['type']}"
        self._take(wire)

    def _take(self, wire: dict[str, Any]) -> None:
        assert not self.ended, f"{wire['type']} after {self.ended}"
        if wire["type"] == "ping":
            self.pings += 1
            return
        kinds = [known["type"] for known in self.wires]
        self.wires.append(wire)
        match wire["type"]:
            case "error":
                self.ended = "error"
                assert wire["error"]["type"]
                assert isinstance(wire["error"]["message"], str)
            case "message_start":
                assert not kinds
                assert set(wire["message"]["usage"]) >= {"input_tokens", "output_tokens"}
            case "message_delta":
                assert not self.open
                assert isinstance(wire["usage"]["output_tokens"], int)
            case "message_stop":
                assert kinds[-1] == "message_delta"
                self.ended = "message_stop"
            case _:
                assert kinds[0] == "message_start"
                assert "message_delta" not in kinds
                self._block(wire)

    def _block(self, wire: dict[str, Any]) -> None:
        match wire["type"]:
            case "content_block_start":
                assert not self.open
                assert wire["index"] == len(self.blocks)
                self.blocks.append({"partial": "", "citations": [], **wire["content_block"]})
                self.open = True
            case "content_block_stop":
                assert self.open
                assert wire["index"] == len(self.blocks) - 1
                self.open = False
            case "content_block_delta":
                assert self.open
                assert wire["index"] == len(self.blocks) - 1
                self._grow(self.blocks[-1], wire["delta"])
            case kind:
                raise AssertionError(kind)

    @staticmethod
    def _grow(block: dict[str, Any], delta: dict[str, Any]) -> None:
        assert block["type"] in _GROW[delta["type"]]
        match delta:
            case {"citation": citation}:
                block["citations"].append(citation)
            case {"signature": signature}:
                block["signature"] = signature
            case {"text": text}:
                block["text"] += text
            case {"thinking": text}:
                block["thinking"] += text
            case {"partial_json": text}:
                block["partial"] += text

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of this type."""
        return [wire for wire in self.wires if wire["type"] == kind]

    @property
    def stop_reason(self) -> str:
        """Why the answer ended."""
        found: str = self.of("message_delta")[-1]["delta"]["stop_reason"]
        return found
