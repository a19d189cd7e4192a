"""The decoder of Ollama's streams, and of its whole answers.

Strategy: the common line - a piece of text or of thinking, the block open, nothing else set - is one comparison chain
in `_take`. All else comes once more as a `WholeChunk`. The line with `done` ends the stream; nothing waits for the end
of the body.

The body is NDJSON, so what an event stream tells by its first byte is told here by its first line: a lone `{` is a
document that is printed over several lines; an object on one line is a line of the stream, an error among them.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec

from slipstream.codec.frame import Frame
from slipstream.codec.ndjson import NDJSONDecoder
from slipstream.dialects.common.documents import describe_json
from slipstream.dialects.common.ollama_wire import chunks as c
from slipstream.dialects.common.ollama_wire.answer import OllamaAnswer
from slipstream.dialects.common.ollama_wire.words import TIMINGS, finish_reason, seconds_of
from slipstream.dialects.common.openai_shape.errors import error_of
from slipstream.dialects.common.stream_decoder import AGAIN, NOTED, STOP, UNKNOWN, StreamDecoder, parse_loosely
from slipstream.events import (
    Error,
    Event,
    Finish,
    Heartbeat,
    Metadata,
    Raw,
    ReasoningDelta,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    Usage,
)


class Lines(NDJSONDecoder):
    """`NDJSONDecoder` with the face of `SSEDecoder`: its lines have no comments and no ids."""

    comments: ClassVar[int] = 0
    last_comment: ClassVar[str] = ""
    last_event_id: ClassVar[str | None] = None


class OllamaDecoder(StreamDecoder):
    """Decodes the body of `/api/chat` or `/api/generate`; see `StreamDecoder` for the arguments.

    A line in which nothing stands is a `Heartbeat`. Calls come whole, so each is given out with its line. `Start` has
    no id, as Ollama gives none; its time is that of the first line.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = c.NARROW
    WHOLE: ClassVar[msgspec.json.Decoder[Any] | None] = c.WHOLE
    SPLITTER = Lines
    INNER: ClassVar[re.Pattern[bytes]] = re.compile(rb'(?<=.)(?=\{"(?:model|error)":)')

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._answer = OllamaAnswer()
        self._started = False
        self._last: c.WholeChunk | None = None
        self._strange: dict[str, Any] | None = None

    @property
    def complete(self) -> bool:
        """True once the line with `done` has come."""
        return self._last is not None

    def take_body(self, body: bytes) -> list[Event]:
        """Take a whole, not streamed answer; one that came as a stream though nobody asked for it as well."""
        try:
            wire = parse_loosely(body)
        except (ValueError, RecursionError):
            wire = None
        if not isinstance(wire, dict):
            return [*self.feed(body), *self.end()]
        return [*self.feed_wire(wire), *self.end()]

    # One line.

    def _take(self, chunk: c.Chunk, out: list[Event]) -> int:
        if chunk.done or chunk.error is not None or chunk.logprobs:
            return AGAIN
        piece = chunk.message
        answer = self._answer
        if piece is None:
            text, thought = chunk.response, chunk.thinking
        elif piece.tool_calls or piece.images:
            return AGAIN
        else:
            text, thought = piece.content, piece.thinking
        if text:
            block = answer.plain
            if block is None or thought:
                return AGAIN
            out.append(TextDelta(text, block))
            return NOTED
        block = answer.reasoning_id
        if not thought or block is None:
            return AGAIN
        out.append(ReasoningDelta(thought, block))
        return NOTED

    def _take_whole(self, chunk: c.WholeChunk, out: list[Event]) -> int:
        piece = chunk.message or _generated(chunk)
        if chunk.error or (piece is None and not chunk.done):
            return UNKNOWN
        self._start(chunk, out)
        before = len(out)
        if piece is not None:
            self._piece(piece, out)
        self._beside(chunk, out)
        if chunk.done:
            self._last = chunk
            return self._conclude(out)
        if len(out) == before:
            out.append(Heartbeat())
        return NOTED

    def _start(self, chunk: c.WholeChunk, out: list[Event]) -> None:
        if self._started:
            return
        self._started = True
        out.append(Start(model=chunk.model or "", created=seconds_of(chunk.created_at)))
        out.append(StepStart())
        remote = {"remote_model": chunk.remote_model, "remote_host": chunk.remote_host}
        said = {name: value for name, value in remote.items() if value}
        if said:
            out.append(Metadata(said))

    def _piece(self, piece: c.Piece, out: list[Event]) -> None:
        """What a line may hold; thinking first, because it leads to the rest."""
        if piece.thinking or piece.images:
            self._answer.flush(out)  # white space that was held because a tag might follow stands before
        if piece.thinking:
            self._answer.think(piece.thinking, out)
        if piece.content:
            self._answer.write(piece.content, out)
        for call in piece.tool_calls or ():
            self._answer.take_call(call, out)
        for image in piece.images or ():
            self._answer.take_image(image, out)

    @staticmethod
    def _beside(chunk: c.WholeChunk, out: list[Event]) -> None:
        if chunk.logprobs:
            out.append(Metadata({"logprobs": {"content": chunk.logprobs}}))
        if chunk.total is not None and chunk.completed is not None:  # how far a picture is
            out.append(Metadata({"completed": chunk.completed, "total": chunk.total}))

    def _take_unknown(self, wire: dict[str, Any], frame: Frame | None, out: list[Event]) -> int:  # noqa: ARG002
        error = error_of(wire)
        if error is not None:
            return self._fail_with(error, out)
        self._strange = self._strange or wire
        out.append(Raw(data=wire))
        return NOTED

    def _take_done(self, out: list[Event]) -> int:  # noqa: ARG002
        """`[DONE]` is no mark of this API, and ends nothing."""
        return NOTED

    # The end.

    def _flush(self, out: list[Event]) -> None:
        self._answer.flush(out)

    def _close(self, out: list[Event]) -> None:
        answer, last = self._answer, self._last or c.WholeChunk()
        raw = last.done_reason
        answer.close(out)
        out.extend(_counted(last))
        timings = {name: value for name in TIMINGS if (value := getattr(last, name))}
        if last.context:
            timings["context"] = last.context  # /api/generate goes on from it
        if timings:
            out.append(Metadata(timings))
        reason = answer.why(finish_reason(raw))
        out.append(StepEnd(reason, raw))
        out.append(Finish(reason, raw))

    # What is no stream.

    def _is_document_start(self, first: bytes) -> bool:
        return first != b"{"

    def _may_begin(self, head: bytes) -> bool:
        return head[:1] in (b"", b"{")

    def _take_malformed(self, frame: Frame | None, error: Exception, out: list[Event]) -> int:
        if not self._started and frame is not None and frame.payload == b"{":
            self._is_stream = False
            self._is_document = self._unusual = True  # the rest of it is kept, and read when it ends
            return STOP
        return super()._take_malformed(frame, error, out)

    def _end_stream(self, out: list[Event]) -> None:
        if self._started or self._strange is None:
            super()._end_stream(out)
        else:
            what = f"the body is a JSON document, not a stream: {describe_json(self._strange)}"
            self._fail(out, "NotAStreamError", what)

    def _loosen(self, wire: dict[str, Any]) -> Any:
        return c.loosen(wire)

    def _error_of(self, wire: dict[str, Any]) -> Error | None:
        return error_of(wire)


def _generated(chunk: c.WholeChunk) -> c.Piece | None:
    """The piece in a line of `/api/generate`."""
    if chunk.response is None and chunk.thinking is None and not chunk.tool_calls and not chunk.image:
        return c.Piece() if chunk.total is not None else None
    return c.Piece(chunk.response, chunk.thinking, chunk.tool_calls, [chunk.image] if chunk.image else None)


def _counted(last: c.WholeChunk) -> list[Event]:
    """The tokens. A prompt that was cached whole is not counted at all: absent is not zero."""
    asked, answered = last.prompt_eval_count, last.eval_count
    if asked is None and answered is None:
        return []
    details = {"prompt_eval_count": asked, "eval_count": answered}
    return [
        Usage(
            input_tokens=asked,
            output_tokens=answered,
            total_tokens=None if asked is None or answered is None else asked + answered,
            details={name: count for name, count in details.items() if count is not None},
        )
    ]
