"""What comes beside the text: what it cites, sound and pictures."""

from __future__ import annotations

import binascii
from typing import Final

from slipstream.dialects.common.wire import Wire, text
from slipstream.events import Event, File, Raw, Source

AUDIO_TYPE: Final = "audio/pcm"
"""The media type of streamed sound: OpenAI streams pcm16 and nothing else."""

# What the first bytes of a picture say, for servers that do not (xAI).
_MAGIC: Final = {
    b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif",
    b"<svg": "image/svg+xml",
}  # fmt: skip


def source_of(annotation: Wire, id: str, block: str) -> Source:
    """A citation, as a source: a page by its address, a file by its name and what stands in `metadata`."""
    return Source(
        id=id,
        url=text(annotation, "url"),
        title=text(annotation, "title") or text(annotation, "filename"),
        block=block,
        metadata=annotation,
    )


def sound(wire: Wire, out: list[Event]) -> None:
    """A piece of sound, decoded on its own: the pieces are padded each (WIRE section 2)."""
    content = _decoded(text(wire, "delta"))
    if content is None:
        out.append(Raw(data=wire))
    elif content:
        out.append(File(AUDIO_TYPE, content, id=text(wire, "item_id")))


def picture(item: Wire, out: list[Event]) -> None:
    """The picture that a call of `image_generation` made: in base64, as a `data:` URL, or its address."""
    result = text(item, "result")
    if result.startswith(("https://", "http://")):
        out.append(File(_picture_type(item, b""), url=result, id=text(item, "id")))
        return
    content = _decoded(result.partition(",")[2] if result.startswith("data:") else result)
    if content is None:
        out.append(Raw(data=item))
    elif content:
        out.append(File(_picture_type(item, content), content, id=text(item, "id")))


def _picture_type(item: Wire, content: bytes) -> str:
    named = text(item, "output_format")
    if named:
        return "image/svg+xml" if named == "svg" else f"image/{named}"
    return next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), "image/*")


def _decoded(data: str) -> bytes | None:
    try:
        return binascii.a2b_base64(data + "=" * (-len(data) % 4), strict_mode=True)
    except (binascii.Error, ValueError):
        return None
