"""What OpenAI's `.stream()` helper knows: chunks in; events, and the answer so far, out. Pure, for both doors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from slipstream.client.sdk import chat_events as e
from slipstream.client.sdk.chat_objects import ChatCompletionChunk, ParsedChatCompletion
from slipstream.client.sdk.growing import Growing
from slipstream.client.sdk.parsing import parse
from slipstream.client.sdk.wire import Later
from slipstream.errors import ContentFilteredError, ProtocolError

_LOGPROBS: Final = {
    "content": (e.LogprobsContentDeltaEvent, e.LogprobsContentDoneEvent),
    "refusal": (e.LogprobsRefusalDeltaEvent, e.LogprobsRefusalDoneEvent),
}
_PER_CHOICE: Final = ("delta", "finish_reason", "logprobs")
_PER_CHUNK: Final = ("choices", "obfuscation", "object")


class Wanted:
    """What the answer is to be decoded into.

    Args:
        tools: the request's tools; arguments of those that are `strict` are decoded.
        kind: the class of the content, or None.
    """

    def __init__(self, tools: Iterable[Any], kind: type[Any] | None) -> None:
        functions = (tool.get("function") for tool in tools if isinstance(tool, Mapping))
        self._strict = {f.get("name") for f in functions if isinstance(f, Mapping) and f.get("strict")}
        self.kind = kind

    def is_strict(self, name: str) -> bool:
        """True if the arguments of this tool are decoded."""
        return name in self._strict

    def refuse_cut(self, finish_reason: str) -> None:
        """Raise if the answer was to be decoded and is not whole."""
        if self.kind is None and not self._strict:
            return
        if finish_reason == "length":
            raise ProtocolError("the answer was cut at its token limit, so its JSON is not whole")
        if finish_reason == "content_filter":
            raise ContentFilteredError("the provider's filter cut the answer, so its JSON is not whole")


class ChoiceState:
    """One of the answers, as far as it has come."""

    def __init__(self, index: int, wanted: Wanted) -> None:
        self._wanted = wanted
        self._message = Growing()
        self._fields: dict[str, Any] = {"index": index, "finish_reason": None}
        self._logprobs: dict[str, list[Any]] = {}
        self._done: set[object] = set()
        self._call: int | None = None
        self._parsed: Any = None

    def take(self, choice: Mapping[str, Any], out: list[e.ChatCompletionStreamEvent]) -> None:
        """Take one choice of a chunk; append its events."""
        delta = choice.get("delta") or {}
        self._fields |= {name: value for name, value in choice.items() if name not in _PER_CHOICE}
        self._message.add({name: value for name, value in delta.items() if name != "tool_calls"})
        if isinstance(delta.get("content"), str):
            self._take_content(delta["content"], out)
        if isinstance(delta.get("refusal"), str):
            text = self._message.text("refusal").snapshot()
            out.append(_event(e.RefusalDeltaEvent, "refusal.delta", delta=delta["refusal"], snapshot=text))
        places = self._take_calls(delta.get("tool_calls") or (), out)
        self._take_logprobs(choice.get("logprobs") or {}, out)
        for place in places:
            self._turn_to(place, out)
        if choice.get("finish_reason"):
            self._finish(choice["finish_reason"], out)

    def _take_content(self, piece: str, out: list[e.ChatCompletionStreamEvent]) -> None:
        text = self._message.text("content")
        parsed = text.value_snapshot() if self._wanted.kind is not None else None
        out.append(_event(e.ContentDeltaEvent, "content.delta", delta=piece, snapshot=text.snapshot(), parsed=parsed))

    def _take_calls(self, deltas: Iterable[Any], out: list[e.ChatCompletionStreamEvent]) -> list[int]:
        """Take the pieces of calls; return which calls they were of."""
        places = []
        for delta in filter(None, deltas):
            calls = self._message.list("tool_calls")
            place = calls.place(delta)
            places.append(place)
            calls.entries[place].add(_with_text(delta))
            function = calls.entries[place].fields.get("function")
            if isinstance(function, Growing):
                piece = (delta.get("function") or {}).get("arguments")
                out.append(self._call_event(place, function, piece))
        return places

    def _turn_to(self, place: int, out: list[e.ChatCompletionStreamEvent]) -> None:
        """What came before this call is whole."""
        if place != self._call:
            self._content_done(out)
            self._call_done(out)
            self._call = place

    def _call_event(self, place: int, function: Growing, piece: Any) -> e.ChatCompletionStreamEvent:
        name, arguments = function.fields.get("name") or "", function.text("arguments")
        return _event(
            e.FunctionToolCallArgumentsDeltaEvent,
            "tool_calls.function.arguments.delta",
            name=name,
            index=place,
            arguments=arguments.snapshot(),
            parsed_arguments=arguments.value_snapshot() if self._wanted.is_strict(name) else None,
            arguments_delta=piece if isinstance(piece, str) else "",
        )

    def _take_logprobs(self, logprobs: Mapping[str, Any], out: list[e.ChatCompletionStreamEvent]) -> None:
        for kind, (delta, _) in _LOGPROBS.items():
            if logprobs.get(kind):
                entries = self._logprobs.setdefault(kind, [])
                entries += logprobs[kind]
                so_far = Later(partial(_first, entries, len(entries)))
                out.append(_event(delta, f"logprobs.{kind}.delta", **{kind: logprobs[kind], "snapshot": so_far}))

    def _finish(self, reason: str, out: list[e.ChatCompletionStreamEvent]) -> None:
        self._fields["finish_reason"] = reason
        self._wanted.refuse_cut(reason)
        self._content_done(out)
        self._call_done(out)

    def _once(self, what: object) -> bool:
        """True the first time it is asked."""
        first = what not in self._done
        self._done.add(what)
        return first

    def _content_done(self, out: list[e.ChatCompletionStreamEvent]) -> None:
        content, refusal = str(self._message.fields.get("content") or ""), self._message.fields.get("refusal")
        if content and self._once("content"):
            self._parsed = parse(self._wanted.kind, content) if self._wanted.kind is not None and not refusal else None
            out.append(_event(e.ContentDoneEvent, "content.done", content=content, parsed=self._parsed))
        if refusal is not None and self._once("refusal"):
            out.append(_event(e.RefusalDoneEvent, "refusal.done", refusal=str(refusal)))
        for kind, entries in self._logprobs.items():
            if self._once(f"logprobs.{kind}"):
                out.append(_event(_LOGPROBS[kind][1], f"logprobs.{kind}.done", **{kind: list(entries)}))

    def _call_done(self, out: list[e.ChatCompletionStreamEvent]) -> None:
        if self._call is None or not self._once(self._call):
            return
        call = self._message.fields["tool_calls"].entries[self._call].plain()
        function = call.get("function")
        if isinstance(function, dict):
            whole = {"name": function.get("name") or "", "arguments": function.get("arguments") or ""}
            parsed = self._arguments(function)
            kind = "tool_calls.function.arguments.done"
            done = e.FunctionToolCallArgumentsDoneEvent
            out.append(_event(done, kind, **whole, index=self._call, parsed_arguments=parsed))

    def _arguments(self, function: Mapping[str, Any]) -> Any:
        if not self._wanted.is_strict(function.get("name") or ""):
            return None
        try:
            return json.loads(function.get("arguments") or "{}")
        except ValueError as error:
            raise ProtocolError("the arguments of a strict tool are no JSON") from error

    def plain(self, *, final: bool) -> dict[str, Any]:
        """The answer as it is now, as JSON; with the decoded values if it is final."""
        message = self._message.plain()
        if final:
            message["parsed"] = self._parsed
            message["tool_calls"] = message.get("tool_calls") or None
            for call in message["tool_calls"] or ():
                if isinstance(call.get("function"), dict):
                    call["function"]["parsed_arguments"] = self._arguments(call["function"])
        logprobs = {"logprobs": dict.fromkeys(_LOGPROBS) | self._logprobs} if self._logprobs else {}
        return {**self._fields, **logprobs, "message": message}


class ChatState:
    """The whole answer, as far as it has come.

    Args:
        tools, kind: see `Wanted`.
    """

    def __init__(self, *, tools: Iterable[Any] = (), kind: type[Any] | None = None) -> None:
        self._wanted = Wanted(tools, kind)
        self._fields: dict[str, Any] = {}
        self._choices: dict[int, ChoiceState] = {}

    def take(self, chunk: ChatCompletionChunk) -> list[e.ChatCompletionStreamEvent]:
        """Take a chunk; return its events."""
        wire = chunk._wire
        if wire.get("object") == "":  # Azure's filter verdicts (WIRE section 2), which the SDK passes over as well
            return []
        for name, value in wire.items():
            if name not in _PER_CHUNK and (value is not None or name not in self._fields):
                self._fields[name] = value
        out: list[e.ChatCompletionStreamEvent] = [
            _event(e.ChunkEvent, "chunk", chunk=chunk, snapshot=Later(lambda: self.completion(final=False)))
        ]
        for choice in wire.get("choices") or ():
            self._choice(choice.get("index") or 0).take(choice, out)
        return out

    def _choice(self, index: int) -> ChoiceState:
        if index not in self._choices:
            self._choices[index] = ChoiceState(index, self._wanted)
        return self._choices[index]

    def completion(self, *, final: bool) -> ParsedChatCompletion:
        """The answer so far, or the whole once the stream has ended."""
        choices = [self._choices[index].plain(final=final) for index in sorted(self._choices)]
        return ParsedChatCompletion.over({**self._fields, "object": "chat.completion", "choices": choices})


def _event(kind: type[e.ChatCompletionStreamEvent], type: str, **fields: Any) -> e.ChatCompletionStreamEvent:
    return kind.over({"type": type, **fields})


def _first(entries: list[Any], count: int) -> list[Any]:
    return entries[:count]


def _with_text(delta: dict[str, Any]) -> dict[str, Any]:
    """The piece of a call, with its arguments as text: some servers send them as an object (WIRE section 8 row 16)."""
    function = delta.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("arguments"), (dict, list)):
        return delta
    return {**delta, "function": {**function, "arguments": json.dumps(function["arguments"], ensure_ascii=False)}}
