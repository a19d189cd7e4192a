"""Calls told as items: those the caller is to run, and those the provider ran."""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from slipstream.dialects.common.responses_wire.call_forms import (
    FUNCTION,
    MCP,
    PICTURE,
    Outcome,
    fields_of,
    status_of,
    streamed_text,
)
from slipstream.dialects.common.responses_wire.plain_input import CODE, CUSTOM, PATCH, PlainInput
from slipstream.dialects.common.responses_wire.telling import (
    COMPLETED,
    IN_PROGRESS,
    INCOMPLETE,
    GrowingItem,
    Teller,
    fixed,
)
from slipstream.dialects.common.wire import Wire
from slipstream.events import ToolCall

_PREFIXES: Final = {FUNCTION: "fc", CUSTOM: "ctc", MCP: "mcp", PATCH: "apc"}

_AT_WORK: Final = {
    "web_search_call": "searching", "file_search_call": "searching", CODE: "interpreting", PICTURE: "generating",
}  # fmt: skip
_ANNOUNCED: Final = frozenset((*_AT_WORK, MCP))
"""Kinds that have events of their own for when they begin and end."""


class CallItem(GrowingItem):
    """A call whose arguments stream as JSON text: a function's.

    Args:
        teller: writes its frames.
        kind: the type of the item.
        call: what is known of the call so far.
        id: the item's id; "" makes one.

    Attributes:
        outcome: what it returned, as far as that is known.
        complete: True once its arguments are whole.
    """

    DELTA = "function_call_arguments"
    plain: ClassVar[bool] = True
    """True if a piece of the arguments is a piece of the item."""

    def __init__(self, teller: Teller, kind: str, call: ToolCall, id: str = "") -> None:
        super().__init__(teller, id or f"{_PREFIXES.get(kind, 'call')}_{teller.base}_{len(teller.items)}")
        self.kind = kind
        self.call = call
        self.outcome = Outcome()
        self.complete = False

    def item(self, status: str) -> Wire:
        call = self.call if self.complete else self._so_far()
        return {"id": self.id, "type": self.kind, "status": status, **fields_of(self.kind, call, self.outcome)}

    def begin(self) -> bytes:
        """The call begins."""
        added = self.added()
        return added + self.event(f"{self.kind}.in_progress", {}) if self.kind in _ANNOUNCED else added

    def called(self, call: ToolCall) -> bytes:
        """The call is complete; returns what tells the rest of its arguments, and all of them."""
        rest = self._rest(call.arguments)
        self.call, self.complete = call, True
        return rest + self._whole_input()

    def close(self) -> bytes:
        return self.done(COMPLETED if self.complete else INCOMPLETE)

    def _rest(self, whole: str) -> bytes:
        """What has not streamed yet."""
        streamed = self._streamed()
        if len(whole) <= len(streamed) or not whole.startswith(streamed):
            return b""
        return GrowingItem.grow(self, whole[len(streamed) :])

    def _streamed(self) -> str:
        return msgspec.json.decode(self.text, type=str)

    def _so_far(self) -> ToolCall:
        return msgspec.structs.replace(self.call, arguments=self._streamed())

    def _whole_input(self) -> bytes:
        fields = {"arguments": fixed(self.call.arguments), "name": fixed(self.call.name)}
        return self.event(f"{self.DELTA}.done", fields)


class McpItem(CallItem):
    """A call that the provider ran, of a tool that is none of the API's own."""

    DELTA = "mcp_call_arguments"

    def _whole_input(self) -> bytes:
        label = (self.call.metadata or {}).get("server_label")  # when the item began, nobody knew it
        named = {"server_label": fixed(label)} if label else {}
        return self.event(f"{self.DELTA}.done", {"arguments": fixed(self.call.arguments), **named})


class HeldItem(CallItem):
    """A call whose input does not stream: the item has it when it is complete."""

    DELTA: ClassVar[str] = "arguments"
    plain = False

    def grow(self, text: str) -> bytes:  # noqa: ARG002
        return b""

    def _rest(self, whole: str) -> bytes:  # noqa: ARG002
        return b""

    def _whole_input(self) -> bytes:
        state = _AT_WORK.get(self.kind)
        return self.event(f"{self.kind}.{state}", {}) if state else b""


class TextCallItem(CallItem):
    """A call whose input streams as plain text. It begins when what stands before the text is known."""

    FIELD: ClassVar[str] = "input"
    plain = False

    def __init__(self, teller: Teller, kind: str, call: ToolCall, id: str = "") -> None:
        super().__init__(teller, kind, call, id)
        self._plain = PlainInput(kind)
        self._begun = False

    def begin(self) -> bytes:
        return b""

    def grow(self, text: str) -> bytes:
        piece = self._plain.feed(text)
        opening = b"" if self._plain.given is None else self._open()
        return opening + super().grow(piece) if piece else opening

    def item(self, status: str) -> Wire:
        if status == IN_PROGRESS:
            fields = fields_of(self.kind, self._so_far(), Outcome())
            return {"id": self.id, "type": self.kind, "status": status, **fields}
        return super().item(status)

    def called(self, call: ToolCall) -> bytes:
        if self._plain.given is None and isinstance(call.input, dict):
            self._plain.given = {name: value for name, value in call.input.items() if name != self.FIELD}
        return self._open() + super().called(call)

    def close(self) -> bytes:
        return self._open() + super().close()

    def _open(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        return super().begin()

    def _rest(self, whole: str) -> bytes:  # noqa: ARG002
        return b""

    def _so_far(self) -> ToolCall:
        text = self._streamed()
        given = text if self.kind == CUSTOM else {**(self._plain.given or {}), self.FIELD: text}
        return msgspec.structs.replace(self.call, input=given)

    def _whole_input(self) -> bytes:
        whole = streamed_text(self.kind, self.call)
        told = super()._rest(whole) + self.event(f"{self.DELTA}.done", {self.FIELD: fixed(whole)})
        state = _AT_WORK.get(self.kind)
        return told + self.event(f"{self.kind}.{state}", {}) if state else told


class CustomItem(TextCallItem):
    """A call of a custom tool."""

    DELTA = "custom_tool_call_input"

    def begin(self) -> bytes:
        return self._open()


class CodeItem(TextCallItem):
    """Code that the provider ran."""

    DELTA = "code_interpreter_call_code"
    FIELD = "code"


class PatchItem(TextCallItem):
    """A patch of a file."""

    DELTA = "apply_patch_call_operation_diff"
    FIELD = "diff"


ITEMS: Final[dict[str, type[CallItem]]] = {
    FUNCTION: CallItem, MCP: McpItem, CUSTOM: CustomItem, CODE: CodeItem, PATCH: PatchItem,
}  # fmt: skip
"""The type of an item -> what tells it; a `HeldItem` tells the rest."""


def returned(item: CallItem, outcome: Outcome) -> bytes:
    """A call that the provider ran has returned."""
    item.outcome = outcome
    state = "failed" if outcome.error and item.kind == MCP else "completed"
    told = item.event(f"{item.kind}.{state}", {}) if item.kind in _ANNOUNCED else b""
    return told + item.done(status_of(outcome))
