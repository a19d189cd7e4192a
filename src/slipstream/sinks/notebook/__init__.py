"""An answer as HTML for a notebook: thinking, text, tool calls, pictures, places, sources and figures, as they come."""

from slipstream.sinks.notebook.notebook import Notebook
from slipstream.sinks.notebook.sheet import Output

__all__ = ["Notebook", "Output"]
