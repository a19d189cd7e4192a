"""The decoder of streamed chat completions.

Strategy: the common chunk - one choice, a piece of text, the block open, nothing else set - is one comparison chain
and one `TextDelta`, in `_take`. Every other delta of a choice that is known goes through `_delta`. Chunks with more to
say (the first, the last, unusual ones) come once more as a `WholeChunk`, in `_take_whole`.

Blocks close when the finish reason comes; `Usage`, `StepEnd` and `Finish` wait for the end mark, because usage comes
behind the finish reason, and some providers send more content there.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import msgspec

from slipstream.codec.frame import Frame
from slipstream.codec.limits import MAX_EVENT_BYTES
from slipstream.dialects.common.documents import describe_json
from slipstream.dialects.common.finish import normalise
from slipstream.dialects.common.openai_shape import chunks as c
from slipstream.dialects.common.openai_shape.answer import Answer
from slipstream.dialects.common.openai_shape.beside import Beside
from slipstream.dialects.common.openai_shape.chunks import NO_FILTERS
from slipstream.dialects.common.openai_shape.content import flatten
from slipstream.dialects.common.openai_shape.details import text_of
from slipstream.dialects.common.openai_shape.errors import error_of
from slipstream.dialects.common.openai_shape.loosen import loosen
from slipstream.dialects.common.openai_shape.proofs import proof_of
from slipstream.dialects.common.openai_shape.usage import read_usage
from slipstream.dialects.common.stream_decoder import (
    AGAIN,
    BLANK,
    NOTED,
    STOP,
    UNKNOWN,
    StreamDecoder,
    parse_loosely,
)
from slipstream.events import (
    Error,
    Event,
    Finish,
    FinishReason,
    Metadata,
    Moderation,
    Raw,
    ReasoningDelta,
    RefusalDelta,
    Retract,
    Start,
    StepStart,
    TextDelta,
)

# n is at most 128 at OpenAI; a server that numbers beyond this would only fill memory.
MAX_CHOICES: Final = 1024

NO_CHOICE: Final = -(2**63)
"""The index of the choice that is the latest before any has come; no server counts so."""


class OpenAIShapeDecoder(StreamDecoder):
    """Decodes a stream of `chat.completion.chunk`s.

    Args:
        include_raw, lenient, max_event_bytes: see `StreamDecoder`.
        expect_think: True for a model whose answer begins with thinking, closed by a `</think>` that nothing opened
            (WIRE section 8 row 5). Without it such thinking is text, because nobody can know before the tag comes.
    """

    TYPED: ClassVar[msgspec.json.Decoder[Any]] = c.NARROW
    WHOLE: ClassVar[msgspec.json.Decoder[Any] | None] = c.WHOLE

    TAGS: ClassVar[tuple[str, ...]] = ()
    """Literal tags to remove from the text."""

    AUDIO_TYPE: ClassVar[str] = "audio/pcm"
    """The media type of streamed sound; OpenAI streams pcm16 and nothing else."""

    RUNNABLE: ClassVar[frozenset[FinishReason]] = frozenset(("stop", "tool_calls", "length", "pause", "other"))
    """Finish reasons after which complete calls are given out."""

    MARK_IS_ENOUGH: ClassVar[bool] = True
    """True if calls are complete at `[DONE]` though no finish reason came."""

    def __init__(
        self,
        *,
        include_raw: bool = False,
        lenient: bool = False,
        max_event_bytes: int = MAX_EVENT_BYTES,
        expect_think: bool = False,
    ) -> None:
        super().__init__(include_raw=include_raw, lenient=lenient, max_event_bytes=max_event_bytes)
        self._expect_think = expect_think
        self._answers: dict[int, Answer] = {}
        self._call_ids: set[str] = set()
        self._latest = Answer(NO_CHOICE, self._call_ids)
        self._beside = Beside(self.AUDIO_TYPE)
        self._started = False
        self._id = self._model = ""
        self._created: int | None = None
        self._usage: dict[str, Any] | None = None

    @property
    def complete(self) -> bool:
        """True once every choice has its finish reason."""
        return bool(self._answers) and all(answer.ended for answer in self._answers.values())

    def take_body(self, body: bytes) -> list[Event]:
        """Take a whole, not streamed answer; the events are those of a stream of one chunk."""
        text = body.lstrip(BLANK)
        if not text.startswith((b"{", b"[")):
            return [*self.feed(body), *self.end()]  # a page, nothing, or a stream that nobody asked for
        out: list[Event] = []
        try:
            wire = parse_loosely(text)
        except (ValueError, RecursionError):
            self._fail(out, "MalformedChunkError", f"the body of {len(body)} bytes is no whole JSON", retryable=True)
            return out
        self._take_wire(wire[0] if isinstance(wire, list) and wire else wire, None, out)
        if self._answers and not self.finished:
            self._conclude(out)
        elif not self.finished:
            self._fail(out, "MalformedChunkError", f"the body holds no choices; it is {describe_json(wire)}")
        return out

    # One chunk.

    def _take(self, chunk: c.Chunk, out: list[Event]) -> int:
        try:
            (choice,) = chunk.choices  # type: ignore[misc]  # one choice; none, null and several raise
        except (TypeError, ValueError):
            return AGAIN
        answer = self._latest
        delta = choice.delta
        if (
            delta is None
            or choice.index != answer.index
            or choice.finish_reason
            or choice.logprobs
            or chunk.usage
            or chunk.error
            or (choice.content_filter_results is not NO_FILTERS and choice.content_filter_results != answer.filters)
        ):
            return AGAIN
        if (
            delta.tool_calls
            or delta.refusal
            or delta.reasoning_details
            or delta.annotations
            or delta.audio
            or delta.images
            or delta.function_call
        ):
            self._delta(answer, delta, out)
        elif thought := delta.reasoning_content or delta.reasoning:
            if answer.reasoning_id is not None and not delta.content:
                out.append(ReasoningDelta(thought, answer.reasoning_id, answer.index))
            else:
                self._delta(answer, delta, out)
        elif text := delta.content:
            if (block := answer.plain) and type(text) is str and (answer.untagged or "<" not in text):
                out.append(TextDelta(text, block, answer.index))
            else:
                self._delta(answer, delta, out)
        else:
            return AGAIN  # nothing is in the delta: the news stand beside it, or there are none
        return NOTED

    def _take_whole(self, chunk: c.WholeChunk, out: list[Event]) -> int:
        choices = chunk.choices
        if chunk.x_groq and chunk.x_groq.get("error") and not chunk.error:
            chunk.error = chunk.x_groq["error"]
        lists = chunk.citations or chunk.search_results or chunk.web_search
        if choices or chunk.usage or lists:
            self._start(chunk, out)
        elif choices is None and not self._has_news(chunk):
            return UNKNOWN
        self._remember(chunk)
        self._beside.metadata(chunk, out)
        self._beside.verdicts(chunk, out)
        for choice in choices or ():
            if self._choice(choice, out, failed=bool(chunk.error)) == STOP:
                return STOP
        if lists:
            self._answer(min(self._answers, default=0), out)
            self._beside.lists(chunk, out)
        if chunk.error:
            return self._fail_with(self._stated(chunk.error, None), out)
        if len(self._answers) > MAX_CHOICES:
            return self._fail(out, "MalformedChunkError", f"more than {MAX_CHOICES} choices")
        return NOTED

    @staticmethod
    def _has_news(chunk: c.WholeChunk) -> bool:
        return bool(chunk.error or chunk.moderation or chunk.prompt_filter_results or chunk.x_groq)

    def _start(self, chunk: c.WholeChunk, out: list[Event]) -> None:
        """Announce the answer, once: the first id and model stay, though some servers change them (row 35)."""
        if self._started:
            return
        self._started = True
        self._remember(chunk)
        out.append(Start(self._id, self._model, self._created))

    def _remember(self, chunk: c.WholeChunk) -> None:
        """Keep the first id, model and time, and the last usage (rows 17 to 21: they never add up)."""
        self._id = self._id or chunk.id or ""
        self._model = self._model or chunk.model or ""
        self._created = self._created or chunk.created or None
        groq = chunk.x_groq.get("usage") if chunk.x_groq else None
        inner = next((choice.usage for choice in chunk.choices or () if choice.usage), None)
        self._usage = chunk.usage or inner or (groq if isinstance(groq, dict) and groq else self._usage)

    # One choice.

    def _choice(self, choice: c.WholeChoice, out: list[Event], *, failed: bool) -> int:
        delta = choice.delta
        if delta is None and choice.message is None and not choice.finish_reason:
            if choice.content_filter_results is not NO_FILTERS and choice.index in self._answers:
                self._filters(self._answers[choice.index], choice.content_filter_results, out)
            return NOTED  # Azure's asynchronous filter, OpenRouter's empty choices (row 7)
        answer = self._answer(choice.index, out)
        if delta is None and choice.message is not None and not answer.touched:
            delta = choice.message
        if delta is not None:
            self._delta(answer, delta, out)
        if choice.logprobs:
            self._logprobs(choice, out)
        if choice.content_filter_results is not NO_FILTERS:
            self._filters(answer, choice.content_filter_results, out)
        if choice.error:
            return self._fail_with(self._stated(choice.error, choice.finish_reason), out)
        if choice.finish_reason and not failed:
            return self._finish(answer, choice.finish_reason, out)
        return NOTED

    def _answer(self, index: int, out: list[Event]) -> Answer:
        answer = self._answers.get(index)
        if answer is None:
            answer = Answer(index, self._call_ids, expect_think=self._expect_think, tags=self.TAGS)
            self._answers[index] = answer
            out.append(StepStart(index))
        self._latest = answer
        return answer

    def _delta(self, answer: Answer, delta: c.Delta, out: list[Event]) -> None:
        """Everything a delta may hold; thinking first, because no provider sends it behind the text it led to."""
        self._think(answer, delta, out)
        if isinstance(delta.content, str):
            if delta.content:
                answer.write(delta.content, out)
        elif delta.content:
            flatten(delta.content, answer, self._beside, out)
        if delta.refusal:
            out.append(RefusalDelta(delta.refusal, answer.index))
        if delta.tool_calls or delta.function_call:
            answer.call(delta, out)
        if delta.annotations or delta.audio or delta.images:
            self._attachments(answer, delta, out)

    @staticmethod
    def _think(answer: Answer, delta: c.Delta, out: list[Event]) -> None:
        """Thinking, by whichever name (rows 1 to 3); it is text once, though details repeat it, there or later."""
        details = delta.reasoning_details
        thought = delta.reasoning_content or delta.reasoning
        if details and any(proof_of(entry) is not None for entry in details):
            answer.prove(details, thought or "", out)
        elif thought:
            answer.named = True
            answer.think(thought, out)
        elif details and not answer.named and (thought := text_of(details)):
            answer.think(thought, out)
        if details:
            answer.details.add([entry for entry in details if proof_of(entry) is None])

    def _attachments(self, answer: Answer, delta: c.Delta, out: list[Event]) -> None:
        if delta.audio:
            self._beside.speech(delta.audio, answer, out)  # what is said is the answer's text: the content is null then
            self._beside.audio(delta.audio, answer.index, out)
        if delta.annotations:
            self._beside.annotations(delta.annotations, answer.text_id, answer.index, out)
        for image in delta.images or ():
            self._beside.image(image, answer.index, out)

    @staticmethod
    def _logprobs(choice: c.WholeChoice, out: list[Event]) -> None:
        found = {kind: entries for kind, entries in (choice.logprobs or {}).items() if entries}
        if found:
            out.append(Metadata({"logprobs": found}, choice.index))

    @staticmethod
    def _filters(answer: Answer, filters: Any, out: list[Event]) -> None:
        """Azure's verdict on the answer so far, when it is another than the last one."""
        if filters == answer.filters:
            return
        answer.filters = filters.copy()  # a copy, as the original keeps the whole frame in memory
        verdict = msgspec.json.decode(filters)
        if verdict:
            out.append(Moderation({"content_filter_results": verdict, "choice": answer.index}, "azure"))

    # The end.

    def _finish(self, answer: Answer, raw: str, out: list[Event]) -> int:
        reason = normalise(raw)
        if reason == "error":
            return self._fail_with(self._stated(None, raw), out)
        if raw == "sensitive":
            # The safety check came late: what has been shown must be taken back (WIRE section 6).
            out.append(Retract("sensitive", answer.index))
        answer.finish(raw, reason, out, runnable=reason in self.RUNNABLE)
        return NOTED

    @staticmethod
    def _stated(error: Any, raw: str | None) -> Error:
        """The error that a chunk states; a finish reason alone is a failure of the provider, which may pass."""
        found = error_of({"error": error}) if error else None
        message = f"the provider ended the answer with {(raw or 'an error')[:40]!r}"
        return found or Error(message, "ServerError", code=raw, retryable=True)

    def _error_of(self, wire: dict[str, Any]) -> Error | None:
        return error_of(wire)

    def _loosen(self, wire: dict[str, Any]) -> Any:
        return loosen(wire)

    def _take_unknown(self, wire: dict[str, Any], frame: Frame | None, out: list[Event]) -> int:
        error = error_of(wire, named=frame is not None and frame.event == "error")
        if error is not None:
            return self._fail_with(error, out)
        if "choices" not in wire:
            out.append(Raw(data=wire))
        return NOTED

    def _take_done(self, out: list[Event]) -> int:
        if not self._started:
            return self._fail(
                out, "StreamInterruptedError", "the stream ended before anything was answered", retryable=True
            )
        return self._conclude(out)

    def _flush(self, out: list[Event]) -> None:
        for answer in self._answers.values():
            answer.flush(out)

    def _fail_with(self, error: Error, out: list[Event]) -> int:
        if self._started:
            self._flush(out)
            out.extend(self._counted())  # who counts in every chunk has counted what was paid for
        return super()._fail_with(error, out)

    def _counted(self) -> list[Event]:
        usage = read_usage(self._usage)
        return [] if usage is None else [usage]

    def _close(self, out: list[Event]) -> None:
        for answer in self._answers.values():
            answer.close(out, runnable=answer.reason in self.RUNNABLE if answer.ended else self.MARK_IS_ENOUGH)
        out.extend(self._counted())
        ends = [answer.step_end() for answer in self._answers.values()]
        out.extend(ends)
        first = min(ends, key=lambda end: end.choice, default=None)
        out.append(Finish("other") if first is None else Finish(first.reason, first.raw_reason))
