"""The neutral conversation as the API's `instructions` and `input`.

The API has items where others have messages: what the assistant said, thought and called are items of their own, in the
order they came, and so is what each call returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import kind_of, wrong
from slipstream.dialects.common.parts import part_at
from slipstream.dialects.common.responses_wire.call_items import CallWriter
from slipstream.dialects.common.wire import objects, text

_Item = dict[str, Any]

_REASONING: Final = ("type", "summary", "content", "encrypted_content")
"""What of earlier thinking goes back. Not its id: with an id OpenAI demands the very item that followed it, by its own
id, which no conversation that passed through another provider's hands still has. Codex leaves the ids out as well. A
client's items that have them all pass as `RawPart`s; see `input_items`."""

# Content that goes by another name here: what OpenAI's chat form, or Anthropic's, calls it -> what it is called here.
_RENAMED: Final = {"text": "input_text", "file": "input_file"}
_PICTURES: Final = ("image", "image_url")
_SOUNDS: Final = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}
_UNNAMED: Final = "file"  # the API demands a name with content


def split_instructions(messages: Sequence[r.ChatMessage]) -> tuple[str | None, list[r.ChatMessage]]:
    """The leading system messages as one text, and the rest; nothing is taken if nothing would be left."""
    count = 0
    while count < len(messages) and messages[count].role == "system" and _is_text(messages[count]):
        count += 1
    if count in (0, len(messages)):
        return None, list(messages)
    texts = [part.text for message in messages[:count] for part in message.parts if isinstance(part, r.TextPart)]
    return "\n\n".join(text for text in texts if text) or None, list(messages[count:])


def _is_text(message: r.ChatMessage) -> bool:
    return all(isinstance(part, r.TextPart) for part in message.parts)


class InputWriter:
    """Writes the items of a request.

    Args:
        system_role: the role of system messages that stand inside the conversation.

    Attributes:
        thought: True once thinking of an earlier answer has been echoed.
    """

    def __init__(self, system_role: str) -> None:
        self._system_role = system_role
        self._calls = CallWriter()
        self.thought = False

    def write(self, messages: Sequence[r.ChatMessage]) -> list[_Item]:
        """The `input`.

        Raises:
            InvalidRequestError: there are no messages, or one holds a part that has no place in it.
        """
        if not messages:
            raise wrong("messages", "an empty list", "at least one message")
        items: list[_Item] = []
        for index, message in enumerate(messages):
            where = f"messages[{index}]"
            items += self._said(message, where) if message.role == "assistant" else self._asked(message, where)
        return items

    def _asked(self, message: r.ChatMessage, where: str) -> list[_Item]:
        """The items of a message that is not the assistant's; results and items of the API's own stand for
        themselves."""
        role = self._system_role if message.role == "system" else "user"
        items: list[_Item] = []
        content: list[r.Part] = []
        for index, part in enumerate(message.parts):
            if isinstance(part, r.ToolResultPart):
                items.append(self._calls.result(part, f"{where}.content[{index}]"))
            elif isinstance(part, r.RawPart) and (item := _own_item(part, where)) is not None:
                items.append(item)
            else:
                content.append(part)
        if content:
            items.append({"role": role, "content": _content(content, where)})
        return items

    def _said(self, message: r.ChatMessage, where: str) -> list[_Item]:
        items: list[_Item] = []
        spoken: _Item | None = None  # what the assistant said last; pieces in a row are one message
        for index, part in enumerate(message.parts):
            if not isinstance(part, r.TextPart):
                spoken = None
                items += self._done(part, f"{where}.content[{index}]")
            elif spoken is not None:
                spoken["content"].append({"type": "output_text", "text": part.text})
            elif part.text:
                spoken = _spoken({"type": "output_text", "text": part.text})
                items.append(spoken)
        return items

    def _done(self, part: r.Part, where: str) -> list[_Item]:
        """The items of what the assistant did beside speaking."""
        if isinstance(part, r.ReasoningPart):
            return self._reasoning(part)
        if isinstance(part, r.ToolCallPart):
            return [self._calls.call(part)]
        if isinstance(part, r.ToolResultPart):
            return [self._calls.result(part, where)]
        if isinstance(part, r.RawPart):
            item = _own_item(part, where) or _spoken(dict(part.data))
            self.thought = self.thought or (item["type"] == "reasoning" and bool(item.get("encrypted_content")))
            return [item]
        raise wrong(where, f"{kind_of(part)} has no place in an answer", "text, thinking, calls and raw parts")

    def _reasoning(self, part: r.ReasoningPart) -> list[_Item]:
        """Earlier thinking as it came from this API; another provider's means nothing to it."""
        found = [
            {name: entry[name] for name in _REASONING if entry.get(name)}
            for entry in part.details or ()
            if isinstance(entry, dict) and entry.get("type") == "reasoning"
        ]
        items = [{**entry, "summary": _summary(entry)} for entry in found if len(entry) > 1]
        self.thought = self.thought or any("encrypted_content" in item for item in items)
        return items


def _summary(entry: _Item) -> list[Any]:
    """The summary of earlier thinking, unless it only says what the thinking itself says beside it: ours does, for
    clients that show nothing else."""
    summary, content = (
        "\n\n".join(text(part, "text") for part in objects(entry, key)) for key in ("summary", "content")
    )
    return [] if summary == content else entry.get("summary", [])


def _spoken(*content: _Item) -> _Item:
    """What the assistant said, in the one form that OpenAI and llama.cpp both take: Codex's, without id and status."""
    return {"type": "message", "role": "assistant", "content": list(content)}


def _content(parts: Sequence[r.Part], where: str) -> str | list[_Item]:
    if len(parts) == 1 and isinstance(parts[0], r.TextPart):
        return parts[0].text
    return [content_of(part, f"{where}.content[{index}]") for index, part in enumerate(parts)]


def content_of(part: r.Part, where: str) -> _Item:
    """A part of what a user says, or of what a tool returned."""
    if isinstance(part, r.TextPart):
        return {"type": "input_text", "text": part.text}
    if isinstance(part, r.ImagePart):
        url = part.url or f"data:{part.media_type};base64,{part.data}"
        return {"type": "input_image", "image_url": url, "detail": part.detail or "auto"}
    if isinstance(part, r.FilePart):
        return _file(part, where)
    if isinstance(part, r.RawPart):
        return _raw_content(part.data, where)
    raise wrong(where, f"{kind_of(part)} has no place here", "text, image, file and raw parts")


def _file(part: r.FilePart, where: str) -> _Item:
    """A document, or a sound in one of the formats that have a part of their own."""
    sound = _SOUNDS.get(part.media_type)
    if part.data and sound:
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": sound}}
    found: _Item = {"type": "input_file"}
    if part.id:
        return {**found, "file_id": part.id}
    if part.url:
        return {**found, "file_url": part.url, **({"filename": part.name} if part.name else {})}
    if not (part.data and part.media_type):
        raise wrong(where, "a FilePart without a file", "data and media_type, url, or id")
    data = f"data:{part.media_type};base64,{part.data}"
    return {**found, "filename": part.name or _UNNAMED, "file_data": data}


def _raw_content(wire: dict[str, Any], where: str) -> _Item:
    kind = wire.get("type")
    if kind in _PICTURES:
        beyond = {key: value for key, value in wire.items() if key not in ("type", "image_url", "source", "detail")}
        known = {key: value for key, value in wire.items() if key not in beyond}
        picture = part_at(known, where)
        return {**content_of(picture, where), **beyond} if isinstance(picture, r.ImagePart) else dict(wire)
    if kind == "file" and isinstance(wire.get("file"), dict):
        return {**wire["file"], "type": "input_file"}
    return {**wire, "type": _RENAMED.get(str(kind), kind)}


def _own_item(part: r.RawPart, where: str) -> _Item | None:
    """A raw part that is an item of its own here, not a part of a message: a tool's result with pictures in it, and
    what the caller took from this API itself."""
    wire, kind = part.data, str(part.data.get("type"))
    if kind == "tool_result":
        parts = wire.get("content")
        output = [content_of(part_at(one, where), where) for one in parts] if isinstance(parts, list) else parts
        return {"type": "function_call_output", "call_id": wire.get("tool_use_id"), "output": output or ""}
    return dict(wire) if kind.endswith(_ITEM_ENDINGS) or kind in _ITEMS else None


_ITEM_ENDINGS: Final = ("_call", "_call_output")
_ITEMS: Final = frozenset(
    ("message", "reasoning", "compaction", "item_reference", "mcp_list_tools", "mcp_approval_request",
     "mcp_approval_response", "tool_search_output", "program", "program_output", "additional_tools",
     "compaction_trigger", "configuration_update")
)  # fmt: skip
