"""What the tests of Google's dialects share: bodies, cut and read, and a second, slow reading of a recorded one."""

from __future__ import annotations

import base64
import importlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from slipstream import dialects
from slipstream.events import Event, Order

Wire = dict[str, Any]


def needed(name: str) -> Any:
    """A module of a client that a test reads our bytes with; its absence skips the test, and fails it where CI=true."""
    if os.environ.get("CI", "").lower() == "true":
        return importlib.import_module(name)
    return pytest.importorskip(name, reason=f"{name} is not installed")


def recorded(corpora: Path) -> list[Path]:
    """The recorded bodies, in order."""
    return sorted((corpora / "streams" / "gemini").iterdir())


def events_of(body: bytes, *, name: str = "gemini", **options: Any) -> list[Event]:
    """The events of a body, which are in legal order."""
    decoder = dialects.get(name).decoder(**options)
    events = [*decoder.feed(body), *decoder.end()]
    Order().check_all(events)
    return events


def in_pieces(body: bytes, cuts: Sequence[int], *, name: str = "gemini") -> list[Event]:
    """The same, the body cut at these places."""
    decoder = dialects.get(name).decoder()
    events: list[Event] = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        events += decoder.feed(body[start:end])
    return [*events, *decoder.end()]


def sse(*wires: Wire, end: str = "\r\n") -> bytes:
    """Chunks as an event stream, as Google writes it."""
    return "".join(f"data: {json.dumps(wire)}{end}{end}" for wire in wires).encode()


def array(*wires: Wire, indent: int | None = 2) -> bytes:
    """Chunks as the array form of the stream."""
    return ("[" + "\n,\r\n".join(json.dumps(wire, indent=indent) for wire in wires) + "\n]").encode()


def chunk(*parts: Wire, index: int = 0, **fields: Any) -> Wire:
    """A chunk with one candidate; `finish` is its finish reason, other fields are the candidate's."""
    finish = {"finishReason": fields.pop("finish")} if "finish" in fields else {}
    return {"candidates": [{"content": {"parts": list(parts), "role": "model"}, "index": index, **finish, **fields}]}


def wires_of(body: bytes) -> list[Wire]:
    """The chunks of a recorded body, read with `json` alone."""
    if body.lstrip().startswith(b"["):
        found: list[Wire] = json.loads(body)
        return found
    lines = body.decode().replace("\r\n", "\n").split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


class Naive:
    """A recorded answer, put together in the plainest way."""

    def __init__(self, body: bytes) -> None:
        wires = wires_of(body)
        candidates = [candidate for wire in wires for candidate in wire.get("candidates", ())]
        parts = [part for one in candidates for part in one.get("content", {}).get("parts", ())]
        self.id, self.model = wires[0]["responseId"], wires[0]["modelVersion"]
        self.text = "".join(part["text"] for part in parts if "text" in part and not part.get("thought"))
        self.reasoning = "".join(part["text"] for part in parts if part.get("thought"))
        self.calls = [(p["functionCall"]["name"], p["functionCall"]["args"]) for p in parts if "functionCall" in p]
        self.signatures = [part["thoughtSignature"] for part in parts if "thoughtSignature" in part]
        self.finish = [one["finishReason"] for one in candidates if "finishReason" in one]
        self.usage = wires[-1]["usageMetadata"]


def blob(data: bytes, kind: str = "image/png") -> Wire:
    """A part that holds a file."""
    return {"inlineData": {"mimeType": kind, "data": base64.b64encode(data).decode()}}
