"""A finished round as events again, for a reader to whom a restart has made everything void."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from slipstream import events as e
from slipstream.events import Block, Choice, Event, Message
from slipstream.tools.names import Names


def replay(message: Message, names: Mapping[str, str]) -> list[Event]:
    """The events of what `Restart` voids in a message: the content of its choices, each piece in one.

    Args:
        message: a finished answer.
        names: from the ids in it to those that the reader knows.
    """
    known = Names.of(names)
    return [known.rewrite(event) for choice in message.choices for event in _choice(choice)]


def _choice(choice: Choice) -> list[Event]:
    number = choice.index
    refusal = [e.RefusalDelta(choice.refusal, number)] if choice.refusal else []
    blocks = chain.from_iterable(_block(block, place, number) for place, block in enumerate(choice.blocks))
    said = [*blocks, *refusal, *choice.sources, *choice.files, *choice.boxes]
    return [e.StepStart(number), *said, *choice.step_ends, *choice.tool_results]


def _block(block: Block, place: int, choice: int) -> list[Event]:
    id, text = block.id, block.text
    if block.kind == "text":
        return [e.TextStart(id, place, choice), e.TextDelta(text, id, choice), e.TextEnd(id, choice)]
    if block.kind == "reasoning":
        end = e.ReasoningEnd(id, block.signature, block.redacted, block.details, choice)
        return [e.ReasoningStart(id, place, choice), e.ReasoningDelta(text, id, choice), end]
    call = block.call
    own = call is not None and call.provider_executed
    start = e.ToolInputStart(id, block.name, place, own, choice)
    whole: list[Event] = [start, e.ToolInputDelta(text, id, choice), e.ToolInputEnd(id, choice)]
    return whole if call is None else [*whole, call]
