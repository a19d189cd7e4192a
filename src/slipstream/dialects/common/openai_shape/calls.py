"""Tool calls put together from pieces that providers number, name and repeat in ten different ways.

Strategy: a piece belongs to a call by its id first, then by its index, then by being next (WIRE section 8 rows 10 to
16). A new id on a known index is a new call; a piece without id goes on where its index stopped; a piece without either
goes on with the last call, unless it opens one by naming it. Ids and names are never joined, only arguments are. A call
is announced when its name is known, and complete when the answer ends, never because its arguments happen to parse.

The input of a custom tool is free text. It becomes a JSON string as it comes, as in `call_kinds`: events have one form.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from slipstream.dialects.common.openai_shape.chunks import ToolDelta
from slipstream.dialects.common.openai_shape.customs import custom_metadata
from slipstream.dialects.common.openai_shape.forms import unwrap
from slipstream.dialects.common.responses_wire.call_kinds import escaped
from slipstream.dialects.common.stream_decoder import parse_loosely
from slipstream.events import Event, FinishReason, ToolCall, ToolInputDelta, ToolInputEnd, ToolInputStart

WHOLE_REASONS: Final[frozenset[FinishReason]] = frozenset(("stop", "tool_calls", "other"))
"""Finish reasons after which empty arguments mean "none", not "cut off before the first"."""


class Call:
    """One call in the making."""

    __slots__ = ("arguments", "custom", "done", "id", "index", "metadata", "name", "started", "wire_id", "wire_index")

    def __init__(self, index: int, wire_id: str, wire_index: int | None) -> None:
        self.index = index
        self.wire_id = wire_id
        self.wire_index = wire_index
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []
        self.metadata: dict[str, Any] | None = None
        self.custom = False
        self.started = False
        self.done = False

    def piece(self, delta: ToolDelta) -> str:
        """The piece of the arguments that a delta brings, as JSON text."""
        if self.custom:
            text = delta.custom.input if delta.custom is not None else None
            return "" if not text else escaped(text) if self.arguments else f'"{escaped(text)}'
        return "" if delta.function is None else _piece(delta.function.arguments, self)

    @property
    def closing(self) -> str:
        """What closes the arguments: of free text, the quotation mark."""
        return "" if not self.custom else '"' if self.arguments else '""'


class Calls:
    """The calls of one choice.

    Args:
        choice: its index.
        used: the ids of calls given out so far in the whole stream, which stay unique.
    """

    __slots__ = ("_by_id", "_by_index", "_calls", "_choice", "_open", "_used", "complete")

    def __init__(self, choice: int, used: set[str]) -> None:
        self._choice = choice
        self._used = used
        self._calls: list[Call] = []
        self._open = 0
        self._by_id: dict[str, Call] = {}
        self._by_index: dict[int, Call] = {}
        self.complete = 0

    @property
    def any(self) -> bool:
        """True if a call has begun."""
        return bool(self._calls)

    def take(self, delta: ToolDelta, out: list[Event]) -> None:
        """Take one piece of a call."""
        call = self._call_of(delta)
        if call is None:
            return
        if delta.extra_content:
            call.metadata = {**(call.metadata or {}), "extra_content": delta.extra_content}
        call.custom = call.custom or delta.custom is not None
        piece = call.piece(delta)
        if piece:
            call.arguments.append(piece)
        if call.started:
            if piece:
                out.append(ToolInputDelta(piece, call.id, self._choice))
        elif name := _name(delta):
            call.name = name
            self._start(call, out)

    def end(self, reason: FinishReason, out: list[Event], *, runnable: bool) -> None:
        """The answer has ended: close every call, and give the complete ones.

        Args:
            reason: why it ended.
            out: where the events go.
            runnable: False if no call may be run, however whole it looks.
        """
        if not self._open:
            return
        for call in self._calls:
            if not call.done:
                self._end(call, reason, out, runnable)
        self._open = 0

    def _call_of(self, delta: ToolDelta) -> Call | None:
        """The call a piece belongs to; None for what comes after a call has ended."""
        name = _name(delta)
        call = self._known(delta, name)
        if call is None:
            return self._new(delta)
        if call.done:
            return self._new(delta) if name and not delta.id else None
        if delta.id and not call.wire_id:
            call.wire_id = delta.id
            self._by_id[delta.id] = call
        return call

    def _known(self, delta: ToolDelta, name: str | None) -> Call | None:
        if delta.id:
            return self._by_known_id(delta, delta.id, name)
        if delta.index is not None:
            return self._by_index.get(delta.index)
        last = self._calls[-1] if self._calls else None
        return None if last is not None and name and _opens_anew(last, name) else last

    def _by_known_id(self, delta: ToolDelta, wire_id: str, name: str | None) -> Call | None:
        numbered = self._by_index.get(delta.index) if delta.index is not None else None
        if numbered is not None and numbered.wire_id == wire_id:
            return numbered
        call = self._by_id.get(wire_id)
        if call is None:
            late = numbered is not None and not numbered.wire_id and not (numbered.started and name)
            return numbered if late else None
        # Servers that give every call the same id still count them.
        recounted = delta.index is not None and call.wire_index is not None and delta.index != call.wire_index
        return None if name and recounted else call

    def _new(self, delta: ToolDelta) -> Call:
        call = Call(len(self._calls), delta.id or "", delta.index)
        self._calls.append(call)
        self._open += 1
        if delta.id:
            self._by_id[delta.id] = call
        if delta.index is not None:
            self._by_index[delta.index] = call
        return call

    def _start(self, call: Call, out: list[Event]) -> None:
        call.started = True
        call.id = self._unique(call.wire_id or f"call_{call.index}")
        out.append(ToolInputStart(call.id, call.name, call.index, choice=self._choice))
        if call.arguments:
            out.append(ToolInputDelta("".join(call.arguments), call.id, self._choice))

    def _close(self, call: Call, out: list[Event]) -> None:
        closing = call.closing
        if closing:
            call.arguments.append(closing)
            out.append(ToolInputDelta(closing, call.id, self._choice))

    def _unique(self, wanted: str) -> str:
        id, count = wanted, 1
        while id in self._used:
            count += 1
            id = f"{wanted}-{count}"
        self._used.add(id)
        return id

    def _end(self, call: Call, reason: FinishReason, out: list[Event], runnable: bool) -> None:
        if not call.started:
            self._start(call, out)
        if runnable and (reason in WHOLE_REASONS or call is not self._calls[-1]):
            # Free text looks whole wherever it is cut; the last text of an answer that was cut stays unclosed.
            self._close(call, out)
        call.done = True
        out.append(ToolInputEnd(call.id, self._choice))
        if not runnable:
            return
        text = "".join(call.arguments)
        value, error = parse_arguments(text, reason)
        if not call.name:
            value, error = None, "the call has no name"
        self.complete += error is None
        call_event = ToolCall(
            id=call.id,
            name=call.name,
            input=value,
            arguments=text if text.strip() else "{}",
            error=error,
            index=call.index,
            metadata=custom_metadata(unwrap(call.metadata)) if call.custom else unwrap(call.metadata),
            choice=self._choice,
        )
        out.append(call_event)


def parse_arguments(text: str, reason: FinishReason = "tool_calls") -> tuple[Any, str | None]:
    """What a call's arguments say, and why they say nothing.

    Args:
        text: the arguments, whole.
        reason: why the answer ended; an answer that was cut may have been cut before its arguments.

    Returns:
        The decoded arguments and None, or None and the reason, which names a place and shows no text.
    """
    if not text.strip():
        return ({}, None) if reason in WHOLE_REASONS else (None, "the answer ended before the arguments")
    try:
        return msgspec.json.decode(text), None
    except (ValueError, RecursionError):
        pass
    try:
        return parse_loosely(text.encode("utf-8", "surrogatepass")), None
    except RecursionError:
        return None, "the arguments are nested too deep"
    except ValueError as error:
        place = f" at character {error.pos}" if hasattr(error, "pos") else ""
        return None, f"the arguments are no valid JSON{place} of {len(text)}"


def _name(delta: ToolDelta) -> str | None:
    """The name that a piece gives its call."""
    function, custom = delta.function, delta.custom
    return (function.name if function is not None else None) or (custom.name if custom is not None else None)


def _piece(arguments: str | dict[str, Any] | None, call: Call) -> str:
    """Arguments as text. An object is whole; should it be repeated, it says nothing new."""
    if isinstance(arguments, dict):
        return "" if call.arguments else msgspec.json.encode(arguments).decode()
    return arguments or ""


def _opens_anew(last: Call, name: str) -> bool:
    """True if a piece that has a name, but neither id nor index, is a call of its own."""
    if last.name != name or not last.arguments:
        return last.name != name
    return last.arguments[-1].rstrip().endswith("}") and parse_arguments("".join(last.arguments))[1] is None
