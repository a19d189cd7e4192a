"""URLs from a model: what may be a link, and what is shown of one."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlsplit

from slipstream.sinks.terminal.layout.clean import clean

MAX_URL: Final = 2083  # what VTE takes in OSC 8 at most (the limit of Internet Explorer, as it says)
MAX_SHOWN: Final = 200  # characters: a URL behind a text is to be read; longer ones carry data

_may_link: Final = re.compile(r"(?:https?://|mailto:).", re.IGNORECASE).match
_KEPT: Final = "/:?#@!$&'()*+,;=%~-._[]"  # the rest of ASCII, controls among it, and all beyond is percent-encoded

_DOMAINS: Final = "ai|app|cn|co|com|de|dev|edu|eu|fr|gov|info|io|jp|me|net|org|ru|uk|xyz"
_host_in: Final = re.compile(
    rf"(?:(?:https?://|www\.)([^\s/?#:]+)|([\w-]+(?:\.[\w-]+)*\.(?:{_DOMAINS})))(?:[/?#:]\S*)?", re.IGNORECASE
).fullmatch


def link_target(url: str) -> str:
    """A URL as it may stand in an OSC 8 sequence; nothing if its scheme is another than http, https or mailto."""
    if not _may_link(url):
        return ""
    clean_url = quote(url, safe=_KEPT, errors="replace")
    return clean_url if len(clean_url) <= MAX_URL else ""


def shown_url(url: str) -> str:
    """A URL as text."""
    url = clean(url.replace("\n", " "))
    return url if len(url) <= MAX_SHOWN else f"{url[: MAX_SHOWN - 1]}…"


def same(text: str, url: str) -> bool:
    """Whether a text says already where its link goes."""
    return _bare(text) == _bare(url)


def _bare(url: str) -> str:
    for begin in ("https://", "http://", "mailto:"):
        url = url.removeprefix(begin)
    return url.rstrip("/")


def disguised(text: str, url: str) -> bool:
    """Whether a text looks like the address of another place than its link leads to."""
    found = _host_in(text.strip())
    if found is None:
        return False
    host = (found[1] or found[2]).lower().removeprefix("www.")
    return host != host_of(url).removeprefix("www.")


def host_of(url: str) -> str:
    """The host of a URL in small letters; nothing if it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:  # such as a bracket that is not closed
        return ""


def place_of(url: str) -> str:
    """Where an image is, in short: the host, or the name of the file."""
    if url[:5].lower() == "data:":
        return clean(re.split("[;,]", url[5:65], maxsplit=1)[0]) or "data"
    return clean(host_of(url) or url.split("?")[0].rstrip("/").rpartition("/")[2][:MAX_SHOWN]).replace("\n", " ")
