"""The stream of generateContent, decoded: chunks that each hold the new parts of every candidate.

Strategy: the common chunk - one candidate, one part, a piece of the text or the thought that is open - is one
comparison chain in `_take`. Everything else comes once more as an object, in `_take_whole`.

The body has two forms. With `alt=sse` it is an event stream, without it one JSON array; its first byte tells. In
an event stream an error may stand as bare JSON, on several lines, between the frames (WIRE section 5.1): no line of an
event stream begins with a brace, so that is how it is found. Neither form has an end mark: the end of the body is the
end, and a good one if every candidate has said why it ended.

What users see at the odd ends:

- a refused prompt (`promptFeedback.blockReason`, no candidate) is an `Error` of the kind `ContentFilteredError`, its
  code the reason: nothing was answered, as after a 400 of other providers for the same cause;
- an answer that was stopped by a filter ends with `Finish("content_filter")`, and what came before stands;
- a call that the model got wrong (`MALFORMED_FUNCTION_CALL` and its like) is an `Error` that may be tried again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec

from slipstream.codec.checks import as_bytes
from slipstream.codec.frame import Frame
from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common.documents import describe_json
from slipstream.dialects.common.gemini_wire import chunks as c, reasons
from slipstream.dialects.common.gemini_wire.answer import Answer
from slipstream.dialects.common.gemini_wire.chunks import ABSENT, without
from slipstream.dialects.common.gemini_wire.elements import Elements
from slipstream.dialects.common.gemini_wire.errors import error_of
from slipstream.dialects.common.gemini_wire.ids import Ids
from slipstream.dialects.common.gemini_wire.logprobs import read_logprobs
from slipstream.dialects.common.gemini_wire.sources import CITATIONS, GROUNDING
from slipstream.dialects.common.gemini_wire.usage import GENERATED
from slipstream.dialects.common.stream_decoder import (
    AGAIN,
    BLANK,
    NOTED,
    STOP,
    UNKNOWN,
    StreamDecoder,
    parse_loosely,
)
from slipstream.dialects.common.wire import Wire, number, obj, objects, text
from slipstream.errors import EventTooLargeError, MalformedChunkError
from slipstream.events import (
    Error,
    Event,
    Finish,
    Metadata,
    Moderation,
    Raw,
    ReasoningDelta,
    Start,
    StepStart,
    TextDelta,
)

# The API gives at most 8 candidates; a server that numbers beyond this would only fill memory.
MAX_CANDIDATES: Final = 1024

_UNTYPED: Final = -1
"""In place of a verdict: the narrow type does not fit the chunk."""

_BLANK_LINES: Final = (b"\n\r\n", b"\n\n")

_KNOWN: Final = ("candidates", "usageMetadata", "promptFeedback", "modelVersion", "responseId", "createTime", "error")
_KNOWN_OF_CANDIDATE: Final = (
    "content", "index", "finishReason", "finishMessage", "safetyRatings", GROUNDING, CITATIONS, "logprobsResult",
)  # fmt: skip


class GeminiDecoder(StreamDecoder):
    """Decodes one streamed answer; see `StreamDecoder` for the arguments."""

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = c.NARROW
    WHOLE: ClassVar[msgspec.json.Decoder[Any] | None] = c.WHOLE

    def __init__(
        self, *, include_raw: bool = False, lenient: bool = False, max_event_bytes: int = MAX_EVENT_BYTES
    ) -> None:
        super().__init__(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)
        self._limit = max_event_bytes
        self._elements: Elements | None = None
        self._is_array = False
        self._at_line_start = False
        self._between = False  # True if the reader stands between two frames, with nothing held
        self._ids = Ids()
        self._answers: dict[int, Answer] = {}
        self._latest = Answer(-1, self._ids)
        self._started = False
        self._usage: Any = ABSENT
        self._counted: Wire = {}
        self._blocked = False

    @property
    def complete(self) -> bool:
        """True once every candidate has said why it ended."""
        return self._blocked or (
            bool(self._answers) and all(answer.raw_reason is not None for answer in self._answers.values())
        )

    def take_body(self, body: bytes) -> list[Event]:
        """Take a whole, not streamed answer; the events are those of a stream of one chunk."""
        document = body.lstrip(BLANK)
        if not document.startswith(b"{"):
            return [*self.feed(body), *self.end()]  # an array, a page, or a stream that nobody asked for
        out: list[Event] = []
        try:
            wire = parse_loosely(document)
        except (ValueError, RecursionError):
            self._fail(out, "MalformedChunkError", f"the body of {len(body)} bytes is no whole JSON", retryable=True)
            return out
        self._seen, self._unusual = True, False
        self._take_wire(wire, None, out)
        if self._answers and not self.finished:
            self._conclude(out)
        elif not self.finished:
            self._fail(out, "MalformedChunkError", f"the body holds no candidates; it is {describe_json(wire)}")
        return out

    # The forms of the body.

    def feed(self, data: bytes) -> list[Event]:
        """Take body bytes, cut anywhere; return the events they complete.

        Raises:
            InvalidRequestError: the data is not bytes, bytearray or memoryview.
        """
        if self._between and type(data) is bytes and (payloads := _whole_frames(data)) and len(data) <= self._limit:
            out: list[Event] = []
            decode, take = self._decode, self._take
            for payload in payloads:
                try:
                    verdict = take(decode(payload), out)
                except (ValueError, RecursionError):
                    verdict = _UNTYPED
                if verdict and self._settle_payload(verdict, payload, out):
                    break
            return out
        return self._feed_unusual(data) if self._unusual else self._feed_cut(as_bytes(data, "feed"))

    def _feed_cut(self, data: bytes) -> list[Event]:
        """Take what is no row of whole frames."""
        out: list[Event] = []
        whole = data
        while data and not self.finished:
            data = self._feed_some(data, out)
        self._between = self._elements is None and not self._unusual and whole.endswith(_BLANK_LINES)
        return out

    def _feed_unusual(self, data: bytes) -> list[Event]:
        data = as_bytes(data, "feed")
        if self.finished or self._is_stream or self._is_document:
            return super()._feed_unusual(data)
        head = (bytes(self._head) + data).lstrip(BLANK)
        if not head.startswith(b"["):
            return super()._feed_unusual(data)
        self._elements, self._is_array = Elements(self._limit), True
        self._seen, self._unusual = True, False
        return self.feed(head)

    def _feed_some(self, data: bytes, out: list[Event]) -> bytes:
        """Take what comes up to the next change of form; returns the rest."""
        if self._elements is None:
            at = 0 if self._at_line_start and data.startswith(b"{") else data.find(b"\n{") + 1
            if at or not (self._at_line_start and data.startswith(b"{")):
                head = data[:at] if at else data
                self._at_line_start = head.endswith(b"\n")
                out += super().feed(head)
                return data[at:] if at else b""
            self._elements = Elements(self._limit)
        self._elements.push(data)
        try:
            self._take_elements(self._elements, out)
        except EventTooLargeError as error:
            self._fail(out, "EventTooLargeError", error.message)
        except MalformedChunkError as error:
            self.malformed += 1
            if not self._lenient:
                self._fail(out, "MalformedChunkError", error.message, retryable=True)
            elif self._elements.skip():
                return self._elements.drain()
        if self._elements.pending or self._is_array:
            return b""
        rest, self._elements, self._at_line_start = self._elements.drain(), None, False
        return rest

    def _take_elements(self, elements: Elements, out: list[Event]) -> None:
        while not self.finished and (payload := elements.next()) is not None:
            try:
                verdict = self._take(self._decode(payload), out)
            except (ValueError, RecursionError):
                if elements.guessed and not _is_json(payload):
                    elements.retract(payload)
                    continue
                verdict = _UNTYPED
            if verdict:
                self._settle_payload(verdict, payload, out)
            if not self._is_array:
                return

    def _settle_payload(self, verdict: int, payload: bytes, out: list[Event]) -> bool:
        """Deal with the rarer verdicts; True if the stream is over."""
        frame = Frame(payload, "message", None)
        if verdict == _UNTYPED:
            return self._second_try(frame, out) == STOP
        return self._settle(verdict, frame, out)

    def _stop(self) -> int:
        self._between = False
        return super()._stop()

    # One chunk.

    def _take(self, chunk: c.Chunk, out: list[Event]) -> int:
        try:
            (candidate,) = chunk.candidates  # type: ignore[misc]  # one candidate; none, null and several raise
            (part,) = candidate.content.parts
        except (TypeError, ValueError):
            return AGAIN
        answer, piece = self._latest, part.text
        if (
            not piece
            or candidate.index != answer.index
            or candidate.finish_reason is not None
            or part.thought_signature is not None
            or candidate.grounding_metadata is not ABSENT
            or candidate.citation_metadata is not ABSENT
            or candidate.url_context_metadata is not ABSENT
            or candidate.logprobs_result is not ABSENT
            or (candidate.safety_ratings is not ABSENT and candidate.safety_ratings != answer.ratings)
            or chunk.prompt_feedback is not ABSENT
            or chunk.error is not ABSENT
        ):
            return AGAIN
        if part.thought:
            if answer.thought_id is None:
                return AGAIN
            out.append(ReasoningDelta(piece, answer.thought_id, answer.index))
        else:
            if answer.text_id is None:
                return AGAIN
            out.append(TextDelta(piece, answer.text_id, answer.index))
        if chunk.usage_metadata is not ABSENT:
            self._usage = chunk.usage_metadata
        return NOTED

    def _take_whole(self, wire: Wire, out: list[Event]) -> int:
        if wire.get("error"):
            return self._fail_with(error_of(wire) or Error("error"), out)
        if not any(name in wire for name in _KNOWN[:5]):
            return UNKNOWN
        self._begin(wire, out)
        usage = obj(wire, "usageMetadata")
        if usage:
            self._count()
            self._counted = usage if GENERATED.states(usage) or not self._counted else self._counted
        for candidate in objects(wire, "candidates"):
            if self._take_candidate(candidate, out) == STOP:
                return STOP
        beside = without(wire, *_KNOWN)
        if beside:
            out.append(Metadata(beside))
        return self._take_feedback(obj(wire, "promptFeedback"), out)

    def _begin(self, wire: Wire, out: list[Event]) -> None:
        if not self._started:
            self._started = True
            out.append(Start(text(wire, "responseId"), text(wire, "modelVersion"), _seconds(text(wire, "createTime"))))

    def _take_feedback(self, feedback: Wire, out: list[Event]) -> int:
        """Take what was found of the prompt."""
        if not feedback:
            return NOTED
        block = text(feedback, "blockReason")
        if without(feedback, "blockReason", "blockReasonMessage"):
            out.append(Moderation({"promptFeedback": feedback}, "google"))
        if not block:
            return NOTED
        self._blocked = True
        if not self._answers:
            said = text(feedback, "blockReasonMessage") or f"the prompt was refused ({block[:80]})"
            return self._fail_with(Error(said, "ContentFilteredError", code=block[:80]), out)
        for answer in self._answers.values():
            if answer.raw_reason is None:
                answer.end("content_filter", block, out)
        return NOTED

    # One candidate.

    def _take_candidate(self, wire: Wire, out: list[Event]) -> int:
        index = number(wire, "index") or 0
        answer = self._answers.get(index)
        if answer is None:
            if len(self._answers) >= MAX_CANDIDATES:
                return self._fail(out, "MalformedChunkError", f"more than {MAX_CANDIDATES} candidates")
            answer = self._answers[index] = Answer(index, self._ids)
            out.append(StepStart(index))
        self._latest = answer
        for part in objects(obj(wire, "content"), "parts"):
            answer.take(part, out)
        self._take_beside(answer, wire, out)
        raw = text(wire, "finishReason")
        return NOTED if raw in reasons.UNSAID else self._take_end(answer, raw, text(wire, "finishMessage"), out)

    @staticmethod
    def _take_beside(answer: Answer, wire: Wire, out: list[Event]) -> None:
        """Take what stands beside the parts of a candidate; what was told before is not told again."""
        said = without(wire, *_KNOWN_OF_CANDIDATE)
        said |= without({GROUNDING: answer.sources.grounding(obj(wire, GROUNDING), answer.text_id, out)})
        answer.sources.citations(obj(wire, CITATIONS), answer.text_id, out)
        new = {name: value for name, value in said.items() if answer.said.get(name) != value}
        answer.said |= new
        entries = read_logprobs(obj(wire, "logprobsResult"))
        if entries:
            new["logprobs"] = {"content": entries}
        if new:
            out.append(Metadata(new, answer.index))
        ratings = wire.get("safetyRatings")
        if ratings:
            packed = msgspec.Raw(msgspec.json.encode(ratings))
            if packed != answer.ratings:
                answer.ratings = packed
                out.append(Moderation({"safetyRatings": ratings, "candidate": answer.index}, "google"))

    def _take_end(self, answer: Answer, raw: str, message: str, out: list[Event]) -> int:
        reason = reasons.normalise(raw)
        if reason == "error" and len(self._answers) == 1:
            said = message or f"the provider ended the answer with {raw[:40]!r}"
            return self._fail_with(Error(said, "ServerError", code=raw[:80], retryable=raw in reasons.RETRYABLE), out)
        answer.end(reason, raw, out)
        if message:
            out.append(Metadata({"finishMessage": message}, answer.index))
        return NOTED

    # The end.

    def _take_unknown(self, wire: Wire, frame: Frame | None, out: list[Event]) -> int:  # noqa: ARG002
        out.append(Raw(data=wire))
        return NOTED

    def _take_done(self, out: list[Event]) -> int:  # noqa: ARG002
        """`[DONE]` is no mark of this API; a proxy that writes it closes the body, which is."""
        return NOTED

    def _loosen(self, wire: Wire) -> Any:
        return wire  # a whole chunk is any object

    def _error_of(self, wire: Wire) -> Error | None:
        return error_of(wire)

    def _flush(self, out: list[Event]) -> None:
        """Nothing is ever held back."""

    def _count(self) -> None:
        """Read the last counts that a narrow chunk held."""
        if self._usage is ABSENT:
            return
        try:
            found = msgspec.json.decode(self._usage)
        except (ValueError, RecursionError):
            found = None
        self._usage = ABSENT
        if isinstance(found, dict) and (GENERATED.states(found) or not self._counted):
            self._counted = found

    def _tell_usage(self, out: list[Event]) -> None:
        self._count()
        usage = GENERATED.read(self._counted)
        if usage is not None and self._started:
            out.append(usage)

    def _fail_with(self, error: Error, out: list[Event]) -> int:
        self._tell_usage(out)
        return super()._fail_with(error, out)

    def _close(self, out: list[Event]) -> None:
        for answer in self._answers.values():
            answer.close(out)
        self._tell_usage(out)
        ends = [answer.step_end() for answer in self._answers.values()]
        out.extend(ends)
        first = min(ends, key=lambda end: end.choice, default=None)
        out.append(Finish("other") if first is None else Finish(first.reason, first.raw_reason))


def _is_json(payload: bytes) -> bool:
    try:
        parse_loosely(payload)
    except (ValueError, RecursionError):
        return False
    return True


def _whole_frames(data: bytes) -> list[bytes] | None:
    """The payloads of a read that is a row of whole frames and nothing else, as Google sends them; None otherwise.

    The line ends are counted, so that a frame with several lines, or bare JSON between two frames, is none of these.
    """
    if not data.startswith(b"data: "):
        return None
    if data.endswith(b"\r\n\r\n"):
        payloads = data[6:-4].split(b"\r\n\r\ndata: ")
    elif data.endswith(b"\n\n"):
        payloads = data[6:-2].split(b"\n\ndata: ")
    else:
        return None
    return payloads if data.count(b"\n") == 2 * len(payloads) else None


def _seconds(time: str) -> int | None:
    """An RFC 3339 time, which Google writes in UTC, as seconds since the epoch."""
    try:
        return int(datetime.fromisoformat(time).timestamp()) if time.endswith("Z") else None
    except (ValueError, OverflowError):
        return None
