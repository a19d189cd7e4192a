"""Events as an AG-UI run.

Strategy: the frame of a delta is two constant pieces with the JSON of the text between. Where an AG-UI event says less
than ours, ours stands whole in its `rawEvent`, the place every version has for "what this was translated from"; what
has no AG-UI event at all is a `CUSTOM` with the tag as its name and the event as its value.

The rules are those that the protocol's own client verifies (`verifyEvents` of `@ag-ui/client`): `RUN_STARTED` comes
before everything, a piece needs its open message or call, and a run can only finish when all of them and its steps
are closed. Clients from before may throw at `REASONING_*`; they get the older `THINKING_*`, of which one block is open
at a time.

A message's id must differ from those of earlier runs in the thread, for the client appends to the message it knows; so
the run's id stands in front of our block ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import msgspec

from slipstream.codec.sse_encoder import SSEEncoder
from slipstream.dialects.common.ag_ui_wire.usage import token_usage
from slipstream.dialects.common.ag_ui_wire.version import CURRENT, is_current
from slipstream.dialects.common.checks import scrub
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import NATIVE, StreamEncoder, json_bytes
from slipstream.events import Error, Event, types as e

THREAD: Final = "thread_id"
RUN: Final = "run_id"
"""In `reply.options`: what the client calls its thread and this run."""

BEGAN_ANEW: Final = "the answer broke off and began anew"
_AS_CUSTOM: Final = "as CUSTOM, named by its tag"
_json: Final = msgspec.json.Encoder().encode
_sse: Final = SSEEncoder()


def frame(wire: Mapping[str, Any]) -> bytes:
    """One AG-UI event as a frame."""
    return b"data: %b\n\n" % json_bytes(wire)


def _head(type: str, key: str, id: str) -> bytes:
    """The frame of a delta up to its text."""
    return b'data: {"type":"%b","%b":%b,"delta":' % (type.encode(), key.encode(), json_bytes(id))


_THINKING_HEAD: Final = b'data: {"type":"THINKING_TEXT_MESSAGE_CONTENT","delta":'


class AGUIEncoder(StreamEncoder):
    """Encodes one run; see `StreamEncoder`.

    `reply.version` is the protocol's version that the client told ("1.0"; "" for a client from before), and
    `reply.options` may have `thread_id` and `run_id`.

    Raises:
        InvalidRequestError: `reply.version` is no version.
    """

    headers: ClassVar[Mapping[str, str]] = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}

    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        **dict.fromkeys(
            (e.Start, e.StepStart, e.TextStart, e.TextDelta, e.TextEnd, e.ReasoningStart, e.ReasoningDelta,
             e.ReasoningEnd, e.ToolInputStart, e.ToolInputDelta, e.ToolCall, e.ToolResult, e.ToolError, e.StepEnd,
             e.Finish, e.Abort, e.Error, e.Heartbeat, e.Raw),
            NATIVE,
        ),
        **dict.fromkeys(
            (e.Source, e.File, e.Box, e.Retry, e.Resume, e.Retract, e.Moderation, e.Partial, e.Element, e.Progress,
             e.Metadata),
            _AS_CUSTOM,
        ),
        e.ToolInputEnd: "told by the call that follows",
        e.RefusalDelta: "as a text message marked in its rawEvent",
        e.Usage: "as CUSTOM, named by its tag; since 1.0 also in RUN_FINISHED",
        e.Restart: "after content the run ends with an error; before it as CUSTOM",
    }  # fmt: skip

    OTHER_CHOICE: ClassVar[str] = "a run has one answer; the others as CUSTOM events named choice"

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        self._current = is_current(self.reply.version)
        self._thread = self._option(THREAD)
        self._run = self._option(RUN) or self.reply.id
        self._model = self.reply.model
        self._begun = self._told_start = self._shown = False
        self._step = ""
        self._steps = self._results = self._parents = 0
        self._parent = ""  # the assistant's message that a call now belongs to
        self._used: set[str] = set()
        self._texts: dict[str, bytes] = {}  # the open blocks: our id -> the head of their deltas' frames
        self._names: dict[str, str] = {}  # an open block -> the id that the client has for it
        self._reasonings: dict[str, bytes] = {}
        self._thinking: str | None = None  # the one open block of THINKING_*
        self._inputs: dict[str, bytes] = {}
        self._empty: set[str] = set()  # open calls without arguments so far
        self._calls: dict[str, str] = {}
        self._pending: dict[str, None] = {}  # calls that wait for the client's result
        self._refusal = b""
        self._refusal_name = ""
        self._usage: e.Usage | None = None

    def _option(self, name: str) -> str:
        value = self.reply.options.get(name)
        return value if isinstance(value, str) else ""

    def _encode(self, event: Event) -> bytes:
        if type(event) is e.TextDelta and event.choice == 0:
            head = self._texts.get(event.id)
            if head is not None:
                if not event.text:
                    return b""  # clients before 0.0.50 refuse an empty delta
                try:
                    return b"%b%b}\n\n" % (head, _json(event.text))
                except UnicodeEncodeError:
                    return b"%b%b}\n\n" % (head, json_bytes(event.text))
        if getattr(event, "choice", 0) != 0:
            data = _custom("choice", event)  # first, as it fails for what is no event, and then nothing has begun
            self.carried.setdefault("choice", self.OTHER_CHOICE)
            return self._begin() + data
        return _ENCODE[type(event)](self, event)

    def _interrupted(self, error: Error) -> bytes:
        return self._error(error)

    # The run and its steps.

    def _begin(self, start: e.Start | None = None) -> bytes:
        """`RUN_STARTED`, once, before everything else."""
        if self._begun:
            return b""
        self._begun = True
        self._run = self._run or (start.id if start is not None else "") or "run"
        self._thread = self._thread or self._run
        wire: dict[str, Any] = {"type": "RUN_STARTED", "threadId": self._thread, "runId": self._run}
        if self._current:
            wire["protocolVersion"] = CURRENT
        if start is not None:
            wire["rawEvent"] = _plain(start)
        return frame(wire)

    def _content(self) -> bytes:
        """Get ready for content, which nobody can take back."""
        self._shown = True
        return self._begin()

    def _start(self, event: e.Start) -> bytes:
        self._model = self.reply.model or event.model or self._model
        if self.reply.model:
            event = msgspec.structs.replace(event, model=self.reply.model)
        return _custom("start", event) if self._begun else self._begin(event)

    def _step_start(self, event: e.StepStart) -> bytes:  # noqa: ARG002
        before = self._close_step()
        self._steps += 1
        self._step = f"step-{self._steps}"
        self._parent = ""
        return self._begin() + before + frame({"type": "STEP_STARTED", "stepName": self._step})

    def _step_end(self, event: e.StepEnd) -> bytes:
        return self._begin() + self._close_step(event)

    def _close_step(self, event: e.StepEnd | None = None) -> bytes:
        if not self._step:
            return b""
        wire: dict[str, Any] = {"type": "STEP_FINISHED", "stepName": self._step}
        if event is not None:
            wire["rawEvent"] = _plain(event)
        self._step = ""
        return frame(wire)

    def _name(self, id: str) -> str:
        """An id for a message, which no other in this thread has."""
        base = f"{self._run}-{scrub(id)}"
        found, number = base, 1
        while found in self._used:
            number += 1
            found = f"{base}-{number}"
        self._used.add(found)
        return found

    # Text.

    def _text_start(self, event: e.TextStart) -> bytes:
        return self._text_end(event) + self._content() + self._open_text(event.id)

    def _open_text(self, id: str) -> bytes:
        name = self._names[id] = self._parent = self._name(id)
        self._texts[id] = _head("TEXT_MESSAGE_CONTENT", "messageId", name)
        return frame({"type": "TEXT_MESSAGE_START", "messageId": name, "role": "assistant"})

    def _text_delta(self, event: e.TextDelta) -> bytes:
        """A delta whose block nobody opened."""
        opened = self._content() + self._open_text(event.id)
        return opened + self._encode(event)

    def _text_end(self, event: e.TextEnd | e.TextStart) -> bytes:
        known = self._texts.pop(event.id, None)
        return b"" if known is None else frame({"type": "TEXT_MESSAGE_END", "messageId": self._names[event.id]})

    def _refusal_delta(self, event: e.RefusalDelta) -> bytes:
        opened = b""
        if not self._refusal:
            opened = self._content()
            name = self._refusal_name = self._parent = self._name("refusal")
            self._refusal = _head("TEXT_MESSAGE_CONTENT", "messageId", name)
            wire: dict[str, Any] = {"type": "TEXT_MESSAGE_START", "messageId": name, "role": "assistant"}
            opened += frame(wire | {"rawEvent": {"type": "refusal-delta"}})
        self._note(event)
        return b"%b%b%b}\n\n" % (opened, self._refusal, json_bytes(event.text)) if event.text else opened

    # Thinking.

    def _reasoning_start(self, event: e.ReasoningStart) -> bytes:
        return self._content() + self._open_reasoning(event.id)

    def _open_reasoning(self, id: str) -> bytes:
        self._parent = ""  # in the client's list, a message of thinking stands between
        if not self._current:
            return self._open_thinking(id)
        name = self._names[id] = self._name(id)
        self._reasonings[id] = _head("REASONING_MESSAGE_CONTENT", "messageId", name)
        start = {"type": "REASONING_MESSAGE_START", "messageId": name, "role": "reasoning"}
        return frame({"type": "REASONING_START", "messageId": name}) + frame(start)

    def _open_thinking(self, id: str) -> bytes:
        before = b"" if self._thinking is None else self._close_thinking(e.ReasoningEnd(id=self._thinking))
        self._thinking = id
        self._reasonings[id] = _THINKING_HEAD
        return before + frame({"type": "THINKING_START"}) + frame({"type": "THINKING_TEXT_MESSAGE_START"})

    def _reasoning_delta(self, event: e.ReasoningDelta) -> bytes:
        head = self._reasonings.get(event.id)
        opened = b""
        if head is None:
            opened = self._content() + self._open_reasoning(event.id)
            head = self._reasonings[event.id]
        return b"%b%b%b}\n\n" % (opened, head, json_bytes(event.text)) if event.text else opened

    def _reasoning_end(self, event: e.ReasoningEnd) -> bytes:
        opened = b""
        proved = _is_proved(event)
        if event.id not in self._reasonings:
            if not proved:
                return b""
            opened = self._content() + self._open_reasoning(event.id)
        if not self._current:
            return opened + self._close_thinking(event)
        del self._reasonings[event.id]
        name = self._names[event.id]
        encrypted = {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "message", "entityId": name}
        return b"".join(
            (
                opened,
                frame({"type": "REASONING_MESSAGE_END", "messageId": name}),
                frame({**encrypted, "encryptedValue": _proof(event)}) if proved else b"",
                frame({"type": "REASONING_END", "messageId": name}),
            )
        )

    def _close_thinking(self, event: e.ReasoningEnd) -> bytes:
        self._thinking = None
        del self._reasonings[event.id]
        end: dict[str, Any] = {"type": "THINKING_END"}
        if _is_proved(event):
            end["rawEvent"] = _plain(event)
        return frame({"type": "THINKING_TEXT_MESSAGE_END"}) + frame(end)

    # Calls.

    def _input_start(self, event: e.ToolInputStart) -> bytes:
        return self._content() + self._open_input(event.id, event.name, event if event.provider_executed else None)

    def _open_input(self, id: str, name: str, raw: e.ToolInputStart | None = None) -> bytes:
        before = self._close_input(id)
        known, number = scrub(id), 1
        while known in self._used:
            number += 1
            known = f"{scrub(id)}-{number}"
        self._used.add(known)
        self._calls[id] = known
        self._inputs[id] = _head("TOOL_CALL_ARGS", "toolCallId", known)
        self._empty.add(id)
        if not self._parent:
            self._parents += 1
            self._parent = self._name(f"calls-{self._parents}")
        start: dict[str, Any] = {"type": "TOOL_CALL_START", "toolCallId": known, "toolCallName": name}
        start["parentMessageId"] = self._parent
        if raw is not None:
            start["rawEvent"] = _plain(raw)
        return before + frame(start)

    def _input_delta(self, event: e.ToolInputDelta) -> bytes:
        head = self._inputs.get(event.id)
        opened = b""
        if head is None:
            opened = self._content() + self._open_input(event.id, "")
            head = self._inputs[event.id]
        if not event.text:
            return opened
        self._empty.discard(event.id)
        return b"%b%b%b}\n\n" % (opened, head, json_bytes(event.text))

    def _input_end(self, event: e.ToolInputEnd) -> bytes:
        self._note(event)
        return b""

    def _call(self, event: e.ToolCall) -> bytes:
        opened = b"" if event.id in self._inputs else self._content() + self._open_input(event.id, event.name)
        if not event.provider_executed:
            self._pending[self._calls[event.id]] = None
        return opened + self._close_input(event.id, event)

    def _close_input(self, id: str, call: e.ToolCall | None = None) -> bytes:
        head = self._inputs.pop(id, None)
        if head is None:
            return b""
        arguments = call.arguments if call is not None else "{}"
        told = b"%b%b}\n\n" % (head, json_bytes(arguments)) if id in self._empty else b""
        self._empty.discard(id)
        known = self._calls[id]
        wire: dict[str, Any] = {"type": "TOOL_CALL_END", "toolCallId": known}
        encrypted = b""
        if call is None:
            wire["rawEvent"] = e.ToolInputEnd(id=id)  # the call was cut: nobody may run it
        if call is not None and (call.metadata is not None or call.error is not None or call.provider_executed):
            wire["rawEvent"] = _plain(call)
            encrypted = self._encrypted(known, call)
        return told + encrypted + frame(wire)

    def _encrypted(self, known: str, call: e.ToolCall) -> bytes:
        """What the provider wants back with the call: the client keeps it and sends it with its message."""
        if call.metadata is None or not self._current:
            return b""
        wire = {"type": "REASONING_ENCRYPTED_VALUE", "subtype": "tool-call", "entityId": known}
        return frame({**wire, "encryptedValue": json_bytes(call.metadata).decode()})

    def _result(self, event: e.ToolResult) -> bytes:
        if event.preliminary:
            return self._beside_as_custom(event)
        text = event.output if isinstance(event.output, str) else _output_text(event.output)
        whole = event.output is text and not event.provider_executed
        return self._outcome(event, text, None if whole else _plain(event))

    def _tool_error(self, event: e.ToolError) -> bytes:
        return self._outcome(event, event.error, _plain(event))

    def _outcome(self, event: e.ToolResult | e.ToolError, content: str, raw: Any) -> bytes:
        self._results += 1
        self._parent = ""
        known = self._calls.get(event.id, event.id)
        self._pending.pop(known, None)
        wire: dict[str, Any] = {"type": "TOOL_CALL_RESULT", "messageId": self._name(f"result-{self._results}")}
        wire |= {"toolCallId": known, "content": content, "role": "tool"}
        if raw is not None:
            wire["rawEvent"] = raw
        return self._content() + frame(wire)

    # What else there is.

    def _as_custom(self, event: Event) -> bytes:
        self._note(event)
        return self._begin() + _custom(event.type, event)

    def _beside_as_custom(self, event: Event) -> bytes:
        self.carried.setdefault(event.type, _AS_CUSTOM)
        return self._begin() + _custom(event.type, event)

    def _source(self, event: e.Source) -> bytes:
        """The block that cites it is named as the client knows it."""
        if event.block in self._names:
            event = msgspec.structs.replace(event, block=self._names[event.block])
        return self._as_custom(event)

    def _usage_so_far(self, event: e.Usage) -> bytes:
        if not self.reply.include_usage:
            self.carried.setdefault(event.type, "left out, as asked")
            return b""
        self._usage = event
        return self._as_custom(event)

    def _raw(self, event: e.Raw) -> bytes:
        return self._begin() + frame({"type": "RAW", "event": event.data})

    def _heartbeat(self, event: e.Heartbeat) -> bytes:
        return _sse.comment(event.comment)

    # How it ends, or begins anew.

    def _restart(self, event: e.Restart) -> bytes:
        self._note(event)
        if self._shown:
            return self._error(Error(message=BEGAN_ANEW, kind="StreamInterruptedError", code="restart"))
        return self._begin() + _custom("restart", event) + self._close_step()

    def _finish(self, event: e.Finish) -> bytes:
        wire = self._run_finished(event)
        if self._current:
            wire["outcome"] = {"type": "success"}
            if self._pending:
                wire["outcome"]["pendingToolCallIds"] = list(self._pending)
        return self._end_run(wire)

    def _abort(self, event: e.Abort) -> bytes:
        if self._current:
            return self._end_run(self._run_finished(event) | {"outcome": {"type": "cancelled"}})
        self.finished = True
        return frame({"type": "RUN_ERROR", "message": event.reason, "code": "cancelled", "rawEvent": _plain(event)})

    def _run_finished(self, event: Event) -> dict[str, Any]:
        self.finished = True
        begun = {"threadId": self._thread or "run", "runId": self._run or "run"}
        return {"type": "RUN_FINISHED", **begun, **self._counted(), "rawEvent": _plain(event)}

    def _counted(self) -> dict[str, Any]:
        usage = token_usage(self._usage, self._model) if self._current else []
        return {"usage": usage} if usage else {}

    def _end_run(self, wire: Mapping[str, Any]) -> bytes:
        """Close what is open: a run with open messages, calls or steps cannot finish."""
        ends = [self._begin()]
        ends += [self._text_end(e.TextEnd(id=id)) for id in list(self._texts)]
        ends += [self._reasoning_end(e.ReasoningEnd(id=id)) for id in list(self._reasonings)]
        ends += [self._close_input(id) for id in list(self._inputs)]
        if self._refusal:
            ends.append(frame({"type": "TEXT_MESSAGE_END", "messageId": self._refusal_name}))
        return b"".join((*ends, self._close_step(), frame(wire)))

    def _error(self, event: e.Error) -> bytes:
        self.finished = True
        wire = {"type": "RUN_ERROR", "message": event.message, "code": event.code or event.kind, **self._counted()}
        return frame(wire)


def _custom(name: str, event: Event) -> bytes:
    return frame({"type": "CUSTOM", "name": name, "value": _plain(event)})


def _plain(event: Event) -> Event:
    """The event without the wire object it came from, which is not the client's business."""
    return event if event.raw is None else msgspec.structs.replace(event, raw=None)


def _is_proved(event: e.ReasoningEnd) -> bool:
    return not (event.signature is None and event.redacted is None and event.details is None)


def _proof(event: e.ReasoningEnd) -> str:
    fields = {"signature": event.signature, "redacted": event.redacted, "details": event.details}
    return json_bytes({key: value for key, value in fields.items() if value is not None}).decode()


def _output_text(output: Any) -> str:
    """The output as JSON text, whatever it is."""
    return json_bytes(output).decode()


_ENCODE: Final[dict[type[Event], Callable[[AGUIEncoder, Any], bytes]]] = {
    **{kind: AGUIEncoder._as_custom for kind, how in AGUIEncoder.CARRIES.items() if how == _AS_CUSTOM},
    e.Start: AGUIEncoder._start,
    e.StepStart: AGUIEncoder._step_start,
    e.TextStart: AGUIEncoder._text_start,
    e.TextDelta: AGUIEncoder._text_delta,
    e.TextEnd: AGUIEncoder._text_end,
    e.ReasoningStart: AGUIEncoder._reasoning_start,
    e.ReasoningDelta: AGUIEncoder._reasoning_delta,
    e.ReasoningEnd: AGUIEncoder._reasoning_end,
    e.ToolInputStart: AGUIEncoder._input_start,
    e.ToolInputDelta: AGUIEncoder._input_delta,
    e.ToolInputEnd: AGUIEncoder._input_end,
    e.ToolCall: AGUIEncoder._call,
    e.ToolResult: AGUIEncoder._result,
    e.ToolError: AGUIEncoder._tool_error,
    e.RefusalDelta: AGUIEncoder._refusal_delta,
    e.Source: AGUIEncoder._source,
    e.Usage: AGUIEncoder._usage_so_far,
    e.StepEnd: AGUIEncoder._step_end,
    e.Finish: AGUIEncoder._finish,
    e.Abort: AGUIEncoder._abort,
    e.Error: AGUIEncoder._error,
    e.Heartbeat: AGUIEncoder._heartbeat,
    e.Restart: AGUIEncoder._restart,
    e.Raw: AGUIEncoder._raw,
}
