"""The calls of one candidate: whole, in pieces, and those that Google runs itself."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from slipstream.dialects.common.gemini_wire.ids import Ids
from slipstream.dialects.common.gemini_wire.partial_args import PartialArguments
from slipstream.dialects.common.gemini_wire.signatures import metadata_of
from slipstream.dialects.common.wire import Wire, objects, text
from slipstream.events import Event, ToolCall, ToolInputDelta, ToolInputEnd, ToolInputStart, ToolResult

CODE: Final = "code_execution"
"""The name of the tool in which Google runs the model's Python; so its request calls it."""


class _Open:
    """A call whose arguments are on their way."""

    __slots__ = ("arguments", "id", "index", "name", "signature", "wire_id")

    def __init__(self, id: str, index: int, wire_id: str, name: str) -> None:
        self.id = id
        self.index = index
        self.wire_id = wire_id
        self.name = name
        self.signature = ""
        self.arguments = PartialArguments()


class Calls:
    """Calls, in the order they came.

    Args:
        choice: the candidate's index.
        ids: gives out ids.

    Attributes:
        complete: how many calls are whole that the caller must run.
    """

    __slots__ = ("_choice", "_ids", "_last", "_open", "complete")

    def __init__(self, choice: int, ids: Ids) -> None:
        self.complete = 0
        self._choice = choice
        self._ids = ids
        self._open: _Open | None = None
        self._last: dict[str, str] = {}  # the tool that Google ran -> the id of its last call

    @property
    def open(self) -> bool:
        """True while arguments are on their way."""
        return self._open is not None

    def take(self, wire: Wire, signature: str, out: list[Event]) -> None:
        """Take a `functionCall`: a whole one, the first piece of one, a further piece, or the empty one at the end."""
        name, id, more = text(wire, "name"), text(wire, "id"), wire.get("willContinue") is True
        call = self._open
        if call is None or (name and (not id or id != call.wire_id)):
            self.end(out)  # the empty call that should have ended the one before may be missing
            if not name:
                return
            call = self._begin(id, name, out)
            if not more and "partialArgs" not in wire:
                self._open = None
                self._give(call, wire.get("args"), signature, out)
                return
        call.signature = signature or call.signature
        grown = "".join([call.arguments.take(piece) for piece in objects(wire, "partialArgs")])
        if grown:
            out.append(ToolInputDelta(grown, call.id, self._choice))
        if not more:
            self.end(out)

    def end(self, out: list[Event]) -> None:
        """End the call that is open, if any."""
        call, self._open = self._open, None
        if call is None:
            return
        out.append(ToolInputDelta(call.arguments.end(), call.id, self._choice))
        self._finish(call, call.arguments.text, call.arguments.error, out)

    def run(self, name: str, wire: Wire, arguments: Any, signature: str, out: list[Event]) -> None:
        """Take a call that Google runs itself."""
        id, index = self._ids.call(text(wire, "id"))
        self._last[name] = id
        out.append(ToolInputStart(id, name, index, provider_executed=True, choice=self._choice))
        written = msgspec.json.encode(arguments).decode()
        out.append(ToolInputDelta(written, id, self._choice))
        out.append(ToolInputEnd(id, self._choice))
        out.append(
            ToolCall(
                id=id, name=name, input=arguments, arguments=written, index=index, provider_executed=True,
                metadata=metadata_of(signature), choice=self._choice,
            )
        )  # fmt: skip

    def result(self, name: str, wire: Wire, output: Any, out: list[Event]) -> None:
        """Take what such a call returned."""
        id = text(wire, "id") or self._last.get(name) or self._ids.call("")[0]
        out.append(ToolResult(id=id, output=output, name=name, provider_executed=True, choice=self._choice))

    def _begin(self, wire_id: str, name: str, out: list[Event]) -> _Open:
        id, index = self._ids.call(wire_id)
        self._open = _Open(id, index, wire_id, name)
        out.append(ToolInputStart(id, name, index, choice=self._choice))
        return self._open

    def _give(self, call: _Open, args: Any, signature: str, out: list[Event]) -> None:
        """A whole call: its arguments are an object, or missing where there are none."""
        call.signature = signature
        error = None if args is None or isinstance(args, dict) else "the arguments are no object"
        written = msgspec.json.encode({} if args is None else args).decode()
        out.append(ToolInputDelta(written, call.id, self._choice))
        self._finish(call, written, error, out)

    def _finish(self, call: _Open, written: str, error: str | None, out: list[Event]) -> None:
        out.append(ToolInputEnd(call.id, self._choice))
        self.complete += error is None
        out.append(
            ToolCall(
                id=call.id, name=call.name, input=None if error else msgspec.json.decode(written), arguments=written,
                error=error, index=call.index, metadata=metadata_of(call.signature), choice=self._choice,
            )
        )  # fmt: skip
