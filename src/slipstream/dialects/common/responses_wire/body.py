"""A folded message told as a whole response: the events that would have made it, through the encoder of streams.

So a whole answer is what the stream of it ends with, item by item.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.responses_wire.call_forms import OWN_KINDS, PICTURE
from slipstream.dialects.common.responses_wire.encoder import ResponsesEncoder
from slipstream.events import Abort, Block, Choice, Event, Finish, Message, types as e


def body_of_message(message: Message, reply: Reply | None = None) -> bytes:
    """The response, as JSON. One that is not whole says so in its status."""
    encoder = ResponsesEncoder(reply)
    for event in _events(message):
        encoder.feed(event)
    return encoder.cut()


def _events(message: Message) -> Iterator[Event]:
    choice = message.choice(0)
    yield e.Start(id=message.id, model=message.model, created=message.created)
    yield from (e.Moderation(verdict, "openai") for verdict in message.moderation)
    said = dict(message.metadata)
    if sum(block.kind == "text" for block in choice.blocks) != 1:
        said.pop("phase", None)  # whose it was, the message does not say
    yield e.Metadata(said)
    for source in choice.sources:
        if not any(source in block.sources for block in choice.blocks):
            yield source  # of no block: it goes to the first text
    files = list(choice.files)
    for block in choice.blocks:
        yield from _block(block, choice, files)
    if choice.refusal:
        yield e.RefusalDelta(choice.refusal)
    yield from files
    if message.usage is not None:
        yield message.usage
    if choice.retracted:
        yield e.Retract()
    yield from _end(message)


def _block(block: Block, choice: Choice, files: list[e.File]) -> Iterator[Event]:
    if block.kind == "text":
        yield e.TextDelta(block.text, block.id)
        yield from block.sources
        yield from _logprobs(choice)
        yield e.TextEnd(block.id)
    elif block.kind == "reasoning":
        yield e.ReasoningDelta(block.text, block.id)
        yield e.ReasoningEnd(block.id, block.signature, block.redacted, block.details)
    else:
        yield from _call(block, choice, files)


def _logprobs(choice: Choice) -> Iterator[Event]:
    """The log probabilities of the whole answer, which nobody can tell apart by blocks: those of a single one."""
    if choice.logprobs and sum(block.kind == "text" for block in choice.blocks) == 1:
        yield e.Metadata({"logprobs": dict(choice.logprobs)})


def _call(block: Block, choice: Choice, files: list[e.File]) -> Iterator[Event]:
    if block.call is None:
        yield e.ToolInputStart(block.id, block.name)
        yield e.ToolInputDelta(block.text, block.id)
        return
    yield block.call
    picture = _picture_of(block.call, files)
    if picture is not None:
        files.remove(picture)
        yield picture
    yield from (result for result in choice.tool_results if result.id == block.id)


def _picture_of(call: e.ToolCall, files: list[e.File]) -> e.File | None:
    """The picture that this call made: the one with its id, else the first that no call has claimed."""
    if OWN_KINDS.get(call.name) != PICTURE or not call.provider_executed:
        return None
    pictures = [file for file in files if file.media_type.startswith("image/")]
    return next((file for file in pictures if file.id == call.id), pictures[0] if pictures else None)


def _end(message: Message) -> Iterator[Event]:
    if message.error is not None:
        yield message.error
    elif message.finish_reason == "cancelled":
        yield Abort()
    elif message.finish_reason is not None:
        yield Finish(message.finish_reason, message.raw_finish_reason)
