"""Bodies of the Responses API: recorded ones, made ones, and a second reading of them by the simplest means."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from slipstream import dialects
from slipstream.dialects.common.responses_wire.decoder import ResponsesDecoder
from slipstream.events import Event, Message, Order

Wire = dict[str, Any]

COUNT = 14
"""How many recordings there are."""


def new(**options: Any) -> ResponsesDecoder:
    """A decoder, as the dialect gives it."""
    decoder = dialects.get("openai_responses").decoder(**options)
    assert isinstance(decoder, ResponsesDecoder)
    return decoder


def recorded(corpora: Path, number: int) -> bytes:
    """A recorded body; `.chunks.txt` holds one payload a line, without framing."""
    (path,) = (corpora / "streams" / "openai_responses").glob(f"{number:02}-*")
    body = path.read_bytes()
    if path.suffix == ".sse":
        return body
    return sse(*(json.loads(line) for line in body.split(b"\n") if line.strip()))


def sse(*wires: Wire) -> bytes:
    """Events as a body."""
    return b"".join(frame(wire) for wire in wires)


def frame(wire: Wire) -> bytes:
    """One event as a frame."""
    kind = wire.get("type")
    name = f"event: {kind}\n" if isinstance(kind, str) and kind else ""
    return f"{name}data: {json.dumps(wire)}\n\n".encode()


def frames_of(body: bytes) -> list[bytes]:
    """A recorded body frame by frame."""
    return [part + b"\n\n" for part in body.split(b"\n\n") if part.strip()]


def wires_of(body: bytes) -> list[Wire]:
    """The objects of a recorded body."""
    return [json.loads(line[6:]) for line in body.decode().split("\n") if line.startswith("data: ")]


def events_of(*parts: bytes, **options: Any) -> list[Event]:
    """The events of a body that came in these parts: in legal order, and whole only once."""
    decoder = new(**options)
    events = [event for part in parts for event in decoder.feed(part)] + decoder.end()
    assert decoder.finished
    assert decoder.feed(b"data: {}\n\n") == decoder.end() == []
    Order().check_all(events)
    return events


def decode(*wires: Wire, **options: Any) -> list[Event]:
    """The events of these objects; the same whole, byte by byte, and as objects."""
    body = sse(*wires)
    events = events_of(body, **options)
    assert events_of(*(body[at : at + 1] for at in range(len(body))), **options) == events
    decoder = new(**options)
    assert [event for wire in wires for event in decoder.feed_wire(wire)] + decoder.end() == events
    return events


def fold(*wires: Wire, **options: Any) -> Message:
    """The message of these objects."""
    return Message.of(decode(*wires, **options))


# Events, as the API sends them; `numbered` gives them their numbers.


def response(status: str = "in_progress", **fields: Any) -> Wire:
    """A response object."""
    return {"id": "resp_1", "object": "response", "created_at": 7, "model": "m", "status": status, **fields}


CREATED: Wire = {"type": "response.created", "response": response(output=[])}


def completed(*output: Wire, **fields: Any) -> Wire:
    """The end of a response that went well."""
    return {"type": "response.completed", "response": response("completed", output=list(output), **fields)}


def added(item: Wire, index: int = 0) -> Wire:
    """An item begins."""
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(item: Wire, index: int = 0) -> Wire:
    """An item is whole."""
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def on(kind: str, item: str = "i", index: int = 0, **fields: Any) -> Wire:
    """An event of an item."""
    return {"type": f"response.{kind}", "item_id": item, "output_index": index, **fields}


def text(delta: str, item: str = "i", index: int = 0, content_index: int = 0, **fields: Any) -> Wire:
    """A piece of text."""
    return on("output_text.delta", item, index, content_index=content_index, delta=delta, **fields)


def item(kind: str, id: str = "i", **fields: Any) -> Wire:
    """An item."""
    return {"id": id, "type": kind, **fields}


def message(*parts: Wire, id: str = "i") -> Wire:
    """A message with these parts."""
    return item("message", id, role="assistant", status="completed", content=list(parts))


def output_text(said: str, *annotations: Wire) -> Wire:
    """A part of a message."""
    return {"type": "output_text", "text": said, "annotations": list(annotations), "logprobs": []}


def numbered(wires: Iterable[Wire], start: int = 0) -> list[Wire]:
    """The events with their sequence numbers."""
    return [{**wire, "sequence_number": number} for number, wire in enumerate(wires, start)]


class Naive:
    """What a recorded body says: all of it stands in its last object.

    Attributes:
        wires: its objects.
        response: the response as it ended.
        calls: name and arguments of the calls, in order; the provider's own ones by their type.
    """

    def __init__(self, body: bytes) -> None:
        self.wires = wires_of(body)
        self.response: Wire = self.wires[-1]["response"]

    def items(self, *kinds: str) -> list[Wire]:
        """The items of these types."""
        return [one for one in self.response["output"] if one["type"] in kinds]

    def said(self, kind: str, field: str) -> str:
        """The parts of this type in all messages, joined."""
        parts = [part for one in self.items("message") for part in one["content"] if part["type"] == kind]
        return "".join(part[field] for part in parts)

    @property
    def text(self) -> str:
        """All text."""
        return self.said("output_text", "text")

    @property
    def refusal(self) -> str:
        """The refusal."""
        return self.said("refusal", "refusal")

    @property
    def reasoning(self) -> str:
        """All summaries of thinking."""
        return "".join("\n\n".join(part["text"] for part in one["summary"]) for one in self.items("reasoning"))

    @property
    def citations(self) -> list[Wire]:
        """What the text cites."""
        parts = [part for one in self.items("message") for part in one["content"]]
        return [annotation for part in parts for annotation in part.get("annotations", ())]
