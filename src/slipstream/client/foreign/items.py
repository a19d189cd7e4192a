"""What other SDKs' streams hand out: from an item to the wire object in it, and from that to the dialect it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from slipstream import dialects
from slipstream.client.sdk.wire import WireObject
from slipstream.dialects.common.face import Dialect
from slipstream.errors import InvalidRequestError

ACCEPTED: Final = (
    "wrap() takes the streams of openai (chat completions and responses), anthropic (messages), both with their "
    ".stream() helpers, sync and async, of zai / zhipuai, google-genai and ollama, or an iterable of such chunks as "
    "dictionaries"
)

_DERIVED: Final = ("content.", "refusal.", "tool_calls.", "logprobs.")
_DERIVED_TYPES: Final = frozenset(("text", "thinking", "signature", "citation", "input_json"))
"""Events that helpers make of frames they also hand out: openai's by prefix, anthropic's by name."""

_BARE: Final = {"content_block_stop": ("type", "index"), "message_stop": ("type",)}
"""Frames that anthropic's helper hands out with the whole block or message added; dumping that would cost the answer
anew each time."""


def wire_of(item: Any) -> dict[str, Any] | None:
    """The wire object of an item; None for an event that a helper derived from another item.

    Raises:
        InvalidRequestError: it is nothing that holds one.
    """
    if isinstance(item, Mapping):
        return dict(item)
    kind = getattr(item, "type", None)
    if isinstance(kind, str):
        if kind == "chunk" and hasattr(item, "chunk"):
            return wire_of(item.chunk)
        if kind in _DERIVED_TYPES or kind.startswith(_DERIVED):
            return None
        if kind in _BARE:
            return {name: getattr(item, name, None) for name in _BARE[kind]}
    return _dumped(item)


def _dumped(item: Any) -> dict[str, Any]:
    if isinstance(item, WireObject):
        return item.to_dict()
    dump: Any = getattr(item, "model_dump", None)
    if callable(dump):  # pydantic, which is not imported here
        return dict(dump(mode="json", by_alias=True, exclude_unset=True, warnings=False))
    try:
        plain = msgspec.to_builtins(item)
    except TypeError:
        plain = None
    if not isinstance(plain, dict):
        raise InvalidRequestError(f"the stream gives a {type(item).__name__}, which is no chunk", hint=ACCEPTED)
    return plain


def _is_chat(wire: Mapping[str, Any]) -> bool:
    return wire.get("object") == "chat.completion.chunk" or "choices" in wire or "error" in wire


def _is_messages(wire: Mapping[str, Any]) -> bool:
    return wire.get("type") in ("message_start", "ping", "error") or str(wire.get("type")).startswith("content_block_")


_DIALECTS: Final[tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...]] = (
    ("anthropic", _is_messages),
    ("openai_responses", lambda wire: str(wire.get("type")).startswith("response.")),
    ("zhipu", lambda wire: _is_chat(wire) and str(wire.get("model")).lower().startswith("glm-")),
    ("openai_chat", _is_chat),
    ("gemini_interactions", lambda wire: "event_type" in wire),
    ("gemini", lambda wire: "candidates" in wire or "usageMetadata" in wire),
    ("ollama", lambda wire: "done" in wire and ("message" in wire or "response" in wire)),
)
"""Dialects and what their first object looks like; the first row that fits counts."""

_MODULES: Final = {"zai": "zhipu", "zhipuai": "zhipu"}
"""Packages whose streams are of one dialect only."""


def dialect_of(wire: Mapping[str, Any], stream: object) -> Dialect:
    """The dialect of a stream.

    Args:
        wire: its first object.
        stream: the SDK's stream, whose package tells where the object does not.

    Raises:
        InvalidRequestError: it is of none that is known here.
    """
    package = type(stream).__module__.partition(".")[0]
    found = _MODULES.get(package) or next((name for name, fits in _DIALECTS if fits(wire)), None)
    if found is None or found not in dialects.names():
        names = ", ".join(sorted(str(name)[:32] for name in list(wire)[:8]))
        raise InvalidRequestError(f"the stream's first item is no known chunk; its fields are: {names}", hint=ACCEPTED)
    return dialects.get(found)
