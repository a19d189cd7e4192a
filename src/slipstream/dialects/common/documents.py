"""What may be told of a body that is no stream: the first words of a page, the field names of a JSON document.

A document may repeat the prompt, so of JSON no value is shown; of a page, its first words without tags and keys.
"""

from __future__ import annotations

import re
from typing import Any, Final

from slipstream.dialects.common.keys import redact

# The title and first sentence of a proxy's error page fit, and so does a line of a log.
SHOWN_CHARACTERS: Final = 200
SHOWN_NAMES: Final = 8

_UNSHOWN: Final = re.compile(r"(?is)<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)")
_TAG: Final = re.compile(r"<[^>]*>?")


def start_of_page(body: bytes | bytearray) -> str:
    """The first words of an HTML page or of plain text, on one line, without keys."""
    text = bytes(body[:8192]).decode("utf-8", "replace")
    return _shown(_TAG.sub(" ", _UNSHOWN.sub(" ", text)), SHOWN_CHARACTERS)


def describe_json(wire: Any) -> str:
    """What kind of JSON document this is, by the names of its fields and none of its values."""
    if isinstance(wire, list):
        return f"an array of {len(wire)}"
    if not isinstance(wire, dict):
        return f"a {type(wire).__name__}"
    names = ", ".join(repr(_shown(str(name), 32)) for name in list(wire)[:SHOWN_NAMES])
    return f"an object with the fields {names}" if names else "an empty object"


def _shown(text: str, limit: int) -> str:
    words = redact(" ".join(text.split()))
    return words if len(words) <= limit else f"{words[: limit - 3]}..."
