"""A UI message stream as events: the reverse of `encoder`, for the streams of any server that speaks the protocol.

Strategy: a delta is dealt with at the top of `_take`, out of a part with its few fields alone; everything else is
decoded once more with all fields and goes through one table from part type to method.

`finish` is not the last word: a server may write more parts behind it (`createUIMessageStream` merges several streams),
so the answer ends with `[DONE]` or with the body, and is whole if `finish` had come. A step's reason comes after its
`finish-step` where the server is not ours, so `StepEnd` waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.http_errors import error_event, parse_wire
from slipstream.dialects.common.stream_decoder import AGAIN, NOTED, UNKNOWN, StreamDecoder
from slipstream.dialects.common.ui_wire import chunks as c
from slipstream.dialects.common.ui_wire.blocks import Blocks, arguments_of
from slipstream.dialects.common.ui_wire.files import of_data_url
from slipstream.dialects.common.ui_wire.metadata import call_metadata, foreign, owned
from slipstream.dialects.common.ui_wire.notices import restored
from slipstream.dialects.common.ui_wire.usage import usage_of
from slipstream.dialects.common.ui_wire.words import REASONS
from slipstream.events import Error, Event, FinishReason, types as e
from slipstream.events.order import ANYWHERE

DENIED: Final = "The user denied this call."


class UIDecoder(StreamDecoder):
    """Decodes one UI message stream; see `StreamDecoder` for the arguments.

    What one event cannot say becomes two: `providerMetadata` of other servers is told as `Metadata`. A `reset-step` is
    a `Restart` in the first step; in a later one, of which it voids no more than that step, the step ends with the
    reason `error` (raw: `reset-step`) and another begins. Parts that no event stands for are `Raw`.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = c.NARROW
    WHOLE: ClassVar[msgspec.json.Decoder[Any] | None] = c.WHOLE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._blocks = Blocks()
        self._texts = self._blocks.texts
        self._begun = self._in_step = self._waits = self._restarted = False
        self._steps = 0  # begun since the last `Start`
        self._called = False  # this step has a call that the client must run
        self._id = self._model = ""
        self._reason: FinishReason | None = None
        self._raw_reason: str | None = None
        self._ended = False
        self._told: Error | e.Abort | None = None  # the whole of the end that comes next

    @property
    def complete(self) -> bool:
        """True once `finish` has come."""
        return self._ended

    def _take(self, chunk: Any, out: list[Event]) -> int:
        if chunk.type == "text-delta":
            id = self._texts.get(chunk.id)
            if id is not None:
                if chunk.delta:
                    out.append(e.TextDelta(chunk.delta, id))
                return NOTED
        elif chunk.type == "tool-input-delta":
            call = self._blocks.calls.get(chunk.tool_call_id)
            if call is not None and call.open:
                if chunk.input_text_delta:
                    call.pieces.append(chunk.input_text_delta)
                    out.append(e.ToolInputDelta(chunk.input_text_delta, call.id))
                return NOTED
        elif chunk.type == "reasoning-delta" and chunk.provider_metadata is None:
            id = self._blocks.reasonings.get(chunk.id)
            if id is not None:
                if chunk.delta:
                    out.append(e.ReasoningDelta(chunk.delta, id))
                return NOTED
        return AGAIN

    def _take_whole(self, chunk: Any, out: list[Event]) -> int:
        if chunk.type.startswith("data-"):
            return self._take_data(chunk, out)
        take = _TAKE.get(chunk.type)
        return UNKNOWN if take is None else take(self, chunk, out) or NOTED

    def _take_unknown(self, wire: dict[str, Any], frame: Any, out: list[Event]) -> int:
        error = None if "type" in wire else self._error_of(wire)
        return super()._take_unknown(wire, frame, out) if error is None else self._fail_with(error, out)

    def _take_done(self, out: list[Event]) -> int:
        if not self._begun:
            return self._fail(out, "StreamInterruptedError", "the answer ended before it began", retryable=True)
        return self._conclude(out)

    def _loosen(self, wire: dict[str, Any]) -> Any:
        return c.loosen(wire)

    def _error_of(self, wire: dict[str, Any]) -> Error | None:
        text = wire.get("errorText")
        if isinstance(text, str):
            return error_event(None, None, text)
        if "type" in wire and not wire.get("error"):
            return None
        code, message = parse_wire(wire)
        return error_event(None, code, message) if message else None

    def _flush(self, out: list[Event]) -> None:
        self._release(out)

    def _close(self, out: list[Event]) -> None:
        self._begin(out)
        self._blocks.close_all(out)
        self._end_step(out)
        self._release(out)
        out.append(e.Finish(reason=self._reason or self._likely(), raw_reason=self._raw_reason))

    # The message and its steps.

    def _begin(self, out: list[Event], id: str = "", model: str = "", created: int | None = None) -> None:
        if not self._begun:
            self._begun = True
            self._id, self._model = id, model
            out.append(e.Start(id=id, model=model, created=created))

    def _answer(self, out: list[Event]) -> None:
        """Get ready for content: the message and its first step have begun, an earlier step's end is out."""
        self._release(out)
        if not self._steps:
            self._begin(out)
            self._open_step(out)

    def _open_step(self, out: list[Event]) -> None:
        self._in_step = True
        self._steps += 1
        self._called = False
        self._reason = self._raw_reason = None
        out.append(e.StepStart())

    def _end_step(self, out: list[Event]) -> None:
        if self._in_step:
            self._in_step = False
            self._waits = True
            self._blocks.close_all(out)

    def _release(self, out: list[Event]) -> None:
        """The end of a step that waited for its reason; it waits no more."""
        if self._waits:
            self._waits = False
            out.append(e.StepEnd(reason=self._reason or self._likely(), raw_reason=self._raw_reason))

    def _likely(self) -> FinishReason:
        return "tool_calls" if self._called else "stop"

    def _take_start(self, part: c.Part, out: list[Event]) -> None:
        metadata = dict(part.message_metadata) if isinstance(part.message_metadata, dict) else {}
        model, created = "", None
        if not self._begun:
            model = metadata.pop("model") if isinstance(metadata.get("model"), str) else ""
            created = _seconds(metadata.pop("createdAt")) if _seconds(metadata.get("createdAt")) else None
        self._begin(out, part.message_id, model, created)
        self._tell(metadata, out)

    def _take_step_start(self, part: c.Part, out: list[Event]) -> None:  # noqa: ARG002
        self._begin(out)
        self._end_step(out)
        self._release(out)
        self._open_step(out)

    def _take_step_end(self, part: c.Part, out: list[Event]) -> None:  # noqa: ARG002
        if self._restarted:
            self._restarted = False
            return
        self._answer(out)
        self._end_step(out)
        if self._reason is not None:
            self._release(out)

    def _take_reset(self, part: c.Part, out: list[Event]) -> None:  # noqa: ARG002
        if self._restarted:
            self._restarted = False
        elif self._steps > 1:
            self._reason, self._raw_reason = "error", "reset-step"
            self._end_step(out)
            self._release(out)
            self._open_step(out)
        elif self._steps:
            self._restart(e.Restart(), out)
            self._begin(out, self._id, self._model)
            self._restarted = False

    def _restart(self, event: e.Restart, out: list[Event]) -> None:
        self._answer(out)
        out.append(event)
        self._blocks.forget()
        self._texts = self._blocks.texts
        self._restarted, self._begun, self._in_step = self._in_step, False, False
        self._steps = 0
        self._called = self._ended = False
        self._reason = self._raw_reason = None

    def _take_metadata(self, part: c.Part, out: list[Event]) -> None:
        if isinstance(part.message_metadata, dict):
            self._tell(dict(part.message_metadata), out)

    def _tell(self, metadata: dict[str, Any], out: list[Event]) -> None:
        """What stands in `messageMetadata`: why it ended, usage, and the rest as `Metadata`."""
        reason = metadata.get("finishReason")
        if isinstance(reason, str) and reason in REASONS:
            self._reason = REASONS[reason]
            raw = metadata.pop("rawFinishReason", None)
            self._raw_reason = raw if isinstance(raw, str) else None
            del metadata["finishReason"]
        usage, rest = usage_of(metadata)
        if usage is not None:
            self._begin(out)
            out.append(usage)
        if rest:
            out.append(e.Metadata(data=rest))

    def _take_finish(self, part: c.Part, out: list[Event]) -> None:
        self._begin(out)
        if part.finish_reason:
            self._reason = REASONS.get(part.finish_reason, "other")
            self._raw_reason = part.finish_reason
        if isinstance(part.message_metadata, dict):
            self._tell(dict(part.message_metadata), out)
        self._ended = True

    def _take_error(self, part: c.Part, out: list[Event]) -> int:
        told = self._told if isinstance(self._told, Error) else error_event(None, None, part.error_text)
        return self._fail_with(told, out)

    def _take_abort(self, part: c.Part, out: list[Event]) -> int:
        self._release(out)
        told = self._told if isinstance(self._told, e.Abort) else None
        out.append(told or e.Abort(reason=part.reason or "cancelled"))
        return self._stop()

    # Text and thinking.

    def _take_text_start(self, part: c.Part, out: list[Event]) -> None:
        self._answer(out)
        if owned(part.provider_metadata).get("refusal") is True:
            self._blocks.refusals.add(part.id)
        else:
            self._blocks.open_text(part.id, out)

    def _take_text_delta(self, part: c.Part, out: list[Event]) -> None:
        if part.id in self._blocks.refusals:
            if part.delta:
                out.append(e.RefusalDelta(part.delta))
            return
        id = self._texts.get(part.id)
        if id is None:
            self._answer(out)
            id = self._blocks.open_text(part.id, out)
        if part.delta:
            out.append(e.TextDelta(part.delta, id))

    def _take_text_end(self, part: c.Part, out: list[Event]) -> None:
        self._blocks.close_text(part.id, out)

    def _take_reasoning_start(self, part: c.Part, out: list[Event]) -> None:
        self._answer(out)
        self._blocks.open_reasoning(part.id, out)
        self._prove(part)

    def _take_reasoning_delta(self, part: c.Part, out: list[Event]) -> None:
        id = self._blocks.reasonings.get(part.id)
        if id is None:
            self._answer(out)
            id = self._blocks.open_reasoning(part.id, out)
        self._prove(part)
        if part.delta:
            out.append(e.ReasoningDelta(part.delta, id))

    def _take_reasoning_end(self, part: c.Part, out: list[Event]) -> None:
        if part.id in self._blocks.reasonings:
            self._prove(part)
            rest = foreign(self._blocks.close_reasoning(part.id, out))
            if rest:
                out.append(e.Metadata(data={"providerMetadata": rest}))

    def _prove(self, part: c.Part) -> None:
        """Anthropic's signature comes with an empty delta of its own, before the block's end."""
        if isinstance(part.provider_metadata, dict):
            self._blocks.proofs[part.id] |= part.provider_metadata

    # Calls.

    def _take_input_start(self, part: c.Part, out: list[Event]) -> None:
        self._answer(out)
        self._open_call(part, out)

    def _open_call(self, part: c.Part, out: list[Event]) -> Any:
        self._called = self._called or not part.provider_executed
        return self._blocks.open_call(part.tool_call_id, part.tool_name, self._steps, out, own=part.provider_executed)

    def _take_input_delta(self, part: c.Part, out: list[Event]) -> None:
        call = self._blocks.calls.get(part.tool_call_id)
        if call is None or not call.open:
            self._answer(out)
            call = self._open_call(part, out)
        if part.input_text_delta:
            call.pieces.append(part.input_text_delta)
            out.append(e.ToolInputDelta(part.input_text_delta, call.id))

    def _take_input(self, part: c.Part, out: list[Event]) -> None:
        """A call is whole, or has come whole; one that is told again in its step is no other call."""
        self._answer(out)
        call = self._blocks.calls.get(part.tool_call_id)
        if call is not None and not call.open and call.step == self._steps:
            return
        if call is None or not call.open:
            call = self._open_call(part, out)
        arguments = self._arguments(part, call.pieces)
        if not call.pieces and arguments != "{}":
            out.append(e.ToolInputDelta(arguments, call.id))
        call.open = False
        call.name = part.tool_name or call.name
        failed = part.type == "tool-input-error"
        out.append(e.ToolInputEnd(id=call.id))
        out.append(
            e.ToolCall(
                id=call.id, name=call.name, input=None if failed else {} if part.input is None else part.input,
                arguments=arguments, error=part.error_text if failed else None,
                provider_executed=part.provider_executed, metadata=call_metadata(part.provider_metadata),
                index=call.index,
            )
        )  # fmt: skip

    @staticmethod
    def _arguments(part: c.Part, pieces: list[str]) -> str:
        if part.type == "tool-input-error" and isinstance(part.input, str):
            return part.input
        return arguments_of(part.input, pieces)

    def _take_output(self, part: c.Part, out: list[Event]) -> None:
        self._answer(out)
        id, name = self._call_of(part)
        out.append(
            e.ToolResult(
                id=id, output=part.output, name=name, provider_executed=part.provider_executed,
                preliminary=part.preliminary,
            )
        )  # fmt: skip

    def _take_output_error(self, part: c.Part, out: list[Event]) -> None:
        self._answer(out)
        id, name = self._call_of(part)
        out.append(e.ToolError(id=id, error=part.error_text, name=name, provider_executed=part.provider_executed))

    def _take_denied(self, part: c.Part, out: list[Event]) -> None:
        self._answer(out)
        id, name = self._call_of(part)
        out.append(e.ToolError(id=id, error=DENIED, name=name))

    def _call_of(self, part: c.Part) -> tuple[str, str]:
        call = self._blocks.calls.get(part.tool_call_id)
        return (part.tool_call_id, "") if call is None else (call.id, call.name)

    # What else there is.

    def _take_source(self, part: c.Part, out: list[Event]) -> None:
        self._answer(out)
        own = owned(part.provider_metadata)
        block = own.get("block")
        metadata = own["metadata"] if "metadata" in own else foreign(part.provider_metadata) or _document(part)
        out.append(
            e.Source(
                id=part.source_id, url=part.url, title=part.title,
                block=self._blocks.named.get(block, block) if isinstance(block, str) else None,
                metadata=metadata if isinstance(metadata, dict) else None,
            )
        )  # fmt: skip

    def _take_file(self, part: c.Part, out: list[Event]) -> None:
        self._answer(out)
        own = owned(part.provider_metadata)
        id, url = (own.get(key) if isinstance(own.get(key), str) else "" for key in ("id", "url"))
        try:
            content = of_data_url(part.url)
        except ValueError:
            content = None
        data, url = (b"", part.url) if content is None else (content[1], url or "")
        media_type = part.media_type or (content[0] if content else "")
        out.append(e.File(media_type=media_type, data=data, url=url, id=id or ""))

    def _take_data(self, part: c.Part, out: list[Event]) -> int:
        event = restored(part.type[5:], part.data)
        if event is None or (isinstance(event, e.Restart) and not self._begun):
            return UNKNOWN
        if isinstance(event, (Error, e.Abort)):
            self._told = event
        elif isinstance(event, e.Restart):
            self._restart(event, out)
        else:
            if not isinstance(event, ANYWHERE):
                self._answer(out)
            out.append(event)
        return NOTED


def _seconds(value: Any) -> int | None:
    """Seconds since the epoch, of JavaScript's milliseconds."""
    return int(value // 1000) if isinstance(value, (int, float)) and 0 < value < 1e15 else None


def _document(part: c.Part) -> dict[str, Any] | None:
    if part.type != "source-document" or (not part.filename and part.media_type == "text/plain"):
        return None
    return {"media_type": part.media_type, **({"filename": part.filename} if part.filename else {})}


_TAKE: Final[dict[str, Callable[[UIDecoder, c.Part, list[Event]], int | None]]] = {
    "start": UIDecoder._take_start,
    "start-step": UIDecoder._take_step_start,
    "finish-step": UIDecoder._take_step_end,
    "reset-step": UIDecoder._take_reset,
    "message-metadata": UIDecoder._take_metadata,
    "finish": UIDecoder._take_finish,
    "error": UIDecoder._take_error,
    "abort": UIDecoder._take_abort,
    "text-start": UIDecoder._take_text_start,
    "text-delta": UIDecoder._take_text_delta,
    "text-end": UIDecoder._take_text_end,
    "reasoning-start": UIDecoder._take_reasoning_start,
    "reasoning-delta": UIDecoder._take_reasoning_delta,
    "reasoning-end": UIDecoder._take_reasoning_end,
    "tool-input-start": UIDecoder._take_input_start,
    "tool-input-delta": UIDecoder._take_input_delta,
    "tool-input-available": UIDecoder._take_input,
    "tool-input-error": UIDecoder._take_input,
    "tool-output-available": UIDecoder._take_output,
    "tool-output-error": UIDecoder._take_output_error,
    "tool-output-denied": UIDecoder._take_denied,
    "source-url": UIDecoder._take_source,
    "source-document": UIDecoder._take_source,
    "file": UIDecoder._take_file,
    "reasoning-file": UIDecoder._take_file,
}
