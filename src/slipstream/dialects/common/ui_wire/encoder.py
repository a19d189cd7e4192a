"""Events as an AI SDK UI message stream.

Strategy: the frame of a delta is two constant pieces with the JSON of the text between; the first piece is made once,
when the block opens. Everything else goes through one table from event type to method.

The stream is the strict baseline that a client of August 2025 (`ai` 5.0.10) takes: such clients throw at any key they
do not know, and their pages are still open in browsers (WIRE section 1.2). `reply.version` says that the client knows
more. What the baseline has no place for travels where every client takes it: in `messageMetadata`, in
`providerMetadata` under `slipstream`, or as a `data-<name>` part. Our offsets stand in SSE ids alone.

The client's state machine (WIRE section 1.3) is kept to whatever comes: a delta opens its block if nothing did, a
step's end closes the blocks that are open in it, a call's id stands for one call in the whole message, and an output
is only told for a call that the client has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import msgspec

from slipstream.codec.sse_encoder import SSEEncoder
from slipstream.dialects.common.checks import name_of, scrub, wrong
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import NATIVE, StreamEncoder, json_bytes
from slipstream.dialects.common.ui_wire.files import DEFAULT_TYPE, file_url
from slipstream.dialects.common.ui_wire.metadata import OWN, proof_metadata
from slipstream.dialects.common.ui_wire.notices import notice, own_part
from slipstream.dialects.common.ui_wire.usage import usage_metadata
from slipstream.dialects.common.ui_wire.words import checked_word, finish_word, told
from slipstream.events import Error, Event, types as e

VERSIONS: Final = ("", "5", "6", "7")
HEADERS: Final = {
    "cache-control": "no-cache, no-transform",  # a proxy that packs the stream would hold it
    "x-vercel-ai-ui-message-stream": "v1",
    "x-accel-buffering": "no",
}
DONE: Final = b"data: [DONE]\n\n"
MESSAGE_ID: Final = "message_id"
"""In `reply.options`: the id of the client's message that this answer goes on with."""

_AS_DATA: Final = "as a data part that holds the event"
_AS_TOLD: Final = "as a transient data part that holds the event"
_json: Final = msgspec.json.Encoder().encode
_sse: Final = SSEEncoder()


def frame(part: Mapping[str, Any]) -> bytes:
    """One part as a frame."""
    return b"data: %b\n\n" % json_bytes(part)


def check_version(version: str) -> int:
    """The major version of the AI SDK that the client has.

    Raises:
        InvalidRequestError: there is no such version here.
    """
    if version not in VERSIONS:
        raise wrong("reply.version", f"{name_of(version)} is unknown", ", ".join(VERSIONS[1:]))
    return int(version or 5)


class UIEncoder(StreamEncoder):
    """Encodes one streamed answer; see `StreamEncoder`.

    `reply.version` is "5" (the baseline; so is ""), "6" (adds `finish.finishReason` and `preliminary`) or "7" (adds
    `reset-step` and `abort.reason`). `reply.options` may have `show_errors` (True tells the message of an error, which
    is masked otherwise), `reasoning` and `sources` (False leaves them out), and `message_id`.

    Raises:
        InvalidRequestError: `reply.version` is none of these.
    """

    headers: ClassVar[Mapping[str, str]] = HEADERS

    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        **dict.fromkeys(
            (e.Start, e.StepStart, e.TextStart, e.TextDelta, e.TextEnd, e.ReasoningStart, e.ReasoningDelta,
             e.ReasoningEnd, e.ToolInputStart, e.ToolInputDelta, e.ToolCall, e.ToolResult, e.ToolError, e.Source,
             e.File, e.StepEnd, e.Finish, e.Abort, e.Error, e.Heartbeat),
            NATIVE,
        ),
        e.ToolInputEnd: "told by the call that follows",
        e.RefusalDelta: "as a text block marked in its providerMetadata",
        e.Usage: "in messageMetadata",
        e.Restart: "as data-restart, which voids the parts before it; in version 7 as reset-step",
        **dict.fromkeys((e.Box, e.Partial, e.Element, e.Retract), _AS_DATA),
        **dict.fromkeys((e.Retry, e.Resume, e.Moderation, e.Progress, e.Metadata, e.Raw), _AS_TOLD),
    }  # fmt: skip

    OTHER_CHOICE: ClassVar[str] = "a message has one answer; the others as transient data-choice parts"

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        self._version = check_version(self.reply.version)
        options = self.reply.options
        self._show_errors = options.get("show_errors") is True
        self._with_reasoning = options.get("reasoning") is not False
        self._with_sources = options.get("sources") is not False
        self._message_id = ""
        self._started = self._in_step = self._shown = False
        self._steps = 0
        self._raw_reason = False  # the client has been told one
        self._texts: dict[str, bytes] = {}  # the open blocks: id -> the head of their deltas' frames
        self._reasonings: dict[str, bytes] = {}
        self._inputs: dict[str, bytes] = {}
        self._refusal = b""
        self._calls: dict[str, str] = {}  # the id of a call -> the one the client knows it by
        self._used: set[str] = set()
        self._usage_keys: frozenset[str] = frozenset()
        self._boxes = 0

    def _encode(self, event: Event) -> bytes:
        if type(event) is e.TextDelta and event.choice == 0:
            head = self._texts.get(event.id)
            if head is not None:
                try:
                    return b"%b%b}\n\n" % (head, _json(event.text))
                except UnicodeEncodeError:
                    return b"%b%b}\n\n" % (head, json_bytes(event.text))
        if getattr(event, "choice", 0) != 0:
            self.carried.setdefault("choice", self.OTHER_CHOICE)
            return notice("choice", event, transient=True)
        return _ENCODE[type(event)](self, event)

    def _interrupted(self, error: Error) -> bytes:
        return self._error(error)

    # The message and its steps.

    def _start(self, event: e.Start) -> bytes:
        self._message_id = self._message_id or self._id_of(event)
        part: dict[str, Any] = {"type": "start"}
        if self._message_id:
            part["messageId"] = self._message_id
        metadata: dict[str, Any] = {}
        model = self.reply.model or event.model
        if model:
            metadata["model"] = model
        created = event.created or self.reply.created
        if created:
            metadata["createdAt"] = created * 1000  # milliseconds, as JavaScript counts
        if metadata:
            part["messageMetadata"] = metadata
        self._started = True
        return frame(part)

    def _id_of(self, event: e.Start) -> str:
        """The client's own id where the answer goes on with its message: with another it would be a second one."""
        own = self.reply.options.get(MESSAGE_ID)
        return own if isinstance(own, str) and own else event.id or self.reply.id

    def _begin(self) -> bytes:
        """Open the message for content that comes without a `Start`."""
        self._shown = True
        return b"" if self._started else self._start(e.Start())

    def _step_start(self, event: e.StepStart) -> bytes:  # noqa: ARG002
        if self._in_step:
            return b""  # version 7 has taken the step back to its beginning, and it is still open
        begun = b"" if self._started else self._start(e.Start())
        self._in_step = True
        self._steps += 1
        return begun + frame({"type": "start-step"})

    def _step_end(self, event: e.StepEnd) -> bytes:
        """`finish-step` has no place for a reason, and `finish` only tells the last one."""
        self._in_step = False
        reason = frame({"type": "message-metadata", "messageMetadata": self._reason(event)})
        return b"".join((self._close_blocks(), reason, frame({"type": "finish-step"})))

    def _reason(self, event: e.StepEnd | e.Finish) -> dict[str, Any]:
        """Why a step or the answer ended, as metadata, which the client merges: what is gone is told as null."""
        found: dict[str, Any] = {"finishReason": finish_word(event.reason)}
        if event.raw_reason is not None or self._raw_reason:
            found["rawFinishReason"] = event.raw_reason
            self._raw_reason = True
        return found

    def _close_blocks(self) -> bytes:
        """A step's end makes the client forget its blocks, so that none may go on behind it."""
        ends = [frame({"type": "text-end", "id": id}) for id in self._texts]
        ends += [frame({"type": "reasoning-end", "id": id}) for id in self._reasonings]
        if self._refusal:
            ends.append(frame({"type": "text-end", "id": _REFUSAL_ID}))
        self._texts.clear()
        self._reasonings.clear()
        self._refusal = b""
        return b"".join(ends)

    # Text and thinking.

    def _text_start(self, event: e.TextStart) -> bytes:
        return self._begin() + self._open_text(event.id)

    def _open_text(self, id: str) -> bytes:
        self._texts[id] = _head("text-delta", "id", id, "delta")
        return frame({"type": "text-start", "id": id})

    def _text_delta(self, event: e.TextDelta) -> bytes:
        """A delta whose block nobody opened."""
        opened = self._begin() + self._open_text(event.id)
        return b"%b%b%b}\n\n" % (opened, self._texts[event.id], json_bytes(event.text))

    def _text_end(self, event: e.TextEnd) -> bytes:
        known = self._texts.pop(event.id, None)
        return b"" if known is None else frame({"type": "text-end", "id": event.id})

    def _refusal_delta(self, event: e.RefusalDelta) -> bytes:
        opened = b""
        if not self._refusal:
            self._refusal = _head("text-delta", "id", _REFUSAL_ID, "delta")
            part = {"type": "text-start", "id": _REFUSAL_ID, "providerMetadata": {OWN: {"refusal": True}}}
            opened = self._begin() + frame(part)
        self._note(event)
        return b"%b%b%b}\n\n" % (opened, self._refusal, json_bytes(event.text))

    def _reasoning_start(self, event: e.ReasoningStart) -> bytes:
        if not self._with_reasoning:
            return self._left_out(event)
        return self._begin() + self._open_reasoning(event.id)

    def _open_reasoning(self, id: str) -> bytes:
        self._reasonings[id] = _head("reasoning-delta", "id", id, "delta")
        return frame({"type": "reasoning-start", "id": id})

    def _reasoning_delta(self, event: e.ReasoningDelta) -> bytes:
        if not self._with_reasoning:
            return self._left_out(event)
        head = self._reasonings.get(event.id)
        opened = b""
        if head is None:
            opened = self._begin() + self._open_reasoning(event.id)
            head = self._reasonings[event.id]
        return b"%b%b%b}\n\n" % (opened, head, json_bytes(event.text))

    def _reasoning_end(self, event: e.ReasoningEnd) -> bytes:
        if not self._with_reasoning:
            return self._left_out(event)
        metadata = proof_metadata(event)
        known = self._reasonings.pop(event.id, None) is not None
        if not known and metadata is None:
            return b""
        part: dict[str, Any] = {"type": "reasoning-end", "id": event.id}
        if metadata is not None:
            part["providerMetadata"] = metadata
        if known:
            return frame(part)
        return self._begin() + frame({"type": "reasoning-start", "id": event.id}) + frame(part)

    def _left_out(self, event: Event) -> bytes:
        self.carried.setdefault(event.type, "left out, as asked")
        return b""

    # Calls.

    def _new_call(self, id: str) -> str:
        """The id that the client gets for a call: one that no call in this message has had."""
        known, number = scrub(id), 1
        while known in self._used:
            number += 1
            known = f"{scrub(id)}-{number}"
        self._used.add(known)
        self._calls[id] = known
        return known

    def _input_start(self, event: e.ToolInputStart) -> bytes:
        return self._begin() + self._open_input(event.id, event.name, own=event.provider_executed)

    def _open_input(self, id: str, name: str, *, own: bool = False) -> bytes:
        known = self._new_call(id)
        self._inputs[id] = _head("tool-input-delta", "toolCallId", known, "inputTextDelta")
        part: dict[str, Any] = {"type": "tool-input-start", "toolCallId": known, "toolName": name}
        if own:
            part["providerExecuted"] = True
        return frame(part)

    def _input_delta(self, event: e.ToolInputDelta) -> bytes:
        head = self._inputs.get(event.id)
        opened = b""
        if head is None:
            opened = self._begin() + self._open_input(event.id, "")
            head = self._inputs[event.id]
        return b"%b%b%b}\n\n" % (opened, head, json_bytes(event.text))

    def _input_end(self, event: e.ToolInputEnd) -> bytes:
        self._note(event)
        return b""

    def _call(self, event: e.ToolCall) -> bytes:
        opened = self._inputs.pop(event.id, None) is not None
        known = self._calls[event.id] if opened else self._new_call(event.id)
        part: dict[str, Any] = {"type": "tool-input-available", "toolCallId": known, "toolName": event.name}
        if event.error is None:
            part["input"] = event.input
        else:
            part |= {"type": "tool-input-error", "input": event.arguments, "errorText": event.error}
        if event.provider_executed:
            part["providerExecuted"] = True
        if event.metadata is not None:
            part["providerMetadata"] = {OWN: event.metadata}
        return self._begin() + frame(part)

    def _result(self, event: e.ToolResult) -> bytes:
        known = self._calls.get(event.id)
        if known is None or (event.preliminary and self._version < 6):
            return self._told_of(event)
        part: dict[str, Any] = {"type": "tool-output-available", "toolCallId": known, "output": event.output}
        if event.provider_executed:
            part["providerExecuted"] = True
        if event.preliminary:
            part["preliminary"] = True
        return self._begin() + frame(part)

    def _tool_error(self, event: e.ToolError) -> bytes:
        known = self._calls.get(event.id)
        if known is None:
            return self._told_of(event)
        part: dict[str, Any] = {"type": "tool-output-error", "toolCallId": known, "errorText": event.error}
        if event.provider_executed:
            part["providerExecuted"] = True
        return self._begin() + frame(part)

    def _told_of(self, event: e.ToolResult | e.ToolError) -> bytes:
        """An outcome that the client has no call for would make it throw, and so would progress in the baseline."""
        self.carried.setdefault(event.type, "where the client has no such call, or knows no progress: as a data part")
        progress = type(event) is e.ToolResult and event.preliminary
        return self._begin() + notice(event.type, event, transient=progress)

    # What else the answer holds.

    def _source(self, event: e.Source) -> bytes:
        if not self._with_sources:
            return self._left_out(event)
        part: dict[str, Any] = {"type": "source-url" if event.url else "source-document", "sourceId": event.id}
        if event.url:
            part["url"] = event.url
            if event.title:
                part["title"] = event.title
        else:
            part |= {"mediaType": _media_type(event.metadata), "title": event.title}
        beside = {"block": event.block, "metadata": event.metadata}
        found = {key: value for key, value in beside.items() if value is not None}
        if found:
            part["providerMetadata"] = {OWN: found}
        return self._begin() + frame(part)

    def _file(self, event: e.File) -> bytes:
        if not event.data and not event.url:  # its provider keeps it: there is nothing to show
            self.carried.setdefault(event.type, "where its provider keeps it: as a data part")
            return self._begin() + notice("file", event)
        media_type = event.media_type or DEFAULT_TYPE
        part: dict[str, Any] = {"type": "file", "mediaType": media_type}
        part["url"] = file_url(event.data, event.url, media_type)
        beside = {"id": event.id, "url": event.url if event.data else ""}
        found = {key: value for key, value in beside.items() if value}
        if found:
            part["providerMetadata"] = {OWN: found}
        return self._begin() + frame(part)

    def _usage(self, event: e.Usage) -> bytes:
        if not self.reply.include_usage:
            return self._left_out(event)
        self._note(event)
        found = usage_metadata(event, self._usage_keys)
        self._usage_keys |= found.keys()
        begun = b"" if self._started else self._start(e.Start())
        return begun + frame({"type": "message-metadata", "messageMetadata": {"usage": found}})

    def _box(self, event: e.Box) -> bytes:
        self._boxes += 1
        return self._kept(event, f"box-{self._boxes}")

    def _kept(self, event: Event, id: str = "") -> bytes:
        """An event that is content, as a part that the message keeps; another with this id replaces it."""
        self._note(event)
        return self._begin() + notice(event.type, event, id=id)

    def _mentioned(self, event: Event) -> bytes:
        """An event that is no content, told once."""
        self._note(event)
        return notice(event.type, event, transient=True)

    def _raw(self, event: e.Raw) -> bytes:
        """Another server's data part passes as it is; anything else that is unknown is told once."""
        return frame(event.data) if own_part(event.data) else self._mentioned(event)

    def _heartbeat(self, event: e.Heartbeat) -> bytes:
        return _sse.comment(event.comment)

    # How it ends, or begins anew.

    def _restart(self, event: e.Restart) -> bytes:
        """What came is void. A client before version 7 cannot take a part back: a kept notice says so (1.3)."""
        resets = self._version >= 7 and self._steps == 1
        void = self._shown and not resets
        closed = b"" if resets else self._close_blocks()
        told_of = notice("restart", event, transient=not void)
        self._forget()
        if resets:
            self._in_step = True
            return told_of + frame({"type": "reset-step"})
        self._note(event)
        step = frame({"type": "finish-step"}) if self._in_step else b""
        self._in_step = False
        return told_of + closed + step

    def _forget(self) -> None:
        self._texts.clear()
        self._reasonings.clear()
        self._inputs.clear()
        self._calls.clear()
        self._refusal = b""
        self._shown = False

    def _finish(self, event: e.Finish) -> bytes:
        part: dict[str, Any] = {"type": "finish", "messageMetadata": self._reason(event)}
        if self._version >= 6:
            part["finishReason"] = checked_word(event.reason)
        begun = b"" if self._started else self._start(e.Start())
        closed = self._close_blocks()
        step = frame({"type": "finish-step"}) if self._in_step else b""
        self.finished = True
        return b"".join((begun, closed, step, frame(part), DONE))

    def _abort(self, event: e.Abort) -> bytes:
        self.finished = True
        if self._version >= 7:
            return frame({"type": "abort", "reason": event.reason}) + DONE
        return notice("abort", event, transient=True) + frame({"type": "abort"}) + DONE

    def _error(self, event: e.Error) -> bytes:
        self.finished = True
        whole = notice("error", event, transient=True) if self._show_errors else b""
        return whole + frame({"type": "error", "errorText": told(event, show=self._show_errors)}) + DONE


_REFUSAL_ID: Final = "refusal-0"


def _head(type: str, key: str, id: str, field: str) -> bytes:
    """The frame of a delta up to its text."""
    return b'data: {"type":"%b","%b":%b,"%b":' % (type.encode(), key.encode(), json_bytes(id), field.encode())


def _media_type(metadata: Mapping[str, Any] | None) -> str:
    """The media type of a cited document, which the protocol demands and hardly any provider tells."""
    found = (metadata or {}).get("media_type")
    return found if isinstance(found, str) and found else "text/plain"


_ENCODE: Final[dict[type[Event], Callable[[UIEncoder, Any], bytes]]] = {
    e.Start: UIEncoder._start,
    e.StepStart: UIEncoder._step_start,
    e.TextStart: UIEncoder._text_start,
    e.TextDelta: UIEncoder._text_delta,
    e.TextEnd: UIEncoder._text_end,
    e.ReasoningStart: UIEncoder._reasoning_start,
    e.ReasoningDelta: UIEncoder._reasoning_delta,
    e.ReasoningEnd: UIEncoder._reasoning_end,
    e.ToolInputStart: UIEncoder._input_start,
    e.ToolInputDelta: UIEncoder._input_delta,
    e.ToolInputEnd: UIEncoder._input_end,
    e.ToolCall: UIEncoder._call,
    e.ToolResult: UIEncoder._result,
    e.ToolError: UIEncoder._tool_error,
    e.RefusalDelta: UIEncoder._refusal_delta,
    e.Source: UIEncoder._source,
    e.File: UIEncoder._file,
    e.Box: UIEncoder._box,
    e.Usage: UIEncoder._usage,
    e.StepEnd: UIEncoder._step_end,
    e.Finish: UIEncoder._finish,
    e.Abort: UIEncoder._abort,
    e.Error: UIEncoder._error,
    e.Heartbeat: UIEncoder._heartbeat,
    e.Retry: UIEncoder._mentioned,
    e.Resume: UIEncoder._mentioned,
    e.Restart: UIEncoder._restart,
    e.Retract: lambda self, event: self._kept(event, "retract"),
    e.Moderation: UIEncoder._mentioned,
    e.Partial: lambda self, event: self._kept(event, "partial"),
    e.Element: lambda self, event: self._kept(event, f"element-{event.index}"),
    e.Progress: UIEncoder._mentioned,
    e.Metadata: UIEncoder._mentioned,
    e.Raw: UIEncoder._raw,
}
