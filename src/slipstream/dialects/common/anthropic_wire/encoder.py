"""Events as the Messages stream: `message_start`, blocks one after the other, `message_delta`, `message_stop`.

Strategy: the frame of a text delta is a constant head, the text as JSON, and a constant tail; the head is made when the
block opens. Anthropic's blocks never overlap, ours may. Text and thinking give way: their block closes when another
one speaks and opens anew when they go on, so that no piece of text ever waits for them. A call cannot be cut in two;
while one is open, what belongs elsewhere waits in `Lanes` until it is whole.

A call that its provider runs, by a tool that Anthropic does not have, is written once it is complete: only then is it
known whether it is one of an MCP server. A block without any content is left out, because the API refuses an empty text
block when the conversation comes back. Arguments travel as the model wrote them, also where they are no valid JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from slipstream.dialects.common.anthropic_wire import ends, frames as f, outgoing as o
from slipstream.dialects.common.anthropic_wire.lanes import CALL_EVENTS, Lanes
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import COMMENT, NATIVE, StreamEncoder, json_bytes
from slipstream.events import types as e
from slipstream.events.types import EVENT_TYPES, Error, Event

OTHER_CHOICE: Final = "the API gives one answer: those beyond the first " + COMMENT
BROKEN_OFF: Final = "what waited for a call that never ended: " + COMMENT
BEGUN_ANEW: Final = Error(
    message="the answer broke off and began anew; what came before is void: ask again", kind="StreamInterruptedError",
    retryable=True,
)  # fmt: skip

_HEADS: Final = {
    "text": (b"text_delta", b"text"),
    "refusal": (b"text_delta", b"text"),
    "reasoning": (b"thinking_delta", b"thinking"),
    "call": (b"input_json_delta", b"partial_json"),
}
_EMPTY: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": "text", "text": ""},
    "refusal": {"type": "text", "text": ""},
    # SDKs demand a signature. Other providers' thinking has none; "" says so.
    "reasoning": {"type": "thinking", "thinking": "", "signature": ""},
}
_AT_END: Final = ("stop_sequence", "stop_details", "container")
"""Of `Metadata`: what stands in `message_delta`."""


class _Held:
    """A call that is written once it is complete."""

    __slots__ = ("name", "pieces")

    def __init__(self, name: str) -> None:
        self.name = name
        self.pieces: list[str] = []


class AnthropicEncoder(StreamEncoder):
    """Encodes one streamed answer of the Messages API; see `StreamEncoder` for the arguments.

    There is one answer of one step in this API: other choices travel as comments, and a tool loop is one message.
    """

    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        **dict.fromkeys(EVENT_TYPES, NATIVE),
        **dict.fromkeys((e.Box, e.Retry, e.Resume, e.Moderation, e.Partial, e.Element, e.Progress, e.Raw), COMMENT),
        e.ToolResult: "Anthropic's own tools as blocks; all else " + COMMENT,
        e.ToolError: "Anthropic's own tools as blocks; all else " + COMMENT,
        e.RefusalDelta: "as text, with stop_reason `refusal`",
        e.Source: "an address, or Anthropic's own, as a citation of a text that has not ended; all else " + COMMENT,
        e.File: "an id of Anthropic's own storage as container_upload; all else " + COMMENT,
        e.Metadata: "what the API has a place for there; all else " + COMMENT,
        e.Retract: "as stop_reason `refusal`, and " + COMMENT,
        e.Restart: "as an error, for nothing can be taken back; before any content " + COMMENT,
        e.Abort: "as an error of type `cancelled`",
    }

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        self._begun = False
        self._index = -1  # of the block that is open, or was last
        self._open = ""  # its kind, or "" if none is open
        self._open_id = ""
        self._text_id: str | None = None  # the same, where it is text: for the fast path
        self._head = b""
        self._texts: set[str] = set()  # ids of the texts that have not ended; at most one of them is open
        self._pinned = False  # a call is open and not yet whole
        self._pieces = False  # the open call has arguments
        self._lanes = Lanes()
        self._held: dict[str, _Held] = {}
        self._calls: dict[str, str] = {}  # id of a call that was told -> the type of its block
        self._streamed: set[str] = set()  # calls that opened, and are not yet complete
        self._steps = 0
        self._step_end: Event | None = None
        self._usage: e.Usage | None = None
        self._refused = False
        self._delta: dict[str, Any] = {"stop_reason": None, "stop_sequence": None}
        self._beside_delta: dict[str, Any] = {}

    def heartbeat(self) -> bytes:
        """A sign of life that no reader takes for content."""
        return f.PING

    def _encode(self, event: Event) -> bytes:
        if type(event) is e.TextDelta and event.id == self._text_id and not event.choice:
            return b"%b%b}}\n\n" % (self._head, json_bytes(event.text))
        tell = _CONTENT.get(type(event))
        if tell is not None:
            return self._content(event, tell)
        return _REST[type(event)](self, event)

    def _interrupted(self, error: Error) -> bytes:
        self.finished = True
        return self._broken_off() + ends.error_frame(error)

    # Content: what must stand in the order of the blocks.

    def _content(self, event: Event, tell: Callable[[AnthropicEncoder, Any], bytes]) -> bytes:
        if getattr(event, "choice", 0):
            return self._aside(event, OTHER_CHOICE)
        begin = b"" if self._begun else self._begin("", "")
        if not self._pinned:
            return begin + tell(self, event)
        if type(event) in CALL_EVENTS and event.id == self._open_id:  # type: ignore[attr-defined]
            return tell(self, event) + (self._drain() if self._lanes else b"")
        self._lanes.add(event)
        return begin

    def _drain(self, *, to_the_end: bool = False) -> bytes:
        """Tell what waited, until another call is open that is not whole."""
        found = []
        while self._lanes and (to_the_end or not self._pinned):
            found += [_WAITING[type(event)](self, event) for event in self._lanes.pop()]
        return b"".join(found)

    def _begin(self, id: str, model: str) -> bytes:
        self._begun = True
        message: dict[str, Any] = {
            "id": id or self.reply.id, "type": "message", "role": "assistant", "model": self.reply.model or model,
            "content": [], "stop_reason": None, "stop_sequence": None, "usage": ends.usage_of(self._usage),
        }  # fmt: skip
        return f.frame("message_start", message=message)

    def _aside(self, event: Event, how: str) -> bytes:
        """The event as a comment, although its type has a form of its own."""
        self.carried.setdefault(event.type, how)
        return self._beside(event)

    def _close(self) -> bytes:
        if not self._open:
            return b""
        self._open, self._open_id, self._text_id, self._pinned = "", "", None, False
        return f.block_stop(self._index)

    def _opened(self, kind: str, id: str, block: dict[str, Any]) -> bytes:
        close = self._close()
        self._index += 1
        self._open, self._open_id = kind, id
        self._text_id = id if kind == "text" else None
        self._head = f.delta_head(self._index, *_HEADS[kind])
        return close + f.frame("content_block_start", index=self._index, content_block=block)

    def _at(self, kind: str, id: str) -> bytes:
        """Make this block of text or thinking the open one."""
        return b"" if self._open == kind and self._open_id == id else self._opened(kind, id, _EMPTY[kind])

    def _whole(self, block: dict[str, Any]) -> bytes:
        close = self._close()
        self._index += 1
        return close + f.whole_block(self._index, block)

    def _piece(self, text: str) -> bytes:
        return b"%b%b}}\n\n" % (self._head, json_bytes(text))

    def _nothing(self, event: Event) -> bytes:  # noqa: ARG002
        """A block opens; it is told when its first piece comes."""
        return b""

    def _text_start(self, event: e.TextStart) -> bytes:
        self._texts.add(event.id)
        return b""

    def _text(self, event: e.TextDelta) -> bytes:
        return self._at("text", event.id) + self._piece(event.text) if event.text else b""

    def _text_end(self, event: e.TextEnd) -> bytes:
        self._texts.discard(event.id)
        return self._close() if self._text_id == event.id else b""

    def _refusal(self, event: e.RefusalDelta) -> bytes:
        self._note(event)
        self._refused = True
        return self._at("refusal", "") + self._piece(event.text) if event.text else b""

    def _reasoning(self, event: e.ReasoningDelta) -> bytes:
        return self._at("reasoning", event.id) + self._piece(event.text) if event.text else b""

    def _reasoning_end(self, event: e.ReasoningEnd) -> bytes:
        data = self._signature(event) if event.signature else b""
        if self._open == "reasoning" and self._open_id == event.id:
            data += self._close()
        if event.redacted:
            data += self._whole({"type": "redacted_thinking", "data": event.redacted})
        return data + self._aside(event, "`details`: " + COMMENT) if event.details else data

    def _signature(self, event: e.ReasoningEnd) -> bytes:
        at = self._at("reasoning", event.id)
        delta = {"type": "signature_delta", "signature": event.signature}
        return at + f.frame("content_block_delta", index=self._index, delta=delta)

    # Calls.

    def _call_start(self, event: e.ToolInputStart) -> bytes:
        if event.provider_executed and event.name not in o.SERVER_TOOLS:
            self._held[event.id] = _Held(event.name)
            return b""
        kind = o.call_kind(event.name, None, own=event.provider_executed)
        self._calls[event.id] = kind
        self._streamed.add(event.id)
        block = {"type": kind, "id": event.id, "name": event.name, "input": {}}
        data = self._opened("call", event.id, block)
        self._pinned, self._pieces = True, False
        return data

    def _call_delta(self, event: e.ToolInputDelta) -> bytes:
        if event.id in self._held:
            self._held[event.id].pieces.append(event.text)
            return b""
        if self._open != "call" or self._open_id != event.id:
            return self._aside(event, "a piece of a call that is not open: " + COMMENT)
        self._pieces = self._pieces or bool(event.text)
        return self._piece(event.text) if event.text else b""

    def _call_end(self, event: e.ToolInputEnd) -> bytes:
        """No more pieces. Where there was none, the arguments may still come, with the `ToolCall` that follows."""
        if self._open == "call" and self._open_id == event.id:
            self._pinned = not self._pieces
        return b""

    def _call(self, event: e.ToolCall) -> bytes:
        self._held.pop(event.id, None)
        streamed = event.id in self._streamed
        self._streamed.discard(event.id)
        if not streamed:
            data = self._whole_call(event)
        elif self._open == "call" and self._open_id == event.id:
            late = not self._pieces and event.arguments not in ("", "{}")
            data = (self._piece(_arguments(event)) if late else b"") + self._close()
        else:
            data = b""
        if o.left_of(event.metadata, told=not streamed):
            data += self._aside(event, "`metadata`: " + COMMENT)
        return data

    def _whole_call(self, event: e.ToolCall) -> bytes:
        kind = o.call_kind(event.name, event.metadata, own=event.provider_executed)
        self._calls[event.id] = kind
        data = self._opened("call", event.id, o.call_block(event, kind, {}))
        return data + self._piece(_arguments(event)) + self._close()

    # Whole blocks and citations.

    def _result(self, event: e.ToolResult | e.ToolError) -> bytes:
        block = o.result_block(event, self._calls)
        return self._beside(event) if block is None else self._whole(block)

    def _file(self, event: e.File) -> bytes:
        block = o.file_block(event)
        return self._beside(event) if block is None else self._whole(block)

    def _source(self, event: e.Source) -> bytes:
        """A citation of a text that has not ended. The real API, too, cites before the block's first piece."""
        text = self._text_id if event.block is None else event.block
        citation = o.citation_of(event)
        if citation is None or text is None or (text != self._text_id and text not in self._texts):
            return self._beside(event)
        at = self._at("text", text)
        delta = {"type": "citations_delta", "citation": citation}
        return at + f.frame("content_block_delta", index=self._index, delta=delta)

    # The rest: what may stand anywhere, and the ends.

    def _start(self, event: e.Start) -> bytes:
        return self._aside(event, "a second one: " + COMMENT) if self._begun else self._begin(event.id, event.model)

    def _step_start(self, event: e.StepStart) -> bytes:
        if event.choice:
            return self._aside(event, OTHER_CHOICE)
        self._steps += 1
        if self._steps == 1:
            return b""
        how = "all steps are one message; where the next begins, " + COMMENT
        ended = b"" if self._step_end is None else self._aside(self._step_end, how)
        return ended + self._aside(event, how)

    def _end_step(self, event: e.StepEnd) -> bytes:
        if event.choice:
            return self._aside(event, OTHER_CHOICE)
        self._step_end = event
        return b""

    def _count(self, event: e.Usage) -> bytes:
        self._usage = event
        return b""

    def _ping(self, event: e.Heartbeat) -> bytes:  # noqa: ARG002
        return f.PING

    def _metadata(self, event: e.Metadata) -> bytes:
        """What the API has a place for goes there; a comment tells the rest."""
        if event.choice:
            return self._aside(event, OTHER_CHOICE)
        left = dict(event.data)
        blocks = {key: left.pop(key) for key in _BLOCKS if isinstance(left.get(key), dict)}
        told = self._content(e.Metadata(data=blocks), AnthropicEncoder._own_blocks) if blocks else b""
        self._delta |= {key: left.pop(key) for key in _AT_END if key in left}
        if "context_management" in left:
            self._beside_delta["context_management"] = left.pop("context_management")
        return told + self._beside(event) if left or not event.data else told

    def _own_blocks(self, event: e.Metadata) -> bytes:
        """Blocks of Anthropic's own that became metadata."""
        return b"".join(self._own_block(*_BLOCKS[key](data)) for key, data in event.data.items())

    def _own_block(self, block: dict[str, Any], delta: dict[str, Any] | None) -> bytes:
        close = self._close()
        self._index += 1
        start = f.frame("content_block_start", index=self._index, content_block=block)
        grow = b"" if delta is None else f.frame("content_block_delta", index=self._index, delta=delta)
        return close + start + grow + f.block_stop(self._index)

    def _retract(self, event: e.Retract) -> bytes:
        self._refused = self._refused or not event.choice
        return self._beside(event)

    def _restart(self, event: e.Restart) -> bytes:
        """What was told cannot be taken back; only where nothing was, the answer may go on."""
        if self._index < 0:
            self._held.clear()
            self._texts.clear()
            self._steps, self._step_end, self._usage, self._refused = 0, None, None, False
            return self._beside(event)
        self._note(event)
        return self._interrupted(BEGUN_ANEW)

    def _abort(self, event: e.Abort) -> bytes:
        self._note(event)
        return self._interrupted(ends.cancelled(event))

    def _finish(self, event: e.Finish) -> bytes:
        reason = ends.stop_reason_of(event.reason, event.raw_reason, refused=self._refused)
        if reason is None:
            return self._interrupted(Error(message=f"the answer ended with {event.raw_reason or event.reason!r}"))
        begin = b"" if self._begun else self._begin("", "")
        content = self._drain(to_the_end=True) + b"".join(map(self._unfinished, list(self._held))) + self._close()
        self.finished = True
        self._delta["stop_reason"] = reason
        note = self._aside(event, "as `end_turn`, and " + COMMENT) if event.reason == "other" else b""
        usage = ends.usage_of(self._usage)
        end = f.frame("message_delta", delta=self._delta, usage=usage, **self._beside_delta)
        return begin + content + note + end + f.MESSAGE_STOP

    def _unfinished(self, id: str) -> bytes:
        """A call that was held and never completed, told as far as it came."""
        held = self._held.pop(id)
        arguments = "".join(held.pieces) or "{}"
        return self._whole_call(e.ToolCall(id=id, name=held.name, arguments=arguments, provider_executed=True))

    def _broken_off(self) -> bytes:
        """What still waits when the answer fails: no block may end as if it were whole, so it goes beside."""
        waiting = [event for lane in self._lanes.take() for event in lane]
        return b"".join(self._aside(event, BROKEN_OFF) for event in waiting)


def _arguments(call: e.ToolCall) -> str:
    return json_bytes(o.input_of(call)).decode() if call.error is not None else call.arguments or "{}"


def _compaction(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    return {"type": "compaction", "content": None}, {"type": "compaction_delta", **data}


def _fallback(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    return {"type": "fallback", **data}, None


_BLOCKS: Final = {"compaction": _compaction, "fallback": _fallback}

_CONTENT: Final[dict[type[Event], Callable[[AnthropicEncoder, Any], bytes]]] = {
    e.TextStart: AnthropicEncoder._text_start,
    e.TextDelta: AnthropicEncoder._text,
    e.TextEnd: AnthropicEncoder._text_end,
    e.ReasoningStart: AnthropicEncoder._nothing,
    e.ReasoningDelta: AnthropicEncoder._reasoning,
    e.ReasoningEnd: AnthropicEncoder._reasoning_end,
    e.ToolInputStart: AnthropicEncoder._call_start,
    e.ToolInputDelta: AnthropicEncoder._call_delta,
    e.ToolInputEnd: AnthropicEncoder._call_end,
    e.ToolCall: AnthropicEncoder._call,
    e.ToolResult: AnthropicEncoder._result,
    e.ToolError: AnthropicEncoder._result,
    e.RefusalDelta: AnthropicEncoder._refusal,
    e.Source: AnthropicEncoder._source,
    e.File: AnthropicEncoder._file,
}
_WAITING: Final[dict[type[Event], Callable[[AnthropicEncoder, Any], bytes]]] = {
    **_CONTENT,
    e.Metadata: AnthropicEncoder._own_blocks,
}
_REST: Final[dict[type[Event], Callable[[AnthropicEncoder, Any], bytes]]] = {
    e.Start: AnthropicEncoder._start,
    e.StepStart: AnthropicEncoder._step_start,
    e.StepEnd: AnthropicEncoder._end_step,
    e.Usage: AnthropicEncoder._count,
    e.Heartbeat: AnthropicEncoder._ping,
    e.Metadata: AnthropicEncoder._metadata,
    e.Retract: AnthropicEncoder._retract,
    e.Restart: AnthropicEncoder._restart,
    e.Abort: AnthropicEncoder._abort,
    e.Error: AnthropicEncoder._interrupted,
    e.Finish: AnthropicEncoder._finish,
    **dict.fromkeys(
        (e.Box, e.Retry, e.Resume, e.Moderation, e.Partial, e.Element, e.Progress, e.Raw), AnthropicEncoder._beside
    ),
}
