"""The tool loop: run what the model calls, send back what came of it, and go on - all rounds as one stream."""

from slipstream.tools.functions import split_tools
from slipstream.tools.loop import ToolLoop
from slipstream.tools.settings import LoopSettings
from slipstream.tools.trial import try_tool

__all__ = ["LoopSettings", "ToolLoop", "split_tools", "try_tool"]
