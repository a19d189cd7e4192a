"""A stream of the Interactions API as its documentation shows them, and what the tests of it share."""

from __future__ import annotations

import json
from typing import Any

from slipstream import dialects
from slipstream.events import Event, Order

Wire = dict[str, Any]
ID = "v1_abc"


def frame(kind: str, number: int | None = None, **fields: Any) -> Wire:
    """A frame; the number is its `event_id`."""
    told = {} if number is None else {"event_id": f"e{number}"}
    return {**fields, **told, "event_type": kind}


def sse(*wires: Wire, done: bool = True) -> bytes:
    """Frames as an event stream, as Google writes it."""
    found = "".join(f"event: {wire.get('event_type', 'x')}\ndata: {json.dumps(wire)}\n\n" for wire in wires)
    return (found + ("event: done\ndata: [DONE]\n\n" if done else "")).encode()


def created(number: int | None = 0, **fields: Any) -> Wire:
    told = {"id": ID, "status": "in_progress", "object": "interaction", "model": "gemini-3-flash", **fields}
    return frame("interaction.created", number, interaction=told)


def completed(number: int | None = 99, status: str = "completed", **fields: Any) -> Wire:
    return frame("interaction.completed", number, interaction={"id": ID, "status": status, **fields})


def start(index: int, kind: str, number: int | None = None, **fields: Any) -> Wire:
    return frame("step.start", number, index=index, step={"type": kind, **fields})


def delta(index: int, kind: str, number: int | None = None, **fields: Any) -> Wire:
    return frame("step.delta", number, index=index, delta={"type": kind, **fields})


def stop(index: int, number: int | None = None, **fields: Any) -> Wire:
    return frame("step.stop", number, index=index, **fields)


USAGE = {
    "total_input_tokens": 10, "total_output_tokens": 7, "total_thought_tokens": 5, "total_tokens": 22,
    "total_cached_tokens": 2,
}  # fmt: skip

STORY = (
    created(), frame("interaction.status_update", 1, interaction_id=ID, status="in_progress"),
    start(0, "thought", 2), delta(0, "thought_summary", 3, content={"type": "text", "text": "hm"}),
    delta(0, "thought_signature", 4, signature="c2ln"), stop(0, 5),
    start(1, "model_output", 6), delta(1, "text", 7, text="It "), delta(1, "text", 8, text="is "),
    delta(1, "text", 9, text="warm."), stop(1, 10),
    start(2, "function_call", 11, id="call-1", name="f", arguments={}),
    delta(2, "arguments_delta", 12, arguments='{"a":'), delta(2, "arguments_delta", 13, arguments=" 1}"), stop(2, 14),
    frame("interaction.status_update", 15, interaction_id=ID, status="requires_action"),
    completed(16, "requires_action", usage=USAGE),
)  # fmt: skip


def events_of(body: bytes, **options: Any) -> list[Event]:
    """The events of a body, which are in legal order."""
    decoder = dialects.get("gemini_interactions").decoder(**options)
    events = [*decoder.feed(body), *decoder.end()]
    Order().check_all(events)
    return events
