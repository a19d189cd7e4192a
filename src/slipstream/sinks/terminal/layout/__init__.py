"""Markdown as it arrives, as lines of a terminal: what is closed is settled, what is open may change."""

from __future__ import annotations

from slipstream.sinks.terminal.layout.clean import clean
from slipstream.sinks.terminal.layout.layout import Layout, prepare
from slipstream.sinks.terminal.layout.line import Line, Look
from slipstream.sinks.terminal.layout.measure import columns, cut
from slipstream.sinks.terminal.layout.spans import Span, Style
from slipstream.sinks.terminal.layout.wrap import wrap

__all__ = ["Layout", "Line", "Look", "Span", "Style", "clean", "columns", "cut", "prepare", "wrap"]
