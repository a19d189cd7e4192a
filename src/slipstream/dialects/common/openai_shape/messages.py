"""The conversation as OpenAI's `messages`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from slipstream.dialects.common.checks import kind_of, wrong
from slipstream.dialects.common.openai_shape.customs import custom_wire, is_custom, without_kind
from slipstream.dialects.common.openai_shape.files import file_part
from slipstream.dialects.common.request import (
    ChatMessage,
    FilePart,
    ImagePart,
    Part,
    RawPart,
    ReasoningPart,
    Request,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Traits,
)

_ECHOES_TEXT: Final = ("object", "enable_thinking")
"""Thinking styles of those who want `reasoning_content` back: DeepSeek, Kimi, GLM, Qwen (WIRE section 8 row 33)."""


class MessageWriter:
    """Writes messages; a provider's own habits are the arguments.

    Args:
        traits: see `Traits`.
        names: False where messages may not carry `name`.
        data_urls: False where pictures are sent as bare base64 instead of `data:` URLs.
        files_by_url: True where films and documents are given by address; see `files.file_part`.
    """

    def __init__(
        self, traits: Traits, *, names: bool = True, data_urls: bool = True, files_by_url: bool = False
    ) -> None:
        self._traits = traits
        self._files_by_url = files_by_url
        self._names = names
        self._data_urls = data_urls

    def write(self, request: Request) -> list[dict[str, Any]]:
        """The `messages` of the body.

        Raises:
            InvalidRequestError: there are none, or one holds a part that has no place in it.
        """
        if not request.messages:
            raise wrong("messages", "an empty list", "at least one message")
        written: list[dict[str, Any]] = []
        for index, message in enumerate(request.messages):
            written.extend(self._written(message, f"messages[{index}]"))
        self._ask_to_continue(written)
        return written

    def _written(self, message: ChatMessage, where: str) -> list[dict[str, Any]]:
        results = [_result(part) for part in message.parts if isinstance(part, ToolResultPart)]
        parts = [part for part in message.parts if not isinstance(part, ToolResultPart)]
        if message.role == "tool":
            raws = [{"role": "tool", **part.data} for part in parts if isinstance(part, RawPart)]
            return results + raws
        if results and not parts:
            return results
        wire = self._assistant(parts, where) if message.role == "assistant" else self._asked(message.role, parts, where)
        if message.name and self._names:
            wire["name"] = message.name
        return [*results, wire]

    def _asked(self, role: str, parts: Sequence[Part], where: str) -> dict[str, Any]:
        role = self._traits.system_role if role == "system" else role
        return {"role": role, "content": self._content(parts, where)}

    def _assistant(self, parts: Sequence[Part], where: str) -> dict[str, Any]:
        said = [part for part in parts if not isinstance(part, (ToolCallPart, ReasoningPart)) and not _is_spoken(part)]
        calls = [part for part in parts if isinstance(part, ToolCallPart)]
        spoken = [part.id for part in parts if isinstance(part, FilePart) and _is_spoken(part)]
        content = self._content(said, where) if said else None if calls or spoken else ""
        wire: dict[str, Any] = {"role": "assistant", "content": content}
        wire |= {"audio": {"id": spoken[-1]}} if spoken else {}
        wire |= self._thinking([part for part in parts if isinstance(part, ReasoningPart)])
        tool_calls = [_call(part) for part in calls if part.id]
        if tool_calls:
            wire["tool_calls"] = tool_calls
        for part in calls:
            if not part.id:  # the legacy form, which has one call and no id
                wire["function_call"] = {"name": part.name, "arguments": part.arguments}
        return wire

    def _thinking(self, parts: list[ReasoningPart]) -> dict[str, Any]:
        """Earlier thinking, in the field in which this provider wants it back; nothing for the others."""
        text = "".join(part.text for part in parts)
        if self._traits.thinking_style in _ECHOES_TEXT:
            return {"reasoning_content": text} if text else {}
        if self._traits.thinking_style != "openrouter":
            return {}
        details = [entry for part in parts for entry in part.details or () if _is_openrouters(entry)]
        if details:
            return {"reasoning_details": details}
        return {"reasoning": text} if text else {}

    def _content(self, parts: Sequence[Part], where: str) -> str | list[dict[str, Any]]:
        texts = [part.text for part in parts if isinstance(part, TextPart)]
        if len(texts) == len(parts) <= 1:
            return "".join(texts)
        return [self._part(part, f"{where}.content[{index}]") for index, part in enumerate(parts)]

    def _part(self, part: Part, where: str) -> dict[str, Any]:
        match part:
            case TextPart(text=text):
                return {"type": "text", "text": text}
            case ImagePart():
                return {"type": "image_url", "image_url": self._image(part)}
            case FilePart():
                return file_part(part, where, by_url=self._files_by_url, media=self._traits.media)
            case RawPart(data=data):
                return dict(data)
            case _:
                raise wrong(where, f"{kind_of(part)} has no place here", "text, image, file and raw parts")

    def _image(self, part: ImagePart) -> dict[str, Any]:
        url = part.url or part.data
        if not part.url and self._data_urls:
            url = f"data:{part.media_type};base64,{part.data}"
        return {"url": url, "detail": part.detail} if part.detail else {"url": url}

    def _ask_to_continue(self, written: list[dict[str, Any]]) -> None:
        """Mark a trailing assistant message as one to be continued, in this provider's word for it (row 34)."""
        mark = self._traits.prefill
        last = written[-1] if written else {}
        if mark in ("prefix", "partial") and last.get("role") == "assistant" and not last.get("tool_calls"):
            last[mark] = True


def _is_spoken(part: Part) -> bool:
    """True for the sound of an earlier answer, which OpenAI keeps and knows by its id."""
    return isinstance(part, FilePart) and bool(part.id) and part.media_type.startswith("audio/")


def _result(part: ToolResultPart) -> dict[str, Any]:
    if not part.id:
        return {"role": "function", "name": part.name, "content": part.output}
    return {"role": "tool", "tool_call_id": part.id, "content": part.output}


def _call(part: ToolCallPart) -> dict[str, Any]:
    """A call as it came, with what its provider wants back beside it (Gemini's `extra_content`)."""
    if is_custom(part.metadata, part.arguments):
        return {**(without_kind(part.metadata) or {}), "id": part.id, **custom_wire(part.name, part.arguments)}
    function = {"name": part.name, "arguments": part.arguments or "{}"}
    return {**(part.metadata or {}), "id": part.id, "type": "function", "function": function}


def _is_openrouters(entry: object) -> bool:
    """True for OpenRouter's own pieces of thinking; other providers' proofs of theirs mean nothing to it."""
    return isinstance(entry, Mapping) and str(entry.get("type", "")).startswith("reasoning.")
