"""A conversation as a file: Markdown for people, JSON for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from slipstream.cli.conversation import Conversation
from slipstream.cli.session import Turn, text_of
from slipstream.client.paths import reason
from slipstream.dialects.common.request import FilePart, ImagePart, Part
from slipstream.errors import InvalidRequestError
from slipstream.events import Message

_FORMS: Final = "it takes a name that ends in .md, .markdown, .txt or .json"


def save(conversation: Conversation, model: str, name: str, *, overwrite: bool) -> Path:
    """Write the conversation to a file.

    Args:
        conversation: what was said.
        model: who was asked last.
        name: the file; its ending says the form. `~` is the home folder.
        overwrite: False refuses a file that exists.

    Raises:
        InvalidRequestError: no known ending, or the file exists or cannot be written.
    """
    path = Path(name).expanduser()
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InvalidRequestError(f"the file is {name!r}; {_FORMS}")
    text = writer(conversation, model)
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except FileExistsError:
        raise InvalidRequestError(f"{path} exists", hint=f"/save! {name} writes over it") from None
    except (OSError, ValueError) as error:
        raise InvalidRequestError(f"{path} cannot be written ({reason(error)})") from None
    return path


def markdown(conversation: Conversation, model: str) -> str:
    """The conversation as Markdown: a heading a turn."""
    parts = [f"# Conversation with {model}"]
    if conversation.system:
        parts.append(f"## System\n\n{conversation.system}")
    parts += [f"## {_heading(turn)}\n\n{text_of(turn).strip()}" for turn in conversation.turns]
    return "\n\n".join(parts) + "\n"


def _heading(turn: Turn) -> str:
    if not isinstance(turn, Message):
        counts = [(_count(turn, ImagePart), "picture"), (_count(turn, FilePart), "file")]
        words = ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)
        return f"You ({words})" if words else "You"
    return turn.model or "Assistant"


def _count(turn: Turn, kind: type[Part]) -> int:
    return 0 if isinstance(turn, Message) else sum(isinstance(part, kind) for part in turn.parts)


def as_json(conversation: Conversation, model: str) -> str:
    """The conversation as JSON: model, system, and messages, whose answers hold thinking, usage and finish reason."""
    document = {
        "model": model,
        "system": conversation.system,
        "messages": [_plain(turn) for turn in conversation.turns],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode("utf-8") + "\n"


def _plain(turn: Turn) -> dict[str, Any]:
    return turn.to_dict() if isinstance(turn, Message) else {"role": turn.role, "parts": turn.parts}


_WRITERS: Final = {".md": markdown, ".markdown": markdown, ".txt": markdown, ".json": as_json}
