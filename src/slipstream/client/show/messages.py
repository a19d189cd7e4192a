"""A `Message` as the value of a notebook's cell: it is shown as it reads, not as it is written in Python.

Strategy: `stream.show()` gives the message back, and the last expression of a cell is shown. So what a cell has shown
while it streamed is remembered until the cell is over, and is not shown a second time as its value.
"""

from __future__ import annotations

import sys
from typing import Any
from uuid import uuid4

from slipstream.events import Message
from slipstream.sinks.notebook import Notebook


class _Last:
    """The message that the cell has shown, and the cell's number. None after it: a message may hold large files."""

    message: Message | None = None
    cell = 0


def register(shell: Any = None) -> None:
    """Teach IPython to show messages; the first screen in a notebook does it.

    Args:
        shell: what `get_ipython()` gives; None asks it. Without an IPython shell nothing happens.
    """
    shell = shell or _shell()
    if shell is not None:
        formatter = shell.display_formatter.ipython_display_formatter
        formatter.for_type(Message, lambda message: _show(message, shell.execution_count))
        shell.events.register("post_run_cell", _forget)  # after the cell's value was shown; known once, however often


def bundle(message: Message) -> dict[str, str]:
    """What a notebook shows of a message: HTML, and the message as it is written in Python.

    Args:
        message: as far as it has come.
    """
    page = Notebook.of(message, prefix=f"slipstream-{uuid4().hex[:12]}-")
    return {"text/html": page.take_all(), "text/plain": repr(message)}


def shown(message: Message) -> None:
    """The cell that runs has shown this message."""
    shell = _shell()
    if shell is not None:
        _Last.message, _Last.cell = message, shell.execution_count


def _show(message: Message, cell: int) -> None:
    from IPython.display import display

    tell: Any = display
    if _Last.message is not message or _Last.cell != cell:
        tell(bundle(message), raw=True)


def _forget(_result: Any) -> None:
    _Last.message = None


def _shell() -> Any:
    ipython: Any = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None
