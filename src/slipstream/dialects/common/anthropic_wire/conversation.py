"""The neutral conversation as the API's `system` and `messages`.

The API wants user and assistant to take turns, results of tools inside the user's turn, ids made of letters, digits,
`_` and `-`, no empty text and no white space at the end of a prefill. All this is done here, so that a conversation
another provider began can go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.anthropic_wire.blocks import OWN_CALLS, decode_arguments
from slipstream.dialects.common.anthropic_wire.documents import file_block
from slipstream.dialects.common.checks import name_of, wrong
from slipstream.errors import UnsupportedError

_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9_-]")
# What of a call's metadata this API knows; the rest is another provider's.
_ECHOED: Final[tuple[str, ...]] = ("caller", "server_name", "cache_control")

# Other APIs' parts, which the common readers pass as they are.
_OTHERS: Final = frozenset(
    ("image_url", "input_audio", "audio_url", "video_url", "file", "file_url", "input_file", "input_image")
)

_Block = dict[str, Any]


def system_of(messages: Sequence[r.ChatMessage]) -> str | list[_Block] | None:
    """The system prompt, taken out of the conversation; a text if every system message is only that."""
    prompts = [message.parts for message in messages if message.role == "system"]
    parts = [part for prompt in prompts for part in prompt]
    if all(isinstance(part, r.TextPart) for part in parts) and all(len(prompt) == 1 for prompt in prompts):
        return "\n\n".join(part.text for part in parts if isinstance(part, r.TextPart) and part.text) or None
    return [block for part in parts if (block := _plain_block(part)) is not None] or None


def messages_of(messages: Sequence[r.ChatMessage], *, may_prefill: bool) -> list[dict[str, Any]]:
    """The turns of the conversation.

    Args:
        messages: the conversation; system messages are passed over.
        may_prefill: True if the model may be asked to go on in its own, unfinished answer.

    Raises:
        InvalidRequestError: there is no turn at all.
        UnsupportedError: it ends with an answer and the model takes no prefill.
    """
    ids = _Ids()
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = [block for part in message.parts if (block := _block_of(part, role, ids)) is not None]
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    _end(turns, may_prefill=may_prefill)
    if not turns:
        raise wrong("messages", "nothing but system messages and empty ones", "at least one message with content")
    return turns


def _end(turns: list[dict[str, Any]], *, may_prefill: bool) -> None:
    """Deal with a conversation that ends with the assistant: a prefill, or a turn that the provider paused."""
    if not turns or turns[-1]["role"] == "user":
        return
    content = turns[-1]["content"]
    if any(block["type"] in OWN_CALLS for block in content):
        return
    if not may_prefill:
        raise UnsupportedError("messages: the last one is the assistant's, and this model cannot go on in it (prefill)")
    last = content[-1]
    if last["type"] == "text":
        last["text"] = last["text"].rstrip()
        if not last["text"]:
            content.pop()
    if not content:
        turns.pop()


class _Ids:
    """Ids of calls as the API takes them. Calls of the old function form have none; they get numbers, and each result
    goes to the last call of its name."""

    def __init__(self) -> None:
        self._calls = 0
        self._last: dict[str, str] = {}

    def of_call(self, part: r.ToolCallPart) -> str:
        if part.id:
            return _NOT_IN_IDS.sub("_", part.id)
        self._calls += 1
        self._last[part.name] = f"function_{self._calls}"
        return self._last[part.name]

    def of_result(self, part: r.ToolResultPart) -> str:
        return _NOT_IN_IDS.sub("_", part.id) if part.id else self._last.get(part.name, "function_0")


def _block_of(part: r.Part, role: str, ids: _Ids) -> _Block | None:
    if isinstance(part, r.ToolCallPart):
        return _call(part, ids)
    if isinstance(part, r.ToolResultPart):
        return _own_result(part) if role == "assistant" else _result(part, ids)
    return _plain_block(part)


def _plain_block(part: r.Part) -> _Block | None:
    return _PLAIN[type(part)](part)


def _text(part: r.TextPart) -> _Block | None:
    return {"type": "text", "text": part.text} if part.text else None


def _image(part: r.ImagePart) -> _Block:
    if part.data:
        return {"type": "image", "source": {"type": "base64", "media_type": part.media_type, "data": part.data}}
    return {"type": "image", "source": {"type": "url", "url": part.url}}


def _reasoning(part: r.ReasoningPart) -> _Block | None:
    """Signed thinking goes back verbatim; what nobody signed, the API would refuse."""
    if part.redacted:
        return {"type": "redacted_thinking", "data": part.redacted}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature} if part.signature else None


def _call(part: r.ToolCallPart, ids: _Ids) -> _Block:
    metadata = part.metadata or {}
    kind = metadata.get("type")
    value, _ = decode_arguments(part.arguments or "{}")
    # Anthropic's advice for arguments that a model got wrong: hand them back inside an object.
    given = value if isinstance(value, dict) else {"INVALID_JSON": part.arguments}
    echoed = {key: metadata[key] for key in _ECHOED if key in metadata}
    own = kind if kind in OWN_CALLS else "tool_use"
    return {"type": own, "id": ids.of_call(part), "name": part.name, "input": given, **echoed}


def _result(part: r.ToolResultPart, ids: _Ids) -> _Block:
    found: _Block = {"type": "tool_result", "tool_use_id": ids.of_result(part), "content": part.output}
    return {**found, "is_error": True} if part.is_error else found


def _own_result(part: r.ToolResultPart) -> _Block:
    """What the provider's own tool returned, as it stood in the paused turn."""
    mcp = part.id.startswith("mcp")
    kind = "mcp" if mcp else "tool_search" if part.name.startswith("tool_search") else part.name
    content, error = decode_arguments(part.output)
    if part.is_error and not mcp:
        content = {"type": f"{kind}_tool_result_error", "error_code": part.output}
    elif error is not None or not isinstance(content, (dict, list)):
        content = part.output
    found: _Block = {"type": f"{kind}_tool_result", "tool_use_id": part.id, "content": content}
    return {**found, "is_error": True} if part.is_error and mcp else found


def _raw(part: r.RawPart) -> _Block:
    kind = part.data.get("type")
    if not isinstance(kind, str) or kind in _OTHERS:
        raise wrong("messages", f"a part of the type {name_of(kind)} has no form in the Messages API", "its own blocks")
    return dict(part.data)  # ours to change at the end of a prefill


_PLAIN: Final[dict[type, Callable[[Any], _Block | None]]] = {
    r.TextPart: _text,
    r.ImagePart: _image,
    r.FilePart: file_block,
    r.ReasoningPart: _reasoning,
    r.RawPart: _raw,
}
