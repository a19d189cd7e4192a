"""Calls, the caller's and the provider's, from their first piece to the complete call."""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.openai_shape.calls import parse_arguments
from slipstream.dialects.common.responses_wire.call_kinds import JSON_TEXT, KINDS, arguments_of, escaped, opening_of
from slipstream.dialects.common.responses_wire.chunks import stated
from slipstream.dialects.common.responses_wire.ids import Ids
from slipstream.dialects.common.responses_wire.items import Item
from slipstream.dialects.common.responses_wire.results import result_of
from slipstream.dialects.common.wire import Wire, text
from slipstream.events import Event, ToolCall, ToolInputDelta, ToolInputEnd, ToolInputStart

_CUT: Final = ("in_progress", "incomplete")
"""The `status` of a call that the end of the answer has cut off; its arguments may happen to parse all the same."""

_ECHOED: Final = ("namespace", "caller")
"""What the provider wants back with a call beside its id, name and arguments."""


class CallItem(Item):
    """A call.

    Attributes:
        call_id: the id that its events have; "" before it is announced.
        pieces: its arguments so far, as JSON text.
    """

    def __init__(self, ids: Ids, wire: Wire) -> None:
        super().__init__(ids, wire)
        self.call_id = ""
        self.name = ""
        self.pieces: list[str] = []
        self.own = False
        self._wire = wire
        self._number = 0
        self._commands = 0
        self._ended = False

    def begin(self, out: list[Event], *, nameless: bool = False) -> None:
        """Announce the call, once its name is known or, if `nameless`, at last."""
        kind = KINDS[self.kind]
        name = kind.name or text(self._wire, "name")
        if self.call_id or not (name or nameless):
            return
        self.name, self.own = name, kind.own(self._wire)
        self.call_id, self._number = self.ids.call(text(self._wire, "call_id") or self.id, name, self.id)
        out.append(ToolInputStart(self.call_id, name, self._number, self.own))

    @property
    def is_json(self) -> bool:
        """True if the wire has the input as JSON text, which needs no escape."""
        return self.kind in JSON_TEXT

    def grow(self, piece: str, out: list[Event]) -> None:
        """Take a piece of the input, as the wire has it."""
        if not piece or self._ended:
            return
        if self.is_json:
            self._put(piece, out)
        elif self.pieces:
            out.append(self.escape(piece, self.call_id))
        else:
            self._put(opening_of(self.kind, self._wire) + escaped(piece), out)

    def escape(self, piece: str, call_id: str) -> ToolInputDelta:
        """The event of a piece of plain text behind the first one, which is kept."""
        piece = escaped(piece)
        self.pieces.append(piece)
        return ToolInputDelta(piece, call_id)

    def command(self, piece: str, out: list[Event], *, first: bool) -> None:
        """Take a piece of a shell command, `first` if one begins with it."""
        if first and not self._ended:
            self._put('","' if self._commands else opening_of(self.kind, self._wire), out)
        self._commands += first
        self.grow(piece, out)

    def input_done(self, wire: Wire, out: list[Event]) -> None:
        """The input is whole. The provider's own calls run now; whether the caller's may, their item tells later."""
        if self.own:
            self._end({**self._wire, **stated(wire, "type", "item_id")}, out)

    def _close(self, wire: Wire | None, out: list[Event]) -> None:
        self._wire = {**self._wire, **stated(wire or {}, "type")}
        self.begin(out, nameless=True)
        cut = wire is None or (not self.own and wire.get("status") in _CUT)
        self._end(None if cut else self._wire, out)
        if wire is not None and self.own:
            result_of(self.kind, self._wire, self.call_id, self.name, out)
        self._wire, self.pieces = {}, []  # nobody asks for them again, and one of them may be a picture

    def _put(self, piece: str, out: list[Event]) -> None:
        self.pieces.append(piece)
        out.append(ToolInputDelta(piece, self.call_id))

    def _end(self, wire: Wire | None, out: list[Event]) -> None:
        """No more input will come; with the item the call is complete."""
        if self._ended:
            return
        streamed = "".join(self.pieces)
        arguments = "" if wire is None else arguments_of(self.kind, wire) or streamed
        if len(arguments) > len(streamed) and arguments.startswith(streamed):
            self._put(arguments[len(streamed) :], out)
        self._ended = True
        out.append(ToolInputEnd(self.call_id))
        if wire is not None:
            out.append(self._call(arguments, wire))

    def _call(self, arguments: str, wire: Wire) -> ToolCall:
        value, error = parse_arguments(arguments)
        if not self.name:
            value, error = None, "the call has no name"
        if error is None and not self.own:
            self.ids.waiting.add(self.call_id)
        return ToolCall(
            id=self.call_id, name=self.name, input=value, arguments=arguments if arguments.strip() else "{}",
            error=error, index=self._number, provider_executed=self.own, metadata=_metadata(self.kind, wire),
        )  # fmt: skip


def _metadata(kind: str, wire: Wire) -> dict[str, Any] | None:
    """What must go back with the call. That the model itself called says nothing."""
    found = {name: wire[name] for name in _ECHOED if wire.get(name) and wire[name] != {"type": "direct"}}
    if kind == "mcp_call" and wire.get("server_label"):
        found["server_label"] = wire["server_label"]
    return found or None if kind == "function_call" else {"type": kind, **found}
