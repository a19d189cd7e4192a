"""Content that is an array of parts, as Mistral streams thinking (WIRE section 8 row 4)."""

from __future__ import annotations

from typing import Any

from slipstream.dialects.common.openai_shape.answer import Answer
from slipstream.dialects.common.openai_shape.beside import Beside
from slipstream.events import Event, Raw


def flatten(parts: list[Any], answer: Answer, beside: Beside, out: list[Event]) -> None:
    """Take the parts in order: text as text, thinking as thinking, pictures as files, anything else as it is."""
    for part in parts:
        if isinstance(part, str):
            answer.write(part, out)
        elif not isinstance(part, dict):
            out.append(Raw(data=part))
        elif part.get("type") == "thinking":
            _think(part.get("thinking"), answer, out)
        elif part.get("type") == "image_url":
            beside.image(part, answer.index, out)
        elif isinstance(part.get("text"), str):
            answer.write(part["text"], out) if part["text"] else None
        else:
            out.append(Raw(data=part))


def _think(thinking: Any, answer: Answer, out: list[Event]) -> None:
    pieces = thinking if isinstance(thinking, list) else [thinking]
    for piece in pieces:
        text = piece.get("text") if isinstance(piece, dict) else piece
        if isinstance(text, str) and text:
            answer.think(text, out)
