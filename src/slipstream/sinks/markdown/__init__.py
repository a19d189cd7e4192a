"""Markdown as it arrives: text cut anywhere in, changes of blocks out."""

from __future__ import annotations

from slipstream.sinks.markdown.events import (
    Attr,
    BlockClose,
    BlockEvent,
    BlockOpen,
    BlockReplace,
    InlinePatch,
    TextAppend,
)
from slipstream.sinks.markdown.parser import Markdown

__all__ = [
    "Attr",
    "BlockClose",
    "BlockEvent",
    "BlockOpen",
    "BlockReplace",
    "InlinePatch",
    "Markdown",
    "TextAppend",
]
