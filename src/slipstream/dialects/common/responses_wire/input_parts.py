"""The parts of messages and of tools' outputs in a request's `input`, made neutral.

A part with fields beyond its neutral form (`prompt_cache_breakpoint`) passes as a `RawPart`: it is sent as it came to a
provider of this API, and `elsewhere` leaves those fields out for any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from slipstream.dialects.common import request as r
from slipstream.dialects.common.checks import filled_at, list_at, mapping_at, name_of, no, text_at, wrong
from slipstream.dialects.common.parts import image_of
from slipstream.dialects.common.wire import Wire

ACCEPTED: Final = "input_text, input_image, input_file, input_audio, output_text, refusal"
_CONTENT: Final = "a text, or a list of content parts"
_FILE: Final = '{"file_data": "data:...;base64,...", "filename": ...}, {"file_url": ...} or {"file_id": ...}'
_AUDIO: Final = '{"data": "...", "format": "wav" or "mp3"}'

AUDIO_TYPES: Final = {"wav": "audio/wav", "mp3": "audio/mpeg"}
"""The API's word for a format of sound -> the media type."""


def content_at(content: Any, where: str) -> list[r.Part]:
    """The parts of a message's content: a text is one part."""
    if isinstance(content, str):
        return [r.TextPart(text_at(content, where))]
    items = list_at(content, where, _CONTENT)
    return [part_at(item, f"{where}[{index}]") for index, item in enumerate(items)]


def part_at(value: Any, where: str) -> r.Part:
    """One part, neutral.

    Raises:
        InvalidRequestError: it is none of this API, or wrong; the message says where and what is accepted.
    """
    wire = mapping_at(value, where, "content parts: objects with a `type`")
    kind = wire.get("type")
    if not isinstance(kind, str):
        raise wrong(f"{where}.type", no(kind, "text"), ACCEPTED)
    reader = _READERS.get(kind)
    if reader is None:
        raise wrong(f"{where}.type", f"{name_of(kind)} is unknown", ACCEPTED)
    part, known = reader(wire, where)
    return part if all(key in known or key == "type" or _says_nothing(wire[key]) for key in wire) else r.RawPart(wire)


def _says_nothing(value: Any) -> bool:
    return value is None or value == []


_Found = tuple[r.Part, tuple[str, ...]]


def _text(wire: Wire, where: str) -> _Found:
    # What a text cited and how probable it was, the model is not told again.
    return r.TextPart(text_at(wire.get("text"), f"{where}.text")), ("text", "annotations", "logprobs")


def _refusal(wire: Wire, where: str) -> _Found:
    return r.TextPart(text_at(wire.get("refusal"), f"{where}.refusal")), ("refusal",)


def _image(wire: Wire, where: str) -> _Found:
    url, detail = wire.get("image_url"), wire.get("detail")
    if url is None and wire.get("file_id") is not None:
        filled_at(wire["file_id"], f"{where}.file_id", "the id of a file")
        return r.RawPart(wire), tuple(wire)
    if isinstance(url, Mapping):  # the chat form, which OpenAI refuses
        raise wrong(f"{where}.image_url", no(url, "text"), 'a URL, or "data:image/...;base64,..."')
    return image_of(url, None if detail == "auto" else detail, f"{where}.image_url"), ("image_url", "detail")


def _file(wire: Wire, where: str) -> _Found:
    name = text_at(wire.get("filename") or "", f"{where}.filename")
    known = ("filename", "file_data", "file_url", "file_id")
    if wire.get("file_id") is not None:
        return r.FilePart(id=filled_at(wire["file_id"], f"{where}.file_id"), name=name), known
    if wire.get("file_url") is not None:
        return r.FilePart(url=filled_at(wire["file_url"], f"{where}.file_url"), name=name), known
    data = filled_at(wire.get("file_data"), f"{where}.file_data", _FILE)
    head, comma, content = data.partition(",")
    if not (data.startswith("data:") and head.endswith(";base64") and comma and content):
        raise wrong(f"{where}.file_data", "no data URL in base64", _FILE)
    return r.FilePart(data=content, media_type=head[len("data:") : -len(";base64")], name=name), known


def _audio(wire: Wire, where: str) -> _Found:
    where = f"{where}.input_audio"
    audio = mapping_at(wire.get("input_audio"), where, _AUDIO)
    kind = filled_at(audio.get("format"), f"{where}.format", "wav, mp3")
    data = filled_at(audio.get("data"), f"{where}.data", "the sound in base64")
    return r.FilePart(data=data, media_type=AUDIO_TYPES.get(kind, f"audio/{kind}")), ("input_audio",)


_READERS: Final[dict[str, Callable[[Wire, str], _Found]]] = {
    "input_text": _text,
    "output_text": _text,
    "text": _text,
    "refusal": _refusal,
    "input_image": _image,
    "input_file": _file,
    "input_audio": _audio,
}
