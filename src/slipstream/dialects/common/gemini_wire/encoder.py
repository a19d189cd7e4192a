"""Events as a stream of generateContent: chunks, as an event stream or as one JSON array.

Strategy: the frame around a piece of text is made once for each choice and kind; a delta costs the JSON of its text.

Google's SDKs read lines, not events: a comment and an `id:` line are JSON to them, and broken JSON at that. So this
dialect has neither. An event without a form of its own is held and travels in the next chunk, as an entry of the list
`slipstream`, which the SDKs drop; a sign of life is an empty line; and a reader cannot resume by an id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.gemini_wire.errors import CANCELLED, error_body
from slipstream.dialects.common.gemini_wire.logprobs import write_logprobs
from slipstream.dialects.common.gemini_wire.parts import call_part, file_part, result_part
from slipstream.dialects.common.gemini_wire.reasons import BLOCKS, word_for
from slipstream.dialects.common.gemini_wire.signatures import signature_of
from slipstream.dialects.common.gemini_wire.sources import CITATIONS, GROUNDING, write_source
from slipstream.dialects.common.gemini_wire.usage import GENERATED
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import NATIVE, StreamEncoder, json_bytes
from slipstream.dialects.common.wire import Wire
from slipstream.events import Error, Event, types as e

OWN: Final = "slipstream"
"""The field of a chunk that holds events without a form of their own."""

BESIDE: Final = f"in the list `{OWN}` of the next chunk, which clients drop, as JSON"
_WHOLE_CALL: Final = "whole, in the functionCall"
_OWN_OR_BESIDE: Final = f"Google's own as they are; others {BESIDE}"

# What is held goes out in a chunk of its own beyond this; nobody should have to wait for much.
_MAX_HELD_BYTES: Final = 64 * 1024

_RESTARTED: Final = Error(
    "the answer began anew after a part of it had been told; ask again", "StreamInterruptedError", retryable=True
)
_NO_CONTENT: Final = {"parts": [{"text": ""}], "role": "model"}
"""As Google ends its streams: who reads `candidates[0].content.parts` of every chunk finds something there."""

_OF_CANDIDATE: Final = ("urlContextMetadata", "avgLogprobs", "tokenCount", "finishMessage")
"""What `Metadata` may hold that is a field of a candidate, beside grounding and log probabilities."""

_json = msgspec.json.Encoder().encode


class GeminiEncoder(StreamEncoder):
    """Encodes one streamed answer as server-sent events (`alt=sse`)."""

    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        e.Start: NATIVE, e.StepStart: NATIVE, e.TextStart: NATIVE, e.TextDelta: NATIVE, e.TextEnd: NATIVE,
        e.ReasoningStart: NATIVE, e.ReasoningDelta: NATIVE, e.ReasoningEnd: NATIVE, e.ToolInputStart: _WHOLE_CALL,
        e.ToolInputDelta: _WHOLE_CALL, e.ToolInputEnd: _WHOLE_CALL, e.ToolCall: _OWN_OR_BESIDE,
        e.ToolResult: _OWN_OR_BESIDE, e.ToolError: BESIDE, e.RefusalDelta: "as text", e.Source: NATIVE, e.File: NATIVE,
        e.Box: BESIDE, e.Usage: NATIVE, e.StepEnd: NATIVE, e.Finish: NATIVE, e.Abort: "as the error CANCELLED",
        e.Error: NATIVE, e.Heartbeat: "as an empty line", e.Retry: BESIDE, e.Resume: BESIDE,
        e.Restart: "as an error, where something had been told", e.Retract: "as the finish reason SAFETY",
        e.Moderation: _OWN_OR_BESIDE, e.Partial: BESIDE, e.Element: BESIDE, e.Progress: BESIDE,
        e.Metadata: _OWN_OR_BESIDE, e.Raw: BESIDE,
    }  # fmt: skip

    FIRST: ClassVar[bytes] = b"data: "
    NEXT: ClassVar[bytes] = b"data: "
    AFTER: ClassVar[bytes] = b"\n\n"
    LAST: ClassVar[bytes] = b""

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        self._ids = b""  # an `id:` line would break the clients
        self._frames: dict[tuple[type[Event], int], tuple[bytes, bytes]] = {}
        self._named: Wire = {}
        self._created = ""
        self._sent = False
        self._told = False  # content
        self._held: list[Any] = []
        self._held_bytes = 0
        self._choices: dict[int, e.StepEnd | None] = {}
        self._retracted: set[int] = set()
        self._grounding: dict[int, Wire] = {}
        self._usage: e.Usage | None = None

    def heartbeat(self) -> bytes:
        """An empty line, which neither form takes for anything."""
        return b"\n"

    def _encode(self, event: Event) -> bytes:
        kind = type(event)
        if (kind is e.TextDelta or kind is e.ReasoningDelta) and self._told and not self._held:
            frame = self._frames.get((kind, event.choice))  # type: ignore[attr-defined]
            if frame is not None:
                try:
                    return frame[0] + _json(event.text) + frame[1]  # type: ignore[attr-defined]
                except UnicodeEncodeError:
                    return frame[0] + json_bytes(event.text) + frame[1]  # type: ignore[attr-defined]
        return _ENCODE[kind](self, event)

    def _interrupted(self, error: Error) -> bytes:
        if error.kind == "ContentFilteredError" and not self._told:
            reason = error.code if error.code in BLOCKS else "OTHER"
            return (
                self._chunk({"promptFeedback": {"blockReason": reason, "blockReasonMessage": error.message}})
                + self.LAST
            )
        return self._frame(error_body(error)) + self.LAST

    # Frames.

    def _frame(self, wire: Wire) -> bytes:
        lead = self.NEXT if self._sent else self.FIRST
        self._sent = True
        if self._created and "error" not in wire:
            wire, self._created = {**wire, "createTime": self._created}, ""
        if self._held:
            wire = {**wire, OWN: self._held}
            self._held, self._held_bytes = [], 0
        return lead + json_bytes(wire) + self.AFTER

    def _chunk(self, wire: Wire) -> bytes:
        """A chunk, with the usage so far, and the names of the model and the answer."""
        usage = {"usageMetadata": GENERATED.write(self._usage)} if self._usage is not None else {}
        return self._frame({**wire, **usage, **self._named})

    def _candidate(self, choice: int, wire: Wire) -> bytes:
        self._choices.setdefault(choice, None)
        return self._chunk({"candidates": [{"content": _NO_CONTENT, **wire, "index": choice}]})

    def _part(self, choice: int, part: Wire) -> bytes:
        self._told = True
        return self._candidate(choice, {"content": {"parts": [part], "role": "model"}})

    def _hold(self, event: Event) -> bytes:
        """Keep an event for the next chunk."""
        self._note(event)
        data = json_bytes(event)
        self._held.append(msgspec.json.decode(data))
        self._held_bytes += len(data)
        return self._candidate(0, {}) if self._held_bytes > _MAX_HELD_BYTES else b""

    def _make_frame(self, kind: type[Event], choice: int) -> None:
        """The frame around pieces of this kind."""
        part = b'"thought":true,"text":' if kind is e.ReasoningDelta else b'"text":'
        names = json_bytes(self._named)[1:]
        head = b'%b{"candidates":[{"content":{"parts":[{%b' % (self.NEXT, part)
        tail = b'}],"role":"model"},"index":%d}]%b%b%b' % (choice, b"," if len(names) > 1 else b"", names, self.AFTER)
        self._frames[kind, choice] = (head, tail)

    # One function for each type of event.

    def _start(self, event: e.Start) -> bytes:
        model, id = self.reply.model or event.model, event.id or self.reply.id
        self._named = {name: value for name, value in (("modelVersion", model), ("responseId", id)) if value}
        self._created = written_time(self.reply.created if event.created is None else event.created)
        self._frames.clear()
        return b""

    def _step_start(self, event: e.StepStart) -> bytes:
        self._choices[event.choice] = None
        return b""

    def _silent(self, event: Event) -> bytes:  # noqa: ARG002
        return b""

    def _delta(self, event: e.TextDelta | e.ReasoningDelta) -> bytes:
        """A piece that has no frame yet, or with which something that was held goes out."""
        thought = {"thought": True} if type(event) is e.ReasoningDelta else {}
        self._make_frame(type(event), event.choice)
        return self._part(event.choice, {**thought, "text": event.text})

    def _refusal(self, event: e.RefusalDelta) -> bytes:
        self._note(event)
        return self._part(event.choice, {"text": event.text})

    def _reasoning_end(self, event: e.ReasoningEnd) -> bytes:
        signed = signature_of(event)
        if signed is None or not signed[0]:
            return b""
        thought = {"thought": True} if signed[1] == "thought" else {}
        return self._part(event.choice, {**thought, "text": "", "thoughtSignature": signed[0]})

    def _tool_input(self, event: Event) -> bytes:
        self._note(event)
        return b""

    def _tool_call(self, event: e.ToolCall) -> bytes:
        part = call_part(event)
        return self._hold(event) if part is None else self._part(event.choice, part)

    def _tool_result(self, event: e.ToolResult | e.ToolError) -> bytes:
        part = result_part(event)
        preliminary = isinstance(event, e.ToolResult) and event.preliminary
        return self._hold(event) if part is None or preliminary else self._part(event.choice, part)

    def _source(self, event: e.Source) -> bytes:
        told = write_source(event)
        if CITATIONS in told:
            return self._candidate(event.choice, told)
        so_far = self._grounding.setdefault(event.choice, {})
        so_far["groundingChunks"] = [*so_far.get("groundingChunks", ()), *told[GROUNDING]["groundingChunks"]]
        return self._candidate(event.choice, {GROUNDING: so_far})

    def _file(self, event: e.File) -> bytes:
        return self._part(event.choice, file_part(event))

    def _take_usage(self, event: e.Usage) -> bytes:
        self._usage = event
        return b""

    def _step_end(self, event: e.StepEnd) -> bytes:
        self._choices[event.choice] = event
        return b""

    def _finish(self, event: e.Finish) -> bytes:
        ends = self._choices or {0: None}
        candidates = [self._end_of(choice, ends[choice], event) for choice in sorted(ends)]
        self.finished = True
        return self._chunk({"candidates": candidates}) + self.LAST

    def _end_of(self, choice: int, end: e.StepEnd | None, finish: e.Finish) -> Wire:
        # A lone choice ends as the whole does: a stage may have changed the end of the stream.
        told = finish if end is None or len(self._choices) == 1 else end
        word = "SAFETY" if choice in self._retracted else word_for(told.reason, told.raw_reason)
        return {"content": _NO_CONTENT, "finishReason": word, "index": choice}

    def _error(self, event: Error) -> bytes:
        self.finished = True
        return self._interrupted(event)

    def _abort(self, event: e.Abort) -> bytes:
        self._note(event)
        self.finished = True
        return (
            self._frame(error_body(Error(event.reason or "cancelled", code="CANCELLED"), status=CANCELLED)) + self.LAST
        )

    def _restart(self, event: e.Restart) -> bytes:
        if self._told:
            self._note(event)
            self.finished = True
            return self._interrupted(_RESTARTED)
        self._choices.clear()
        self._grounding.clear()
        return self._hold(event)

    def _retract(self, event: e.Retract) -> bytes:
        self._note(event)
        self._retracted.add(event.choice)
        return b""

    def _heartbeat(self, event: e.Heartbeat) -> bytes:
        self._note(event)
        return self.heartbeat()

    def _moderation(self, event: e.Moderation) -> bytes:
        ratings, candidate = event.verdict.get("safetyRatings"), event.verdict.get("candidate", 0)
        if event.source == "google" and isinstance(ratings, list) and type(candidate) is int:
            return self._candidate(candidate, {"safetyRatings": ratings})
        return self._hold(event)

    def _metadata(self, event: e.Metadata) -> bytes:
        told: Wire = {name: event.data[name] for name in _OF_CANDIDATE if name in event.data}
        grounding = event.data.get(GROUNDING)
        if isinstance(grounding, dict):
            told[GROUNDING] = {**grounding, **self._grounding.get(event.choice, {})}
            self._grounding[event.choice] = told[GROUNDING]
        logprobs = event.data.get("logprobs")
        result = write_logprobs(logprobs.get("content")) if isinstance(logprobs, dict) else None
        if result is not None:
            told["logprobsResult"] = result
        taken = {*told, "logprobs"} if result is not None else set(told)
        beside = {name: value for name, value in event.data.items() if name not in taken}
        held = self._hold(e.Metadata(beside, event.choice)) if beside or not told else b""
        return held + (self._candidate(event.choice, told) if told else b"")


class GeminiArrayEncoder(GeminiEncoder):
    """Encodes one streamed answer as one JSON array, an element at a time."""

    content_type: ClassVar[str] = "application/json; charset=utf-8"

    FIRST: ClassVar[bytes] = b"["
    NEXT: ClassVar[bytes] = b",\r\n"
    AFTER: ClassVar[bytes] = b"\n"
    LAST: ClassVar[bytes] = b"]"


def written_time(seconds: int) -> str:
    """Seconds since the epoch in the form that Google writes; "" for none, and beyond the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds else ""
    except (ValueError, OverflowError, OSError):
        return ""


_ENCODE: Final[dict[type[Event], Callable[[GeminiEncoder, Any], bytes]]] = {
    e.Start: GeminiEncoder._start,
    e.StepStart: GeminiEncoder._step_start,
    e.TextStart: GeminiEncoder._silent,
    e.TextDelta: GeminiEncoder._delta,
    e.TextEnd: GeminiEncoder._silent,
    e.ReasoningStart: GeminiEncoder._silent,
    e.ReasoningDelta: GeminiEncoder._delta,
    e.ReasoningEnd: GeminiEncoder._reasoning_end,
    e.ToolInputStart: GeminiEncoder._tool_input,
    e.ToolInputDelta: GeminiEncoder._tool_input,
    e.ToolInputEnd: GeminiEncoder._tool_input,
    e.ToolCall: GeminiEncoder._tool_call,
    e.ToolResult: GeminiEncoder._tool_result,
    e.ToolError: GeminiEncoder._tool_result,
    e.RefusalDelta: GeminiEncoder._refusal,
    e.Source: GeminiEncoder._source,
    e.File: GeminiEncoder._file,
    e.Box: GeminiEncoder._hold,
    e.Usage: GeminiEncoder._take_usage,
    e.StepEnd: GeminiEncoder._step_end,
    e.Finish: GeminiEncoder._finish,
    e.Abort: GeminiEncoder._abort,
    e.Error: GeminiEncoder._error,
    e.Heartbeat: GeminiEncoder._heartbeat,
    e.Retry: GeminiEncoder._hold,
    e.Resume: GeminiEncoder._hold,
    e.Restart: GeminiEncoder._restart,
    e.Retract: GeminiEncoder._retract,
    e.Moderation: GeminiEncoder._moderation,
    e.Partial: GeminiEncoder._hold,
    e.Element: GeminiEncoder._hold,
    e.Progress: GeminiEncoder._hold,
    e.Metadata: GeminiEncoder._metadata,
    e.Raw: GeminiEncoder._hold,
}
