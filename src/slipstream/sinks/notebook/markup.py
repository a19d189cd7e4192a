"""The HTML of what stands around the text. Styles are inline and know no ground: notebooks are light or dark."""

from __future__ import annotations

from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from slipstream.sinks.boxes.shapes import UNSHOWN
from slipstream.sinks.brief import brief, text_of

MAX_SHOWN: Final = 20_000
"""Characters of a tool's result, of its arguments or of a name that are shown; a tool may return a whole file."""

_LINE: Final = "1px solid rgba(128,128,128,.35)"
QUIET: Final = "opacity:.7;font-size:90%"
STYLES: Final[dict[str, str]] = {
    "thinking": f"margin:.4em 0;padding-left:.8em;border-left:3px solid rgba(128,128,128,.35);{QUIET}",
    "pre-wrap": "white-space:pre-wrap;overflow-wrap:anywhere",
    "call": f"margin:.4em 0;padding:.3em .6em;border:{_LINE};border-radius:4px;font-size:90%",
    "note": f"margin:.4em 0;{QUIET}",
    "error": "margin:.4em 0;padding-left:.8em;border-left:3px solid #d33",
    "figures": f"margin:.6em 0 0;padding-top:.3em;border-top:{_LINE};{QUIET}",
    "picture": "max-width:100%;height:auto",
    "block": "display:block;max-width:100%",
    "scroll": "margin:.3em 0;max-height:20em;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere",
}


def element(tag: str, style: str, inside: str, **attributes: str) -> str:
    """An element around HTML.

    Args:
        tag: its name.
        style: a key of `STYLES`.
        inside: HTML, which must be safe.
        attributes: further ones; their values are escaped here.
    """
    more = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f'<{tag} style="{STYLES[style]}"{more}>{inside}</{tag}>'


def folded(summary: str, inside: str, *, is_open: bool) -> str:
    """A `<details>` element around HTML."""
    return f"<details{' open' if is_open else ''}><summary>{summary}</summary>{inside}</details>"


def shown(text: str) -> str:
    """Text without what cannot be shown: a console that shows `text/plain` would obey control characters."""
    return UNSHOWN.sub("\ufffd", text)


def safe(text: str) -> str:
    """Text as HTML: nothing in it is a tag, an attribute's end, or half a character."""
    return escape(shown(text))


def bounded(text: str, limit: int = MAX_SHOWN) -> str:
    """The beginning of a text, and how much more there is."""
    return text if len(text) <= limit else f"{text[:limit]}\n[{len(text) - limit:,} characters more]"


def one_line(text: str, limit: int) -> str:
    """A text on one line, shortened."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else f"{line[: limit - 1]}\u2026"


def written(value: Any) -> str:
    """A value as a person reads it: text as it is, anything else as indented JSON."""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.format(msgspec.json.encode(value, enc_hook=_described), indent=2).decode("utf-8")
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return brief(value, MAX_SHOWN)


def _described(value: Any) -> str:
    return text_of(value, repr)


def with_math(html: str) -> str:
    """HTML of ours in which MathJax reads what is mathematics to the parser, and nothing else; see `sheet.HEAD`."""
    return html.replace(' class="math ', ' class="mathjax_process tex2jax_process math ')


def link(address: str, text: str) -> str:
    """A link, where it leads to a web page; else its text."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return safe(text)
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return safe(text)
    return f'<a href="{safe(address)}" target="_blank" rel="noopener noreferrer">{safe(text)}</a>'
