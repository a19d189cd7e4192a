"""The conversation of a request of this API, for a provider that speaks another one.

- What the client ran itself - shells, patches, custom tools, the screen - is a call and its result, as of any function.
  Pictures in a result follow it in a message of the user, since few other APIs take them inside.
- What the provider did by itself is left out and named, as `echo` leaves such calls out of any conversation.
- The rest is refused by name, because leaving it out would ask for something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from slipstream.dialects.common import request as r
from slipstream.dialects.common.beside_results import put_behind
from slipstream.dialects.common.checks import filled_at, mapping_at, text_at, wrong
from slipstream.dialects.common.openai_shape.calls import parse_arguments
from slipstream.dialects.common.parts import parts_at
from slipstream.dialects.common.responses_wire.call_kinds import KINDS, arguments_of, encoded
from slipstream.dialects.common.responses_wire.input_items import OWN_ITEMS, read_item
from slipstream.dialects.common.responses_wire.input_parts import content_at, part_at
from slipstream.dialects.common.wire import Wire

WHOLE: Final = "the conversation itself, whole in input (with store: false an SDK sends it so)"

_PARTS: Final = frozenset(("input_text", "output_text", "text", "refusal", "input_file", "input_audio"))
_NEUTRAL: Final = frozenset(("message", "reasoning", "function_call", "custom_tool_call"))
_CALLS: Final = frozenset(("shell_call", "local_shell_call", "apply_patch_call", "computer_call"))
"""Calls that the client runs, unless their item says otherwise."""

_REFUSED: Final = {
    "item_reference": ("which only the provider that has kept the item knows", WHOLE),
    "mcp_approval_response": ("which only the provider that asked for it understands", "calls of functions"),
    "additional_tools": ("tools inside the conversation, which no other API has", "tools"),
}  # fmt: skip
"""Items of the client's own that nobody else can act on -> why, and what is accepted."""


class _Returned(NamedTuple):
    """What a call returned, and what of it is no text."""

    result: r.ToolResultPart
    beside: list[r.Part]


class PlainItems:
    """Makes a conversation plain.

    Attributes:
        left_out: names of what was left out, in the order in which it stood; each is True.
    """

    def __init__(self) -> None:
        self.left_out: dict[str, Any] = {}
        self._theirs: set[str] = set()  # ids of calls that the provider ran
        self._calls: dict[str, str] = {}  # the id of a call's item -> the id of the call

    def conversation(self, messages: Iterable[r.ChatMessage]) -> list[r.ChatMessage]:
        """The messages, plain; those in which nothing is left are left out."""
        return put_behind(piece for message in messages for piece in self._split(message))

    def _split(self, message: r.ChatMessage) -> Iterator[tuple[r.ChatMessage, list[r.Part]]]:
        """The message, and each result in it as a message of its own."""
        parts: list[r.Part] = []
        for part in message.parts:
            for plain in self._plain(part):
                if not isinstance(plain, _Returned):
                    parts.append(plain)
                    continue
                if parts:
                    yield replace(message, parts=parts), []
                yield r.ChatMessage("tool", [plain.result]), plain.beside
                parts = []
        if parts:
            yield replace(message, parts=parts), []

    def _plain(self, part: r.Part) -> list[r.Part | _Returned]:
        if isinstance(part, r.ToolResultPart):
            return [_Returned(part, [])]
        if not isinstance(part, r.RawPart):
            return [_checked(part)]
        wire, kind = part.data, str(part.data.get("type"))
        if kind in _NEUTRAL:
            return [plain for inner in _read_again(wire, f"input.{kind}") for plain in self._plain(inner)]
        if kind in OWN_ITEMS:
            return self._own(wire, kind)
        returned = _RETURNED.get(kind)
        return [_content(part)] if returned is None else [returned(wire, _call_id(wire))]

    def _own(self, wire: Wire, kind: str) -> list[r.Part | _Returned]:
        if kind in _REFUSED or (kind == "tool_search_output" and wire.get("execution") == "client"):
            why, accepted = _REFUSED.get(kind, _REFUSED["additional_tools"])
            raise wrong(f"input.{kind}", f"{'an' if kind[0] in 'aio' else 'a'} {kind}, {why}", accepted)
        if kind in _CALLS and not KINDS[kind].own(wire):
            return [self._call(wire, kind)]
        returned = _RETURNED.get(kind)
        if returned is not None:
            id = _call_id(wire)
            if id not in self._theirs:
                return [returned(wire, self._calls.get(id, id))]
        elif kind in _CALLS:
            self._theirs.add(_call_id(wire))
        self.left_out[f"input.{kind}"] = True
        return []

    def _call(self, wire: Wire, kind: str) -> r.Part:
        id = _call_id(wire)
        if isinstance(wire.get("id"), str):
            self._calls[wire["id"]] = id  # by which `local_shell_call_output` may name the call
        try:
            return r.ToolCallPart(id=id, name=KINDS[kind].name, arguments=arguments_of(kind, wire))
        except (UnicodeEncodeError, RecursionError, TypeError):
            raise wrong(f"input.{kind}", "something that JSON cannot hold", "valid JSON") from None


def _read_again(wire: Wire, where: str) -> list[r.Part]:
    """The neutral parts of an item that was kept as it came. `read_item` would keep a message again."""
    return content_at(wire.get("content"), where) if wire["type"] == "message" else read_item(wire, where).parts


def _call_id(wire: Wire) -> str:
    """The id of the call of an item; `local_shell_call_output` has it in `id`."""
    kind = wire["type"]
    id = wire.get("call_id") or wire.get("tool_use_id") or wire.get("id")
    return filled_at(id, f"input.{kind}.call_id", "the id of the call")


# Parts.


def _checked(part: r.Part) -> r.Part:
    """A neutral part, if another provider can know what it stands for."""
    if isinstance(part, r.FilePart) and part.id:
        raise wrong("input.input_file", "a file by file_id, which only the provider that has the file knows",
                    "file_data, file_url")  # fmt: skip
    if isinstance(part, r.ToolCallPart) and (part.metadata or {}).get("type") == "custom_tool_call":
        value, _ = parse_arguments(part.arguments)  # a text, and calls have objects elsewhere
        return r.ToolCallPart(part.id, part.name, encoded({"input": value}))
    return part


def _content(part: r.RawPart) -> r.Part:
    """A part of a message, without the fields that only this API has."""
    wire, kind = part.data, part.data.get("type")
    if kind == "input_image":
        return _image(wire, "input.input_image")
    return _checked(part_at(_bare(wire), f"input.{kind}")) if kind in _PARTS else part


def _image(wire: Wire, where: str) -> r.Part:
    if wire.get("image_url") is None:
        raise wrong(where, "a picture by file_id, which only the provider that has the file knows", "image_url")
    known = {name: wire[name] for name in ("image_url", "detail") if wire.get(name) is not None}
    return part_at({"type": "input_image", **known}, where)


def _bare(wire: Wire) -> Wire:
    known = ("type", "text", "refusal", "filename", "file_data", "file_url", "file_id", "input_audio")
    return {name: wire[name] for name in known if name in wire}


# What calls returned.


def _mixed(parts: Iterable[r.Part], id: str) -> _Returned:
    """A result with more than text in it."""
    plain = [_content(part) if isinstance(part, r.RawPart) else _checked(part) for part in parts]
    said = "".join(part.text for part in plain if isinstance(part, r.TextPart))
    return _Returned(r.ToolResultPart(id, said), [part for part in plain if not isinstance(part, r.TextPart)])


def _output(wire: Wire, id: str) -> _Returned:
    kind = wire["type"]
    return _mixed(content_at(wire.get("output"), f"input.{kind}.output"), id)


def _block(wire: Wire, id: str) -> _Returned:
    """A result with pictures, as `input_items` keeps it."""
    return _mixed(parts_at(wire.get("content"), "input.function_call_output.output"), id)


def _printed(wire: Wire, id: str) -> _Returned:
    """What commands printed, as text or as JSON."""
    kind, output = wire["type"], wire.get("output")
    where = f"input.{kind}.output"
    if output is None:
        raise wrong(where, "missing", "what the commands printed")
    try:
        said = text_at(output, where) if isinstance(output, str) else encoded(output)
    except (UnicodeEncodeError, RecursionError, TypeError):
        raise wrong(where, "something that JSON cannot hold", "valid JSON") from None
    return _Returned(r.ToolResultPart(id, said), [])


def _patched(wire: Wire, id: str) -> _Returned:
    where = "input.apply_patch_call_output"
    status = text_at(wire.get("status") or "completed", f"{where}.status", "completed, failed")
    said = text_at(wire.get("output") or status, f"{where}.output")
    return _Returned(r.ToolResultPart(id, said, is_error=status == "failed"), [])


def _seen(wire: Wire, id: str) -> _Returned:
    """A picture of the screen."""
    where = "input.computer_call_output.output"
    output = mapping_at(wire.get("output"), where, '{"type": "computer_screenshot", "image_url": ...}')
    return _Returned(r.ToolResultPart(id, "computer_screenshot"), [_image(output, where)])


_RETURNED: Final[dict[str, Callable[[Wire, str], _Returned]]] = {
    "function_call_output": _output,
    "custom_tool_call_output": _output,
    "tool_result": _block,
    "shell_call_output": _printed,
    "local_shell_call_output": _printed,
    "apply_patch_call_output": _patched,
    "computer_call_output": _seen,
}
