"""Who may ask: the keys of our own clients. They have nothing to do with the keys of providers.

Strategy: only digests are kept, and all of them are compared, each in constant time: how long a check takes says
nothing of how much of a key was right, nor which one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from slipstream.errors import AuthenticationError, InvalidRequestError

VARIABLE: Final = "SLIPSTREAM_KEYS"
"""The environment variable that may hold keys, with white space or commas between them."""

HEADERS: Final = ("authorization", "x-api-key", "x-goog-api-key", "api-key")
"""Where a key may stand: everybody's bearer token, Anthropic's, Google's and Azure's own headers."""

SHORTEST: Final = 8
"""Characters of a key: what is shorter is guessed in no time."""

LONGEST: Final = 1024
"""Characters of a key: what is longer is not hashed, as nobody has such a key."""

_NAMED: Final = re.compile(r"([A-Za-z0-9_.-]{1,64}):(.+)", re.S)
_FORM: Final = f"a key is printable ASCII without spaces, {SHORTEST} to {LONGEST} characters; `name:key` names it"


class Keys:
    """The keys that may ask.

    Args:
        keys: name -> key; the name is for the log.

    Raises:
        InvalidRequestError: there is none, or one is no key. The message does not show it.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        if not keys:
            raise InvalidRequestError(f"keys: there is none; {_FORM}", argument="keys")
        for name, key in keys.items():
            if not SHORTEST <= len(key) <= LONGEST or not key.isascii() or not key.isprintable() or " " in key:
                raise InvalidRequestError(f"keys: {name} is no key; {_FORM}", argument="keys")
        self._digests = tuple((name, _digest(key)) for name, key in keys.items())

    def __repr__(self) -> str:
        return f"Keys({len(self._digests)})"

    def __len__(self) -> int:
        return len(self._digests)

    def check(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The name of the key that a request brings.

        Raises:
            AuthenticationError: it brings none, or one that is not known.
        """
        key = _key_in(headers)
        if not key:
            raise AuthenticationError(
                "no API key; send one in the header `Authorization: Bearer KEY`, `x-api-key` or `x-goog-api-key`",
                status=401,
                code="missing_api_key",
            )
        digest, found = hashlib.sha256(key[: LONGEST + 1]).digest(), ""
        for name, known in self._digests:
            if hmac.compare_digest(digest, known):
                found = name
        if not found:
            raise AuthenticationError("this API key is not known here", status=401, code="invalid_api_key")
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("ascii")).digest()


def _key_in(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The key in the headers, the bearer token first; b"" if there is none."""
    found = {name: value for name, value in headers if name.decode("latin-1") in HEADERS}
    scheme, _, token = found.get(b"authorization", b"").strip().partition(b" ")
    if scheme.lower() == b"bearer" and token.strip():
        return token.strip()
    return next((found[name.encode()].strip() for name in HEADERS[1:] if name.encode() in found), b"")


def read_keys(source: Any) -> Keys | None:
    """Keys in every form that a caller has them.

    Args:
        source: None, `Keys`, a mapping of names to keys, or lines such as those of a file.

    Raises:
        InvalidRequestError: it is none of these, or a line is no key; the message names the line and does not show it.
    """
    if source is None or isinstance(source, Keys):
        return source
    if isinstance(source, Mapping):
        return Keys(dict(source))
    if isinstance(source, (str, bytes)) or not isinstance(source, Iterable):
        raise InvalidRequestError(
            f"keys is a {type(source).__name__}; it takes a list of keys, or a mapping of names to keys",
            argument="keys",
        )
    return Keys(_of_lines(source))


def _of_lines(lines: Iterable[str]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        named = _NAMED.fullmatch(text)
        name, key = (named[1], named[2].strip()) if named else (f"line-{number}", text)
        if name in keys:
            raise InvalidRequestError(f"keys: line {number} has the name of an earlier one", argument="keys")
        keys[name] = key
    return keys


def keys_in_file(path: str | os.PathLike[str]) -> Keys:
    """The keys in a file: one a line, `name:key` or the key alone; `#` begins a comment.

    Raises:
        InvalidRequestError: the file cannot be read, or holds no key.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InvalidRequestError(f"keys: {os.fspath(path)!r} cannot be read ({reason})", argument="keys") from None
    return Keys(_of_lines(text.splitlines()))


def keys_in_environment() -> Keys | None:
    """The keys in `SLIPSTREAM_KEYS`; None if it is not set."""
    text = os.environ.get(VARIABLE, "")
    return Keys(_of_lines(text.replace(",", " ").split())) if text.strip() else None
