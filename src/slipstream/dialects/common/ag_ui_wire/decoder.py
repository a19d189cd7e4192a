"""An AG-UI run as events: the reverse of `encoder`, for the runs of any agent that speaks the protocol.

Strategy: a delta of an open message or call is dealt with at the top of `_take`; everything else is decoded once more
with all fields and goes through one table from type to method. Where our own encoder wrote an event into `rawEvent`, it
is that event.

An agent's steps are what it likes (nodes of a graph, one inside the other); ours are model calls one after the other.
So a step inside a step is passed on as `Raw`, and messages may go on across steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.ag_ui_wire import chunks as c
from slipstream.dialects.common.ag_ui_wire.restored import customs, proof_of, restored
from slipstream.dialects.common.ag_ui_wire.usage import usage_of
from slipstream.dialects.common.http_errors import error_event, parse_wire
from slipstream.dialects.common.stream_decoder import AGAIN, NOTED, UNKNOWN, StreamDecoder
from slipstream.dialects.common.ui_wire.blocks import Blocks, Call, read_arguments
from slipstream.events import Error, Event, FinishReason, types as e
from slipstream.events.order import ANYWHERE

_THINKING: Final = ""
"""Stands for the one block of `THINKING_*`, which has no id."""


class AGUIDecoder(StreamDecoder):
    """Decodes one run; see `StreamDecoder` for the arguments.

    Events that stand for nothing of ours (state, activities, snapshots) are `Raw`. A run that finished with an
    interrupt has the reason `pause`; one that was cancelled ends with `Abort`.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = c.NARROW
    WHOLE: ClassVar[msgspec.json.Decoder[Any] | None] = c.WHOLE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._blocks = Blocks()
        self._run = ""
        self._begun = self._counted = self._restarted = False
        self._step: str | None = None  # the name of the open step
        self._steps = 0
        self._last: e.StepEnd | None = None
        self._pending: set[str] = set()
        self._spans: set[str] = set()  # REASONING_START without its end
        self._finish: e.Finish | None = None
        self._chunk: tuple[str, str] | None = None  # the message or call that *_CHUNK events go on with
        self._over = False

    @property
    def complete(self) -> bool:
        """True once `RUN_FINISHED` has come."""
        return self._over

    def _take(self, chunk: Any, out: list[Event]) -> int:
        if chunk.type == "TEXT_MESSAGE_CONTENT":
            id = self._blocks.texts.get(chunk.message_id)
            if id is not None and type(chunk.delta) is str:
                if chunk.delta:
                    out.append(e.TextDelta(chunk.delta, id))
                return NOTED
        elif chunk.type == "TOOL_CALL_ARGS":
            call = self._blocks.calls.get(chunk.tool_call_id)
            if call is not None and call.open and type(chunk.delta) is str:
                self._grow(call, chunk.delta, out)
                return NOTED
        elif chunk.type == "REASONING_MESSAGE_CONTENT":
            id = self._blocks.reasonings.get(chunk.message_id)
            if id is not None and type(chunk.delta) is str:
                if chunk.delta:
                    out.append(e.ReasoningDelta(chunk.delta, id))
                return NOTED
        return AGAIN

    def _take_whole(self, chunk: Any, out: list[Event]) -> int:
        if self._chunk is not None and chunk.type != self._chunk[0]:
            self._end_chunk(out)
        take = _TAKE.get(chunk.type)
        found = UNKNOWN if take is None else take(self, chunk, out)
        return NOTED if found is None else found

    def _take_unknown(self, wire: dict[str, Any], frame: Any, out: list[Event]) -> int:
        error = None if "type" in wire else self._error_of(wire)
        return super()._take_unknown(wire, frame, out) if error is None else self._fail_with(error, out)

    def _take_done(self, out: list[Event]) -> int:
        """`[DONE]` is no mark of this protocol, and some agents write it all the same."""
        return self._conclude(out) if self._over else NOTED

    def _loosen(self, wire: dict[str, Any]) -> Any:
        return c.loosen(wire)

    def _error_of(self, wire: dict[str, Any]) -> Error | None:
        kind = wire.get("type")
        if kind not in (None, "RUN_ERROR") and not wire.get("error"):
            return None
        code, message = parse_wire({key: value for key, value in wire.items() if key != "type"})
        return error_event(None, code, message) if message or code else None

    def _flush(self, out: list[Event]) -> None:
        """Nothing is held back."""

    def _close(self, out: list[Event]) -> None:
        self._begin(out)
        self._blocks.close_all(out)
        self._end_step(out, None)
        last = self._last or e.StepEnd(reason=self._likely())
        out.append(self._finish or e.Finish(reason=last.reason, raw_reason=last.raw_reason))

    # The run and its steps.

    def _begin(self, out: list[Event]) -> None:
        if not self._begun:
            self._begun = True
            out.append(e.Start(id=self._run))

    def _answer(self, out: list[Event]) -> None:
        """Get ready for content."""
        if not self._steps:
            self._begin(out)
            self._open_step("", out)

    def _open_step(self, name: str, out: list[Event]) -> None:
        self._step = name
        self._steps += 1
        out.append(e.StepStart())

    def _end_step(self, out: list[Event], told: Event | None) -> None:
        if self._step is not None:
            self._step = None
            self._last = told if isinstance(told, e.StepEnd) else e.StepEnd(reason=self._likely())
            out.append(self._last)

    def _likely(self) -> FinishReason:
        return "tool_calls" if self._pending else "stop"

    def _take_run(self, wire: c.Wire, out: list[Event]) -> int | None:
        self._run = self._run or wire.run_id
        start = restored(wire.raw_event, e.Start)
        if start is not None and not self._begun:
            self._begun = True
            out.append(start)
        return None  # without it, `Start` waits for what comes next: our encoder may tell it as CUSTOM

    def _take_step_start(self, wire: c.Wire, out: list[Event]) -> int | None:
        if self._step is not None:
            return UNKNOWN
        self._begin(out)
        self._open_step(wire.step_name, out)
        return None

    def _take_step_end(self, wire: c.Wire, out: list[Event]) -> int | None:
        if self._restarted:
            self._restarted = False
            return None
        if self._step != wire.step_name:
            return UNKNOWN
        self._end_step(out, restored(wire.raw_event, e.StepEnd))
        return None

    def _take_finished(self, wire: c.Wire, out: list[Event]) -> int:
        self._over = True
        self._begin(out)
        usage = None if self._counted else usage_of(wire.usage)
        if usage is not None:
            out.append(usage)
        outcome = wire.outcome if isinstance(wire.outcome, dict) else {}
        abort = restored(wire.raw_event, e.Abort)
        if abort is not None or outcome.get("type") == "cancelled":
            out.append(abort or e.Abort())
            return self._stop()
        if outcome.get("type") == "interrupt":
            out.append(e.Metadata(data={"outcome": outcome}))
            self._finish = e.Finish(reason="pause", raw_reason="interrupt")
        self._finish = restored(wire.raw_event, e.Finish) or self._finish
        return self._conclude(out)

    def _take_error(self, wire: c.Wire, out: list[Event]) -> int:
        abort = restored(wire.raw_event, e.Abort)
        if abort is not None:
            out.append(abort)
            return self._stop()
        usage = None if self._counted or not self._begun else usage_of(wire.usage)
        if usage is not None:
            out.append(usage)
        return self._fail_with(error_event(None, wire.code or None, wire.message), out)

    # Text and thinking.

    def _take_text_start(self, wire: c.Wire, out: list[Event]) -> int | None:
        if wire.role not in ("", "assistant"):
            return UNKNOWN  # words that are not the answer's
        self._answer(out)
        if restored(wire.raw_event, e.RefusalDelta, text="") is not None:
            self._blocks.refusals.add(wire.message_id)
        else:
            self._blocks.open_text(wire.message_id, out)
        return None

    def _take_text(self, wire: c.Wire, out: list[Event]) -> int | None:
        if not isinstance(wire.delta, str):
            return UNKNOWN
        id = self._blocks.texts.get(wire.message_id)
        if wire.message_id in self._blocks.refusals:
            out.append(e.RefusalDelta(wire.delta))
        elif id is None:
            return UNKNOWN
        elif wire.delta:
            out.append(e.TextDelta(wire.delta, id))
        return None

    def _take_text_end(self, wire: c.Wire, out: list[Event]) -> int | None:
        self._blocks.close_text(wire.message_id, out)
        return None

    def _take_span(self, wire: c.Wire, out: list[Event]) -> int | None:  # noqa: ARG002
        self._spans.add(wire.message_id)
        return None

    def _take_reasoning_start(self, wire: c.Wire, out: list[Event]) -> int | None:
        self._answer(out)
        self._blocks.open_reasoning(wire.message_id, out)
        return None

    def _take_reasoning(self, wire: c.Wire, out: list[Event]) -> int | None:
        id = self._blocks.reasonings.get(wire.message_id)
        if id is None or not isinstance(wire.delta, str):
            return UNKNOWN
        if wire.delta:
            out.append(e.ReasoningDelta(wire.delta, id))
        return None

    def _take_reasoning_end(self, wire: c.Wire, out: list[Event]) -> int | None:
        """The text of the thinking is whole; within a span, its proof may still come."""
        if wire.message_id not in self._spans:
            self._blocks.close_reasoning(wire.message_id, out)
        return None

    def _take_span_end(self, wire: c.Wire, out: list[Event]) -> int | None:
        self._spans.discard(wire.message_id)
        self._blocks.close_reasoning(wire.message_id, out)
        return None

    def _take_encrypted(self, wire: c.Wire, out: list[Event]) -> int | None:
        call = self._blocks.calls.get(wire.entity_id)
        if wire.subtype == "tool-call" and call is not None and call.open:
            call.metadata = proof_of(wire.encrypted_value)
            return None
        if wire.subtype != "message":
            return UNKNOWN
        if wire.entity_id in self._spans and wire.entity_id not in self._blocks.reasonings:
            self._answer(out)
            self._blocks.open_reasoning(wire.entity_id, out)
        if wire.entity_id not in self._blocks.reasonings:
            return UNKNOWN
        self._blocks.proofs[wire.entity_id] = {"slipstream": proof_of(wire.encrypted_value)}
        return None

    def _take_thinking_start(self, wire: c.Wire, out: list[Event]) -> int | None:  # noqa: ARG002
        self._answer(out)
        self._blocks.open_reasoning(_THINKING, out)
        return None

    def _take_thinking(self, wire: c.Wire, out: list[Event]) -> int | None:
        id = self._blocks.reasonings.get(_THINKING)
        if id is None or not isinstance(wire.delta, str):
            return UNKNOWN
        if wire.delta:
            out.append(e.ReasoningDelta(wire.delta, id))
        return None

    def _take_thinking_end(self, wire: c.Wire, out: list[Event]) -> int | None:
        told = restored(wire.raw_event, e.ReasoningEnd)
        if told is not None and _THINKING in self._blocks.proofs:
            proof = {"signature": told.signature, "redacted": told.redacted, "details": told.details}
            self._blocks.proofs[_THINKING] = {"slipstream": proof}
        self._blocks.close_reasoning(_THINKING, out)
        return None

    # Calls.

    def _grow(self, call: Call, text: str, out: list[Event]) -> None:
        if text:
            call.pieces.append(text)
            out.append(e.ToolInputDelta(text, call.id))

    def _take_call_start(self, wire: c.Wire, out: list[Event]) -> int | None:
        self._answer(out)
        told = restored(wire.raw_event, e.ToolInputStart)
        own = told is not None and told.provider_executed
        self._blocks.open_call(wire.tool_call_id, wire.tool_call_name, self._steps, out, own=own)
        return None

    def _take_arguments(self, wire: c.Wire, out: list[Event]) -> int | None:
        call = self._blocks.calls.get(wire.tool_call_id)
        if call is None or not call.open or not isinstance(wire.delta, str):
            return UNKNOWN
        self._grow(call, wire.delta, out)
        return None

    def _take_call_end(self, wire: c.Wire, out: list[Event]) -> int | None:
        call = self._blocks.calls.get(wire.tool_call_id)
        if call is None or not call.open:
            return UNKNOWN
        call.open = False
        out.append(e.ToolInputEnd(id=call.id))
        if restored(wire.raw_event, e.ToolInputEnd) is None:
            out.append(self._whole(call, restored(wire.raw_event, e.ToolCall)))
        return None

    def _whole(self, call: Call, told: e.ToolCall | None) -> e.ToolCall:
        if told is None or not told.provider_executed:
            self._pending.add(call.id)
        if told is not None:
            return msgspec.structs.replace(told, id=call.id, index=call.index)
        arguments = "".join(call.pieces) or "{}"
        value, error = read_arguments(arguments)
        return e.ToolCall(
            id=call.id, name=call.name, input=value, arguments=arguments, error=error, index=call.index,
            metadata=call.metadata or None,
        )  # fmt: skip

    def _take_result(self, wire: c.Wire, out: list[Event]) -> int | None:
        self._answer(out)
        call = self._blocks.calls.get(wire.tool_call_id)
        id, name = (wire.tool_call_id, "") if call is None else (call.id, call.name)
        self._pending.discard(id)
        told = restored(wire.raw_event, e.ToolResult) or restored(wire.raw_event, e.ToolError)
        if told is not None:
            out.append(msgspec.structs.replace(told, id=id))
        else:
            out.append(e.ToolResult(id=id, output=wire.content, name=name))
        return None

    # Events that open and close what they tell a piece of.

    def _take_text_chunk(self, wire: c.Wire, out: list[Event]) -> int | None:
        id = self._chunk_id(wire.message_id, out)
        if id is None or wire.role not in ("", "assistant"):
            return UNKNOWN
        if self._chunk is None:
            self._answer(out)
            self._blocks.open_text(id, out)
            self._chunk = (wire.type, id)
        wire.message_id = id
        return self._take_text(wire, out) if wire.delta else None

    def _take_reasoning_chunk(self, wire: c.Wire, out: list[Event]) -> int | None:
        id = self._chunk_id(wire.message_id, out)
        if id is None:
            return UNKNOWN
        if self._chunk is None:
            self._take_reasoning_start(wire, out)
            self._chunk = (wire.type, id)
        wire.message_id = id
        return self._take_reasoning(wire, out) if wire.delta else None

    def _take_call_chunk(self, wire: c.Wire, out: list[Event]) -> int | None:
        id = self._chunk_id(wire.tool_call_id, out)
        if id is None:
            return UNKNOWN
        if self._chunk is None:
            self._take_call_start(wire, out)
            self._chunk = (wire.type, id)
        wire.tool_call_id = id
        return self._take_arguments(wire, out) if wire.delta else None

    def _chunk_id(self, id: str, out: list[Event]) -> str | None:
        """What a chunk goes on with: without an id, the open one; with another one, that is new."""
        if self._chunk is not None:
            if id in ("", self._chunk[1]):
                return self._chunk[1]
            self._end_chunk(out)
        return id or None

    def _end_chunk(self, out: list[Event]) -> None:
        if self._chunk is None:
            return
        kind, id = self._chunk
        self._chunk = None
        end = {"TEXT_MESSAGE_CHUNK": self._take_text_end, "TOOL_CALL_CHUNK": self._take_call_end}
        wire = c.Wire(type=kind, message_id=id, tool_call_id=id)
        end.get(kind, self._take_span_end)(wire, out)

    # What else there is.

    def _take_custom(self, wire: c.Wire, out: list[Event]) -> int | None:
        event = customs(wire.name, wire.value)
        if event is None or (isinstance(event, e.Start) and self._begun):
            return UNKNOWN
        if isinstance(event, e.Restart):
            self._restart(event, out)
            return None
        if isinstance(event, e.Source) and event.block is not None:
            event = msgspec.structs.replace(event, block=self._blocks.named.get(event.block, event.block))
        if isinstance(event, e.Start):
            self._begun = True
        elif isinstance(event, e.Usage):
            self._begin(out)
            self._counted = True
        elif not isinstance(event, ANYWHERE):
            self._answer(out)
        out.append(event)
        return None

    def _restart(self, event: e.Restart, out: list[Event]) -> None:
        self._answer(out)
        out.append(event)
        self._restarted = self._step is not None
        self._blocks.forget()
        self._begun = False
        self._step, self._last, self._steps = None, None, 0

    def _take_raw(self, wire: c.Wire, out: list[Event]) -> int | None:
        out.append(e.Raw(data=wire.event))
        return None


_TAKE: Final[dict[str, Callable[[AGUIDecoder, c.Wire, list[Event]], int | None]]] = {
    "RUN_STARTED": AGUIDecoder._take_run,
    "RUN_FINISHED": AGUIDecoder._take_finished,
    "RUN_ERROR": AGUIDecoder._take_error,
    "STEP_STARTED": AGUIDecoder._take_step_start,
    "STEP_FINISHED": AGUIDecoder._take_step_end,
    "TEXT_MESSAGE_START": AGUIDecoder._take_text_start,
    "TEXT_MESSAGE_CONTENT": AGUIDecoder._take_text,
    "TEXT_MESSAGE_END": AGUIDecoder._take_text_end,
    "TEXT_MESSAGE_CHUNK": AGUIDecoder._take_text_chunk,
    "REASONING_START": AGUIDecoder._take_span,
    "REASONING_MESSAGE_START": AGUIDecoder._take_reasoning_start,
    "REASONING_MESSAGE_CONTENT": AGUIDecoder._take_reasoning,
    "REASONING_MESSAGE_END": AGUIDecoder._take_reasoning_end,
    "REASONING_MESSAGE_CHUNK": AGUIDecoder._take_reasoning_chunk,
    "REASONING_ENCRYPTED_VALUE": AGUIDecoder._take_encrypted,
    "REASONING_END": AGUIDecoder._take_span_end,
    "THINKING_START": AGUIDecoder._take_thinking_start,
    "THINKING_TEXT_MESSAGE_START": lambda _, __, ___: None,
    "THINKING_TEXT_MESSAGE_CONTENT": AGUIDecoder._take_thinking,
    "THINKING_TEXT_MESSAGE_END": lambda _, __, ___: None,
    "THINKING_END": AGUIDecoder._take_thinking_end,
    "TOOL_CALL_START": AGUIDecoder._take_call_start,
    "TOOL_CALL_ARGS": AGUIDecoder._take_arguments,
    "TOOL_CALL_END": AGUIDecoder._take_call_end,
    "TOOL_CALL_CHUNK": AGUIDecoder._take_call_chunk,
    "TOOL_CALL_RESULT": AGUIDecoder._take_result,
    "CUSTOM": AGUIDecoder._take_custom,
    "RAW": AGUIDecoder._take_raw,
}
