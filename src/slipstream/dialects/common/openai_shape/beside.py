"""What comes beside the text: sources, files, verdicts, and what the provider says of itself."""

from __future__ import annotations

import binascii
from typing import Any, Final

import msgspec

from slipstream.dialects.common.openai_shape.answer import Answer
from slipstream.dialects.common.openai_shape.chunks import WholeChunk
from slipstream.events import Event, File, Metadata, Moderation, Raw, Source, TextDelta

_NAMES: Final = ("system_fingerprint", "service_tier", "provider", "request_id")


class Beside:
    """Turns what stands beside the text into events, each thing once though providers repeat it in every chunk."""

    __slots__ = ("_audio_type", "_said", "_sounds", "_sources", "_spoken")

    def __init__(self, audio_type: str) -> None:
        self._audio_type = audio_type
        self._said: dict[str, Any] = {}
        self._sources: dict[Any, str] = {}
        self._spoken: list[str] = []
        self._sounds: dict[int, Metadata] = {}

    def metadata(self, chunk: WholeChunk, out: list[Event]) -> None:
        """What the provider says of itself, when it is new."""
        found: dict[str, Any] = {name: getattr(chunk, name) for name in _NAMES}
        groq = {key: value for key, value in (chunk.x_groq or {}).items() if key not in ("usage", "error")}
        if groq:
            found["x_groq"] = {**self._said.get("x_groq", {}), **groq}
        new = {name: value for name, value in found.items() if value and value != self._said.get(name)}
        if new:
            self._said.update(new)
            out.append(Metadata(new))

    @staticmethod
    def verdicts(chunk: WholeChunk, out: list[Event]) -> None:
        """Verdicts of safety checks on the whole request."""
        if chunk.moderation:
            out.append(Moderation(chunk.moderation, "openai"))
        if chunk.prompt_filter_results:
            out.append(Moderation({"prompt_filter_results": chunk.prompt_filter_results}, "azure"))

    def lists(self, chunk: WholeChunk, out: list[Event]) -> None:
        """Sources in a list beside the choices (Perplexity repeats it in every chunk; GLM)."""
        for entry in (*(chunk.search_results or ()), *(chunk.web_search or ())):
            if isinstance(entry, dict):
                self._listed(entry, out)
        for url in chunk.citations or ():
            if isinstance(url, str):
                self._source(("url", url), url, "", None, None, 0, out)

    def annotations(self, annotations: list[Any], block: str | None, choice: int, out: list[Event]) -> None:
        """Citations in the text: a source each; those of another kind stay what they are."""
        for annotation in annotations:
            cited = annotation.get("url_citation") if isinstance(annotation, dict) else None
            if not isinstance(cited, dict):
                out.append(Raw(data=annotation))
                continue
            url, title = _text(cited, "url"), _text(cited, "title")
            rest = {key: value for key, value in cited.items() if key not in ("url", "title")}
            if not rest.get("start_index") and not rest.get("end_index"):
                # No characters: a gateway such as ours says so where nobody knows the place.
                rest.pop("start_index", None)
                rest.pop("end_index", None)
            key = (url, cited.get("start_index"), cited.get("end_index"), choice)
            self._source(key, url, title, block, rest or None, choice, out)

    def speech(self, audio: dict[str, Any], answer: Answer, out: list[Event]) -> None:
        """A piece of the transcript: text, whose block the metadata name (`audio.transcript`)."""
        spoken = _text(audio, "transcript")
        if not spoken:
            return
        if not answer.spoken:
            self._spoken.append(answer.begin_speech(out))
            self._sound(audio, answer.index, out)
            out.append(answer.text_start())
        out.append(TextDelta(spoken, answer.text_id or "", answer.index))

    def audio(self, audio: dict[str, Any], choice: int, out: list[Event]) -> None:
        """A piece of sound, decoded on its own: the pieces are padded each (WIRE section 2)."""
        id, data = _text(audio, "id"), _text(audio, "data")
        if data:
            self._file(data, self._audio_type, id, choice, audio, out)
        if audio.get("expires_at") is not None:
            self._sound(audio, choice, out)
        elif id:
            self._said["audio"] = id

    def _sound(self, audio: dict[str, Any], choice: int, out: list[Event]) -> None:
        """What is known of the sound, when it is new; it is the whole, as a later one replaces an earlier one."""
        kept: dict[str, Any] = {"id": _text(audio, "id") or self._said.get("audio")}
        if audio.get("expires_at") is not None:
            kept["expires_at"] = audio["expires_at"]
        if self._spoken:
            kept["transcript"] = list(self._spoken)
        known = Metadata({"audio": kept}, choice)
        if known != self._sounds.get(choice):
            self._sounds[choice] = known
            out.append(known)

    def image(self, part: Any, choice: int, out: list[Event]) -> None:
        """A picture the model made, as an address or as a `data:` URL."""
        held = part.get("image_url") if isinstance(part, dict) else None
        url = held if isinstance(held, str) else _text(held, "url") if isinstance(held, dict) else ""
        if not url.startswith("data:"):
            out.append(File("image/*", url=url, choice=choice) if url else Raw(data=part))
            return
        head, _, data = url[5:].partition(",")
        self._file(data, head.partition(";")[0] or "image/*", "", choice, part, out)

    def _file(self, data: str, media_type: str, id: str, choice: int, wire: Any, out: list[Event]) -> None:
        try:
            content = binascii.a2b_base64(data + "=" * (-len(data) % 4))
        except (binascii.Error, ValueError):
            out.append(Raw(data=wire))
        else:
            out.append(File(media_type, content, id=id, choice=choice))

    def _listed(self, entry: dict[str, Any], out: list[Event]) -> None:
        url = _text(entry, "link") or _text(entry, "url")
        rest = {key: value for key, value in entry.items() if key not in ("link", "url", "title") and value}
        key = ("url", url) if url else ("entry", msgspec.json.encode(entry))
        self._source(key, url, _text(entry, "title"), None, rest or None, 0, out)

    def _source(
        self, key: Any, url: str, title: str, block: str | None, metadata: dict[str, Any] | None, choice: int,
        out: list[Event],
    ) -> None:  # fmt: skip
        if key not in self._sources:
            self._sources[key] = id = f"source-{len(self._sources)}"
            out.append(Source(id, url, title, block, metadata, choice))


def _text(wire: dict[str, Any], name: str) -> str:
    value = wire.get(name)
    return value if isinstance(value, str) else ""
