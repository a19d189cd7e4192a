"""Where in a text the JSON begins: models put prose or a Markdown fence before it, however they are asked."""

from __future__ import annotations

import re
from typing import Final

# The start of a Markdown fence, which is no prose: "```json" and its line feed.
_FENCE: Final = re.compile(r"\s*(?:(?:```|~~~)\w*\s*)?")
_WHOLE_FENCE: Final = re.compile(r"\s*(?:```|~~~)\w*[ \t]*\r?\n\s*")

MAX_LEAD: Final = 4096
"""Characters before the document that are kept, in case the whole text is a bare number or literal."""


class Finder:
    """Finds the first character that may begin the document.

    Args:
        opens: the brackets that it may begin with. Without one it begins with the first character that is no white
            space and no fence.

    Attributes:
        lead: the text before it, as far as it is kept.
    """

    __slots__ = ("_opener", "lead")

    def __init__(self, opens: str) -> None:
        self._opener = re.compile("[" + re.escape(opens) + "]") if opens else None
        self.lead = ""

    @property
    def prose(self) -> bool:
        """True if more than white space and a fence stands before the document."""
        return _FENCE.fullmatch(self.lead) is None

    def feed(self, text: str) -> str | None:
        """The text from the document's first character on, or None if it is not there yet."""
        if self._opener is None:
            return self._after_fence(text)
        found = self._opener.search(text)
        if found is None:
            self.skip(text)
            return None
        self.skip(text[: found.start()])
        return text[found.start() :]

    def skip(self, text: str) -> None:
        """Take text that stands before the document."""
        if len(self.lead) < MAX_LEAD:
            self.lead += text[:MAX_LEAD]

    def _after_fence(self, text: str) -> str | None:
        self.lead += text
        lead = self.lead.lstrip()
        if not lead.startswith(("`", "~")):
            return lead or None
        fence = _WHOLE_FENCE.match(lead)
        return lead[fence.end() :] or None if fence else None


def without_fence(text: str) -> str:
    """The text without white space and a fence around it."""
    text = text.strip()
    opened = _WHOLE_FENCE.match(text)
    if opened is None:
        return text
    return text[opened.end() :].rstrip().removesuffix("```").removesuffix("~~~").rstrip()
