"""What a tool returned, as plain data that the event can carry and the model can read."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from slipstream.tools.failure import CallFailedError

_REFUSALS: Final = (TypeError, ValueError, OverflowError, RecursionError)


def plain(value: Any) -> Any:
    """The value as the model will read it: text as it is, anything else as data that has a JSON form.

    Structs, dataclasses and pydantic models become objects; dates, numbers of other kinds and whatever else has no
    JSON form become their `str()`. Bytes are text if they are valid UTF-8, and refused otherwise: a model cannot read a
    picture out of base64.

    Raises:
        CallFailedError: it cannot be sent; the message says why.
    """
    if isinstance(value, str):
        return str.__str__(value)  # of an enumeration or any other kind of text, the text alone
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _text_of(bytes(value))
    try:
        data = msgspec.to_builtins(value, str_keys=True, enc_hook=_other_type)
        msgspec.json.encode(data)  # it has a JSON form when this says so, and not before
    except _REFUSALS as error:
        why = str(error) or type(error).__name__
        raise CallFailedError(f"the result, a {type(value).__name__}, has no JSON form ({why})") from None
    return data


def _text_of(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise CallFailedError(f"the result is {len(value)} bytes that are no text; return text or data") from None


def _other_type(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else str(value)
