"""The calls of one answer as they are told: which item each is, what it returned, the pictures it made."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from slipstream.dialects.common.responses_wire.call_forms import (
    FUNCTION,
    MCP,
    OWN_KINDS,
    PICTURE,
    caller_kinds,
    is_held,
    kind_of_call,
    output_text,
)
from slipstream.dialects.common.responses_wire.telling import Teller, WholeItem
from slipstream.dialects.common.responses_wire.told_calls import ITEMS, CallItem, HeldItem, returned
from slipstream.dialects.common.wire import Wire
from slipstream.events import File, ToolCall, ToolError, ToolInputStart, ToolResult

Told = tuple[bytes, bool]  # frames, and whether they say all of the event


class CallTeller:
    """Tells the calls of one answer.

    Args:
        teller: writes the frames.
        tools: the request's `tools`, or None: what is a custom tool there is called by a custom call.
    """

    def __init__(self, teller: Teller, tools: Any) -> None:
        self._teller = teller
        self._callers = caller_kinds(tools)
        self._items: dict[str, CallItem] = {}

    def find(self, id: str) -> CallItem | None:
        """The open call with this id."""
        item = self._items.get(id)
        return None if item is None or item.complete or item.ended else item

    def start(self, event: ToolInputStart) -> bytes:
        """A call begins."""
        own = event.provider_executed
        call = ToolCall(id=event.id, name=event.name, index=event.index, provider_executed=own)
        return self._new(self._kind(event), call).begin()

    def call(self, event: ToolCall) -> bytes:
        """A call is complete; one that the caller runs is over with that."""
        item, opening = self.find(event.id), b""
        if item is None:
            kind = kind_of_call(event) if event.metadata and not event.provider_executed else self._kind(event)
            item = self._new(kind, replace(event, input=None, arguments=""))
            opening = item.begin()
        told = opening + item.called(replace(event, id=item.call.id))
        return told if item.call.provider_executed else told + item.done()

    def result(self, event: ToolResult | ToolError) -> Told:
        """A call has returned."""
        item = self._items.get(event.id)
        if item is None or not item.call.id:
            return b"", False
        if isinstance(event, ToolResult) and event.preliminary:
            return self._progress(item, event.output)
        if not item.call.provider_executed:
            return self._output(item, event)
        if item.ended:
            return b"", False
        if isinstance(event, ToolError):
            return returned(item, item.outcome._replace(error=event.error or "failed")), item.kind == MCP
        return returned(item, item.outcome._replace(output=event.output)), is_held(item.kind, event.output)

    def picture(self, file: File, content: str) -> bytes:
        """A picture: of the call that makes one, else of a call that is told for its sake."""
        item = self._painter(file.id)
        if item is not None:
            item.outcome = item.outcome._replace(picture=content)
            return b""
        kind = file.media_type.removeprefix("image/").partition("+")[0]
        named = {"output_format": kind} if kind in ("png", "webp", "jpeg", "gif", "svg") else {}
        wire: Wire = {"id": file.id, "type": PICTURE, "status": "completed", "result": content, **named}
        started: Wire = {"type": PICTURE, "status": "in_progress", "result": None}
        return WholeItem(self._teller, wire, started=started).tell()

    def _painter(self, id: str) -> CallItem | None:
        """The call that made the file with this id, else the last one that is still at work."""
        open = [item for item in self._items.values() if item.kind == PICTURE and not item.ended]
        found = next((item for item in open if item.id == id), open[-1] if open else None)
        return None if found is None or found.outcome.picture else found

    def _kind(self, event: ToolInputStart | ToolCall) -> str:
        if event.provider_executed:
            return OWN_KINDS.get(event.name, MCP)
        return self._callers.get(event.name, FUNCTION)

    def _new(self, kind: str, call: ToolCall) -> CallItem:
        make = ITEMS.get(kind, HeldItem)
        if call.provider_executed:
            item = make(self._teller, kind, call, call.id)
        else:
            item = make(self._teller, kind, replace(call, id=self._teller.unique(call.id or "call")))
        self._items[call.id] = item
        return item

    def _output(self, item: CallItem, event: ToolResult | ToolError) -> Told:
        """What a call returned that our side ran: an item of its own."""
        whole = isinstance(event, ToolResult)
        said = event.output if isinstance(event, ToolResult) else event.error
        wire = {
            "type": "function_call_output", "call_id": item.call.id, "status": "completed" if whole else "incomplete",
            "output": output_text(said),
        }  # fmt: skip
        return WholeItem(self._teller, wire).tell(), whole

    def _progress(self, item: CallItem, output: Any) -> Told:
        """A rough picture, on the way to the real one; of other tools' progress this API tells nothing."""
        rough = isinstance(output, dict) and isinstance(output.get("partial_image_b64"), str)
        if item.kind != PICTURE or not rough or type(output.get("partial_image_index")) is not int:
            return b"", False
        return item.event(f"{PICTURE}.partial_image", output), True
