"""Events as the stream of a response.

Strategy: text is the common case, and its frame is what the block's first piece has made, the JSON of the piece and two
numbers. The encoder knows the block that grew last; everything else goes by its type to a table.

The API tells one answer: other choices go beside it as comments. What it cannot take back, it does not: a stream that
begins anew after it has shown something ends as an error.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import msgspec
from msgspec.structs import replace

from slipstream.dialects.common.openai_shape.frames import quote, written
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.responses_wire.beside import AUDIO_TYPE
from slipstream.dialects.common.responses_wire.calls_told import CallTeller
from slipstream.dialects.common.responses_wire.citations import annotation_of
from slipstream.dialects.common.responses_wire.response_object import CUT, ResponseObject, ending_of, error_wire
from slipstream.dialects.common.responses_wire.telling import (
    IN_PROGRESS,
    INCOMPLETE,
    GrowingItem,
    Teller,
    WholeItem,
    fixed,
)
from slipstream.dialects.common.responses_wire.told_calls import HeldItem
from slipstream.dialects.common.responses_wire.told_text import ReasoningItem, RefusalItem, TextItem
from slipstream.dialects.common.stream_encoder import COMMENT, NATIVE, StreamEncoder
from slipstream.dialects.common.wire import Wire, obj, objects, text
from slipstream.events import Error, Event, types as e

_ONE_RESPONSE: Final = "not told: the items of all model calls are one output"

CANCELLED: Final = "cancelled"

_METADATA_ITEMS: Final = {"compaction": False, "mcp_list_tools": True, "mcp_approval_request": True}
"""Metadata that is an item of this API -> True if it is a list of them, of which the last is new."""

_RESPONSE_FIELDS: Final = ("service_tier", "conversation")


class ResponsesEncoder(StreamEncoder):
    """Encodes one streamed response; see `StreamEncoder`.

    Attributes:
        final: the whole response as JSON, once it has ended.
    """

    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        e.Start: NATIVE, e.StepStart: _ONE_RESPONSE, e.TextStart: NATIVE, e.TextDelta: NATIVE, e.TextEnd: NATIVE,
        e.ReasoningStart: NATIVE, e.ReasoningDelta: "as a summary of reasoning",
        e.ReasoningEnd: "another API's proofs in encrypted_content", e.ToolInputStart: NATIVE,
        e.ToolInputDelta: "of the provider's own searches and pictures with the whole call", e.ToolInputEnd: NATIVE,
        e.ToolCall: NATIVE, e.ToolResult: COMMENT, e.ToolError: COMMENT, e.RefusalDelta: NATIVE, e.Source: COMMENT,
        e.File: COMMENT, e.Box: COMMENT, e.Usage: NATIVE, e.StepEnd: _ONE_RESPONSE, e.Finish: NATIVE,
        e.Abort: "as an error with the code cancelled", e.Error: NATIVE, e.Heartbeat: NATIVE, e.Retry: COMMENT,
        e.Resume: COMMENT, e.Restart: "before anything is shown as an SSE comment, later as an error that ends it",
        e.Retract: "as an end with the reason content_filter", e.Moderation: COMMENT, e.Partial: COMMENT,
        e.Element: COMMENT, e.Progress: COMMENT, e.Metadata: COMMENT, e.Raw: COMMENT,
    }  # fmt: skip

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        self.final = b""
        self._teller = Teller()
        self._response = ResponseObject(self.reply)
        self._calls = CallTeller(self._teller, self.reply.options.get("tools"))
        self._begun = False
        self._steps = 0
        self._open: dict[tuple[str, str], TextItem | ReasoningItem] = {}
        self._last: TextItem | None = None
        self._refusal: RefusalItem | None = None
        self._sources: list[e.Source] = []
        self._listed: dict[str, int] = {}
        self._phase = ""
        self._retracted = False
        # The block that grew last: what the next piece of it needs.
        self._kind: type[Event] | None = None
        self._id = ""
        self._item: GrowingItem

    def _encode(self, event: Event) -> bytes:
        if type(event) is self._kind and event.id == self._id:  # type: ignore[attr-defined]
            piece = quote(event.text)  # type: ignore[attr-defined]
            item, teller = self._item, self._teller
            item.kept += piece[1:-1]
            number = teller.number
            teller.number = number + 1
            return b"%b%b%b%d}\n\n" % (item.head, piece, item.tail, number)
        if getattr(event, "choice", 0):
            return self._aside(event)
        return _ENCODE.get(type(event), StreamEncoder._beside)(self, event)

    def _aside(self, event: Event) -> bytes:
        """The event as a comment, whatever others of its type become."""
        self.carried.setdefault(event.type, COMMENT)
        return self._beside(event)

    # The response as a whole.

    def _start(self, event: e.Start) -> bytes:
        response = self._response
        if self._begun:
            return b""  # after a new beginning before anything was shown: the client has the id already
        response.id = event.id or response.id
        response.model = response.model or event.model
        response.created = response.created if event.created is None else event.created
        return self._begin()

    def _begin(self) -> bytes:
        """Announce the response, once."""
        if self._begun:
            return b""
        self._begun = True
        response = self._response
        self._teller.base = response.id.removeprefix("resp_")
        wire = {"response": fixed(response.wire(IN_PROGRESS, b"[]"))}
        return self._teller.frame("response.created", wire) + self._teller.frame("response.in_progress", wire)

    def _step_start(self, event: e.StepStart) -> bytes:
        self._steps += 1
        if self._steps > 1:
            self._note(event)
        return self._begin()

    def _step_end(self, event: e.StepEnd) -> bytes:
        if self._steps > 1:
            self._note(event)
        return self._end_refusal()

    def _count(self, event: e.Usage) -> bytes:
        self._response.usage = event
        return b""

    def _finish(self, event: e.Finish) -> bytes:
        if event.reason in CUT and not self._retracted:
            return self._interrupted(_unfinished(event))
        data = self._begin() + self._end_items()
        status, details = ending_of(event.reason, event.raw_reason, retracted=self._retracted)
        return data + self._conclude(f"response.{status}", status, details)

    def _end_items(self) -> bytes:
        late = [self._aside(source) for source in self._sources]
        self._sources = []
        return b"".join([*late, *(item.close() for item in self._teller.items if not item.ended)])

    def _conclude(self, kind: str, status: str, ending: Wire) -> bytes:
        wire = self._response.wire(status, self._teller.output(), **ending)
        self.final = written(wire)
        self.finished = True
        return self._teller.frame(kind, {"response": msgspec.Raw(self.final)})

    def _abort(self, event: e.Abort) -> bytes:
        self._note(event)
        error = Error(message="the answer was cancelled", code=CANCELLED)
        return self._broken(error, CANCELLED)

    def _interrupted(self, error: Error) -> bytes:
        return self._broken(error, "failed")

    def _broken(self, error: Error, status: str) -> bytes:
        """The error's own event, in both of the shapes that clients know at once, and the response that failed."""
        stated = error_wire(error)
        fields = {name: fixed(stated[name]) for name in ("code", "message", "param")}
        data = self._teller.frame("error", {**fields, "error": fixed(stated)})
        return data + self._conclude("response.failed", status, {"error": {**fields}})

    def cut(self) -> bytes:
        """The response as JSON although nobody has ended it: what there is, and that it is incomplete."""
        if not self.finished:
            self._begin()
            self._end_items()
            self._conclude("response.incomplete", INCOMPLETE, {})
        return self.final

    def _restart(self, event: e.Restart) -> bytes:
        self._note(event)
        self._disarm()
        if not self._teller.items:
            return self._beside(event)
        message = "the answer began anew, and what has been sent of it is void"
        return self._interrupted(Error(message=message, kind="StreamInterruptedError", retryable=True))

    def _retract(self, event: e.Retract) -> bytes:
        self._note(event)
        self._retracted = True
        return b""

    # Text and thinking.

    def _arm(self, kind: type[Event], id: str, item: GrowingItem) -> None:
        self._kind, self._id, self._item = kind, id, item

    def _disarm(self) -> None:
        self._kind = None

    def _text_start(self, event: e.TextStart | e.TextDelta) -> bytes:
        data = self._begin() + self._end_refusal()
        item = self._open["text", event.id] = self._last = TextItem(self._teller, self._phase)
        self._phase = ""
        self._arm(e.TextDelta, event.id, item)
        sources, self._sources = self._sources, []
        return data + item.begin() + b"".join([item.cite(annotation_of(source, 0)) for source in sources])

    def _text_delta(self, event: e.TextDelta) -> bytes:
        item = self._open.get(("text", event.id))
        data = self._text_start(event) if item is None else b""
        item = self._open["text", event.id]
        self._last = item if isinstance(item, TextItem) else self._last
        self._arm(e.TextDelta, event.id, item)
        return data + item.grow(event.text)

    def _text_end(self, event: e.TextEnd) -> bytes:
        self._disarm()
        item = self._open.pop(("text", event.id), None)
        return item.end() if isinstance(item, TextItem) else b""

    def _refuse(self, event: e.RefusalDelta) -> bytes:
        data = b""
        if self._refusal is None:
            data = self._begin()
            self._refusal = RefusalItem(self._teller)
            data += self._refusal.begin()
        return data + self._refusal.grow(event.text)

    def _end_refusal(self) -> bytes:
        item, self._refusal = self._refusal, None
        return b"" if item is None else item.end()

    def _reasoning_start(self, event: e.ReasoningStart | e.ReasoningDelta | e.ReasoningEnd) -> bytes:
        data = self._begin()
        item = self._open["reasoning", event.id] = ReasoningItem(self._teller)
        return data + item.added()

    def _reasoning_delta(self, event: e.ReasoningDelta) -> bytes:
        if not event.text:
            return b""
        data = b"" if ("reasoning", event.id) in self._open else self._reasoning_start(event)
        item = self._open["reasoning", event.id]
        data += item.grow(event.text)
        self._arm(e.ReasoningDelta, event.id, item)
        return data

    def _reasoning_end(self, event: e.ReasoningEnd) -> bytes:
        self._disarm()
        data = b"" if ("reasoning", event.id) in self._open else self._reasoning_start(event)
        item = self._open.pop(("reasoning", event.id))
        return data + (item.end(event) if isinstance(item, ReasoningItem) else b"")

    # Calls.

    def _call_start(self, event: e.ToolInputStart) -> bytes:
        return self._begin() + self._calls.start(event)

    def _call_delta(self, event: e.ToolInputDelta) -> bytes:
        item = self._calls.find(event.id)
        if item is None:
            return self._aside(event)
        if item.plain:
            self._arm(e.ToolInputDelta, event.id, item)
        elif isinstance(item, HeldItem):
            self._note(event)
        return item.grow(event.text)

    def _call(self, event: e.ToolCall) -> bytes:
        self._disarm()
        return self._begin() + self._calls.call(event)

    def _result(self, event: e.ToolResult | e.ToolError) -> bytes:
        self._disarm()
        told, whole = self._calls.result(event)
        return told if whole else told + self._aside(event)

    # What stands beside the text.

    def _source(self, event: e.Source) -> bytes:
        item = self._open.get(("text", event.block or "")) or self._last
        if isinstance(item, TextItem) and not item.ended:
            return item.cite(annotation_of(event, item.length))
        if self._last is not None:
            return self._aside(event)
        self._sources.append(event)  # there is no text yet that it could stand in
        return b""

    def _file(self, event: e.File) -> bytes:
        data = event.data and b64encode(event.data).decode()
        if event.media_type.startswith("image/") and (event.url or data):
            return self._begin() + self._calls.picture(event, data or event.url)
        if event.media_type == AUDIO_TYPE and data:
            return self._begin() + self._teller.frame("response.audio.delta", {"delta": data})
        return self._aside(event)

    def _metadata(self, event: e.Metadata) -> bytes:
        rest = dict(event.data)
        data = self._weigh(rest)
        for name, many in _METADATA_ITEMS.items():
            data += self._tell_items(name, rest, many=many)
        for name in _RESPONSE_FIELDS:
            if name in rest:
                self._response.said[name] = fixed(rest.pop(name))
        if text(rest, "phase") and (self._last is None or self._last.ended):
            self._phase = rest.pop("phase")
        return data + (self._aside(replace(event, data=rest)) if rest else b"")

    def _weigh(self, rest: Wire) -> bytes:
        """Log probabilities of the text that came last."""
        logprobs = rest.get("logprobs")
        if not isinstance(logprobs, dict) or set(logprobs) != {"content"} or not isinstance(logprobs["content"], list):
            return b""
        if self._last is None or self._last.ended or not all(isinstance(one, dict) for one in logprobs["content"]):
            return b""
        del rest["logprobs"]
        return self._last.weigh(logprobs["content"])

    def _tell_items(self, name: str, rest: Wire, *, many: bool) -> bytes:
        found = objects(rest, name) if many else [obj(rest, name)]
        if name not in rest or not all(text(one, "id") for one in found):
            return b""
        del rest[name]
        new = found[self._listed.get(name, 0) :] if many else found
        self._listed[name] = len(found)
        return self._begin() + b"".join([WholeItem(self._teller, {"type": name, **one}).tell() for one in new])

    def _moderation(self, event: e.Moderation) -> bytes:
        if event.source != "openai" or not {"input", "output"} <= set(event.verdict):
            return self._aside(event)
        self._response.said["moderation"] = fixed(event.verdict)
        return b""

    def _heartbeat(self, event: e.Heartbeat) -> bytes:  # noqa: ARG002
        return self.heartbeat()


def _unfinished(event: e.Finish) -> Error:
    """What an end says that is none."""
    code = CANCELLED if event.reason == "cancelled" else None
    return Error(message=f"the answer is not whole: {event.reason}", kind="StreamInterruptedError", code=code)


_ENCODE: Final[dict[type[Event], Callable[[ResponsesEncoder, Any], bytes]]] = {
    e.Start: ResponsesEncoder._start,
    e.StepStart: ResponsesEncoder._step_start,
    e.TextStart: ResponsesEncoder._text_start,
    e.TextDelta: ResponsesEncoder._text_delta,
    e.TextEnd: ResponsesEncoder._text_end,
    e.ReasoningStart: ResponsesEncoder._reasoning_start,
    e.ReasoningDelta: ResponsesEncoder._reasoning_delta,
    e.ReasoningEnd: ResponsesEncoder._reasoning_end,
    e.ToolInputStart: ResponsesEncoder._call_start,
    e.ToolInputDelta: ResponsesEncoder._call_delta,
    e.ToolInputEnd: lambda encoder, event: b"",  # noqa: ARG005  # the call tells it
    e.ToolCall: ResponsesEncoder._call,
    e.ToolResult: ResponsesEncoder._result,
    e.ToolError: ResponsesEncoder._result,
    e.RefusalDelta: ResponsesEncoder._refuse,
    e.Source: ResponsesEncoder._source,
    e.File: ResponsesEncoder._file,
    e.Usage: ResponsesEncoder._count,
    e.StepEnd: ResponsesEncoder._step_end,
    e.Finish: ResponsesEncoder._finish,
    e.Abort: ResponsesEncoder._abort,
    e.Error: ResponsesEncoder._interrupted,
    e.Heartbeat: ResponsesEncoder._heartbeat,
    e.Restart: ResponsesEncoder._restart,
    e.Retract: ResponsesEncoder._retract,
    e.Moderation: ResponsesEncoder._moderation,
    e.Metadata: ResponsesEncoder._metadata,
}
