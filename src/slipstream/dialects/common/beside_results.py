"""Pictures and files in what tools returned, for APIs whose results are text."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from slipstream.dialects.common.request import ChatMessage, Part


def put_behind(messages: Iterable[tuple[ChatMessage, list[Part]]]) -> list[ChatMessage]:
    """The conversation, with what stands beside results in a message of the user.

    That comes behind the results of all calls that were made together, since nothing may stand between those.

    Args:
        messages: each message, and what stands beside it: nothing, unless it is a result.
    """
    chat: list[ChatMessage] = []
    waiting: list[Part] = []
    for message, beside in messages:
        if waiting and message.role == "user":
            message = replace(message, parts=[*waiting, *message.parts])
            waiting = []
        elif waiting and message.role != "tool":
            chat.append(ChatMessage("user", waiting))
            waiting = []
        chat.append(message)
        waiting = [*waiting, *beside]
    return [*chat, ChatMessage("user", waiting)] if waiting else chat
