"""The body of `useChat`'s request, read: `{id, messages, trigger, messageId, ...}` (WIRE section 1.1).

What the page adds (`body` of `sendMessage`) may ask for a model and its settings, under our neutral names or the AI
SDK's; anything else is the page's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common.checks import body_at, kind_of, list_at, name_of, text_at, wrong
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import ChatMessage, Request, TextPart
from slipstream.dialects.common.ui_wire.conversation import messages_of
from slipstream.dialects.common.ui_wire.encoder import MESSAGE_ID
from slipstream.dialects.common.ui_wire.settings import take_settings

TRIGGERS: Final = ("submit-message", "regenerate-message")
FORM: Final = "a list of UI messages: objects with id, role and parts"


def read_body(body: Mapping[str, Any], *, model: str = "", stream: bool | None = None) -> Asked:
    """Read a body; see `face.Dialect.read`."""
    wire = body_at(body, "a JSON object with messages")
    chat = _optional_text(wire.pop("id", None), "id")
    messages = _kept(wire, list_at(wire.pop("messages", None), "messages", FORM))
    own = {key: value for key, value in wire.items() if value is not None}
    streamed = _stream(own.pop("stream", None))
    fields = take_settings(own)
    system = fields.pop("system", None)
    request = Request(
        model=fields.pop("model", "") or model,
        messages=_conversation(messages, system),
        stream=streamed if stream is None else stream,
        **fields,
    )
    return Asked(request=request, reply=_reply(messages), own=own, chat=chat)


def _kept(wire: dict[str, Any], messages: list[Any]) -> list[Any]:
    """The messages that are to be answered: of one that is made anew, those before it.

    The client has cut them already, but for a transport of its own that sends all it has.
    """
    trigger = wire.pop("trigger", None)
    id = _optional_text(wire.pop("messageId", None), "messageId")
    if trigger is not None and trigger not in TRIGGERS:
        raise wrong("trigger", f"{name_of(trigger)} is unknown", ", ".join(TRIGGERS))
    if not messages:
        raise wrong("messages", "an empty list", FORM)
    if trigger != "regenerate-message":
        return messages
    at = _place(messages, id)
    if at == 0:
        raise wrong("messageId", "no message stands before the one to be made anew", "the id of a later message")
    return messages[:at]


def _place(messages: list[Any], id: str) -> int:
    """Where the answer that is made anew stands, or would."""
    for index, message in enumerate(messages):
        if id and isinstance(message, Mapping) and message.get("id") == id:
            return index + (message.get("role") != "assistant")
    last = messages[-1]
    ends_with_it = not id and isinstance(last, Mapping) and last.get("role") == "assistant"
    return len(messages) - ends_with_it


def _conversation(messages: list[Any], system: str | None) -> list[ChatMessage]:
    chat = [ChatMessage("system", [TextPart(system)])] if system else []
    for index, message in enumerate(messages):
        chat += messages_of(message, f"messages[{index}]")
    if not any(message.role != "system" for message in chat):
        raise wrong("messages", "nothing in them that a model reads", "text or files")
    return chat


def _reply(messages: list[Any]) -> Reply:
    """An answer after the assistant's own message goes on with it: the client keeps one message by its id."""
    last = messages[-1]
    id = last.get("id") if last.get("role") == "assistant" else None
    return Reply(options={MESSAGE_ID: id} if isinstance(id, str) and id else {})


def _optional_text(value: Any, where: str) -> str:
    return "" if value is None else text_at(value, where)


def _stream(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return value is not False
    raise wrong("stream", kind_of(value), "true or false")
