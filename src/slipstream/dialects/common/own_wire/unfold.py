"""A folded `Message` as events again, whose fold is that message: what it holds, in one delta a block."""

from __future__ import annotations

from collections.abc import Iterator

from slipstream.events import (
    Abort,
    Block,
    Choice,
    Event,
    Finish,
    Message,
    Metadata,
    Moderation,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Retract,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputDelta,
    ToolInputEnd,
    ToolInputStart,
)


def events_of(message: Message) -> list[Event]:
    """Legal events whose fold holds what this message holds; without an end where it has none yet.

    A message does not know how its pieces were cut, when they came, nor why it was retracted; `provider` is the name
    that a client gives, and travels in no event.
    """
    found: list[Event] = [Start(id=message.id, model=message.model, created=message.created)]
    found += [Moderation(verdict) for verdict in message.moderation]
    if message.metadata:
        found.append(Metadata(dict(message.metadata)))
    for choice in message.choices:
        found += _Unfolded(choice, complete=message.complete).events()
    if message.usage is not None:
        found.append(message.usage)
    return found + list(_end(message))


def _end(message: Message) -> Iterator[Event]:
    if message.error is not None:
        yield message.error
    elif message.complete:
        yield Finish(message.finish_reason or "other", message.raw_finish_reason)
    elif message.finish_reason == "cancelled":
        reason = message.raw_finish_reason
        yield Abort() if reason is None else Abort(reason)


class _Unfolded:
    """The events of one choice. In a complete message every step has ended, or nothing may follow (`events.Order`)."""

    def __init__(self, choice: Choice, *, complete: bool) -> None:
        self._choice = choice
        self._complete = complete
        self._index = choice.index
        self._sources = list(choice.sources)
        self._outcomes = list(choice.tool_results)
        self._counts = {"text": 0, "reasoning": 0, "tool-call": 0}
        self._steps = {block.id: block.step for block in choice.blocks}

    def events(self) -> Iterator[Event]:
        choice, ends, count = self._choice, self._choice.step_ends, self._count()
        for step in range(count):
            yield StepStart(self._index)
            for block in choice.blocks:
                if block.step == step:
                    yield from self._sources_before(block)
                    yield from self._block(block)
            yield from self._results(step)
            if step == count - 1:
                yield from self._beside()
            if step < len(ends):
                yield ends[step]
            elif self._complete:
                yield StepEnd(choice.finish_reason or "other", choice.raw_finish_reason, self._index)

    def _count(self) -> int:
        """How many steps there were. One that was begun, and of which nothing came, shows in how the choice ended."""
        choice, ends = self._choice, self._choice.step_ends
        said = (choice.finish_reason, choice.raw_finish_reason)
        begun = bool(ends) and said != (ends[-1].reason, ends[-1].raw_reason)
        steps = max((block.step + 1 for block in choice.blocks), default=0)
        there = any((choice.refusal, choice.sources, choice.files, choice.boxes, choice.tool_results, choice.logprobs))
        return max(len(ends) + begun, steps, int(there or choice.retracted or choice.index > 0))

    def _sources_before(self, block: Block) -> Iterator[Event]:
        """Sources that named this block before it opened: its own list does not have them."""
        for number in range(len(self._sources), 0, -1):
            source = self._sources[number - 1]
            if source.block == block.id and not any(source is one for one in block.sources):
                yield from self._sources[:number]
                del self._sources[:number]
                return

    def _block(self, block: Block) -> Iterator[Event]:
        index, choice, text = self._counts[block.kind], self._index, block.text
        self._counts[block.kind] += 1
        if block.kind == "text":
            yield TextStart(block.id, index, choice)
            if text:
                yield TextDelta(text, block.id, choice)
            if not block.open:
                yield TextEnd(block.id, choice)
        elif block.kind == "reasoning":
            yield ReasoningStart(block.id, index, choice)
            if text:
                yield ReasoningDelta(text, block.id, choice)
            if not block.open:
                yield ReasoningEnd(block.id, block.signature, block.redacted, block.details, choice)
        else:
            yield from self._call(block, index, text)

    def _call(self, block: Block, index: int, text: str) -> Iterator[Event]:
        call = block.call
        yield ToolInputStart(block.id, block.name, index, call is not None and call.provider_executed, self._index)
        if text:
            yield ToolInputDelta(text, block.id, self._index)
        if not block.open:
            yield ToolInputEnd(block.id, self._index)
        if call is not None:
            yield call

    def _results(self, step: int) -> Iterator[Event]:
        """Results of the calls so far, in their order."""
        while self._outcomes and self._steps.get(self._outcomes[0].id, step) <= step:
            yield self._outcomes.pop(0)

    def _beside(self) -> Iterator[Event]:
        choice, index = self._choice, self._index
        yield from self._outcomes
        if choice.refusal:
            yield RefusalDelta(choice.refusal, index)
        yield from self._sources
        yield from choice.files
        yield from choice.boxes
        if choice.logprobs:
            yield Metadata({"logprobs": dict(choice.logprobs)}, index)
        if choice.retracted:
            yield Retract(choice=index)
