"""A conversation as the model that is asked can take it: what its media become.

- A picture of an earlier answer goes back as part of the next question. Every API that sees pictures takes them from
  the user; in the assistant's turn most refuse them, or want a proof that only their own answers have. A model that
  sees none gets none.
- A sound of an earlier answer goes back by its id to the kind of API that gave it, and to nobody else: its words stand
  beside it as text.
- A file of text becomes text for a model that is not known to take documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from slipstream.client import files, media_types
from slipstream.client.endpoint import Endpoint
from slipstream.dialects.common.request import ChatMessage, FilePart, ImagePart, Part
from slipstream.errors import UnsupportedError

_WORDS: Final = {"audio": "hear sounds", "video": "watch films", "document": "read documents"}
_KEEPS_SOUND: Final = "openai_chat"


def suited(endpoint: Endpoint, messages: list[ChatMessage]) -> list[ChatMessage]:
    """The messages as this model takes them.

    Raises:
        UnsupportedError: the model is known not to take a kind of file that the user sends; it says which it takes.
    """
    if not any(isinstance(part, (ImagePart, FilePart)) for message in messages for part in message.parts):
        return messages
    taken = files_of(endpoint)
    made = [_asked(message, taken) if message.role == "user" else message for message in messages]
    _check(endpoint, made, taken)
    return _moved(made, endpoint)


def files_of(endpoint: Endpoint) -> tuple[str, ...] | None:
    """The kinds of files beside pictures that the model takes; None if nobody knows."""
    known = endpoint.model.files
    return endpoint.provider.files if known is None else known


def _asked(message: ChatMessage, taken: tuple[str, ...] | None) -> ChatMessage:
    if taken is not None and "document" in taken:
        return message
    return ChatMessage(message.role, [_as_text(part) for part in message.parts], message.name)


def _as_text(part: Part) -> Part:
    return (files.as_text(part) or part) if isinstance(part, FilePart) else part


def _check(endpoint: Endpoint, messages: Iterable[ChatMessage], taken: tuple[str, ...] | None) -> None:
    if taken is None:
        return
    for message in messages:
        for part in message.parts if message.role == "user" else ():
            kind = media_types.family(part.media_type) if isinstance(part, FilePart) and part.media_type else ""
            if kind in _WORDS and kind not in taken:
                what = ", ".join(("text", *taken))
                raise UnsupportedError(
                    f"{endpoint.model.id} cannot {_WORDS[kind]}; of files it takes {what}",
                    provider=endpoint.provider.name, model=endpoint.model.id,
                )  # fmt: skip


def _moved(messages: list[ChatMessage], endpoint: Endpoint) -> list[ChatMessage]:
    """The messages with the media of the assistant's turns where they can stand."""
    out: list[ChatMessage] = []
    waiting: list[Part] = []
    for message in messages:
        if message.role == "assistant":
            pictures = [part for part in message.parts if isinstance(part, ImagePart)]
            waiting += pictures if endpoint.model.vision is not False else []
            message = _without_media(message, endpoint)
        elif message.role == "user" and waiting:
            message = ChatMessage("user", [*waiting, *message.parts], message.name)
            waiting = []
        if message.parts:
            out.append(message)
    if waiting and out and out[-1].role == "tool":  # after a tool's results nobody else will speak
        out.append(ChatMessage("user", waiting))
    return out


def _without_media(message: ChatMessage, endpoint: Endpoint) -> ChatMessage:
    kept = [part for part in message.parts if not isinstance(part, (ImagePart, FilePart)) or _stays(part, endpoint)]
    return message if len(kept) == len(message.parts) else ChatMessage(message.role, kept, message.name)


def _stays(part: ImagePart | FilePart, endpoint: Endpoint) -> bool:
    """True for a sound that the provider keeps."""
    spoken = isinstance(part, FilePart) and bool(part.id) and part.media_type.startswith("audio/")
    return spoken and endpoint.dialect == _KEEPS_SOUND
