"""The only ways by which text of the model gets into HTML: `escape` for characters, `href` for addresses.

Strategy: an address is not cleaned, it is written in an alphabet in which no trick can be said. Whatever is not a
letter, a digit or one of URL's own marks is percent-encoded first - control characters, white space, quotes, brackets,
backslashes, everything beyond ASCII - and only then is its scheme read, from the very string the browser will read. So
`java\\tscript:` is a relative path to both, and `&#106;avascript:`, which the parser has resolved, is `javascript:`.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_SAFE: Final = "/:?#@!$&'()*+,;=%~-._"  # as cmark's `houdini_escape_href`, with the `~` that it lets pass too
_unshown: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]").sub
_scheme: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):").match
_host: Final = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#:@]+)(?::[0-9]*)?(?:[/?#]|$)", re.IGNORECASE).match


def escape(text: str) -> str:
    """Text as HTML: what it says, in an element or in a quoted attribute.

    Control characters are shown by their pictures, as on a terminal. What turns the direction of text (U+202A to
    U+202E, U+2066 to U+2069) is left out: with it a link reads as another address than its own. The marks that
    right-to-left languages are written with (U+200E, U+200F, U+061C) stay.
    """
    if not text.isprintable():
        text = _unshown(_picture, text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code > 0x9F:
        return ""
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def encoded(url: str) -> str:
    """An address with everything percent-encoded that is no letter, digit or mark of URLs (RFC 3986)."""
    return quote(url, safe=_SAFE, errors="replace")


def scheme(url: str) -> str:
    """The scheme of an encoded address, in lower case; "" if it is relative."""
    found = _scheme(url)
    return found[1].lower() if found else ""


def host(url: str) -> str:
    """The host of an encoded `http:` or `https:` address, in lower case; "" if it has none that is plain to read."""
    found = _host(url)
    return found[1].lower() if found else ""


def href(url: str) -> str:
    """An encoded address as an attribute's value."""
    return url.replace("&", "&amp;").replace("'", "&#x27;")
