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
from slipstream.sinks.markdown.options import LateRefs
from slipstream.sinks.markdown.parser import Markdown
from slipstream.sinks.markdown.state import State

__all__ = [
    "Attr",
    "BlockClose",
    "BlockEvent",
    "BlockOpen",
    "BlockReplace",
    "InlinePatch",
    "LateRefs",
    "Markdown",
    "State",
    "TextAppend",
]
