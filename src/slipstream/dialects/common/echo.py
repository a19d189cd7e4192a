"""An answer sent back as part of the next request: a folded `Message` in neutral form.

Blocks keep their order, and thinking its signature, which Anthropic demands before a tool's result. Calls that were cut
are left out: nobody can answer them. Calls the provider ran itself are left out as well, with their results, because no
other provider knows them - but for a paused turn, which only makes sense when it goes back whole to who paused it.

Pictures and sounds that the model made stand behind what it said.

A message of several steps (a tool loop) becomes what was really said: the assistant, the results, the assistant again.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import scrub
from slipstream.events import Block, File, Message, ToolError, ToolResult

Outcome = ToolResult | ToolError

LEGACY_REASON: Final = "function_call"
"""OpenAI's finish reason after a call in the old form, which has no id and is answered by the role `function`."""

ANY_PICTURE: Final = "image/*"
"""The media type of a picture whose kind its provider does not say."""

_ADDRESSES: Final = ("https://", "http://")

# The ids that the decoder makes up where the provider gave none, unique in the stream.
_MADE_UP: Final = re.compile(r"call_\d+(-\d+)*")


def echo(message: Message) -> list[r.ChatMessage]:
    """The neutral messages of an answer: what the assistant said, then each result of a tool we ran, step by step.

    Results stand in the order of their calls. One inside the assistant's message was returned by the provider itself.
    """
    chat: list[r.ChatMessage] = []
    said: list[r.Part] = [_result_part(result) for result in _late_results(message)]
    for number, blocks in groupby(message.blocks, key=lambda block: block.step):
        step = _Step(message, number, list(blocks))
        said += step.said()
        if results := step.results():
            chat += [r.ChatMessage("assistant", said), *results]
            said = []  # without results between them, two steps are one turn of the assistant
    refusal = scrub(message.refusal)
    if refusal:
        said.append(r.TextPart(refusal))
    said += [part for file in message.files for part in _file_parts(file)]
    return [*chat, r.ChatMessage("assistant", said)] if said else chat


def _late_results(message: Message) -> list[Outcome]:
    """Results of the provider's own calls in an earlier, paused turn; they complete it and come first."""
    own = {block.id for block in message.blocks}
    return [result for result in message.tool_results if result.provider_executed and result.id not in own]


def output_text(output: Any) -> str:
    """What a tool returned, as text: JSON for anything else than text."""
    return output if isinstance(output, str) else msgspec.json.encode(output).decode()


class _Step:
    """One model call's part of the message."""

    def __init__(self, message: Message, number: int, blocks: list[Block]) -> None:
        ends = message.choice(0).step_ends
        ended = number < len(ends)
        self._paused = (ends[number].reason if ended else message.finish_reason) == "pause"
        self._legacy = (ends[number].raw_reason if ended else message.raw_finish_reason) == LEGACY_REASON
        self._blocks = blocks
        self._outcomes = message.tool_results

    def said(self) -> list[r.Part]:
        """The assistant's parts."""
        return [part for block in self._blocks for part in self._parts_of(block)]

    def results(self) -> list[r.ChatMessage]:
        """The results of the calls that we ran, in the order of the calls."""
        return [
            r.ChatMessage("tool", [_result_part(result, self._id(block.id), block.name)])
            for block in self._blocks
            if block.call is not None and not block.call.provider_executed
            for result in self._of(block.id, provider_executed=False)
        ]

    def _of(self, id: str, *, provider_executed: bool) -> Iterable[Outcome]:
        return (one for one in self._outcomes if one.id == id and one.provider_executed is provider_executed)

    def _id(self, id: str) -> str:
        return "" if self._legacy and _MADE_UP.fullmatch(id) else id

    def _parts_of(self, block: Block) -> list[r.Part]:
        if block.kind == "text":
            return [r.TextPart(scrub(block.text))] if block.text else []
        if block.kind == "reasoning":
            return _reasoning_parts(block)
        call = block.call
        if call is None or (call.provider_executed and not self._paused):
            return []
        part = r.ToolCallPart(id=self._id(call.id), name=call.name, arguments=call.arguments, metadata=call.metadata)
        if not call.provider_executed:
            return [part]
        return [part, *(_result_part(result) for result in self._of(call.id, provider_executed=True))]


def _reasoning_parts(block: Block) -> list[r.Part]:
    text = scrub(block.text)
    if not (text or block.signature or block.redacted or block.details):
        return []
    return [r.ReasoningPart(text=text, signature=block.signature, redacted=block.redacted, details=block.details)]


def _file_parts(file: File) -> list[r.Part]:
    """A picture by its content or address, a sound by the id under which its provider keeps it; nothing of other files.

    Whether a model takes a picture back in its own turn is another question, which `client.suiting` answers.
    """
    family = file.media_type.partition("/")[0]
    if family == "audio" and file.id:
        return [r.FilePart(id=file.id, media_type=file.media_type)]
    if family != "image":
        return []
    if file.data and file.media_type != ANY_PICTURE:
        return [r.ImagePart(data=base64.b64encode(file.data).decode("ascii"), media_type=file.media_type)]
    if file.url.startswith(_ADDRESSES):
        return [r.ImagePart(url=file.url)]
    return []


def _result_part(result: Outcome, id: str | None = None, name: str = "") -> r.Part:
    """A result as a part; the role `function` needs the name of the call, which a result may lack."""
    id = result.id if id is None else id
    name = result.name or name
    if isinstance(result, ToolError):
        return r.ToolResultPart(id=id, output=scrub(result.error), name=name, is_error=True)
    return r.ToolResultPart(id=id, output=scrub(output_text(result.output)), name=name)
