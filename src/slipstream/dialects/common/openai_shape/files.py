"""Files in a request: the content parts `input_audio`, `file`, `file_url`, `video_url` and `audio_url`, both ways.

OpenAI takes sounds (wav, mp3) and documents by content, and uploaded files by id; GLM takes films and documents by
address. References: https://platform.openai.com/docs/api-reference/chat/create (content parts) and
https://docs.bigmodel.cn/api-reference (chat completion, `video_url` and `file_url`).
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

from slipstream.dialects.common.checks import filled_at, mapping_at, text_at, wrong
from slipstream.dialects.common.request import FilePart

SOUNDS: Final = {
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave": "wav", "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}  # fmt: skip
"""Media type -> the `format` of `input_audio`."""

_TYPE_OF_FORMAT: Final = {"wav": "audio/wav", "mp3": "audio/mpeg"}
_TYPE_OF_NAME: Final = {
    "pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "html": "text/html",
    "json": "application/json", "doc": "application/msword", "mp4": "video/mp4", "mov": "video/quicktime",
    "webm": "video/webm", "mkv": "video/x-matroska", "mp3": "audio/mpeg", "wav": "audio/wav",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_NAME_OF_TYPE: Final = {media_type: ending for ending, media_type in _TYPE_OF_NAME.items()}
_URLS: Final = ("https://", "http://")
_AUDIO: Final = '{"data": base64, "format": "wav" or "mp3"}'
_FILE: Final = '{"file_data": "data:...;base64,...", "filename": ...} or {"file_id": ...}'


def file_at(value: Any, where: str) -> Any:
    """A content part as a `FilePart`, if it is a file in a form of this shape; any other value as it is.

    A part that says more than a `FilePart` holds stays what it is, so that nothing of it is lost.

    Raises:
        InvalidRequestError: it is such a file and has no content; the message says where and what is accepted.
    """
    kind = value.get("type") if isinstance(value, Mapping) else None
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None or not isinstance(kind, str) or not _only(value, "type", kind):
        return value
    return reader(value[kind], f"{where}.{kind}") or value if kind in value else _missing(where, kind)


def _missing(where: str, kind: str) -> Any:
    raise wrong(f"{where}.{kind}", "missing", _ACCEPTED[kind])


def _only(wire: Mapping[str, Any], *known: str) -> bool:
    return all(key in known or value is None for key, value in wire.items())


def _audio(held: Any, where: str) -> FilePart | None:
    wire = mapping_at(held, where, _AUDIO)
    data = filled_at(wire.get("data"), f"{where}.data", _AUDIO)
    format = text_at("wav" if wire.get("format") is None else wire["format"], f"{where}.format", "wav or mp3")
    if not _only(wire, "data", "format"):
        return None
    media_type = _TYPE_OF_FORMAT.get(format, f"audio/{format}")
    if data.startswith(_URLS):  # Qwen takes addresses here
        return FilePart(url=data, media_type=media_type)
    if data.startswith("data:"):
        data = data.partition(",")[2]
    return FilePart(data=_base64(data, f"{where}.data"), media_type=media_type)


def _file(held: Any, where: str) -> FilePart | None:
    wire = mapping_at(held, where, _FILE)
    name = text_at(wire.get("filename") or "", f"{where}.filename")
    id = text_at(wire.get("file_id") or "", f"{where}.file_id")
    data = text_at(wire.get("file_data") or "", f"{where}.file_data")
    if not (id or data):
        raise wrong(where, "no file in it", _FILE)
    if not _only(wire, "filename", "file_id", "file_data") or (id and data):
        return None
    if id:
        return FilePart(id=id, name=name)
    return _held(data, name, f"{where}.file_data", "")


def _url(otherwise: str) -> Callable[[Any, str], FilePart | None]:
    def read(held: Any, where: str) -> FilePart | None:
        wire = {"url": held} if isinstance(held, str) else mapping_at(held, where, '{"url": ...}')
        url = filled_at(wire.get("url"), f"{where}.url", "an address")
        return _held(url, "", f"{where}.url", otherwise) if _only(wire, "url") else None

    return read


def _held(value: str, name: str, where: str, otherwise: str) -> FilePart:
    """A file by its address, its `data:` URL, or its bare base64."""
    if value.startswith(_URLS):
        path = value.partition("?")[0].partition("#")[0]
        return FilePart(url=value, media_type=_type_of(name or path, otherwise), name=name)
    media_type = _type_of(name, otherwise or "application/pdf")
    if value.startswith("data:"):
        head, _, value = value[5:].partition(",")
        stated, _, coding = head.partition(";")
        if coding.rpartition(";")[2] != "base64":
            raise wrong(where, "a data URL that is not in base64", _FILE)
        media_type = stated or media_type
    return FilePart(data=_base64(value, where), media_type=media_type, name=name)


def _type_of(name: str, otherwise: str) -> str:
    return _TYPE_OF_NAME.get(name.rpartition(".")[2].lower(), otherwise)


def _base64(data: str, where: str) -> str:
    try:
        if data and binascii.a2b_base64(data, strict_mode=True):
            return data
    except (binascii.Error, ValueError):
        pass
    raise wrong(where, "no valid base64", "base64, or a data: URL with it")


_READERS: Final[dict[str, Callable[[Any, str], FilePart | None]]] = {
    "input_audio": _audio,
    "file": _file,
    "file_url": _url(""),
    "video_url": _url("video/*"),
    "audio_url": _url("audio/*"),
}
_ACCEPTED: Final = {
    "input_audio": _AUDIO, "file": _FILE, "file_url": '{"url": ...}', "video_url": '{"url": ...}',
    "audio_url": '{"url": ...}',
}  # fmt: skip


def file_part(part: FilePart, where: str, *, by_url: bool, media: str = "content") -> dict[str, Any]:
    """A file as a content part.

    Args:
        part: the file.
        where: its place, for refusals.
        by_url: True where films and documents are given by address (GLM), False where by content or id (OpenAI).
        media: see `Traits.media`.

    Raises:
        UnsupportedError, InvalidRequestError: the API takes no such file; the message says which it takes.
    """
    sound = SOUNDS.get(part.media_type.partition(";")[0].lower())
    if media == "dashscope" and part.media_type.startswith("audio/") and (part.data or part.url):
        return _for_qwen(part, sound)
    if part.data and sound:
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": sound}}
    family = part.media_type.partition("/")[0]
    if by_url:
        return _by_url(part, family, where)
    if part.id:
        return {"type": "file", "file": {"file_id": part.id}}
    if media != "content" and (part.url or (part.data and family in ("audio", "video"))):
        return _anywhere(part, family)
    if not part.data or family in ("audio", "video", "image"):
        what = f"a file of the type {part.media_type[:60]!r}" if part.data else "a file by its address"
        raise wrong(where, f"{what} has no place here", "wav and mp3 and documents by content, or a file's id")
    name = part.name or f"file.{_NAME_OF_TYPE.get(part.media_type, 'bin')}"
    url = f"data:{part.media_type};base64,{part.data}"
    return {"type": "file", "file": {"filename": name, "file_data": url}}


def _anywhere(part: FilePart, family: str) -> dict[str, Any]:
    """A film, a sound or a document by its address or, in a `data:` URL, by its content.

    Sources: https://docs.vllm.ai/en/latest/features/multimodal_inputs/ (`video_url`, `audio_url`), and
    https://openrouter.ai/docs/guides/overview/multimodal/pdfs (an address as `file_data`).
    """
    url = part.url or f"data:{part.media_type};base64,{part.data}"
    if family in ("audio", "video"):
        return {"type": f"{family}_url", f"{family}_url": {"url": url}}
    name = part.name or url.partition("?")[0].rpartition("/")[2] or "file"
    return {"type": "file", "file": {"filename": name, "file_data": url}}


def _for_qwen(part: FilePart, sound: str | None) -> dict[str, Any]:
    """Qwen's `input_audio`: an address, or a `data:` URL whose type is left out.

    Source: https://help.aliyun.com/zh/model-studio/qwen-omni
    """
    data = part.url or f"data:;base64,{part.data}"
    format = sound or part.media_type.partition(";")[0].partition("/")[2].removeprefix("x-")
    return {"type": "input_audio", "input_audio": {"data": data, "format": format}}


def _by_url(part: FilePart, family: str, where: str) -> dict[str, Any]:
    if not part.url or family in ("audio", "image"):
        raise wrong(where, "a file that has no place here", "films and documents by address, wav and mp3 by content")
    kind = "video_url" if family == "video" else "file_url"
    return {"type": kind, kind: {"url": part.url}}
