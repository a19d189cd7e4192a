"""Events as the stream of an interaction.

Strategy: the frame around a piece of text is made once for each block; a delta costs the JSON of its text.

The official client goes on with a broken stream by the `event_id` in the JSON of the last frame it had, so that is
where this dialect has the id of a numbered stream; it stands in the SSE id as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.gemini_wire.errors import STATUSES
from slipstream.dialects.common.gemini_wire.usage import INTERACTION
from slipstream.dialects.common.interactions_wire.media import write_file
from slipstream.dialects.common.interactions_wire.proofs import signature_of
from slipstream.dialects.common.interactions_wire.sources import annotation_of
from slipstream.dialects.common.interactions_wire.statuses import status_for
from slipstream.dialects.common.interactions_wire.words import call_step, result_step
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import COMMENT, NATIVE, StreamEncoder, json_bytes
from slipstream.dialects.common.wire import Wire
from slipstream.events import Error, Event, types as e

_OWN_OR_COMMENT: Final = f"Google's own as they are; others {COMMENT}"
_DONE: Final = b"event: done\ndata: [DONE]\n\n"

_RESTARTED: Final = Error(
    "the answer began anew after a part of it had been told; ask again", "StreamInterruptedError", retryable=True
)

_WHOLE: Final = object()
"""In place of a block's id: a step that is over as soon as it has begun."""

_json = msgspec.json.Encoder().encode


class InteractionsEncoder(StreamEncoder):
    """Encodes one streamed interaction. It has one answer: what belongs to further choices travels in comments."""

    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        e.Start: NATIVE, e.StepStart: NATIVE, e.TextStart: NATIVE, e.TextDelta: NATIVE, e.TextEnd: NATIVE,
        e.ReasoningStart: NATIVE, e.ReasoningDelta: NATIVE, e.ReasoningEnd: NATIVE, e.ToolInputStart: NATIVE,
        e.ToolInputDelta: NATIVE, e.ToolInputEnd: NATIVE, e.ToolCall: _OWN_OR_COMMENT, e.ToolResult: _OWN_OR_COMMENT,
        e.ToolError: COMMENT, e.RefusalDelta: "as text", e.Source: NATIVE, e.File: NATIVE, e.Box: COMMENT,
        e.Usage: NATIVE, e.StepEnd: NATIVE, e.Finish: NATIVE, e.Abort: NATIVE, e.Error: NATIVE, e.Heartbeat: COMMENT,
        e.Retry: COMMENT, e.Resume: COMMENT, e.Restart: "as an error, where something had been told",
        e.Retract: "as the status incomplete", e.Moderation: COMMENT, e.Partial: COMMENT, e.Element: COMMENT,
        e.Progress: COMMENT, e.Metadata: COMMENT, e.Raw: COMMENT,
    }  # fmt: skip

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        self._steps: dict[object, int] = {}  # block or call -> the index of its open step
        self._frames: dict[object, bytes] = {}  # text block -> what stands before its next piece
        self._count = 0
        self._interaction: Wire = {"id": self.reply.id, "object": "interaction"}
        self._created = False
        self._own: set[str] = set()  # calls that a provider runs, which are told when they are whole
        self._told: set[str] = set()  # calls
        self._usage: e.Usage | None = None
        self._end: e.StepEnd | None = None
        self._retracted = False

    def _encode(self, event: Event) -> bytes:
        if type(event) is e.TextDelta:
            frame = self._frames.get(event.id)
            if frame is not None:
                try:
                    return frame + _json(event.text) + _AFTER_TEXT
                except UnicodeEncodeError:
                    return frame + json_bytes(event.text) + _AFTER_TEXT
        if getattr(event, "choice", 0):
            return self._further(event)
        return _ENCODE[type(event)](self, event)

    def _further(self, event: Event) -> bytes:
        """An event of a further choice."""
        data = self._beside(event)
        self.carried[event.type] = self.carried[event.type] or f"of further choices {COMMENT}"
        return data

    def _numbered(self, data: bytes) -> bytes:
        """The last frame gets the id, also in its JSON, from which the official client resumes."""
        at = data.rfind(b"\ndata: {") + 8
        if at > 8:
            data = b'%b"event_id":"%b-%d",%b' % (data[:at], self._ids, self._number, data[at:])
        return super()._numbered(data)

    def _interrupted(self, error: Error) -> bytes:
        code = error.code or STATUSES.get(status_of(error), "UNKNOWN")
        told = {"error": {"code": code, "message": error.message}}
        return self._frame("error", told) + _DONE

    # Frames.

    def _frame(self, kind: str, wire: Wire) -> bytes:
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), json_bytes({**wire, "event_type": kind}))

    def _begun(self) -> bytes:
        """The interaction is announced before anything of it."""
        if self._created:
            return b""
        self._created = True
        told = {**self._interaction, "status": "in_progress"}
        return self._frame("interaction.created", {"interaction": told})

    def _open(self, id: object, step: Wire) -> bytes:
        """A step begins, if it has not."""
        if id in self._steps:
            return b""
        self._steps[id] = self._count
        self._count += 1
        return self._begun() + self._frame("step.start", {"index": self._steps[id], "step": step})

    def _grow(self, id: object, delta: Wire) -> bytes:
        return self._frame("step.delta", {"index": self._steps[id], "delta": delta})

    def _close(self, id: object) -> bytes:
        index = self._steps.pop(id, None)
        self._frames.pop(id, None)
        return b"" if index is None else self._frame("step.stop", {"index": index})

    def _whole(self, step: Wire) -> bytes:
        """A step that begins with everything in it."""
        return self._open(_WHOLE, step) + self._close(_WHOLE)

    # One function for each type of event.

    def _start(self, event: e.Start) -> bytes:
        created = self.reply.created if event.created is None else event.created
        named = {
            "id": event.id or self.reply.id, "model": self.reply.model or event.model, "created": written_time(created),
        }  # fmt: skip
        self._interaction |= {name: value for name, value in named.items() if value}
        return self._begun()

    def _silent(self, event: Event) -> bytes:  # noqa: ARG002
        return b""

    def _text_start(self, event: e.TextStart | e.TextDelta) -> bytes:
        data = self._open(event.id, {"type": "model_output"})
        head = b'event: step.delta\ndata: {"index":%d,"delta":{"type":"text","text":'
        self._frames[event.id] = head % self._steps[event.id]
        return data

    def _text_delta(self, event: e.TextDelta) -> bytes:
        return self._text_start(event) + self._grow(event.id, {"type": "text", "text": event.text})

    def _text_end(self, event: e.TextEnd | e.ToolInputEnd) -> bytes:
        return self._close(event.id)

    def _refusal(self, event: e.RefusalDelta) -> bytes:
        self._note(event)
        return self._whole({"type": "model_output", "content": [{"type": "text", "text": event.text}]})

    def _reasoning_start(self, event: e.ReasoningStart | e.ReasoningDelta | e.ReasoningEnd) -> bytes:
        return self._open(event.id, {"type": "thought"})

    def _reasoning_delta(self, event: e.ReasoningDelta) -> bytes:
        content = {"type": "text", "text": event.text}
        return self._reasoning_start(event) + self._grow(event.id, {"type": "thought_summary", "content": content})

    def _reasoning_end(self, event: e.ReasoningEnd) -> bytes:
        signature = signature_of(event)
        data = self._reasoning_start(event)
        if signature:
            data += self._grow(event.id, {"type": "thought_signature", "signature": signature})
        return data + self._close(event.id)

    def _input_start(self, event: e.ToolInputStart) -> bytes:
        if event.provider_executed:
            self._own.add(event.id)
            return b""
        self._told.add(event.id)
        return self._open(event.id, {"type": "function_call", "id": event.id, "name": event.name, "arguments": {}})

    def _input_delta(self, event: e.ToolInputDelta) -> bytes:
        if event.id in self._own:
            self.carried.setdefault(event.type, "whole, in the step of the call that the provider ran")
        if event.id not in self._steps or not event.text:
            return b""
        return self._grow(event.id, {"type": "arguments_delta", "arguments": event.text})

    def _tool_call(self, event: e.ToolCall) -> bytes:
        if event.id in self._told and not event.provider_executed:
            return self._close(event.id)
        step = call_step(event)
        return self._beside(event) if step is None else self._whole(step)

    def _tool_result(self, event: e.ToolResult | e.ToolError) -> bytes:
        step = result_step(event)
        preliminary = isinstance(event, e.ToolResult) and event.preliminary
        return self._beside(event) if step is None or preliminary else self._whole(step)

    def _source(self, event: e.Source) -> bytes:
        delta = {"type": "text_annotation_delta", "annotations": [annotation_of(event)]}
        texts = [id for id in self._steps if id in self._frames]
        if texts:
            return self._grow(event.block if event.block in texts else texts[-1], delta)
        return self._open(_WHOLE, {"type": "model_output"}) + self._grow(_WHOLE, delta) + self._close(_WHOLE)

    def _file(self, event: e.File) -> bytes:
        opened = self._open(_WHOLE, {"type": "model_output"})
        return opened + self._grow(_WHOLE, write_file(event)) + self._close(_WHOLE)

    def _take_usage(self, event: e.Usage) -> bytes:
        self._usage = event
        return b""

    def _step_end(self, event: e.StepEnd) -> bytes:
        self._end = event
        return b""

    def _finish(self, event: e.Finish) -> bytes:
        status = "incomplete" if self._retracted else status_for(event.reason, event.raw_reason)
        return self._completed(status)

    def _completed(self, status: str) -> bytes:
        data = self._begun() + b"".join([self._close(id) for id in list(self._steps)])
        usage = {"usage": INTERACTION.write(self._usage)} if self._usage is not None else {}
        self.finished = True
        told = {"interaction": {**self._interaction, "status": status, **usage}}
        # The mark behind the end is no frame of its own to a numbered stream: a reader who has the end has everything.
        return data + self._frame("interaction.completed", told) + _DONE

    def _abort(self, event: e.Abort) -> bytes:  # noqa: ARG002
        return self._completed("cancelled")

    def _error(self, event: Error) -> bytes:
        self.finished = True
        return self._interrupted(event)

    def _restart(self, event: e.Restart) -> bytes:
        if not self._count:
            return self._beside(event)
        self._note(event)
        return self._error(_RESTARTED)

    def _retract(self, event: e.Retract) -> bytes:
        self._note(event)
        self._retracted = True
        return b""


def written_time(seconds: int) -> str:
    """Seconds since the epoch as the API writes them; "" for none, and beyond the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds else ""
    except (ValueError, OverflowError, OSError):
        return ""


_AFTER_TEXT: Final = b'},"event_type":"step.delta"}\n\n'

_ENCODE: Final[dict[type[Event], Callable[[InteractionsEncoder, Any], bytes]]] = {
    **dict.fromkeys(
        (e.Box, e.Heartbeat, e.Retry, e.Resume, e.Moderation, e.Partial, e.Element, e.Progress, e.Metadata, e.Raw),
        InteractionsEncoder._beside,
    ),
    e.Start: InteractionsEncoder._start,
    e.StepStart: InteractionsEncoder._silent,
    e.TextStart: InteractionsEncoder._text_start,
    e.TextDelta: InteractionsEncoder._text_delta,
    e.TextEnd: InteractionsEncoder._text_end,
    e.ReasoningStart: InteractionsEncoder._reasoning_start,
    e.ReasoningDelta: InteractionsEncoder._reasoning_delta,
    e.ReasoningEnd: InteractionsEncoder._reasoning_end,
    e.ToolInputStart: InteractionsEncoder._input_start,
    e.ToolInputDelta: InteractionsEncoder._input_delta,
    e.ToolInputEnd: InteractionsEncoder._text_end,
    e.ToolCall: InteractionsEncoder._tool_call,
    e.ToolResult: InteractionsEncoder._tool_result,
    e.ToolError: InteractionsEncoder._tool_result,
    e.RefusalDelta: InteractionsEncoder._refusal,
    e.Source: InteractionsEncoder._source,
    e.File: InteractionsEncoder._file,
    e.Usage: InteractionsEncoder._take_usage,
    e.StepEnd: InteractionsEncoder._step_end,
    e.Finish: InteractionsEncoder._finish,
    e.Abort: InteractionsEncoder._abort,
    e.Error: InteractionsEncoder._error,
    e.Restart: InteractionsEncoder._restart,
    e.Retract: InteractionsEncoder._retract,
}
