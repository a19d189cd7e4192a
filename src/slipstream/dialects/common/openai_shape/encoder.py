"""The encoder of streamed chat completions.

Strategy: a piece of text in the choice that wrote last is one comparison and one joining of bytes, in `_encode`; every
other event goes through the table at the end. Ends of blocks and steps give nothing: this shape has one end, at
`Finish`, so that a loop of tools is one answer to the client. What the client must not act on - calls that the provider
runs itself, results, and whatever this shape has no place for - stands in comments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from slipstream.codec.text import to_utf8
from slipstream.dialects.common.openai_shape import forms
from slipstream.dialects.common.openai_shape.customs import TOOLS, custom_wire, extra_of, is_custom, plain
from slipstream.dialects.common.openai_shape.frames import END_MARK, TAIL, Frames, quote, written
from slipstream.dialects.common.openai_shape.proofs import Proof, entries_of
from slipstream.dialects.common.openai_shape.style import CUT, OPENAI, Style
from slipstream.dialects.common.openai_shape.told import Told, ToldCall
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import COMMENT, NATIVE, StreamEncoder, one_line
from slipstream.events import types as e
from slipstream.events.types import Event

STAMPED: Final = ("system_fingerprint", "service_tier", "provider", "request_id", "x_groq")
"""What providers say of themselves in every chunk."""

RESTARTED: Final = e.Error(
    message="the answer broke and began anew, and what has been sent is void; ask again",
    kind="StreamInterruptedError",
    code="stream_restarted",
    retryable=True,
)

_TEXT: Final = b'{"content":'
_THOUGHT: Final = b'{"reasoning_content":'
_TEXT_TAIL: Final = b"}" + TAIL
_CALL_TAIL: Final = b"}}]}" + TAIL


class ChatEncoder(StreamEncoder):
    """Encodes a stream of `chat.completion.chunk`s.

    An answer whose request used the old `functions` is told in the same form: `reply.options["functions"]`. Calls of
    the custom tools that `reply.options["custom_tools"]` names stream as such; those of others are told so when whole.

    Args:
        reply: how the answer is to be told.
    """

    STYLE: ClassVar[Style] = OPENAI
    CARRIES: ClassVar[Mapping[type[Event], str]] = {
        **dict.fromkeys(e.EVENT_TYPES, COMMENT),
        **dict.fromkeys(
            (e.Start, e.StepStart, e.TextStart, e.TextDelta, e.TextEnd, e.ReasoningStart, e.ReasoningDelta,
             e.RefusalDelta, e.Usage, e.StepEnd, e.Finish, e.Error, e.Heartbeat), NATIVE,
        ),
        e.ReasoningEnd: "what proves the thinking: as `reasoning_details`",
        e.ToolInputStart: "a call that the provider runs itself: " + COMMENT,
        e.ToolInputDelta: "a call that the provider runs itself: " + COMMENT,
        e.ToolInputEnd: "a call that the provider runs itself: " + COMMENT,
        e.ToolCall: "a call that the provider runs itself: " + COMMENT,
        e.Source: "without an address: " + COMMENT,
        e.File: "neither picture nor sound: " + COMMENT,
        e.Abort: "as an error with the code `cancelled`",
        e.Restart: "after content: as an error with the code `stream_restarted`; before it: " + COMMENT,
        e.Retract: "as the finish reason `content_filter`",
        e.Moderation: "of another provider than OpenAI and Azure: " + COMMENT,
        e.Metadata: "in another API's words: " + COMMENT,
    }  # fmt: skip

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__(reply)
        self._legacy = bool(self.reply.options.get("functions"))
        self._custom = frozenset(self.reply.options.get(TOOLS) or ())
        self._frames = Frames()
        self._frames.restamp({"id": self.reply.id, "created": self.reply.created, "model": self.reply.model})
        self._told: dict[int, Told] = {}
        self._calls: dict[str, ToldCall] = {}
        self._hidden: set[str] = set()
        self._thoughts: dict[str, list[str]] = {}
        self._spoken: frozenset[str] = frozenset()
        self._usage: e.Usage | None = None
        self._begun = False  # content has been sent
        self._writing = self._thinking = -1  # the choices that the two heads belong to
        self._text_head = self._thought_head = b""

    def _encode(self, event: Event) -> bytes:
        if type(event) is e.TextDelta and event.choice == self._writing:
            return self._text_head + quote(event.text) + _TEXT_TAIL
        handler = _HANDLERS.get(type(event))
        return self._beside(event) if handler is None else handler(self, event)

    # The beginning.

    def _start(self, event: e.Start) -> bytes:
        if not self._told:  # a second one, after a new beginning, must not change what every chunk says
            reply = self.reply
            self._restamp(
                {
                    "id": event.id or reply.id,
                    "created": reply.created if event.created is None else event.created,
                    "model": reply.model or event.model,
                }
            )
        return b""

    def _restamp(self, fields: dict[str, Any]) -> None:
        self._frames.restamp(fields)
        self._writing = self._thinking = -1

    def _step_start(self, event: e.StepStart) -> bytes:
        return self._open(event.choice)

    def _open(self, choice: int) -> bytes:
        """The chunk with the role, if nothing of this choice has been told."""
        if choice in self._told:
            return b""
        self._told[choice] = Told()
        return self._frames.delta(choice, {"role": "assistant", "content": ""})

    def _delta(self, choice: int, delta: dict[str, Any]) -> bytes:
        self._begun = True
        return self._open(choice) + self._frames.delta(choice, delta)

    # Text and thinking.

    def _text(self, event: e.TextDelta) -> bytes:
        if event.id in self._spoken:
            return self._delta(event.choice, {"audio": {"transcript": event.text}})
        opened = self._open(event.choice)
        self._begun = True
        self._writing = -1 if self._spoken else event.choice
        self._text_head = self._frames.head(event.choice) + _TEXT
        return opened + self._text_head + quote(event.text) + _TEXT_TAIL

    def _reasoning_delta(self, event: e.ReasoningDelta) -> bytes:
        thoughts = self._thoughts.get(event.id)
        if thoughts is None:
            thoughts = self._thoughts[event.id] = []
        thoughts.append(event.text)
        if event.choice == self._thinking:
            return self._thought_head + quote(event.text) + _TEXT_TAIL
        opened = self._open(event.choice)
        self._begun = True
        self._thinking = event.choice
        self._thought_head = self._frames.head(event.choice) + _THOUGHT
        return opened + self._thought_head + quote(event.text) + _TEXT_TAIL

    def _reasoning_end(self, event: e.ReasoningEnd) -> bytes:
        text = "".join(self._thoughts.pop(event.id, ()))
        proof = Proof(text, event.signature, event.redacted, event.details)
        told = self._told.get(event.choice)
        entries = entries_of(proof, 0 if told is None else told.details)
        if not entries:
            return b""
        self._note(event)
        data = self._delta(event.choice, {"reasoning_details": entries})
        self._told[event.choice].details += len(entries)
        return data

    def _refusal(self, event: e.RefusalDelta) -> bytes:
        return self._delta(event.choice, {"refusal": event.text})

    # Calls.

    def _tool_start(self, event: e.ToolInputStart) -> bytes:
        if event.provider_executed:
            self._hidden.add(event.id)
            return self._beside(event)
        opened = self._open(event.choice)
        data = self._announce(event.choice, event.id, event.name)
        return opened + data if data else self._beside(event)

    def _announce(self, choice: int, id: str, name: str, *, custom: bool = False) -> bytes:
        """The chunk that names a call; b"" if there is no place for one more."""
        told = self._told[choice]
        if self._legacy and told.calls:
            self._hidden.add(id)  # the old form has one call
            return b""
        self._begun = True
        custom = not self._legacy and (custom or name in self._custom)
        call = self._calls[id] = ToldCall(told.calls, custom=custom)
        told.calls += 1
        head = self._frames.head(choice)
        function = {"name": name, "arguments": ""}
        if self._legacy:
            call.head, call.tail = head + b'{"function_call":{"arguments":', b"}}" + TAIL
            return self._frames.delta(choice, {"function_call": function})
        field = b'"custom":{"input":' if custom else b'"function":{"arguments":'
        call.head = head + b'{"tool_calls":[{"index":%d,%b' % (call.index, field)
        call.tail = _CALL_TAIL
        kind = custom_wire(name, "") if custom else {"type": "function", "function": function}
        return self._frames.delta(choice, {"tool_calls": [{"index": call.index, "id": id, **kind}]})

    def _tool_delta(self, event: e.ToolInputDelta) -> bytes:
        call = self._calls.get(event.id)
        if call is None:
            return self._beside(event)  # the client could do nothing with arguments of a call without a name
        return call.piece(event.text)

    def _tool_end(self, event: e.ToolInputEnd) -> bytes:
        return self._beside(event) if event.id in self._hidden else b""

    def _tool_call(self, event: e.ToolCall) -> bytes:
        if event.provider_executed or event.id in self._hidden:
            return self._beside(event)
        data = b""
        custom = not self._legacy and is_custom(event.metadata, event.arguments)
        call = self._calls.get(event.id)
        if call is None:
            opened = self._open(event.choice)
            announced = self._announce(event.choice, event.id, event.name, custom=custom)
            if not announced:
                return opened + self._beside(event)
            data, call = opened + announced, self._calls[event.id]
        data += self._rest(call, event, custom=custom)
        empty = {"custom": {"input": ""}} if call.custom else {"function": {"arguments": ""}}
        extra = extra_of(event) if call.custom else forms.call_extra(event)
        if extra and not self._legacy:
            data += self._frames.delta(event.choice, {"tool_calls": [{"index": call.index, **empty, **extra}]})
        return data

    def _rest(self, call: ToldCall, event: e.ToolCall, *, custom: bool) -> bytes:
        """What a call says that its pieces have not said."""
        if custom and not call.custom and not call.written:
            # Nobody had named the tool. The last `type` counts: clients join the pieces of any other field.
            call.drop()
            call.custom = call.written = True
            piece = {"index": call.index, **custom_wire(event.name, event.arguments)}
            return self._frames.delta(event.choice, {"tool_calls": [piece]})
        data = call.release()
        if call.written or (event.error is not None and event.arguments == "{}"):
            return data  # `{}` where a call has none, as a client parses what it has; nothing where they were cut off
        text = event.arguments
        if call.custom and text.lstrip().startswith('"'):
            text = plain(text)
        return data + call.write(text)

    # What stands beside the text.

    def _source(self, event: e.Source) -> bytes:
        if not event.url:
            return self._beside(event)
        opened = self._open(event.choice)
        if self.STYLE.web_search:
            return opened + self._frames.choice(event.choice, {}, {"web_search": [forms.found_on_the_web(event)]})
        told = self._told[event.choice]
        told.citations += 1
        return opened + self._delta(event.choice, {"annotations": [forms.citation(event, told.citations - 1)]})

    def _file(self, event: e.File) -> bytes:
        if forms.is_picture(event):
            opened = self._open(event.choice)
            told = self._told[event.choice]
            told.pictures += 1
            return opened + self._delta(event.choice, {"images": [forms.picture(event, told.pictures - 1)]})
        if not forms.is_sound(event):
            return self._beside(event)
        opened = self._open(event.choice)
        audio = {"data": forms.sound(event.data)}
        if self._told[event.choice].is_new_sound(event.id):
            audio = {"id": event.id, **audio}
        return opened + self._delta(event.choice, {"audio": audio})

    def _metadata(self, event: e.Metadata) -> bytes:
        data = event.data
        if data and all(_is_stamp(name, value) for name, value in data.items()):
            self._restamp(data)
            return b""
        if set(data) == {"logprobs"} and (logprobs := forms.logprobs_wire(data["logprobs"])) is not None:
            return self._open(event.choice) + self._frames.choice(event.choice, {"logprobs": logprobs})
        if set(data) == {"audio"} and _is_sound(data["audio"]):
            return self._sound(event.choice, data["audio"])
        return self._beside(event)

    def _sound(self, choice: int, known: dict[str, Any]) -> bytes:
        """What is known of the sound beside its pieces: its id, once; when it expires; which text is what it says."""
        self._spoken = forms.spoken_blocks({"audio": known})
        self._writing = -1
        audio = {name: value for name, value in known.items() if name != "transcript" and value is not None}
        opened = self._open(choice)
        if not self._told[choice].is_new_sound(audio.get("id", "")):
            audio.pop("id", None)
        return opened + (self._delta(choice, {"audio": audio}) if audio else b"")

    def _moderation(self, event: e.Moderation) -> bytes:
        verdict = event.verdict
        if event.source == "openai" and verdict:
            return self._frames.alone({"moderation": verdict})
        if event.source == "azure" and set(verdict) == {"prompt_filter_results"}:
            return self._frames.alone(verdict)
        filters, choice = verdict.get("content_filter_results"), verdict.get("choice")
        if event.source == "azure" and len(verdict) == 2 and isinstance(filters, dict) and type(choice) is int:
            return self._open(choice) + self._frames.choice(choice, {"content_filter_results": filters})
        return self._beside(event)

    def _heartbeat(self, event: e.Heartbeat) -> bytes:
        return b": " + to_utf8(" ".join(event.comment.splitlines())) + b"\n\n"

    # The end.

    def _count(self, event: e.Usage) -> bytes:
        self._usage = event
        return b""

    def _step_end(self, event: e.StepEnd) -> bytes:
        opened = self._open(event.choice)
        self._told[event.choice].end = event
        return opened

    def _retract(self, event: e.Retract) -> bytes:
        opened = self._open(event.choice)
        self._told[event.choice].retracted = True
        if self.CARRIES[e.Retract]:
            self._note(event)
        return opened

    def _restart(self, event: e.Restart) -> bytes:
        self._thoughts.clear()
        self._calls.clear()
        self._spoken = frozenset()
        if not self._begun:
            return self._beside(event)
        self._note(event)
        return self._interrupted(RESTARTED)

    def _finish(self, event: e.Finish) -> bytes:
        if event.reason in CUT:
            message = f"the answer ended with {event.raw_reason or event.reason!r}"
            return self._interrupted(e.Error(message=message, kind="ServerError", code=event.reason))
        data = b"" if self._told else self._open(0)
        if self.STYLE.loses(event.reason, event.raw_reason):
            self.carried.setdefault(event.type, COMMENT)
            data += _comment(event)
        data += b"".join([call.release() for call in self._calls.values()])  # of calls that nobody completed
        last = max(self._told)
        for choice in sorted(self._told):
            beside = self._counted() if choice == last and self.STYLE.usage_at_finish else {}
            data += self._frames.choice(choice, {"finish_reason": self._word(choice, event)}, beside)
        self.finished = True
        return data + self._usage_chunk() + END_MARK

    def _word(self, choice: int, event: e.Finish) -> str:
        told = self._told[choice]
        end = told.end or event
        word = self.STYLE.finish(end.reason, end.raw_reason, retracted=told.retracted)
        return "function_call" if self._legacy and word == "tool_calls" else word

    def _counted(self) -> dict[str, Any]:
        return {} if self._usage is None else {"usage": forms.usage_wire(self._usage)}

    def _usage_chunk(self) -> bytes:
        """The token counts in a chunk of their own, if the client asked for them."""
        if self._usage is None or self.STYLE.usage_at_finish or not self.reply.include_usage:
            return b""
        return self._frames.alone(self._counted())

    def _error(self, event: e.Error) -> bytes:
        return self._interrupted(event)

    def _abort(self, event: e.Abort) -> bytes:
        self._note(event)
        return self._interrupted(
            e.Error(message="the answer was cancelled", kind="StreamInterruptedError", code="cancelled")
        )

    def _interrupted(self, error: e.Error) -> bytes:
        """What was counted, then the error. No end mark follows: to a client that knows no errors it means success."""
        self.finished = True
        return one_line(self._usage_chunk() + b"data: " + written({"error": self.STYLE.error(error, "")}) + b"\n\n")

    def _nothing(self, event: Event) -> bytes:  # noqa: ARG002
        return b""

    def _beside(self, event: Event) -> bytes:
        self._note(event)
        return _comment(event)


def _comment(event: Event) -> bytes:
    return b": slipstream %b %b\n\n" % (event.type.encode(), written(event))


def _is_stamp(name: str, value: Any) -> bool:
    if name == "x_groq":
        return isinstance(value, dict) and not {"usage", "error"} & set(value)
    return name in STAMPED and isinstance(value, str)


def _is_sound(value: Any) -> bool:
    if not isinstance(value, dict) or not set(value) <= {"id", "expires_at", "transcript"}:
        return False
    expires, spoken = value.get("expires_at"), forms.spoken_blocks({"audio": value})
    return isinstance(value.get("id"), str | None) and (type(expires) is int or (expires is None and bool(spoken)))


_HANDLERS: Final[dict[type[Event], Callable[[ChatEncoder, Any], bytes]]] = {
    e.Start: ChatEncoder._start,
    e.StepStart: ChatEncoder._step_start,
    e.TextStart: ChatEncoder._nothing,
    e.TextDelta: ChatEncoder._text,
    e.TextEnd: ChatEncoder._nothing,
    e.ReasoningStart: ChatEncoder._nothing,
    e.ReasoningDelta: ChatEncoder._reasoning_delta,
    e.ReasoningEnd: ChatEncoder._reasoning_end,
    e.ToolInputStart: ChatEncoder._tool_start,
    e.ToolInputDelta: ChatEncoder._tool_delta,
    e.ToolInputEnd: ChatEncoder._tool_end,
    e.ToolCall: ChatEncoder._tool_call,
    e.RefusalDelta: ChatEncoder._refusal,
    e.Source: ChatEncoder._source,
    e.File: ChatEncoder._file,
    e.Usage: ChatEncoder._count,
    e.StepEnd: ChatEncoder._step_end,
    e.Finish: ChatEncoder._finish,
    e.Abort: ChatEncoder._abort,
    e.Error: ChatEncoder._error,
    e.Heartbeat: ChatEncoder._heartbeat,
    e.Restart: ChatEncoder._restart,
    e.Retract: ChatEncoder._retract,
    e.Moderation: ChatEncoder._moderation,
    e.Metadata: ChatEncoder._metadata,
}
"""One small method an event type; what stands nowhere here is a comment."""
