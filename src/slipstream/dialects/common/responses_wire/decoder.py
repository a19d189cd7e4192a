"""The stream of a response, decoded: items that open, grow and close, and one event that ends it all.

Strategy: the common frame, a piece of the block that is open, is one comparison chain in `_take`. It is armed by the
piece before it and disarmed by every other event, so that it asks for nothing but "the same as before, with the next
number". Everything else comes once more as an object, and goes by its `type` to the table of `families`.

Only `response.completed` and its like end an answer: a stream that stops before was cut by something in between.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar, Final

import msgspec

from slipstream.codec.frame import Frame
from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common.checks import wrong
from slipstream.dialects.common.documents import describe_json
from slipstream.dialects.common.face import Cursor
from slipstream.dialects.common.finish import normalise
from slipstream.dialects.common.openai_shape.usage import read_usage
from slipstream.dialects.common.responses_wire import chunks as c, numbers as n
from slipstream.dialects.common.responses_wire.answer import Answer
from slipstream.dialects.common.responses_wire.errors import error_of, failure_of
from slipstream.dialects.common.responses_wire.families import TAKE, Growing
from slipstream.dialects.common.stream_decoder import (
    AGAIN,
    BLANK,
    NOTED,
    UNKNOWN,
    StreamDecoder,
    parse_loosely,
)
from slipstream.dialects.common.wire import Wire, number, obj, objects, text
from slipstream.events import (
    Error,
    Event,
    Finish,
    FinishReason,
    Heartbeat,
    Metadata,
    Moderation,
    Raw,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
)


class ResponsesDecoder(StreamDecoder):
    """Decodes one streamed response; see `StreamDecoder` for the arguments.

    Sequence numbers are checked where a server gives them (`numbers` says how far): repetitions are dropped, and a gap
    ends the stream with a `ProtocolError` whose code is `sequence`, unless `lenient`, which skips frames itself. A
    response that begins while another is unfinished takes its place, with a `Restart` between them.

    Attributes:
        answer: the response so far.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = c.NARROW
    WHOLE: ClassVar[msgspec.json.Decoder[Any] | None] = c.WHOLE

    def __init__(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> None:
        super().__init__(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)
        self._max_event_bytes = max_event_bytes
        self.answer = Answer()
        self._numbers = n.Numbers()
        self._state = ""
        self._over = False
        self._reason: FinishReason = "stop"
        self._raw_reason: str | None = None
        # What the next frame must be to be one more piece of the same block; None if nothing is armed.
        self._kind: str | None = None
        self._output: int | None = None
        self._content: int | None = None
        self._summary: int | None = None
        self._growing = Growing(TextDelta, "")

    @property
    def complete(self) -> bool:
        """True once the provider has ended the response."""
        return self._over

    @property
    def resume_cursor(self) -> Cursor | None:
        """Where another connection can go on: None if the provider does not work on without this one, or is done."""
        last = self._numbers.last
        if self._over or last is None or not (self.answer.lasting and self.answer.id):
            return None
        return Cursor(self.answer.id, last)

    def continued(self) -> ResponsesDecoder:
        """A decoder for the body that goes on from `resume_cursor`; this one is finished, whatever state it was in.

        It has a copy of the open blocks, the ids and the numbers of this one, and nothing of an unfinished frame. What
        it is sent once more it drops. Each call gives another one that begins at the same place, so that a second
        attempt does not depend on what became of the first.

        Raises:
            InvalidRequestError: the provider has ended the response; there is nothing to go on with.
        """
        if self._over:
            raise wrong("continued", "the response is over", "a decoder whose stream broke off")
        twin = type(self)(include_raw=self._include_raw, lenient=self._lenient, max_event_bytes=self._max_event_bytes)
        twin.answer, twin._numbers = deepcopy((self.answer, self._numbers))
        twin._state = self._state
        twin.malformed = self.malformed
        self._stop()
        return twin

    def take_body(self, body: bytes) -> list[Event]:
        """Take a whole, not streamed response."""
        document = body.lstrip(BLANK)
        if not document.startswith(b"{"):
            return [*self.feed(body), *self.end()]  # a page, nothing, or a stream that nobody asked for
        out: list[Event] = []
        try:
            wire = parse_loosely(document)
        except (ValueError, RecursionError):
            self._fail(out, "MalformedChunkError", f"the body of {len(body)} bytes is no whole JSON", retryable=True)
            return out
        self._seen, self._unusual = True, False
        self._take_response(wire, out)
        if self._include_raw:
            self._stamp(wire, 0, out)
        return out

    def _take_response(self, wire: Wire, out: list[Event]) -> int:
        stated = error_of(wire)
        status = text(wire, "status") or ("completed" if isinstance(wire.get("output"), list) else "")
        if status in ("queued", "in_progress"):
            self._note(wire, out)
            return self._fail(out, "StreamInterruptedError", f"the response {self.answer.id[:80]!r} is still {status}")
        if status == "failed" or (status and not stated):
            return self._take_end({"type": f"response.{status}", "response": wire}, out)
        return self._fail_with(
            stated or Error(f"the body is no response; it is {describe_json(wire)}", "MalformedChunkError"), out
        )

    # One frame.

    def _take(self, chunk: c.Delta, out: list[Event]) -> int:
        delta = chunk.delta
        if (
            chunk.type != self._kind
            or chunk.output_index != self._output
            or chunk.content_index != self._content
            or chunk.summary_index != self._summary
            or type(delta) is not str
        ):
            return AGAIN
        number, numbers = chunk.sequence_number, self._numbers
        if number is not None:
            if number != numbers.next and not numbers.off:
                return AGAIN
            numbers.next = number + 1
        if delta:
            make, block, pieces = self._growing
            if pieces is not None:
                pieces.append(delta)
            out.append(make(delta, block))
        if chunk.logprobs and self._growing.make is TextDelta:
            out.append(Metadata({"logprobs": {"content": chunk.logprobs}}))
        return NOTED

    def _take_whole(self, wire: Wire, out: list[Event]) -> int:
        kind = wire.get("type")
        if not isinstance(kind, str):
            return UNKNOWN
        self._kind = None
        if kind == "response.created":
            self._meet(text(obj(wire, "response"), "id"), out)
        place = number(wire, "sequence_number")
        if kind in _SIGNS_OF_LIFE:
            self._numbers.skip(place)
            out.append(Heartbeat(kind))
            return NOTED
        verdict = self._numbers.take(place, kind)
        if verdict == n.REPEATED:
            return NOTED
        if verdict == n.GAP and place is not None:
            if not self._lenient:
                what = f"the event after number {self._numbers.last} has the number {place}: events are missing"
                return self._fail(out, "ProtocolError", what, code="sequence", retryable=True)
            self._numbers.accept(place, kind)
        own = _OWN.get(kind)
        return self._grow(kind, wire, out) if own is None else own(self, wire, out)

    def _grow(self, kind: str, wire: Wire, out: list[Event]) -> int:
        """Take an event of an item."""
        take = TAKE.get(kind)
        if take is None:
            out.append(Raw(data=wire))
            return NOTED
        self._begin(out)
        taken = take(self.answer, wire, out)
        if isinstance(taken, Growing):
            self._arm(kind, wire, taken)
        elif not taken:
            out.append(Raw(data=wire))
        return NOTED

    def _arm(self, kind: str, wire: Wire, growing: Growing) -> None:
        """The next frame of this kind and place is one more piece, if the place tells the item."""
        self._output = number(wire, "output_index")
        if len(self.answer.open) != 1 and (self._output is None or self.answer.ambiguous):
            return
        self._kind = kind
        self._content, self._summary = number(wire, "content_index"), number(wire, "summary_index")
        self._growing = growing

    def _loosen(self, wire: Wire) -> Any:
        return wire

    def _take_unknown(self, wire: Wire, frame: Frame | None, out: list[Event]) -> int:
        """An object without a `type`: the frame's event name may say it, or it is an error."""
        event = "" if frame is None else frame.event
        if event in TAKE or (event in _OWN and event != "error"):
            return self._take_whole({**wire, "type": event}, out)
        error = error_of(wire, named=event == "error")
        if error is not None:
            return self._take_error_event(error, out)
        self._numbers.take(number(wire, "sequence_number"), "")
        out.append(Raw(data=wire))
        return NOTED

    def _take_done(self, out: list[Event]) -> int:  # noqa: ARG002
        """`[DONE]` is no mark of this API; who writes it does so behind the end, which alone counts."""
        return NOTED

    # The response as a whole.

    def _meet(self, id: str, out: list[Event]) -> None:
        """A response begins. If it is another than the one so far, that one is void: a server has tried anew."""
        if not self.answer.started or not id or id == self.answer.id:
            return
        out.append(Restart(reason="another response began"))
        self.answer, self._numbers, self._state = Answer(), n.Numbers(), ""

    def _begin(self, out: list[Event]) -> None:
        """Open the answer, once; also for servers that do not announce it."""
        if not self.answer.started:
            self.answer.started = True
            out.append(Start(self.answer.id, self.answer.model, self.answer.created))
            out.append(StepStart())

    def _note(self, response: Wire, out: list[Event]) -> None:
        self.answer.note(response)
        self._begin(out)

    def _take_state(self, wire: Wire, out: list[Event]) -> int:
        self._note(obj(wire, "response"), out)
        kind = text(wire, "type")
        if kind not in (self._state, "response.created"):
            self._state = kind  # llama.cpp repeats it between the tokens
            out.append(Heartbeat(kind))
        return NOTED

    def _take_end(self, wire: Wire, out: list[Event]) -> int:
        response = obj(wire, "response")
        status = text(response, "status")
        if status not in _END_STATUSES:
            status = text(wire, "type").removeprefix("response.")
        self._note(response, out)
        self._over = True
        if status == "failed":
            return self._fail_with(failure_of(response), out)
        self._fill(response, out)
        self._say(response, out)
        self._raw_reason = status
        if status == "incomplete":
            self._raw_reason = text(obj(response, "incomplete_details"), "reason") or status
        self._reason = _REASONS.get(self._raw_reason) or normalise(self._raw_reason)
        return self._conclude(out)

    def _fill(self, response: Wire, out: list[Event]) -> None:
        """Take from the whole response what was not streamed: items that are open, or all, if none ever came."""
        whole = not self.answer.count
        for index, item in enumerate(objects(response, "output")):
            known = self.answer.add(item, index, out) if whole else self.answer.match(item, index)
            if known is not None:
                self.answer.close(known, item, out)

    @staticmethod
    def _say(response: Wire, out: list[Event]) -> None:
        said = {name: response[name] for name in _SAID if response.get(name)}
        if said:
            out.append(Metadata(said))
        if obj(response, "moderation"):
            out.append(Moderation(obj(response, "moderation"), "openai"))

    def _take_error(self, wire: Wire, out: list[Event]) -> int:
        return self._take_error_event(error_of(wire, named=True) or Error("error"), out)

    def _take_error_event(self, error: Error, out: list[Event]) -> int:
        self._over = True
        return self._fail_with(error, out)

    def _error_of(self, wire: Wire) -> Error | None:
        return failure_of(wire) if wire.get("status") == "failed" else error_of(wire)

    # The end.

    def _flush(self, out: list[Event]) -> None:
        """Nothing is ever held back."""

    def _fail_with(self, error: Error, out: list[Event]) -> int:
        if self.answer.started:
            out.extend(self._counted())
        return super()._fail_with(error, out)

    def _counted(self) -> list[Event]:
        usage = read_usage(self.answer.usage)
        return [] if usage is None else [usage]

    def _close(self, out: list[Event]) -> None:
        for item in list(self.answer.open.values()):
            self.answer.close(item, None, out)
        reason = self._reason
        if reason == "stop" and self.answer.ids.waiting:
            reason = "tool_calls"
        out.extend(self._counted())
        out.append(StepEnd(reason, self._raw_reason))
        out.append(Finish(reason, self._raw_reason))


_SIGNS_OF_LIFE: Final = frozenset(("keepalive", "ping"))
_END_STATUSES: Final = ("completed", "incomplete", "failed", "cancelled")
_REASONS: Final[dict[str, FinishReason]] = {"completed": "stop", "cancelled": "cancelled"}
# What a response says that its events have not said. `conversation` is where the provider keeps it.
_SAID: Final = ("service_tier", "conversation")

_OWN: Final[dict[str, Callable[[ResponsesDecoder, Wire, list[Event]], int]]] = {
    "response.created": ResponsesDecoder._take_state,
    "response.queued": ResponsesDecoder._take_state,
    "response.in_progress": ResponsesDecoder._take_state,
    **{f"response.{status}": ResponsesDecoder._take_end for status in _END_STATUSES},
    "error": ResponsesDecoder._take_error,
}
