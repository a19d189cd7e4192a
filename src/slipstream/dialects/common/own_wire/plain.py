"""Any object as plain data that JSON can hold."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from slipstream.dialects.common.checks import scrub

# Deeper than any answer is, and far from the interpreter's own limit; what is deeper most likely contains itself.
MAX_DEPTH: Final = 64


def to_plain(value: Any) -> Any:
    """What `msgspec` does not know, as something that it does: a pydantic model by its dump, others by `repr`."""
    return value.model_dump(mode="json") if _is_model(value) else repr(value)


def _is_model(value: Any) -> bool:
    return hasattr(value, "model_dump") and not isinstance(value, type)


def plain(value: Any, depth: int = 0) -> Any:
    """The value as dictionaries, lists, texts and numbers; lone surrogates and NUL become U+FFFD.

    Never raises: what cannot be read is told by the name of its type.
    """
    try:
        return _plain(value, depth)
    except Exception:  # an object's own code may raise anything
        return f"<{type(value).__name__}>"


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return b64encode(value).decode()
    if depth > MAX_DEPTH:
        return "..."
    if isinstance(value, msgspec.Struct):
        return _struct(value, depth)
    if isinstance(value, Mapping):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    if _is_model(value):
        return plain(to_plain(value), depth + 1)
    if isinstance(value, Iterable) and not isinstance(value, type):
        return [plain(item, depth + 1) for item in value]
    known = msgspec.to_builtins(value, enc_hook=to_plain)
    return _text(known) if isinstance(known, str) else plain(known, depth + 1)


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return scrub(text)
    return text


def _key(key: Any) -> str:
    return _text(key if isinstance(key, str) else str(key))


def _struct(value: msgspec.Struct, depth: int) -> dict[str, Any]:
    """A Struct with its tag, without the fields that have their default."""
    config = value.__struct_config__
    found: dict[str, Any] = {} if config.tag is None else {str(config.tag_field): config.tag}
    for info in msgspec.structs.fields(value):
        item = getattr(value, info.name)
        if not _is_default(item, info):
            found[info.encode_name] = plain(item, depth + 1)
    return found


def _is_default(value: Any, info: msgspec.structs.FieldInfo) -> bool:
    if info.default_factory is not msgspec.NODEFAULT:
        return value in ({}, [])
    return type(value) is type(info.default) and bool(value == info.default)
