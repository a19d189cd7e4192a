"""The AI SDK's client, as a strict model: what it takes, what it makes of it, and what makes it throw.

Strategy: the schemas are those of `ai` 5.0.10, 6.0.0 (strict objects both) and 7, as tables of keys; the state machine
is that of `processUIMessageStream`, the strictest of all versions taken together: a lookup that fails in any of them
fails here (WIRE sections 1.2 and 1.3).
"""

from __future__ import annotations

import json
from typing import Any, Final

from slipstream.codec.sse import SSEDecoder

PM: Final = {"providerMetadata?": "metadata"}
EXECUTED: Final = {"providerExecuted?": bool, "dynamic?": bool}
BASE: Final[dict[str, dict[str, Any]]] = {
    "start": {"messageId?": str, "messageMetadata?": object},
    "start-step": {},
    "text-start": {"id": str, **PM},
    "text-delta": {"id": str, "delta": str, **PM},
    "text-end": {"id": str, **PM},
    "reasoning-start": {"id": str, **PM},
    "reasoning-delta": {"id": str, "delta": str, **PM},
    "reasoning-end": {"id": str, **PM},
    "tool-input-start": {"toolCallId": str, "toolName": str, **EXECUTED},
    "tool-input-delta": {"toolCallId": str, "inputTextDelta": str},
    "tool-input-available": {"toolCallId": str, "toolName": str, "input": object, **EXECUTED, **PM},
    "tool-input-error": {"toolCallId": str, "toolName": str, "input": object, "errorText": str, **EXECUTED, **PM},
    "tool-output-available": {"toolCallId": str, "output": object, **EXECUTED},
    "tool-output-error": {"toolCallId": str, "errorText": str, **EXECUTED},
    "source-url": {"sourceId": str, "url": str, "title?": str, **PM},
    "source-document": {"sourceId": str, "mediaType": str, "title": str, "filename?": str, **PM},
    "file": {"url": str, "mediaType": str, **PM},
    "message-metadata": {"messageMetadata": object},
    "finish-step": {},
    "finish": {"messageMetadata?": object},
    "abort": {},
    "error": {"errorText": str},
}
DATA: Final = {"id?": str, "data": object, "transient?": bool}
ADDED: Final[dict[int, dict[str, dict[str, Any]]]] = {
    6: {
        "finish": {"finishReason?": ("stop", "length", "content-filter", "tool-calls", "error", "other")},
        "tool-output-available": {"preliminary?": bool},
    },
    7: {"abort": {"reason?": str}, "reset-step": {}},
}


class ClientError(AssertionError):
    """The client would have thrown."""


def schema_of(kind: str, version: int) -> dict[str, Any]:
    """The keys of a part: name -> type; `?` behind a name makes it optional."""
    if kind.startswith("data-"):
        return DATA
    found = dict(BASE.get(kind, {}))
    known = kind in BASE
    for since, added in ADDED.items():
        if version >= since and kind in added:
            known = True
            found |= added[kind]
    if not known:
        raise ClientError(f"a part of the unknown type {kind!r}")
    return found


def check_part(part: Any, version: int) -> None:
    """Refuse what a strict client refuses."""
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise ClientError("a part without a type")
    schema = schema_of(part["type"], version)
    optional = {name.removesuffix("?"): kind for name, kind in schema.items()}
    for key, value in part.items():
        if key != "type":
            if key not in optional:
                raise ClientError(f"an unknown key {key!r} in {part['type']}")
            check_value(value, optional[key], f"{part['type']}.{key}")
    missing = [name for name in schema if not name.endswith("?") and name not in part]
    if missing:
        raise ClientError(f"{part['type']} without {missing}")


def check_value(value: Any, kind: Any, where: str) -> None:
    """Refuse a value of another type."""
    if kind == "metadata":
        if not isinstance(value, dict) or not all(isinstance(inner, dict) for inner in value.values()):
            raise ClientError(f"{where} is no record of records")
    elif isinstance(kind, tuple):
        if value not in kind:
            raise ClientError(f"{where} is {value!r}")
    elif not isinstance(value, kind):
        raise ClientError(f"{where} is a {type(value).__name__}")


class Client:
    """A page with `useChat`, or as much of it as the stream can break.

    Attributes:
        id, metadata, parts: of the message.
        told: transient data parts.
        error: the text of an `error` part.
        finished, aborted, done: what has come.
    """

    def __init__(self, version: int = 5) -> None:
        self.version = version
        self.id: str | None = None
        self.metadata: dict[str, Any] = {}
        self.parts: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.error: str | None = None
        self.finished = self.aborted = self.done = False
        self.finish_reason: str | None = None
        self._open: dict[str, dict[str, dict[str, Any]]] = {"text": {}, "reasoning": {}}
        self._inputs: dict[str, dict[str, Any]] = {}
        self._sse = SSEDecoder()

    def feed(self, data: bytes) -> None:
        """Take body bytes."""
        for frame in self._sse.feed(data):
            self.take_data(frame.payload)

    def take_data(self, payload: bytes) -> None:
        """Take the data of one frame."""
        if self.done:
            raise ClientError("a frame after [DONE]")
        if payload == b"[DONE]":
            self.done = True
            return
        part = json.loads(payload)
        check_part(part, self.version)
        self.take(part)

    def take(self, part: dict[str, Any]) -> None:
        """Take one part."""
        kind = part["type"]
        if self.error is not None or self.aborted:
            raise ClientError(f"{kind} after the end")
        block, _, what = kind.partition("-")
        if block in self._open and what in ("start", "delta", "end"):
            self._block(block, what, part)
        elif kind.startswith("data-"):
            self._data(part)
        elif kind.startswith("tool-"):
            self._tool(kind, part)
        else:
            self._rest(kind, part)

    def _block(self, block: str, what: str, part: dict[str, Any]) -> None:
        open = self._open[block]
        id = part["id"]
        if what == "start":
            if id in open:
                raise ClientError(f"two open {block} blocks with the id {id!r}")
            open[id] = {"type": block, "text": "", "state": "streaming"}
            self.parts.append(open[id])
        elif id not in open:
            raise ClientError(f"{part['type']} for a missing {block} part {id!r}")
        if "providerMetadata" in part:
            open[id]["providerMetadata"] = part["providerMetadata"]
        if what == "delta":
            open[id]["text"] += part["delta"]
        elif what == "end":
            open.pop(id)["state"] = "done"

    def _data(self, part: dict[str, Any]) -> None:
        if part.get("transient"):
            self.told.append(part)
            return
        for known in self.parts:
            if "id" in part and known["type"] == part["type"] and known.get("id") == part["id"]:
                known["data"] = part["data"]
                return
        self.parts.append(part)

    def _find(self, id: str) -> dict[str, Any] | None:
        return next((part for part in self.parts if part.get("toolCallId") == id), None)

    def _tool(self, kind: str, part: dict[str, Any]) -> None:
        id = part["toolCallId"]
        found = self._find(id)
        if kind == "tool-input-start" and found is not None:
            raise ClientError(f"the call {id!r} begins twice")
        if kind == "tool-input-delta" and id not in self._inputs:
            raise ClientError(f"tool-input-delta without tool-input-start for {id!r}")
        if kind.startswith("tool-output") and found is None:
            raise ClientError(f"{kind} for the unknown call {id!r}")
        if found is None:
            found = {"type": f"tool-{part['toolName']}", "toolCallId": id}
            self.parts.append(found)
        self._change(kind, found, part)

    def _change(self, kind: str, found: dict[str, Any], part: dict[str, Any]) -> None:
        if "providerExecuted" in part:
            found["providerExecuted"] = part["providerExecuted"]
        if "providerMetadata" in part:
            found["callProviderMetadata"] = part["providerMetadata"]
        match kind:
            case "tool-input-start":
                found["state"] = "input-streaming"
                self._inputs[part["toolCallId"]] = {"text": ""}
            case "tool-input-delta":
                self._inputs[part["toolCallId"]]["text"] += part["inputTextDelta"]
            case "tool-input-available":
                found |= {"state": "input-available", "input": part["input"]}
            case "tool-input-error":
                found |= {"state": "output-error", "rawInput": part["input"], "errorText": part["errorText"]}
            case "tool-output-available":
                found |= {"state": "output-available", "output": part["output"]}
                found.pop("preliminary", None)
                if part.get("preliminary"):
                    found["preliminary"] = True
            case "tool-output-error":
                found |= {"state": "output-error", "errorText": part["errorText"]}

    def _rest(self, kind: str, part: dict[str, Any]) -> None:
        merge(self.metadata, part.get("messageMetadata") or {})
        match kind:
            case "start":
                self.id = part.get("messageId", self.id)
            case "start-step":
                self.parts.append({"type": "step-start"})
            case "finish-step":
                for open in self._open.values():
                    open.clear()
            case "reset-step":
                last = max((at for at, known in enumerate(self.parts) if known["type"] == "step-start"), default=-1)
                del self.parts[last + 1 :]
                self._open = {"text": {}, "reasoning": {}}
                self._inputs.clear()
            case "finish":
                self.finished = True
                self.finish_reason = part.get("finishReason")
            case "abort":
                self.aborted = True
            case "error":
                self.error = part["errorText"]
            case "source-url" | "source-document" | "file":
                self.parts.append(part)
            case _:
                pass

    @property
    def text(self) -> str:
        """The text a person sees."""
        return "".join(part["text"] for part in self.parts if part["type"] == "text")

    def message(self) -> dict[str, Any]:
        """The UI message, as the client sends it back."""
        return {"id": self.id or "client-id", "role": "assistant", "metadata": self.metadata, "parts": self.parts}


def merge(base: dict[str, Any], over: dict[str, Any]) -> None:
    """Deep, as the client merges metadata."""
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = value
