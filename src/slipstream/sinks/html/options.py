"""What may stand on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, TypedDict

import msgspec

from slipstream.errors import InvalidRequestError
from slipstream.sinks.html.safety import encoded, host, scheme
from slipstream.sinks.markdown.options import LateRefs

LINK_SCHEMES: Final = ("http", "https", "mailto", "tel")

NEVER: Final = frozenset(
    ("javascript", "vbscript", "livescript", "mocha", "data", "blob", "filesystem", "file", "about")
)
"""Schemes that run or read something where the page is shown: no option allows them."""

ImageRule = bool | Collection[str] | Callable[[str], bool]

_word: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*").fullmatch
_host_name: Final = re.compile(r"[A-Za-z0-9.\-]+").fullmatch
_rel: Final = re.compile(r"[a-z\-]*(?: [a-z\-]+)*").fullmatch
_prefix: Final = re.compile(r"[A-Za-z0-9_\-]*").fullmatch


class MarkdownOptions(TypedDict, total=False):
    """The parser's options; see `slipstream.sinks.markdown.Markdown`."""

    tables: bool
    strikethrough: bool
    tasks: bool
    autolinks: bool
    math: bool
    footnotes: bool
    cjk: bool
    late_refs: LateRefs


class Rules(msgspec.Struct, frozen=True):
    """What links and images may say; made by `rules`, which checks it.

    Args:
        images: whether images are shown: all, none, those of some hosts, or those that a function allows.
        schemes: of links, in lower case.
        rel: of links, "" for none.
        prefix: of the ids of footnotes.
    """

    images: ImageRule
    schemes: frozenset[str]
    rel: str
    prefix: str

    def link(self, url: str) -> str:
        """The address of a link, encoded, or `REFUSED`."""
        found = encoded(url)
        named = scheme(found)
        return found if not named or named in self.schemes else REFUSED

    def image(self, url: str) -> str:
        """The address of an image, encoded, or `REFUSED`."""
        found = encoded(url)
        allowed = self.images
        if allowed is False or scheme(found) not in ("", "http", "https"):
            return REFUSED
        if allowed is True:
            return found
        if callable(allowed):
            return found if allowed(found) is True else REFUSED
        return found if host(found) in allowed else REFUSED


REFUSED: Final = " "
"""Stands for an address that may not be written; no encoded address holds a space."""


def rules(images: Any, links: Any, rel: Any, prefix: Any) -> Rules:
    """The rules that these arguments say.

    Raises:
        InvalidRequestError: one of them is wrong; the message names it.
    """
    if not isinstance(rel, str) or not _rel(rel):
        raise _wrong("rel", rel, "words such as 'noopener nofollow', or ''")
    if not isinstance(prefix, str) or not _prefix(prefix):
        raise _wrong("prefix", prefix, "letters, digits, '-' and '_'")
    return Rules(_images(images), frozenset(_schemes(links)), rel, prefix)


def _images(images: Any) -> ImageRule:
    if isinstance(images, bool):
        return images
    if callable(images):
        function: Callable[[str], bool] = images
        return function
    accepted = "True, False, hosts such as ['cdn.example.com'] without a port, or a function of the address"
    hosts = _words("images", images, accepted)
    if not all(map(_host_name, hosts)):
        raise _wrong("images", hosts, accepted)
    return frozenset(name.lower() for name in hosts)


def _schemes(links: Any) -> Iterable[str]:
    accepted = "schemes such as ('https', 'mailto'); never " + ", ".join(sorted(NEVER))
    for name in _words("links", links, accepted):
        if not _word(name) or name.lower() in NEVER:
            raise _wrong("links", name, accepted)
        yield name.lower()


def _words(argument: str, given: Any, accepted: str) -> list[str]:
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise _wrong(argument, given, accepted)
    words = list(given)
    if not all(isinstance(word, str) and word for word in words):
        raise _wrong(argument, given, accepted)
    return words


def _wrong(argument: str, given: Any, accepted: str) -> InvalidRequestError:
    shown = repr(given) if isinstance(given, (bool, int, float, str)) or given is None else f"a {type(given).__name__}"
    return InvalidRequestError(f"{argument}: {shown}; accepted: {accepted}", argument=argument)
