"""What stands in a choice of this shape beside its text, as wire objects: for streams and for whole answers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from slipstream.dialects.common.counts import same_counts
from slipstream.dialects.common.openai_shape.usage import read_usage
from slipstream.events import File, Source, ToolCall, Usage

WRAP: Final = "slipstream"
"""The key in a call's `extra_content` under which stands what another API wants back with the call."""


def citation(source: Source, index: int) -> dict[str, Any]:
    """A source as an annotation of the text.

    Args:
        source: the source; its metadata says where it is cited.
        index: its number in the choice; OpenAI's SDK joins the entries of a list by it and raises without.
    """
    known = source.metadata or {}
    # Strict clients refuse a chunk whose citation has no place; one of no characters says that nobody knows it.
    place = {name: _place(known.get(name)) for name in ("start_index", "end_index")}
    return {
        "type": "url_citation",
        "index": index,
        "url_citation": {**known, "url": source.url, "title": source.title, **place},
    }


def _place(value: Any) -> int:
    return value if type(value) is int else 0


def found_on_the_web(source: Source) -> dict[str, Any]:
    """A source as GLM lists what its search found."""
    return {**(source.metadata or {}), "link": source.url, "title": source.title}


def picture(file: File, index: int) -> dict[str, Any]:
    """A picture in OpenRouter's form."""
    url = file.url or f"data:{file.media_type};base64,{b64encode(file.data).decode()}"
    return {"type": "image_url", "index": index, "image_url": {"url": url}}


def is_picture(file: File) -> bool:
    """True for a picture that has an address or content."""
    return file.media_type.startswith("image/") and bool(file.url or file.data)


def is_sound(file: File) -> bool:
    """True for a sound that has content."""
    return file.media_type.startswith("audio/") and bool(file.data)


def sound(data: bytes) -> str:
    """A piece of sound."""
    return b64encode(data).decode()


def spoken_blocks(metadata: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the blocks of text that are the transcript of the sound, as the metadata name them."""
    audio = metadata.get("audio")
    ids = audio.get("transcript") if isinstance(audio, Mapping) else None
    return frozenset(id for id in ids if isinstance(id, str)) if isinstance(ids, list) else frozenset()


def call_extra(call: ToolCall) -> dict[str, Any]:
    """What a call's provider wants back with it, in Google's field for that; its own content as it came."""
    if not call.metadata:
        return {}
    inner = call.metadata.get("extra_content")
    if len(call.metadata) == 1 and isinstance(inner, Mapping) and _is_googles(inner):
        return {"extra_content": inner}
    return {"extra_content": {WRAP: call.metadata}}


def _is_googles(inner: Mapping[str, Any]) -> bool:
    """True if strict clients, which know this one content, take it."""
    google = inner.get("google")
    signature = google.get("thought_signature") if isinstance(google, Mapping) else None
    return WRAP not in inner and isinstance(google, Mapping) and isinstance(signature, str | None)


def unwrap(metadata: dict[str, Any] | None) -> dict[str, Any] | None:
    """What `call_extra` wrapped; anything else as it is."""
    inner = (metadata or {}).get("extra_content")
    if isinstance(inner, dict) and len(inner) == 1 and isinstance(inner.get(WRAP), dict):
        return dict(inner[WRAP])
    return metadata


def usage_wire(usage: Usage) -> dict[str, Any]:
    """Token counts in OpenAI's words. The three that its clients demand are null where nobody counted.

    What the provider says beyond them in this shape stays; counts in another API's words do not.
    """
    counts = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": _total(usage),
    }
    return {**_told(usage), **counts, **({"estimated": True} if usage.estimated else {})}


def _told(usage: Usage) -> dict[str, Any]:
    """What stands beside the counts: the provider's own words if they are of this shape and still true, else ours."""
    own = usage.details or {}
    return own if "prompt_tokens" in own and same_counts(read_usage(own), usage) else _details(usage)


def _details(usage: Usage) -> dict[str, Any]:
    return {
        side: told
        for side, names in _DETAILS.items()
        if (told := {name: getattr(usage, name) for name in names if getattr(usage, name) is not None})
    }


def _total(usage: Usage) -> int | None:
    if usage.total_tokens is not None or usage.input_tokens is None or usage.output_tokens is None:
        return usage.total_tokens
    return usage.input_tokens + usage.output_tokens


_DETAILS: Final = {
    "prompt_tokens_details": ("cached_tokens", "cache_write_tokens"),
    "completion_tokens_details": ("reasoning_tokens",),
}


def logprobs_wire(value: Any) -> dict[str, Any] | None:
    """Log probabilities as strict clients take them; None if they are in another API's form."""
    if not isinstance(value, dict) or not value or not set(value) <= {"content", "refusal"}:
        return None
    if not all(isinstance(entries, list) and all(map(_is_logprob, entries)) for entries in value.values()):
        return None
    return {"content": None, "refusal": None, **value}


def _is_logprob(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
        return False
    top = entry.get("top_logprobs")
    return type(entry.get("logprob")) in (int, float) and isinstance(top, list)
