"""`Message`: the fold of a stream's events, readable at any moment.

Strategy: a delta is appended to a list of pieces and joined when somebody reads, so that keeping the message costs
O(delta) however often it is read. The pieces are joined a thousand at a time, because a list of four-character
strings takes fifteen times the memory of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from slipstream.events import types as e
from slipstream.events.types import Event, FinishReason, Usage

INTERRUPTED_KINDS = frozenset(
    ("StreamInterruptedError", "StreamTimeoutError", "ConnectionFailedError", "TLSError", "ProtocolError",
     "MalformedChunkError", "EventTooLargeError", "IllegalEventError", "NotAStreamError")
)  # fmt: skip
"""Errors after which the answer is cut rather than failed: the provider may have gone on."""

PIECES_PER_JOIN = 32


class TextBuffer:
    """Text that grows: `append` is O(piece), `str()` joins what came since the last time.

    One thread may append while others read: the two lists are swapped together, and no reader changes them.
    """

    __slots__ = ("_bound", "_cache", "_state")

    def __init__(self, text: str = "") -> None:
        self._state: tuple[list[str], list[str]] = ([text] if text else [], [])
        self._cache: tuple[list[str], int, str] = (self._state[0], 0, text)
        self._bound = PIECES_PER_JOIN

    def append(self, piece: str) -> None:
        """Add a piece at the end."""
        joined, pieces = self._state
        pieces.append(piece)
        if len(pieces) >= self._bound:
            self._bound = max(PIECES_PER_JOIN, 8 * len(joined))  # each join copies `joined`: this keeps the sum linear
            self._state = ([*joined, "".join(pieces)], [])

    def __str__(self) -> str:
        joined, pieces = self._state
        count = len(pieces)
        base, seen, text = self._cache
        if base is not joined:
            seen, text = 0, "".join(joined)
        if seen < count:
            text += "".join(pieces[seen:count])
        self._cache = (joined, count, text)
        return text

    def __bool__(self) -> bool:
        joined, pieces = self._state
        return bool(joined or pieces)


class Block:
    """One block of the answer: text, thinking, or a tool call with its arguments.

    Attributes:
        kind: `text`, `reasoning` or `tool-call`.
        id: unique within the stream.
        open: True while more may come.
        call: the complete call, for a `tool-call`; None before it is complete.
        name: the tool's name, for a `tool-call`.
        signature, redacted, details: see `ReasoningEnd`.
        sources: what this block cites.
        step: the model call it came from, counted from 0; a tool loop has several.
    """

    __slots__ = ("buffer", "call", "details", "id", "kind", "name", "open", "redacted", "signature", "sources", "step")

    def __init__(self, kind: str, id: str, *, name: str = "", step: int = 0) -> None:
        self.kind = kind
        self.id = id
        self.name = name
        self.step = step
        self.buffer = TextBuffer()
        self.open = True
        self.call: e.ToolCall | None = None
        self.signature: str | None = None
        self.redacted: str | None = None
        self.details: list[Any] | None = None
        self.sources: list[e.Source] = []

    @property
    def text(self) -> str:
        """The text, the thinking, or the arguments as the model wrote them."""
        return str(self.buffer)

    def __repr__(self) -> str:
        return f"Block({self.kind!r}, {self.id!r}, {self.text!r})"

    def copy(self) -> Block:
        """An independent copy."""
        twin = Block(self.kind, self.id, name=self.name, step=self.step)
        twin.buffer = TextBuffer(self.text)
        twin.open, twin.call = self.open, self.call
        twin.signature, twin.redacted, twin.details = self.signature, self.redacted, self.details
        twin.sources = list(self.sources)
        return twin


class Choice:
    """One answer of a request; there is one unless `n` was asked for.

    Attributes:
        index: its number, from 0.
        blocks: text, thinking and calls in the order they opened.
        finish_reason, raw_finish_reason: None until the answer ends.
        step_ends: how each step ended, in order; the last one is missing while it runs.
        tool_results: what calls returned, in order (`ToolResult` and `ToolError`).
        logprobs: log probabilities by kind (`content`, `refusal`), as the provider sends them.
        retracted: True if the provider or a guard took the answer back.
    """

    __slots__ = (
        "_by_id", "_steps", "blocks", "boxes", "files", "finish_reason", "index", "logprobs", "raw_finish_reason",
        "refusal_buffer", "retracted", "sources", "step_ends", "tool_results",
    )  # fmt: skip

    def __init__(self, index: int) -> None:
        self.index = index
        self.blocks: list[Block] = []
        self._by_id: dict[str, Block] = {}
        self._steps = 0
        self.step_ends: list[e.StepEnd] = []
        self.refusal_buffer = TextBuffer()
        self.sources: list[e.Source] = []
        self.files: list[e.File] = []
        self.boxes: list[e.Box] = []
        self.tool_results: list[e.ToolResult | e.ToolError] = []
        self.logprobs: dict[str, list[Any]] = {}
        self.finish_reason: FinishReason | None = None
        self.raw_finish_reason: str | None = None
        self.retracted = False

    def open(self, kind: str, id: str, *, name: str = "") -> Block:
        """Open a block."""
        block = Block(kind, id, name=name, step=max(self._steps - 1, 0))
        self.blocks.append(block)
        self._by_id[id] = block
        return block

    def block(self, kind: str, id: str) -> Block:
        """The block with this id, opened now if nobody did: a fold never loses content."""
        found = self._by_id.get(id)
        return found if found is not None and found.kind == kind else self.open(kind, id)

    def begin_step(self) -> None:
        """Another model call goes on with this answer: what it says is not over yet."""
        self._steps += 1
        self.finish_reason = self.raw_finish_reason = None

    def end_step(self, end: e.StepEnd) -> None:
        """The model call has answered."""
        self.step_ends.append(end)
        self.finish_reason, self.raw_finish_reason = end.reason, end.raw_reason

    def _join(self, kind: str) -> str:
        return "".join(block.text for block in self.blocks if block.kind == kind)

    @property
    def text(self) -> str:
        """All text blocks, joined."""
        return self._join("text")

    @property
    def reasoning(self) -> str:
        """All thinking, joined."""
        return self._join("reasoning")

    @property
    def refusal(self) -> str:
        """The refusal, or ""."""
        return str(self.refusal_buffer)

    @property
    def tool_calls(self) -> list[e.ToolCall]:
        """The complete calls, in order."""
        return [block.call for block in self.blocks if block.call is not None]

    def copy(self) -> Choice:
        """An independent copy."""
        twin = Choice(self.index)
        twin.blocks = [block.copy() for block in self.blocks]
        twin._by_id = {block.id: block for block in twin.blocks}
        twin._steps, twin.step_ends = self._steps, list(self.step_ends)
        twin.refusal_buffer = TextBuffer(self.refusal)
        twin.sources, twin.files, twin.boxes = list(self.sources), list(self.files), list(self.boxes)
        twin.tool_results = list(self.tool_results)
        twin.logprobs = {kind: list(entries) for kind, entries in self.logprobs.items()}
        twin.finish_reason, twin.raw_finish_reason = self.finish_reason, self.raw_finish_reason
        twin.retracted = self.retracted
        return twin


class Message:
    """The answer so far: fold events in, read it at any moment.

    Attributes:
        id, model, created: as the provider said; "" and None before it did.
        provider: the provider's name, set by the client.
        usage: the last usage, or None.
        metadata: what the provider says beside the content.
        moderation: verdicts of safety checks.
        error: the error that ended the stream, or None.
        complete: True once the provider's own end mark has come.
    """

    __slots__ = (
        "_choices", "_first", "complete", "created", "error", "finish_reason", "id", "metadata", "model", "moderation",
        "provider", "raw_finish_reason", "usage",
    )  # fmt: skip

    role = "assistant"

    def __init__(self) -> None:
        self.id = ""
        self.model = ""
        self.provider = ""
        self.created: int | None = None
        self.usage: Usage | None = None
        self.finish_reason: FinishReason | None = None
        self.raw_finish_reason: str | None = None
        self.metadata: dict[str, Any] = {}
        self.moderation: list[dict[str, Any]] = []
        self.error: e.Error | None = None
        self.complete = False
        self._first = Choice(0)
        self._choices: dict[int, Choice] = {0: self._first}

    @classmethod
    def of(cls, events: Iterable[Event]) -> Message:
        """The fold of these events."""
        message = cls()
        message.fold_all(events)
        return message

    def fold(self, event: Event) -> None:
        """Take one event, in O(its size)."""
        handler = _FOLD.get(type(event))
        if handler is not None:
            handler(self, event)

    def fold_all(self, events: Iterable[Event]) -> None:
        """Take several events."""
        for event in events:
            handler = _FOLD.get(type(event))
            if handler is not None:
                handler(self, event)

    def choice(self, index: int) -> Choice:
        """The answer with this number, made now if it has not begun."""
        found = self._choices.get(index)
        if found is None:
            found = self._choices[index] = Choice(index)
        return found

    @property
    def choices(self) -> list[Choice]:
        """All answers, by number; one unless `n` was asked for."""
        return [self._choices[index] for index in sorted(self._choices)]

    @property
    def blocks(self) -> list[Block]:
        """The blocks of the first answer, in the order they opened."""
        return self._first.blocks

    @property
    def text(self) -> str:
        """The text of the first answer."""
        return self._first.text

    @property
    def reasoning(self) -> str:
        """The thinking of the first answer."""
        return self._first.reasoning

    @property
    def refusal(self) -> str:
        """The refusal of the first answer, or ""."""
        return self._first.refusal

    @property
    def tool_calls(self) -> list[e.ToolCall]:
        """The complete calls of the first answer."""
        return self._first.tool_calls

    @property
    def tool_results(self) -> list[e.ToolResult | e.ToolError]:
        """What calls of the first answer returned."""
        return self._first.tool_results

    @property
    def sources(self) -> list[e.Source]:
        """What the first answer cites."""
        return self._first.sources

    @property
    def files(self) -> list[e.File]:
        """The files of the first answer."""
        return self._first.files

    @property
    def boxes(self) -> list[e.Box]:
        """The places in pictures that the first answer names."""
        return self._first.boxes

    @property
    def logprobs(self) -> dict[str, list[Any]]:
        """The log probabilities of the first answer, by kind."""
        return self._first.logprobs

    @property
    def retracted(self) -> bool:
        """True if the answer was taken back: what has been shown must be hidden."""
        return any(choice.retracted for choice in self._choices.values())

    @property
    def empty_output(self) -> bool:
        """True if the answer ended with thinking at most: no text, call, refusal or file.

        GLM ends some turns so with finish reason `stop` (WIRE section 6); it is no success.
        """
        first = self._first
        has_output = first.text or first.tool_calls or first.refusal or first.files
        return self.finish_reason is not None and not has_output

    def snapshot(self) -> Message:
        """An independent copy of the message as it is now."""
        twin = Message()
        for name in ("id", "model", "provider", "created", "usage", "finish_reason", "raw_finish_reason", "error"):
            setattr(twin, name, getattr(self, name))
        twin.complete = self.complete
        twin.metadata = dict(self.metadata)
        twin.moderation = list(self.moderation)
        twin._choices = {index: choice.copy() for index, choice in self._choices.items()}
        twin._first = twin._choices[0]
        return twin

    def to_dict(self) -> dict[str, Any]:
        """The message as plain data, for logs and storage: role, text, reasoning, calls, usage, finish reason."""
        usage = self.usage
        fields = ("input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cached_tokens", "estimated")
        return {
            "role": self.role,
            "id": self.id,
            "model": self.model,
            "provider": self.provider,
            "text": self.text,
            "reasoning": self.reasoning,
            "refusal": self.refusal,
            "tool_calls": [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in self.tool_calls],
            "finish_reason": self.finish_reason,
            "raw_finish_reason": self.raw_finish_reason,
            "usage": None if usage is None else {name: getattr(usage, name) for name in fields},
            "complete": self.complete,
        }

    def __repr__(self) -> str:
        text = self.text
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        return f"Message(model={self.model!r}, text={shown!r}, finish_reason={self.finish_reason!r})"

    # One small function an event type; `_FOLD` below is the dispatch.

    def _start(self, event: e.Start) -> None:
        self.id = event.id
        self.model = event.model or self.model
        self.created = event.created

    def _text_delta(self, event: e.TextDelta) -> None:
        choice = self._first if event.choice == 0 else self.choice(event.choice)
        block = choice._by_id.get(event.id)
        if block is None or block.kind != "text":
            block = choice.open("text", event.id)
        block.buffer.append(event.text)

    def _reasoning_delta(self, event: e.ReasoningDelta) -> None:
        self.choice(event.choice).block("reasoning", event.id).buffer.append(event.text)

    def _reasoning_end(self, event: e.ReasoningEnd) -> None:
        block = self.choice(event.choice).block("reasoning", event.id)
        block.open = False
        block.signature, block.redacted, block.details = event.signature, event.redacted, event.details

    def _tool_delta(self, event: e.ToolInputDelta) -> None:
        self.choice(event.choice).block("tool-call", event.id).buffer.append(event.text)

    def _tool_call(self, event: e.ToolCall) -> None:
        block = self.choice(event.choice).block("tool-call", event.id)
        block.name, block.call, block.open = event.name, event, False

    def _tool_result(self, event: e.ToolResult) -> None:
        if not event.preliminary:
            self.choice(event.choice).tool_results.append(event)

    def _block_end(self, event: e.TextEnd | e.ToolInputEnd) -> None:
        block = self.choice(event.choice)._by_id.get(event.id)
        if block is not None:
            block.open = False

    def _source(self, event: e.Source) -> None:
        choice = self.choice(event.choice)
        choice.sources.append(event)
        if event.block is not None and event.block in choice._by_id:
            choice._by_id[event.block].sources.append(event)

    def _metadata(self, event: e.Metadata) -> None:
        for key, value in event.data.items():
            if key == "logprobs" and isinstance(value, dict):
                self._logprobs(event.choice, value)
            else:
                self.metadata[key] = value

    def _logprobs(self, choice: int, value: dict[str, Any]) -> None:
        logprobs = self.choice(choice).logprobs
        for kind, entries in value.items():
            if entries:
                logprobs.setdefault(kind, []).extend(entries)

    def _finish(self, event: e.Finish) -> None:
        self.complete = True
        self._end(event.reason, event.raw_reason)

    def _end(self, reason: FinishReason, raw_reason: str | None) -> None:
        self.finish_reason, self.raw_finish_reason = reason, raw_reason
        for choice in self._choices.values():
            if choice.finish_reason is None:
                choice.finish_reason, choice.raw_finish_reason = reason, raw_reason

    def _error(self, event: e.Error) -> None:
        self.error = event
        self._end("interrupted" if event.kind in INTERRUPTED_KINDS else "error", event.code)

    def _restart(self, event: e.Restart) -> None:
        self._first = Choice(0)
        self._choices = {0: self._first}
        self.model = event.model or self.model


_FOLD: dict[type[Event], Callable[[Message, Any], object]] = {
    e.Start: Message._start,
    e.StepStart: lambda m, ev: m.choice(ev.choice).begin_step(),
    e.TextStart: lambda m, ev: m.choice(ev.choice).open("text", ev.id),
    e.TextDelta: Message._text_delta,
    e.TextEnd: Message._block_end,
    e.ReasoningStart: lambda m, ev: m.choice(ev.choice).open("reasoning", ev.id),
    e.ReasoningDelta: Message._reasoning_delta,
    e.ReasoningEnd: Message._reasoning_end,
    e.ToolInputStart: lambda m, ev: m.choice(ev.choice).open("tool-call", ev.id, name=ev.name),
    e.ToolInputDelta: Message._tool_delta,
    e.ToolInputEnd: Message._block_end,
    e.ToolCall: Message._tool_call,
    e.ToolResult: Message._tool_result,
    e.ToolError: lambda m, ev: m.choice(ev.choice).tool_results.append(ev),
    e.RefusalDelta: lambda m, ev: m.choice(ev.choice).refusal_buffer.append(ev.text),
    e.Source: Message._source,
    e.File: lambda m, ev: m.choice(ev.choice).files.append(ev),
    e.Box: lambda m, ev: m.choice(ev.choice).boxes.append(ev),
    e.Usage: lambda m, ev: setattr(m, "usage", ev),
    e.StepEnd: lambda m, ev: m.choice(ev.choice).end_step(ev),
    e.Finish: Message._finish,
    e.Abort: lambda m, ev: m._end("cancelled", ev.reason),
    e.Error: Message._error,
    e.Restart: Message._restart,
    e.Retract: lambda m, ev: setattr(m.choice(ev.choice), "retracted", True),
    e.Moderation: lambda m, ev: m.moderation.append(ev.verdict),
    e.Metadata: Message._metadata,
}
