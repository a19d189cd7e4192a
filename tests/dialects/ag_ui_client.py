"""AG-UI's client, as a strict model: what its `verifyEvents` refuses, and what it makes of a run.

Strategy: the rules are those of `@ag-ui/client` 0.0.40 and 1.0.0 taken together. Whether an event is one at all is for
the pydantic models of `ag-ui-protocol` to say; the `THINKING_*` events, which these have given up, are checked here.
"""

from __future__ import annotations

import json
from typing import Any, Final

from ag_ui.core import Event as Model
from pydantic import TypeAdapter

from slipstream.codec.sse import SSEDecoder

ORACLE: Final[TypeAdapter[Any]] = TypeAdapter(Model)
THINKING: Final = (
    "THINKING_START", "THINKING_END", "THINKING_TEXT_MESSAGE_START", "THINKING_TEXT_MESSAGE_CONTENT",
    "THINKING_TEXT_MESSAGE_END",
)  # fmt: skip
# Fields that 1.0 added: a client from before must get none of them.
ADDED: Final = ("protocolVersion", "usage", "outcome")


class ClientError(AssertionError):
    """The client would have thrown."""


def check_event(event: dict[str, Any], *, current: bool) -> None:
    """Refuse what is no event of the protocol, or not of the client's version."""
    kind = event["type"]
    if not current and (kind.startswith("REASONING_") or any(key in event for key in ADDED)):
        raise ClientError(f"{kind} is not for a client from before 1.0")
    if kind in THINKING:
        if current:
            raise ClientError(f"{kind} was given up in 1.0")
        return
    model = ORACLE.validate_python(event)
    unknown = set(model.model_extra or {})
    if unknown:
        raise ClientError(f"{kind} with the unknown keys {unknown}")


class Client:
    """A page that runs an agent.

    Attributes:
        messages: what the conversation has got, by id.
        customs: `CUSTOM` events.
        error: the `RUN_ERROR`.
        finished: the `RUN_FINISHED`.
    """

    def __init__(self, *, current: bool = True) -> None:
        self.current = current
        self.messages: dict[str, dict[str, Any]] = {}
        self.customs: list[dict[str, Any]] = []
        self.started: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self.finished: dict[str, Any] | None = None
        self.thought = ""
        self._open: dict[str, set[str]] = {kind: set() for kind in ("text", "call", "span", "reasoning", "step")}
        self._thinking = self._thinking_text = False
        self._sse = SSEDecoder()

    def feed(self, data: bytes) -> None:
        """Take body bytes."""
        for frame in self._sse.feed(data):
            event = json.loads(frame.payload)
            check_event(event, current=self.current)
            self.take(event)

    def take(self, event: dict[str, Any]) -> None:
        """Take one event."""
        kind = event["type"]
        if self.error is not None or self.finished is not None:
            raise ClientError(f"{kind} after the end")
        if self.started is None and kind not in ("RUN_STARTED", "RUN_ERROR"):
            raise ClientError(f"{kind} before RUN_STARTED")
        if kind in THINKING:
            self._think(kind, event)
        elif kind in _MOVES:
            self._move(kind, event)
        else:
            self._rest(kind, event)

    def _move(self, kind: str, event: dict[str, Any]) -> None:
        what, move, key = _MOVES[kind]
        id, known = event[key], self._open[what]
        if (move == "start") == (id in known):
            raise ClientError(f"{kind}: {id!r} is {'open' if id in known else 'not open'}")
        if move == "end":
            known.discard(id)
        elif move == "start":
            known.add(id)
            self._opened(what, id, event)
        elif what == "call":
            self.call(id)["arguments"] += event["delta"]
        else:
            if not event["delta"]:
                raise ClientError("an empty delta")
            self.messages[id]["content"] += event["delta"]

    def _opened(self, what: str, id: str, event: dict[str, Any]) -> None:
        if what in ("text", "reasoning"):
            if id in self.messages:
                raise ClientError(f"a second message with the id {id!r}")
            self.messages[id] = {"role": "assistant" if what == "text" else "reasoning", "content": ""}
        elif what == "call":
            parent = event.get("parentMessageId", id)
            if parent in self.messages and list(self.messages)[-1] != parent:
                raise ClientError(f"the call {id!r} would make a second message with the id {parent!r}")
            message = self.messages.setdefault(parent, {"role": "assistant", "content": ""})
            message.setdefault("calls", []).append({"id": id, "name": event["toolCallName"], "arguments": ""})

    def call(self, id: str) -> dict[str, Any]:
        """The call of this id."""
        calls = [call for message in self.messages.values() for call in message.get("calls", []) if call["id"] == id]
        if len(calls) != 1:
            raise ClientError(f"{len(calls)} calls with the id {id!r}")
        found: dict[str, Any] = calls[0]
        return found

    def _think(self, kind: str, event: dict[str, Any]) -> None:
        legal = {
            "THINKING_START": not self._thinking,
            "THINKING_TEXT_MESSAGE_START": self._thinking and not self._thinking_text,
            "THINKING_TEXT_MESSAGE_CONTENT": self._thinking_text and bool(event.get("delta")),
            "THINKING_TEXT_MESSAGE_END": self._thinking_text,
            "THINKING_END": self._thinking,
        }
        if not legal[kind]:
            raise ClientError(f"{kind} out of order")
        self.thought += event.get("delta", "")
        self._thinking = {"THINKING_START": True, "THINKING_END": False}.get(kind, self._thinking)
        self._thinking_text = {"THINKING_TEXT_MESSAGE_START": True, "THINKING_TEXT_MESSAGE_END": False}.get(
            kind, self._thinking_text
        )

    def _rest(self, kind: str, event: dict[str, Any]) -> None:
        match kind:
            case "RUN_STARTED":
                if self.started is not None:
                    raise ClientError("RUN_STARTED twice")
                self.started = event
            case "RUN_FINISHED":
                still = {what: ids for what, ids in self._open.items() if ids}
                if still or self._thinking:
                    raise ClientError(f"RUN_FINISHED while {still} are open")
                self.finished = event
            case "RUN_ERROR":
                self.error = event
            case "TOOL_CALL_RESULT":
                message = {"role": "tool", "call": event["toolCallId"], "content": event["content"]}
                if event["messageId"] in self.messages:
                    raise ClientError(f"a second message with the id {event['messageId']!r}")
                self.messages[event["messageId"]] = message
            case "CUSTOM":
                self.customs.append(event)
            case "REASONING_ENCRYPTED_VALUE":
                if event["subtype"] == "message":
                    self.messages[event["entityId"]]["encryptedValue"] = event["encryptedValue"]
                else:
                    self.call(event["entityId"])["encryptedValue"] = event["encryptedValue"]
            case "RAW":
                pass
            case _:
                raise ClientError(f"an event that nobody expects: {kind}")

    @property
    def text(self) -> str:
        """What the assistant said."""
        return "".join(message["content"] for message in self.messages.values() if message["role"] == "assistant")

    @property
    def reasoning(self) -> str:
        """What it thought."""
        thoughts = (message["content"] for message in self.messages.values() if message["role"] == "reasoning")
        return "".join(thoughts) or self.thought


_MOVES: Final = {
    "TEXT_MESSAGE_START": ("text", "start", "messageId"),
    "TEXT_MESSAGE_CONTENT": ("text", "grow", "messageId"),
    "TEXT_MESSAGE_END": ("text", "end", "messageId"),
    "TOOL_CALL_START": ("call", "start", "toolCallId"),
    "TOOL_CALL_ARGS": ("call", "grow", "toolCallId"),
    "TOOL_CALL_END": ("call", "end", "toolCallId"),
    "REASONING_START": ("span", "start", "messageId"),
    "REASONING_MESSAGE_START": ("reasoning", "start", "messageId"),
    "REASONING_MESSAGE_CONTENT": ("reasoning", "grow", "messageId"),
    "REASONING_MESSAGE_END": ("reasoning", "end", "messageId"),
    "REASONING_END": ("span", "end", "messageId"),
    "STEP_STARTED": ("step", "start", "stepName"),
    "STEP_FINISHED": ("step", "end", "stepName"),
}
