"""Content parts in OpenAI's and Anthropic's form, made neutral.

One small reader for each `type`; `READERS` is the dispatch. A part that is some provider's own (search results, calls
that the provider ran) has no neutral form and passes as a `RawPart`, sent as it is. A part with keys beyond its neutral
form (`cache_control`) passes so as well: dropping them unseen would cost the caller money.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from slipstream.dialects.common import request as r
from slipstream.dialects.common.anthropic_wire.documents import document_part
from slipstream.dialects.common.checks import filled_at, list_at, mapping_at, name_of, no, text_at, wrong
from slipstream.dialects.common.openai_shape.files import file_at

PASSED: Final = frozenset(
    ("search_result", "container_upload", "server_tool_use", "mcp_tool_use", "compaction", "fallback")
)
"""Types of providers' own parts, passed as they are; so is every type that ends in `_tool_result`."""

ACCEPTED: Final = (
    "text, image_url, image, input_image, file, input_file, document, input_audio, audio_url, video_url, file_url, "
    "tool_use, tool_result, thinking, redacted_thinking, refusal, or a provider's own ("
    + ", ".join(sorted(PASSED))
    + "); anything else as RawPart"
)
_IMAGE_URL: Final = 'a URL, "data:image/...;base64,...", or {"url": ..., "detail": ...}'
_FILE: Final = '{"file_data": "data:...;base64,...", "filename": ...}, {"file_url": ...} or {"file_id": ...}'
_SOURCE: Final = '{"type": "base64", "media_type": "image/...", "data": ...} or {"type": "url", "url": ...}'

# The first characters of base64 of the four formats that all vision models take; GLM programs send it without a prefix.
_MAGIC: Final = {
    "/9j/": "image/jpeg", "iVBORw0KGgo": "image/png", "R0lGOD": "image/gif", "UklGR": "image/webp",
}  # fmt: skip


def part_at(value: Any, where: str) -> r.Part:
    """One content part, neutral.

    Args:
        value: a dictionary in either form, or a neutral part.
        where: its place, for refusals.

    Raises:
        InvalidRequestError: it is wrong; the message says where and what is accepted.
    """
    if isinstance(value, r.Part):
        return check_part(value, where)
    wire = mapping_at(value, where, "content parts: objects with a `type`")
    kind = wire.get("type")
    if not isinstance(kind, str):
        raise wrong(f"{where}.type", no(kind, "text"), ACCEPTED)
    reader = READERS.get(kind)
    if reader is not None:
        return reader(wire, where)
    if kind in PASSED or kind.endswith("_tool_result"):
        return r.RawPart(wire)
    raise wrong(f"{where}.type", f"{name_of(kind)} is unknown", ACCEPTED)


def parts_at(content: Any, where: str) -> list[r.Part]:
    """The parts of a message's content: a text is one part."""
    if isinstance(content, str):
        return [r.TextPart(text_at(content, where))]
    items = list_at(content, where, "a text, or a list of content parts")
    if not items:
        raise wrong(where, "an empty list", "a text, or at least one content part")
    return [part_at(item, f"{where}[{index}]") for index, item in enumerate(items)]


def check_part(part: r.Part, where: str) -> r.Part:
    """A part that is neutral already, its texts checked."""
    if isinstance(part, r.RawPart):
        return part
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if isinstance(value, str):
            text_at(value, f"{where}.{name}")
    if isinstance(part, r.ImagePart) and not (part.url or (part.data and part.media_type)):
        raise wrong(where, "an ImagePart without a picture", "url, or data and media_type")
    if isinstance(part, r.FilePart) and not (part.url or part.id or (part.data and part.media_type)):
        raise wrong(where, "a FilePart without a file", "url, id, or data and media_type")
    return part


def call_part(call: Mapping[str, Any], where: str, id: str, arguments: Any, extra: Mapping[str, Any]) -> r.ToolCallPart:
    """A call of a tool; arguments come as JSON text (OpenAI) or as an object (Anthropic, Ollama)."""
    name = filled_at(call.get("name"), f"{where}.name", "the tool's name")
    if isinstance(arguments, Mapping):
        arguments = msgspec.json.encode(arguments).decode()
    text = text_at("" if arguments is None else arguments, f"{where}.arguments", "JSON text or an object")
    kept = {key: value for key, value in extra.items() if value is not None}
    return r.ToolCallPart(id=id, name=name, arguments=text or "{}", metadata=kept or None)


def image_of(url: Any, detail: Any, where: str) -> r.ImagePart:
    """A picture by its address, its `data:` URL, or its bare base64."""
    url = filled_at(url, where, _IMAGE_URL)
    if detail is not None and not isinstance(detail, str):
        raise wrong(f"{where}.detail", no(detail, "text"), "low, high, auto")
    if url.startswith(("https://", "http://")):
        return r.ImagePart(url=url, detail=detail)
    if url.startswith("data:"):
        head, comma, data = url[5:].partition(",")
        media_type, _, coding = head.partition(";")
        if not comma or not media_type.startswith("image/") or coding != "base64":
            raise wrong(where, "a data URL that is no picture in base64", _IMAGE_URL)
        return r.ImagePart(data=_base64(data, where), media_type=media_type, detail=detail)
    for magic, media_type in _MAGIC.items():
        if url.startswith(magic):
            return r.ImagePart(data=_base64(url, where), media_type=media_type, detail=detail)
    raise wrong(where, "neither a URL nor a picture in base64", _IMAGE_URL)


def _base64(data: str, where: str) -> str:
    try:
        if data and binascii.a2b_base64(data, strict_mode=True):
            return data
    except (binascii.Error, ValueError):
        pass
    raise wrong(where, "the picture is no valid base64", _IMAGE_URL)


def _only(wire: Mapping[str, Any], *known: str) -> bool:
    return all(key in known or key == "type" or value is None for key, value in wire.items())


def _text(wire: dict[str, Any], where: str) -> r.Part:
    text = text_at(wire.get("text"), f"{where}.text")
    return r.TextPart(text) if _only(wire, "text") else r.RawPart(wire)


def _refusal(wire: dict[str, Any], where: str) -> r.Part:
    return r.TextPart(text_at(wire.get("refusal"), f"{where}.refusal"))


def _image_url(wire: dict[str, Any], where: str) -> r.Part:
    where = f"{where}.image_url"
    value = wire.get("image_url")
    if isinstance(value, Mapping):
        part = image_of(value.get("url"), value.get("detail"), f"{where}.url")
    else:
        part = image_of(value, wire.get("detail"), where)
    return part if _only(wire, "image_url", "detail") else r.RawPart(wire)


def _image(wire: dict[str, Any], where: str) -> r.Part:
    where = f"{where}.source"
    source = mapping_at(wire.get("source"), where, _SOURCE)
    if source.get("type") == "file" or not _only(wire, "source"):
        return r.RawPart(wire)
    if source.get("type") == "url":
        return image_of(source.get("url"), None, f"{where}.url")
    if source.get("type") != "base64":
        raise wrong(f"{where}.type", f"{name_of(source.get('type'))} is unknown", _SOURCE)
    media_type = text_at(source.get("media_type"), f"{where}.media_type", "image/png, image/jpeg, ...")
    data = filled_at(source.get("data"), f"{where}.data", _SOURCE)
    return image_of(f"data:{media_type};base64,{data}", None, f"{where}.data")


def _input_image(wire: dict[str, Any], where: str) -> r.Part:
    """A picture in the form of OpenAI's Responses; one that is known by an id is the provider's own."""
    url, detail = wire.get("image_url"), wire.get("detail")
    if url is None and wire.get("file_id") is not None:
        return r.RawPart(wire)
    if isinstance(url, Mapping):
        detail = url.get("detail", detail)
        url = url.get("url")
    part = image_of(url, None if detail == "auto" else detail, f"{where}.image_url")
    return part if _only(wire, "image_url", "detail") else r.RawPart(wire)


def _chat_file(wire: dict[str, Any], where: str) -> r.Part:
    """A file in the form of OpenAI's Chat Completions, or of GLM's and vLLM's addresses."""
    held = wire.get(wire["type"])
    sound = held.get("data") if isinstance(held, Mapping) else None
    if isinstance(sound, str) and sound.startswith(("data:", "https://", "http://")):
        return r.RawPart(wire)  # Qwen's form of `input_audio`, which nobody else takes and Qwen takes no other
    part = file_at(wire, where)
    return part if isinstance(part, r.FilePart) else r.RawPart(wire)


def _input_file(wire: dict[str, Any], where: str) -> r.Part:
    """A file in the form of OpenAI's Responses."""
    name = text_at(wire.get("filename") or "", f"{where}.filename")
    if not _only(wire, "filename", "file_data", "file_url", "file_id"):
        return r.RawPart(wire)
    if wire.get("file_id") is not None:
        return r.FilePart(id=filled_at(wire["file_id"], f"{where}.file_id"), name=name)
    if wire.get("file_url") is not None:
        return r.FilePart(url=filled_at(wire["file_url"], f"{where}.file_url"), name=name)
    data = filled_at(wire.get("file_data"), f"{where}.file_data", _FILE)
    part = file_at({"type": "file", "file": {"filename": name, "file_data": data}}, where)
    return part if isinstance(part, r.FilePart) else r.RawPart(wire)


def _tool_use(wire: dict[str, Any], where: str) -> r.Part:
    id = filled_at(wire.get("id"), f"{where}.id", "the call's id")
    extra = {key: value for key, value in wire.items() if key not in ("type", "id", "name", "input")}
    return call_part(wire, where, id, wire.get("input"), extra)


def _tool_result(wire: dict[str, Any], where: str) -> r.Part:
    id = filled_at(wire.get("tool_use_id"), f"{where}.tool_use_id", "the id of the call this answers")
    output = wire.get("content")
    if isinstance(output, list):
        parts = [part_at(item, f"{where}.content[{index}]") for index, item in enumerate(output)]
        if not all(isinstance(part, r.TextPart) for part in parts):
            return r.RawPart(wire)  # pictures in a result: no neutral form
        output = "".join(part.text for part in parts if isinstance(part, r.TextPart))
    text = text_at("" if output is None else output, f"{where}.content", "a text, or a list of text parts")
    if not _only(wire, "tool_use_id", "content", "is_error"):
        return r.RawPart(wire)
    return r.ToolResultPart(id=id, output=text, is_error=bool(wire.get("is_error")))


def _thinking(wire: dict[str, Any], where: str) -> r.Part:
    signature = wire.get("signature")
    return r.ReasoningPart(
        text=text_at(wire.get("thinking"), f"{where}.thinking"),
        signature=None if not signature else text_at(signature, f"{where}.signature"),
    )


def _redacted_thinking(wire: dict[str, Any], where: str) -> r.Part:
    return r.ReasoningPart(redacted=filled_at(wire.get("data"), f"{where}.data"))


READERS: Final[dict[str, Callable[[dict[str, Any], str], r.Part]]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "refusal": _refusal,
    "image_url": _image_url,
    "image": _image,
    "input_image": _input_image,
    "file": _chat_file,
    "input_audio": _chat_file,
    "audio_url": _chat_file,
    "video_url": _chat_file,
    "file_url": _chat_file,
    "input_file": _input_file,
    "document": document_part,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "thinking": _thinking,
    "redacted_thinking": _redacted_thinking,
}
