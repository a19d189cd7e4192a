"""Refusals by name: the checks that every reader of a caller's input shares.

A message names where the value stands (`messages[2].content[0].image_url`), what is wrong and what is accepted. It
never shows the value where that may be part of a prompt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from slipstream.errors import InvalidRequestError


def wrong(where: str, what: str, accepted: str = "") -> InvalidRequestError:
    """The refusal to raise: it says where, what, and what is accepted."""
    return InvalidRequestError(f"{where}: {what}" + (f"; accepted: {accepted}" if accepted else ""), argument=where)


def kind_of(value: Any) -> str:
    """The kind of a value, for a message that must not show it."""
    if value is None:
        return "nothing"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def no(value: Any, noun: str) -> str:
    """What is wrong with a value that is no such thing: that, or that it is missing."""
    return "missing" if value is None else f"{kind_of(value)} is no {noun}"


def name_of(value: Any) -> str:
    """A role, a type or a key as a message may show it: short, and only if it is text."""
    return repr(value[:40]) if isinstance(value, str) else kind_of(value)


def text_at(value: Any, where: str, accepted: str = "a text") -> str:
    """The value, if it is text that UTF-8 and every provider can carry; refused otherwise."""
    if not isinstance(value, str):
        raise wrong(where, no(value, "text"), accepted)
    if "\0" in value:
        raise wrong(
            where, f"a NUL character at {value.index(chr(0))}", "text without NUL, which providers and logs refuse"
        )
    if not value.isascii():
        _encodable(value, where)
    return value


def _encodable(value: str, where: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise wrong(where, f"a lone surrogate at {error.start}", "text that is valid Unicode") from None


def filled_at(value: Any, where: str, accepted: str = "a text that is not empty") -> str:
    """The value, if it is text and not empty."""
    text = text_at(value, where, accepted)
    if not text:
        raise wrong(where, "empty", accepted)
    return text


def mapping_at(value: Any, where: str, accepted: str) -> dict[str, Any]:
    """The value as a dictionary, if it is a mapping with text keys."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise wrong(where, no(value, "object with text keys"), accepted)
    return dict(value)


def body_at(value: Any, accepted: str = "a JSON object") -> dict[str, Any]:
    """The request's body as a dictionary; who passes its bytes is told that they are to be decoded first."""
    return mapping_at(value, "body", f"{accepted}, decoded: a mapping, such as json.loads gives")


def list_at(value: Any, where: str, accepted: str) -> list[Any]:
    """The value as a list, if it is a list or a tuple."""
    if not isinstance(value, (list, tuple)):
        raise wrong(where, no(value, "list"), accepted)
    return list(value)


def known_keys(wire: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse keys that would be lost, unless their value is None."""
    accepted = sorted(known)
    for key, value in wire.items():
        if key not in accepted and value is not None:
            raise wrong(f"{where}.{key[:40]}", "an unknown key", ", ".join(accepted))


def scrub(text: str) -> str:
    """A model's own text as a request can carry it: lone surrogates and NUL become U+FFFD."""
    if text.isascii():
        return text.replace("\0", "�")
    return text.replace("\0", "�").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
