"""Markdown as HTML while it arrives: patches for a page, or a page that is only ever appended to."""

from __future__ import annotations

from slipstream.sinks.html.append import HTMLStream
from slipstream.sinks.html.fold import apply
from slipstream.sinks.html.options import LINK_SCHEMES, ImageRule
from slipstream.sinks.html.patch import Patch
from slipstream.sinks.html.writer import HTML

__all__ = ["HTML", "LINK_SCHEMES", "HTMLStream", "ImageRule", "Patch", "apply"]
