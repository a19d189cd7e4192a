"""Events as Ollama's NDJSON lines.

Strategy: the head of a line (model, time) is the same for all lines of an answer, so it is built once as bytes, and a
piece of text costs the JSON of the text between two constants. Ollama's Python client takes `str.splitlines` for the
ends of lines, which cut at U+2028 and its like as well, so those are escaped.

An event that Ollama has no form for stands whole under the key `slipstream`, in a line whose content is empty: every
client parses it, finds nothing to show, and skips the key. So a heartbeat is a line with empty content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import msgspec

from slipstream.dialects.common.ollama_wire.words import TIMINGS, done_reason, is_context, is_count, time_of
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import NATIVE, StreamEncoder, json_bytes
from slipstream.events import types as e
from slipstream.events.types import EVENT_TYPES, Event

BESIDE: Final = "under the key `slipstream` of a line with empty content"

GENERATE: Final = "generate"
"""In `Reply.options["endpoint"]`: the client asked `/api/generate`, whose lines have `response` for a message."""

ANEW: Final = e.Error(message="the answer began anew after part of it had been sent")
CANCELLED: Final = e.Error(message="the answer was cancelled")

_CARRIES: Final[dict[type[Event], str]] = {
    e.StepStart: "steps are told as one answer",
    e.StepEnd: "steps are told as one answer",
    e.ToolInputStart: "with the whole call",
    e.ToolInputDelta: "with the whole call",
    e.ToolInputEnd: "with the whole call",
    e.RefusalDelta: "as text",
    e.Restart: "as an error, once part of the answer has been sent",
    e.Abort: "as an error",
    e.Retract: f"as the done_reason `content_filter`, and {BESIDE}",
    e.Heartbeat: "as a line with empty content",
}
_ESCAPES: Final = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))
_encode_text: Final = msgspec.json.Encoder().encode


def line_json(value: Any) -> bytes:
    """The value as JSON that no reader of lines cuts: see `json_bytes`."""
    data = json_bytes(value)
    if not data.isascii():
        for character, escape in _ESCAPES:
            data = data.replace(character, escape)
    return data


class OllamaEncoder(StreamEncoder):
    """Encodes one streamed answer of `/api/chat`, or of `/api/generate` where the reply says so; see `StreamEncoder`.

    There is one answer in a stream; further choices travel beside it. A call whose arguments are no JSON object, and
    one that the provider ran itself, travel beside it as well: a client would run what it finds in `tool_calls`.
    """

    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        **{kind: _CARRIES.get(kind, BESIDE) for kind in EVENT_TYPES},
        **dict.fromkeys((e.Start, e.TextStart, e.TextDelta, e.TextEnd, e.ReasoningStart, e.ReasoningDelta), NATIVE),
        **dict.fromkeys((e.ReasoningEnd, e.ToolCall, e.Usage, e.Metadata, e.Finish, e.Error), NATIVE),
    }
    content_type: ClassVar[str] = "application/x-ndjson"

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        generate = self.reply.options.get("endpoint") == GENERATE
        self._opening, self._closing = (b'"response":', b"") if generate else (_MESSAGE, b"}")
        self._generate = generate
        self._tail = self._closing + b',"done":false}\n'
        self._shown = self._retracted = False
        self._steps = 0
        self._usage: e.Usage | None = None
        self._timings: dict[str, Any] = {}
        self._begin(e.Start())

    def heartbeat(self) -> bytes:
        """A line in which nothing stands."""
        return self._line()

    def _encode(self, event: Event) -> bytes:
        kind = type(event)
        if kind is e.TextDelta and not event.choice:  # type: ignore[attr-defined]
            text = event.text  # type: ignore[attr-defined]
            self._shown = True
            if text.isascii():
                return self._head + _encode_text(text) + self._tail if text else b""
            return self._head + line_json(text) + self._tail
        if getattr(event, "choice", 0):
            return self._beside(event)
        encode = _ENCODE.get(kind)
        return self._beside(event) if encode is None else encode(self, event)

    def _interrupted(self, error: e.Error) -> bytes:
        return self._error(error)

    def _numbered(self, data: bytes) -> bytes:
        """NDJSON has no place for ids."""
        return data

    def _line(self, text: bytes = b'""', inside: bytes = b"", beside: bytes = b"", done: bytes = b"false") -> bytes:
        return b'%b%b%b%b%b,"done":%b}\n' % (self._head, text, inside, self._closing, beside, done)

    def _beside(self, event: Event) -> bytes:
        self.carried.setdefault(event.type, self.CARRIES[type(event)] or BESIDE)
        return self._line(beside=b',"slipstream":' + line_json(event))

    def _begin(self, event: e.Start) -> bytes:
        model = line_json(self.reply.model or event.model)
        created = time_of(self.reply.created if event.created is None else event.created).encode()
        self._head = b'{"model":%b,"created_at":"%b",%b' % (model, created, self._opening)
        return b""

    def _step(self, event: e.StepStart) -> bytes:
        self._steps += 1
        if self._steps > 1:
            self._note(event)
        return b""

    def _think(self, event: e.ReasoningDelta) -> bytes:
        self._shown = True
        return self._line(inside=b',"thinking":' + line_json(event.text)) if event.text else b""

    def _thought(self, event: e.ReasoningEnd) -> bytes:
        told = event.signature is not None or event.redacted is not None or event.details is not None
        return self._beside(event) if told else b""

    def _refuse(self, event: e.RefusalDelta) -> bytes:
        self._note(event)
        self._shown = True
        return self._line(line_json(event.text)) if event.text else b""

    def _call_piece(self, event: Event) -> bytes:
        self._note(event)
        return b""

    def _call(self, event: e.ToolCall) -> bytes:
        self._shown = True
        if event.provider_executed or not isinstance(event.input, Mapping):
            return self._beside(event)
        calls = [call_of(event)]
        return self._line(inside=b',"tool_calls":' + line_json(calls))

    def _count(self, event: e.Usage) -> bytes:
        self._usage = event
        return b""

    def _metadata(self, event: e.Metadata) -> bytes:
        """Timings wait for the last line, log probabilities stand in a line of their own, and the rest beside it."""
        rest = dict(event.data)
        for name in TIMINGS:
            if is_count(rest.get(name)):
                self._timings[name] = rest.pop(name)
        if self._generate and is_context(rest.get("context")):
            self._timings["context"] = rest.pop("context")
        logprobs = rest.pop("logprobs") if _are_logprobs(rest.get("logprobs")) else None
        data = b"" if logprobs is None else self._line(beside=b',"logprobs":' + line_json(logprobs["content"]))
        return data + self._beside(e.Metadata(rest)) if rest else data

    def _alive(self, event: e.Heartbeat) -> bytes:
        self._note(event)
        return self._line()

    def _retract(self, event: e.Retract) -> bytes:
        self._retracted = True
        return self._beside(event)

    def _restart(self, event: e.Restart) -> bytes:
        self._note(event)
        if self._shown:
            return self._error(ANEW)
        self._steps, self._usage, self._timings, self._retracted = 0, None, {}, False
        return b""

    def _finish(self, event: e.Finish) -> bytes:
        self.finished = True
        reason = "content_filter" if self._retracted else done_reason(event.reason, event.raw_reason)
        said = line_json({"done_reason": reason} | last_fields(self._usage, self._timings))
        return self._line(beside=b"", done=b"true," + said[1:-1])

    def _error(self, event: e.Error) -> bytes:
        self.finished = True
        return b'{"error":%b}\n' % line_json(event.message or event.kind)

    def _abort(self, event: e.Abort) -> bytes:
        self._note(event)
        return self._error(CANCELLED)

    def _nothing(self, event: Event) -> bytes:  # noqa: ARG002
        return b""


_MESSAGE: Final = b'"message":{"role":"assistant","content":'

_ENCODE: Final[dict[type[Event], Callable[[OllamaEncoder, Any], bytes]]] = {
    e.Start: OllamaEncoder._begin,
    e.StepStart: OllamaEncoder._step,
    e.StepEnd: OllamaEncoder._nothing,
    e.TextDelta: OllamaEncoder._nothing,
    e.TextStart: OllamaEncoder._nothing,
    e.TextEnd: OllamaEncoder._nothing,
    e.ReasoningStart: OllamaEncoder._nothing,
    e.ReasoningDelta: OllamaEncoder._think,
    e.ReasoningEnd: OllamaEncoder._thought,
    e.RefusalDelta: OllamaEncoder._refuse,
    e.ToolInputStart: OllamaEncoder._call_piece,
    e.ToolInputDelta: OllamaEncoder._call_piece,
    e.ToolInputEnd: OllamaEncoder._call_piece,
    e.ToolCall: OllamaEncoder._call,
    e.Usage: OllamaEncoder._count,
    e.Metadata: OllamaEncoder._metadata,
    e.Heartbeat: OllamaEncoder._alive,
    e.Retract: OllamaEncoder._retract,
    e.Restart: OllamaEncoder._restart,
    e.Finish: OllamaEncoder._finish,
    e.Error: OllamaEncoder._error,
    e.Abort: OllamaEncoder._abort,
}


def call_of(call: e.ToolCall) -> dict[str, Any]:
    """A call in Ollama's form."""
    return {"id": call.id, "function": {"index": call.index, "name": call.name, "arguments": call.input}}


def last_fields(usage: e.Usage | None, timings: Mapping[str, Any]) -> dict[str, Any]:
    """What the last line counts, in Ollama's order.

    What nobody told stays away: Ollama leaves out a count that is 0 as well (`omitempty` in `api.Metrics` of its
    `api/types.go`), so clients know how to do without, and those that divide by a duration do not divide by 0.
    """
    counts: dict[str, int | None] = {}
    if usage is not None:
        counts = {"prompt_eval_count": usage.input_tokens, "eval_count": usage.output_tokens}
    fields = {
        "context": timings.get("context"),
        **{name: timings.get(name) for name in TIMINGS[:2]},
        "prompt_eval_count": counts.get("prompt_eval_count"),
        "prompt_eval_duration": timings.get("prompt_eval_duration"),
        "eval_count": counts.get("eval_count"),
        "eval_duration": timings.get("eval_duration"),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _are_logprobs(value: Any) -> bool:
    """True for log probabilities of the text, in the form that Ollama and OpenAI share."""
    if not isinstance(value, Mapping) or set(value) != {"content"} or not isinstance(value["content"], list):
        return False
    return bool(value["content"]) and all(map(_is_logprob, value["content"]))


def _is_logprob(entry: Any) -> bool:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("token"), str):
        return False
    logprob, others = entry.get("logprob"), entry.get("top_logprobs")
    if isinstance(logprob, bool) or not isinstance(logprob, (int, float)):
        return False
    return others is None or (isinstance(others, list) and all(map(_is_logprob, others)))
