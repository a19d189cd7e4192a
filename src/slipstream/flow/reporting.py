"""How a failing function of the reader's is told: its kind and its place, and no word of what it said.

The message of an exception may hold the answer (`int(event.text)` quotes it), and a log must not. The whole traceback
goes to the level DEBUG, for who asks for it.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Final

_log: Final = logging.getLogger("slipstream")


def place_of(error: BaseException) -> str:
    """The file and line that raised, such as `app.py:12`."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"


def report(what: str, error: BaseException, *, count: int = 1) -> None:
    """Log a failure: the first, and then only the 10th, the 100th, ... of a kind that comes with every token.

    Args:
        what: what failed, and what comes of it.
        error: the exception.
        count: how often that has happened, this time included.
    """
    if count == 1:
        _log.error("%s (%s at %s)", what, type(error).__name__, place_of(error))
        _log.debug("%s", what, exc_info=error)
    elif str(count).strip("0") == "1":
        _log.error("%s (%d times by now)", what, count)
