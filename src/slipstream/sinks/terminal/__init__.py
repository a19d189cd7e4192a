"""An answer on a terminal: what is over is written once, what is open is drawn anew."""

from __future__ import annotations

from slipstream.sinks.terminal.layout import Look
from slipstream.sinks.terminal.pictures import Images
from slipstream.sinks.terminal.telling import ThinkingMode
from slipstream.sinks.terminal.terminal import Terminal

__all__ = ["Images", "Look", "Terminal", "ThinkingMode"]
