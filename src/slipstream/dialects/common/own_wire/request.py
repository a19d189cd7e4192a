"""The neutral request as JSON, both ways: the fields are the names of our own options.

Messages and tools are written in their neutral form, which holds everything; they are read in that and in every form
that the library takes elsewhere (OpenAI's, Anthropic's), so that a body can be written by hand.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from slipstream.dialects.common.checks import filled_at, list_at, mapping_at, name_of, no, wrong
from slipstream.dialects.common.fields import Fields
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.own_wire.encoder import EVENT_NAMES
from slipstream.dialects.common.own_wire.plain import plain
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import ChatMessage, Request, Thinking, Tool
from slipstream.dialects.common.thinking import normalise_thinking
from slipstream.dialects.common.tools import normalise_tools

_OPTIONS: Final = ("tool_choice", "temperature", "top_p", "max_tokens", "n", "seed", "response_format")
_THINKING: Final = frozenset(Thinking.__struct_fields__)
_TOOL: Final = frozenset(Tool.__struct_fields__)
_NEUTRAL: Final = '{"role": ..., "parts": [{"type": "text", "text": ...}, ...]}, or a message in OpenAI\'s form'
_PATH: Final = re.compile(r" - at `\$(.*)`$")


def body_of(request: Request) -> dict[str, Any]:
    """The JSON body. `traits` stay here: how a provider differs is for the server to know.

    Raises:
        InvalidRequestError: there are no messages.
    """
    if not request.messages:
        raise wrong("messages", "an empty list", "at least one message")
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [plain(message) for message in request.messages],
        "stream": request.stream,
    }
    optional = {
        "tools": [plain(tool) for tool in request.tools],
        "thinking": request.thinking and plain(request.thinking),
        "stop": list(request.stop),
        "extra": dict(request.extra),
        **{name: getattr(request, name) for name in _OPTIONS},
    }
    return body | {name: value for name, value in optional.items() if value not in (None, [], {})}


def asked_of(body: Any, model: str, stream: bool | None) -> Asked:
    """The request in a body; see `face.Dialect.read`. `model` may be missing: the server has a default."""
    fields = Fields(body)
    streamed = fields.flag("stream")
    named = fields.flag(EVENT_NAMES)
    request = Request(
        model=fields.text("model") or model,
        messages=normalise(_messages(fields.take("messages")), system=fields.text("system")),
        tools=normalise_tools(_tools(fields.take("tools"))),
        tool_choice=_tool_choice(fields.take("tool_choice")),
        thinking=_thinking(fields.take("thinking")),
        temperature=fields.number("temperature"),
        top_p=fields.number("top_p"),
        max_tokens=fields.whole("max_tokens"),
        stop=fields.texts("stop"),
        n=fields.whole("n"),
        seed=fields.whole("seed"),
        response_format=fields.mapping("response_format"),
        stream=stream if stream is not None else streamed is not False,
        extra=fields.mapping("extra") or {},
    )
    return Asked(request=request, reply=Reply(options={EVENT_NAMES: True} if named else {}), own=fields.rest())


def _messages(value: Any) -> Any:
    """The messages with those in neutral form made so; the rest is for `normalise`."""
    if isinstance(value, str):
        return value
    items = list_at(value, "messages", f"a text, or a list of {_NEUTRAL}")
    return [_message(item, f"messages[{index}]") for index, item in enumerate(items)]


def _message(item: Any, where: str) -> Any:
    return _converted(item, ChatMessage, where) if isinstance(item, dict) and "parts" in item else item


def _tools(value: Any) -> Any:
    if value is None:
        return None
    items = list_at(value, "tools", "a list of tools")
    return [_tool(item, f"tools[{index}]") for index, item in enumerate(items)]


def _tool(item: Any, where: str) -> Any:
    return _converted(item, Tool, where) if isinstance(item, dict) and "name" in item and set(item) <= _TOOL else item


def _thinking(value: Any) -> Thinking | None:
    if isinstance(value, dict) and value and set(value) <= _THINKING:
        found: Thinking = _converted(value, Thinking, "thinking")
        return found
    return normalise_thinking(value)


def _tool_choice(value: Any) -> str | None:
    """`auto`, `none`, `required` or a tool's name; OpenAI's object names a tool as well."""
    accepted = "auto, none, required, or the name of a tool"
    if isinstance(value, dict):
        inner = value.get("function", value)
        value = mapping_at(inner, "tool_choice.function", '{"name": ...}').get("name")
        return filled_at(value, "tool_choice.name", accepted)
    if value is not None and not isinstance(value, str):
        raise wrong("tool_choice", no(value, "text"), accepted)
    return None if value is None else filled_at(value, "tool_choice", accepted)


def _converted(value: Any, kind: Any, where: str) -> Any:
    """The value as one of our own types; refused with the place at which it is none."""
    try:
        return msgspec.convert(value, kind)
    except (ValueError, RecursionError) as error:
        found = _PATH.search(str(error))
        place = f"{where}{found[1]}" if found else where
        accepted = _NEUTRAL if kind is ChatMessage else ", ".join(kind.__struct_fields__)
        raise wrong(place, f"no {name_of(kind.__name__)} in the neutral form", accepted) from None
