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
_scheme: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):").match
_host: Final = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#:@]+)(?::[0-9]*)?(?:[/?#]|$)", re.IGNORECASE).match


def escape(text: str) -> str:
    """Text as HTML: what it says, in an element or in a quoted attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


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
