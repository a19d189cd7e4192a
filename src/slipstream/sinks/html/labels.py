"""Footnotes of a page that only grows: their labels stand where numbers would.

Strategy: a model writes a reference long before the footnote, and what is written cannot be changed. So a reference
whose footnote is not there yet is told by its look, `[^label]` in running text, and leads to where that will be.
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.sinks.html.safety import encoded, escape, href
from slipstream.sinks.markdown.links import normalise

# No white space: text is cut there. And no character class of a regular expression, such as `[^a-z]`.
_reference: Final = re.compile(r"\[\^(?!(?:\w-\w)+\])([\w-]{1,99})\]").sub


class Labels:
    """References to footnotes and the ids that they lead to.

    Args:
        prefix: of the ids, behind `fn-`.
        footnotes: whether there are any; without them `[^1]` is text.
    """

    def __init__(self, prefix: str, footnotes: bool) -> None:
        self._prefix = prefix
        self._footnotes = footnotes

    def name(self, label: str) -> str:
        """A label in an id or in the address that leads to it."""
        return href(encoded(self._prefix + label))

    def reference(self, label: str, linked: bool = False) -> str:
        """See `inline.Notes`."""
        if linked:
            return f'<sup class="footnote-ref">{escape(label)}</sup>'
        return f'<sup class="footnote-ref"><a href="#fn-{self.name(label)}">{escape(label)}</a></sup>'

    def text(self, text: str) -> str:
        """Running text, with the references in it to footnotes that are not there yet."""
        if "[^" not in text or not self._footnotes:
            return escape(text)
        return _reference(lambda found: self.reference(normalise(found[1])), escape(text))
