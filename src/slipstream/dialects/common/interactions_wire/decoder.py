"""The stream of an interaction, decoded: steps that open, grow and close, and one event that ends it all.

Strategy: the common frame, a piece of the text step that is open, is one comparison chain in `_take`. Everything else
comes once more as an object, and goes by its `event_type` to a table.

Frames may carry an `event_id`; with the last of them another connection can go on (`GET interactions/{id}?stream=true&
last_event_id=...`). A server that answers it from the beginning again is read past what is known.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec

from slipstream.codec.frame import Frame
from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common.checks import wrong
from slipstream.dialects.common.documents import describe_json
from slipstream.dialects.common.face import Cursor
from slipstream.dialects.common.gemini_wire.chunks import ABSENT, without
from slipstream.dialects.common.gemini_wire.errors import error_of
from slipstream.dialects.common.gemini_wire.usage import INTERACTION
from slipstream.dialects.common.interactions_wire import chunks as c
from slipstream.dialects.common.interactions_wire.answer import MAX_STEPS, Answer
from slipstream.dialects.common.interactions_wire.statuses import normalise
from slipstream.dialects.common.stream_decoder import AGAIN, BLANK, NOTED, UNKNOWN, StreamDecoder, parse_loosely
from slipstream.dialects.common.wire import Wire, number, obj, objects, text
from slipstream.events import Error, Event, Finish, Heartbeat, Metadata, Raw, Start, StepEnd, StepStart, TextDelta

_TOLD: Final = ("id", "status", "model", "object", "created", "updated", "usage", "steps", "errors", "role")
"""What of an interaction is told elsewhere; the rest is metadata."""

_BEFORE_THE_END: Final = ("in_progress", "queued", "")


class InteractionsDecoder(StreamDecoder):
    """Decodes one streamed interaction; see `StreamDecoder` for the arguments.

    Attributes:
        answer: the interaction so far.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = c.NARROW
    WHOLE: ClassVar[msgspec.json.Decoder[Any] | None] = c.WHOLE

    def __init__(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> None:
        super().__init__(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)
        self._limit = max_event_bytes
        self.answer = Answer()
        self._over = False
        self._known: str | None = None  # frames are read past up to this token: they came before
        self._repeated: str | None = None  # the token of the last frame of the stream that this one continues
        self._index: int | None = None  # the step that grew last, if it is text
        self._text_id = ""

    @property
    def complete(self) -> bool:
        """True once the interaction has said how it ended."""
        return self._over or self.answer.status not in _BEFORE_THE_END

    @property
    def resume_cursor(self) -> Cursor | None:
        """Where another connection can go on: None before a frame told it, and once the interaction is over."""
        answer = self.answer
        if self.complete or answer.event_id is None or not answer.id:
            return None
        return Cursor(answer.id, answer.event_id)

    def continued(self) -> InteractionsDecoder:
        """A decoder for the body that goes on from `resume_cursor`; see `face.ResumableDecoder.continued`.

        Raises:
            InvalidRequestError: the interaction is over; there is nothing to go on with.
        """
        if self._over:
            raise wrong("continued", "the interaction is over", "a decoder whose stream broke off")
        twin = type(self)(include_raw=self._include_raw, lenient=self._lenient, max_event_bytes=self._limit)
        twin.answer = deepcopy(self.answer)
        twin.malformed = self.malformed
        twin._repeated = self.answer.event_id
        self._stop()
        return twin

    def take_body(self, body: bytes) -> list[Event]:
        """Take a whole, not streamed interaction."""
        document = body.lstrip(BLANK)
        if not document.startswith(b"{"):
            return [*self.feed(body), *self.end()]
        out: list[Event] = []
        try:
            wire = parse_loosely(document)
        except (ValueError, RecursionError):
            self._fail(out, "MalformedChunkError", f"the body of {len(body)} bytes is no whole JSON", retryable=True)
            return out
        self._seen, self._unusual = True, False
        self._take_document(wire, out)
        if self._include_raw:
            self._stamp(wire, 0, out)
        return out

    def _take_document(self, wire: Wire, out: list[Event]) -> None:
        status = text(wire, "status")
        if not status or wire.get("error"):
            what = f"the body is no interaction; it is {describe_json(wire)}"
            self._fail_with(error_of(wire) or Error(what, "MalformedChunkError"), out)
        elif status in _BEFORE_THE_END:
            self._note(wire, out)
            self._fail(out, "StreamInterruptedError", f"the interaction {self.answer.id[:80]!r} is still {status}")
        else:
            self._take_completed({"interaction": wire}, out)

    # One frame.

    def _take(self, chunk: c.Frame, out: list[Event]) -> int:
        delta = chunk.delta
        if (
            delta is None
            or chunk.index != self._index
            or delta.type != "text"
            or not delta.text
            or chunk.metadata is not ABSENT
            or self._known is not None
        ):
            return AGAIN
        if chunk.event_id is not None:
            self.answer.event_id = chunk.event_id
        out.append(TextDelta(delta.text, self._text_id))
        return NOTED

    def _take_whole(self, wire: Wire, out: list[Event]) -> int:
        kind = wire.get("event_type")
        take = _TAKE.get(kind) if isinstance(kind, str) else None
        if take is None:
            return UNKNOWN
        if kind == "interaction.created" and self.answer.started:
            return self._meet(wire, out)
        id = text(wire, "event_id")
        if self._known is not None:
            self._known = None if id == self._known else self._known
            return NOTED
        repeated, self._repeated = self._repeated, None
        if id and id == repeated:
            return NOTED  # a server that resumes may send the last event again
        self.answer.event_id = id or self.answer.event_id
        self._index = None
        self.answer.count_tokens(obj(wire, "metadata").get("total_usage"))
        return take(self, wire, out)

    def _take_unknown(self, wire: Wire, frame: Frame | None, out: list[Event]) -> int:
        """A frame without a known type: its event name may say it, or it is an error."""
        event = "" if frame is None else frame.event
        if event in _TAKE and "event_type" not in wire:
            return self._take_whole({**wire, "event_type": event}, out)
        error = error_of(wire)
        if error is not None:
            return self._end_with(error, out)
        out.append(Raw(data=wire))
        return NOTED

    def _take_done(self, out: list[Event]) -> int:
        """`[DONE]` ends the body; whether it ended well, the status tells."""
        if self.complete:
            return self._conclude(out)
        what = "the stream ended before the interaction did"
        return self._fail(out, "StreamInterruptedError", what, retryable=True)

    def _meet(self, wire: Wire, out: list[Event]) -> int:
        """The interaction is announced again: the server tells everything from the beginning, or it is another one."""
        id = text(obj(wire, "interaction"), "id")
        if id and id != self.answer.id:
            return self._fail(out, "ProtocolError", "another interaction begins inside this one", retryable=True)
        last = self.answer.event_id
        self._known = None if last == wire.get("event_id") else last
        return NOTED

    # The interaction.

    def _note(self, interaction: Wire, out: list[Event]) -> None:
        answer = self.answer
        answer.id = answer.id or text(interaction, "id")
        answer.model = answer.model or text(interaction, "model") or text(interaction, "agent")
        answer.count_tokens(interaction.get("usage"))
        if not answer.started:
            answer.started = True
            out.append(Start(answer.id, answer.model, _seconds(text(interaction, "created"))))
            out.append(StepStart())

    def _take_created(self, wire: Wire, out: list[Event]) -> int:
        self._note(obj(wire, "interaction"), out)
        return NOTED

    def _take_status(self, wire: Wire, out: list[Event]) -> int:
        status = text(wire, "status")
        self._note({"id": text(wire, "interaction_id"), "usage": wire.get("usage")}, out)
        if status != self.answer.status:
            self.answer.status = status
            out.append(Heartbeat(status))
        return NOTED

    def _take_completed(self, wire: Wire, out: list[Event]) -> int:
        interaction = obj(wire, "interaction")
        self._note(interaction, out)
        self._over = True
        self.answer.status = text(interaction, "status") or self.answer.status or "completed"
        steps = objects(interaction, "steps")
        if not self.answer.count:
            self._fill(steps, out)
        said = without(interaction, *_TOLD)
        if said:
            out.append(Metadata(said))
        if self.answer.status == "failed":
            return self._end_with(_failure(interaction, steps), out)
        return self._conclude(out)

    def _fill(self, steps: list[Wire], out: list[Event]) -> None:
        """Take from the whole interaction what was not streamed; the user's own input is in it as well."""
        for index, step in enumerate(steps):
            if step.get("type") not in ("user_input", "function_result"):
                self.answer.begin(index, step, out)
                self.answer.end(index, out)

    def _take_error(self, wire: Wire, out: list[Event]) -> int:
        return self._end_with(error_of(wire) or Error("the provider told an error and not which", "ServerError"), out)

    # Steps.

    def _take_start(self, wire: Wire, out: list[Event]) -> int:
        self._note({}, out)
        if self.answer.count >= MAX_STEPS:
            return self._fail(out, "MalformedChunkError", f"more than {MAX_STEPS} steps")
        index = number(wire, "index") or 0
        self._arm(index, self.answer.begin(index, obj(wire, "step"), out).text_id)
        return NOTED

    def _take_delta(self, wire: Wire, out: list[Event]) -> int:
        self._note({}, out)
        index, delta = number(wire, "index") or 0, obj(wire, "delta")
        step = self.answer.open.get(index)
        if step is None:
            step = self.answer.begin(index, {"type": _STEP_OF.get(text(delta, "type"), "")}, out)
        if not step.grow(delta, out):
            out.append(Raw(data=wire))
        self._arm(index, step.text_id)
        return NOTED

    def _take_stop(self, wire: Wire, out: list[Event]) -> int:
        self.answer.count_tokens(wire.get("usage"))
        self.answer.end(number(wire, "index") or 0, out)
        return NOTED

    def _arm(self, index: int, text_id: str | None) -> None:
        """The next frame of this step is one more piece of text, if it is one of text."""
        self._index, self._text_id = (None, "") if text_id is None else (index, text_id)

    # The end.

    def _end_with(self, error: Error, out: list[Event]) -> int:
        """The provider has ended the interaction with an error."""
        self._over = True
        return self._fail_with(error, out)

    def _error_of(self, wire: Wire) -> Error | None:
        return error_of(wire)

    def _loosen(self, wire: Wire) -> Any:
        return wire  # a whole frame is any object

    def _flush(self, out: list[Event]) -> None:
        """Nothing is ever held back."""

    def _fail_with(self, error: Error, out: list[Event]) -> int:
        usage = INTERACTION.read(self.answer.usage)
        if usage is not None and self.answer.started:
            out.append(usage)
        return super()._fail_with(error, out)

    def _close(self, out: list[Event]) -> None:
        self._over = True
        self.answer.end_all(out)
        usage = INTERACTION.read(self.answer.usage)
        out.extend([] if usage is None else [usage])
        status = self.answer.status
        reason = "tool_calls" if status == "completed" and self.answer.calls else normalise(status)
        out.append(StepEnd(reason, status))
        out.append(Finish(reason, status))


def _failure(interaction: Wire, steps: list[Wire]) -> Error:
    """Why an interaction failed: it says so itself, or one of its steps does."""
    stated = [*objects(interaction, "errors"), *(obj(step, "error") for step in steps if obj(step, "error"))]
    found = error_of({"error": stated[0]}) if stated else None
    return found or Error("the interaction failed", "ServerError", code="failed", retryable=True)


def _seconds(time: str) -> int | None:
    """An RFC 3339 time as seconds since the epoch."""
    try:
        return int(datetime.fromisoformat(time).timestamp()) if time.endswith("Z") else None
    except (ValueError, OverflowError):
        return None


_STEP_OF: Final = {
    "text": "model_output", "text_annotation_delta": "model_output", "image": "model_output", "audio": "model_output",
    "video": "model_output", "document": "model_output", "thought_summary": "thought", "thought_signature": "thought",
}  # fmt: skip
"""The step that a piece belongs to, where a server does not announce steps."""

_TAKE: Final[dict[str, Callable[[InteractionsDecoder, Wire, list[Event]], int]]] = {
    "interaction.created": InteractionsDecoder._take_created,
    "interaction.status_update": InteractionsDecoder._take_status,
    "interaction.completed": InteractionsDecoder._take_completed,
    "step.start": InteractionsDecoder._take_start,
    "step.delta": InteractionsDecoder._take_delta,
    "step.stop": InteractionsDecoder._take_stop,
    "error": InteractionsDecoder._take_error,
}
