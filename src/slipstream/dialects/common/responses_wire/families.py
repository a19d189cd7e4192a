"""The events that make an answer grow: one small function for each family, and the table of them.

Each takes the answer, the event and where its events go. It returns True if it understood, False if the event belongs
to nothing that is open, so that it passes as `Raw`; or, where more of the same is likely to follow, how to take that
without looking here again: a `Growing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from slipstream.dialects.common.responses_wire.answer import Answer
from slipstream.dialects.common.responses_wire.beside import sound
from slipstream.dialects.common.responses_wire.calls import CallItem
from slipstream.dialects.common.responses_wire.items import Item, MessageItem, ReasoningItem
from slipstream.dialects.common.responses_wire.results import progress
from slipstream.dialects.common.wire import Wire, number, obj, text
from slipstream.events import Event, Heartbeat, Metadata, ReasoningDelta, RefusalDelta, TextDelta, ToolInputDelta

SPOKEN: Final = "transcript"
"""The id of the message that the words of streamed sound make; no item of the wire is called so."""


class Growing(NamedTuple):
    """What the next piece of an open block becomes.

    Args:
        make: makes its event, of the piece and `block`.
        block: the block's id; the choice for a refusal, which has no block.
        pieces: where the pieces are kept as they come, if they are.
    """

    make: Callable[[str, Any], Event]
    block: str | int
    pieces: list[str] | None = None


Taken = bool | Growing
Take = Callable[[Answer, Wire, list[Event]], Taken]


def _message(answer: Answer, wire: Wire, out: list[Event]) -> MessageItem | None:
    """The message that this event belongs to, begun now if nobody said that it does."""
    id, index = text(wire, "item_id"), number(wire, "output_index")
    item: Item | None = answer.find(MessageItem, id, index)
    if item is None:
        item = answer.add({"type": "message", "id": id}, index, out)
    return item if isinstance(item, MessageItem) and item.open else None


def _place(wire: Wire) -> int:
    return number(wire, "content_index") or 0


# Items.


def _item_added(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    item = obj(wire, "item")
    if answer.match(item, None) is None:
        answer.add(item, number(wire, "output_index"), out)
    return True


def _item_done(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    item, index = obj(wire, "item"), number(wire, "output_index")
    answer.close(answer.match(item, index) or answer.add(item, index, out), item, out)
    return True


# Text and refusals.


def _part_added(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    if obj(wire, "part").get("type") != "output_text":
        return True  # a refusal has no block, and thinking opens with its item
    message = _message(answer, wire, out)
    if message is not None:
        message.text_block(_place(wire), out)
    return message is not None


def _part_done(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    part = obj(wire, "part")
    if part.get("type") not in ("output_text", "refusal"):
        return True
    message = _message(answer, wire, out)
    if message is not None:
        message.end_part(_place(wire), part, out)
    return message is not None


def _text_delta(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    message = _message(answer, wire, out)
    block = None if message is None else message.write(_place(wire), text(wire, "delta"), out)
    if block is None:
        return False
    logprobs = wire.get("logprobs")
    if logprobs and isinstance(logprobs, list):
        out.append(Metadata({"logprobs": {"content": logprobs}}))
    return Growing(TextDelta, block)


def _text_done(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    message = _message(answer, wire, out)
    if message is not None:
        message.complete(_place(wire), text(wire, "text"), out)
    return message is not None


def _annotation(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    annotation = obj(wire, "annotation")
    if not annotation:
        return wire.get("annotation") is None  # it may be null (WIRE section 3)
    message = _message(answer, wire, out)
    if message is not None:
        message.cite(_place(wire), annotation, out)
    return message is not None


def _refusal_delta(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    message = _message(answer, wire, out)
    if message is None:
        return False
    message.refuse(_place(wire), text(wire, "delta"), out)
    return Growing(RefusalDelta, 0)


def _refusal_done(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    message = _message(answer, wire, out)
    if message is not None:
        message.complete(_place(wire), text(wire, "refusal"), out, refusal=True)
    return message is not None


# Thinking.


def _thought(kind: str, index: str) -> Take:
    def take(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
        id, at = text(wire, "item_id"), number(wire, "output_index")
        item: Item | None = answer.find(ReasoningItem, id, at)
        if item is None:
            item = answer.add({"type": "reasoning", "id": id}, at, out)
        if not isinstance(item, ReasoningItem) or not item.open:
            return False
        item.think((kind, number(wire, index) or 0), text(wire, "delta"), out)
        return Growing(ReasoningDelta, item.block)

    return take


# Calls.


def _call(answer: Answer, wire: Wire) -> CallItem | None:
    item = answer.find(CallItem, text(wire, "item_id"), number(wire, "output_index"))
    return item if item is not None and item.open and item.call_id else None


def _input_delta(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    call = _call(answer, wire)
    if call is None:
        return False  # its item has not been announced; it will be there whole when it is done
    call.grow(text(wire, "delta"), out)
    if call.is_json:
        return Growing(ToolInputDelta, call.call_id, call.pieces)
    return Growing(call.escape, call.call_id) if call.pieces else True


def _input_done(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    call = _call(answer, wire)
    if call is not None:
        call.input_done(wire, out)
    return True


def _command_added(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    call = _call(answer, wire)
    if call is not None:
        call.command(text(wire, "command"), out, first=True)
    return call is not None


def _command_delta(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    call = _call(answer, wire)
    if call is not None:
        call.command(text(wire, "delta"), out, first=False)
        if call.pieces:
            return Growing(call.escape, call.call_id)  # another command begins with an event of its own
    return call is not None


def _progress(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    item = answer.find(Item, text(wire, "item_id"), number(wire, "output_index"))  # type: ignore[type-abstract]
    if item is None:
        return False
    id, name = answer.call_of(item)
    progress(wire, id, name, out)
    return True


# Sound.


def _sound(answer: Answer, wire: Wire, out: list[Event]) -> Taken:  # noqa: ARG001
    sound(wire, out)
    return True


def _spoken(answer: Answer, wire: Wire, out: list[Event]) -> Taken:
    """What is said is the answer's text. Sound has neither items nor indexes."""
    message = _message(answer, {"item_id": SPOKEN}, out)
    if message is not None:
        message.write(0, text(wire, "delta"), out)
    return message is not None


def _spoken_done(answer: Answer, wire: Wire, out: list[Event]) -> Taken:  # noqa: ARG001
    item = answer.find(MessageItem, SPOKEN, None)
    if item is not None:
        answer.close(item, None, out)
    return True


# The rest.


def _alive(answer: Answer, wire: Wire, out: list[Event]) -> Taken:  # noqa: ARG001
    """Somebody is at work: a tool of the provider's."""
    out.append(Heartbeat(text(wire, "type")))
    return True


def _known(answer: Answer, wire: Wire, out: list[Event]) -> Taken:  # noqa: ARG001
    """It says nothing that an event before or behind it does not."""
    return True


_INPUTS: Final = (
    "function_call_arguments", "mcp_call_arguments", "custom_tool_call_input", "code_interpreter_call_code",
    "apply_patch_call_operation_diff",
)  # fmt: skip
_AT_WORK: Final = {
    "web_search_call": ("in_progress", "searching", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "image_generation_call": ("in_progress", "generating", "completed"),
    "mcp_call": ("in_progress", "completed", "failed"),
    "mcp_list_tools": ("in_progress", "completed", "failed"),
    "compaction": ("compacting",),
}

TAKE: Final[dict[str, Take]] = {
    "response.output_item.added": _item_added,
    "response.output_item.done": _item_done,
    "response.content_part.added": _part_added,
    "response.content_part.done": _part_done,
    "response.output_text.delta": _text_delta,
    "response.output_text.done": _text_done,
    "response.output_text.annotation.added": _annotation,
    "response.refusal.delta": _refusal_delta,
    "response.refusal.done": _refusal_done,
    "response.reasoning_text.delta": _thought("content", "content_index"),
    "response.reasoning_text.done": _known,
    "response.reasoning_summary_part.added": _known,
    "response.reasoning_summary_part.done": _known,
    "response.reasoning_summary_text.delta": _thought("summary", "summary_index"),
    "response.reasoning_summary_text.done": _known,
    **{f"response.{name}.delta": _input_delta for name in _INPUTS},
    **{f"response.{name}.done": _input_done for name in _INPUTS},
    "response.shell_call_command.added": _command_added,
    "response.shell_call_command.delta": _command_delta,
    "response.shell_call_command.done": _known,
    "response.shell_call_output_content.delta": _progress,
    "response.shell_call_output_content.done": _known,
    "response.image_generation_call.partial_image": _progress,
    "response.audio.delta": _sound,
    "response.audio.done": _known,
    "response.audio.transcript.delta": _spoken,
    "response.audio.transcript.done": _spoken_done,
    **{f"response.{name}.{state}": _alive for name, states in _AT_WORK.items() for state in states},
}
"""The `type` of an event -> what takes it. Those of the response as a whole are the decoder's."""
