"""Character references and backslash escapes (CommonMark 2.4, 2.5)."""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final

PUNCTUATION: Final = "!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~"
ENTITY: Final = r"&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});"

entity: Final = re.compile(ENTITY).match
# What may still become an entity when more text comes.
half_entity: Final = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{0,7}|[A-Za-z][A-Za-z0-9]{0,31})?\Z").match
_escaped: Final = re.compile(rf"\\([{PUNCTUATION}])|{ENTITY}")


def decode_entity(source: str) -> str:
    """The characters of an entity; an unknown name stays as it is."""
    name = source[1:]
    if name[0] != "#":
        return html5.get(name, source)
    number = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
    return _character(number)


def _character(number: int) -> str:
    """A number's character; zero, surrogates and what Unicode does not have become U+FFFD (CommonMark 2.5)."""
    return "\ufffd" if number == 0 or number > 0x10FFFF or 0xD800 <= number < 0xE000 else chr(number)


def unescape(text: str) -> str:
    """Resolve escapes and entities in a URL, a title or an info string."""
    if "\\" not in text and "&" not in text:
        return text
    return _escaped.sub(lambda found: found[1] or decode_entity(found[0]), text)
