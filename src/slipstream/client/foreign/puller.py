"""How the next item of a sync iterator is waited for: in the reader's thread, or in one of its own with a deadline."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any, Final, Protocol

END: Final = object()
"""The iterator is at its end."""

WOKEN: Final = object()
"""The deadline came before an item."""

ROOM: Final = 32
"""Items that may wait for the reader: enough to keep both threads busy, few enough to keep memory flat."""


class Raised:
    """What the iterator raised, on its way to the reader."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Puller(Protocol):
    """Gives the items of an iterator."""

    def get(self, deadline: float | None) -> Any: ...

    def stop(self) -> None: ...


class Inline:
    """Reads in the caller's thread, and knows no deadline."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items

    def get(self, deadline: float | None) -> Any:  # noqa: ARG002 - only streams with stages have one
        """The next item, or `END`; raises what the iterator raises."""
        return next(self._items, END)

    def stop(self) -> None:
        """Nothing runs but the caller."""


class Threaded:
    """Reads in a thread of its own, as fast as the caller takes."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._queue: queue.Queue[Any] = queue.Queue(ROOM)
        self._stopped = False
        self._ended = False
        self._thread: threading.Thread | None = None

    def get(self, deadline: float | None) -> Any:
        """The next item, `END`, or `WOKEN` at the deadline (monotonic seconds); raises what the iterator raises."""
        if self._ended:
            return END
        if self._thread is None:
            run = contextvars.copy_context().run  # what traces the caller traces the SDK
            self._thread = threading.Thread(target=run, args=(self._run,), name="slipstream-wrap", daemon=True)
            self._thread.start()
        try:
            item = self._queue.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return WOKEN
        self._ended = item is END or isinstance(item, Raised)
        if isinstance(item, Raised):
            raise item.error
        return item

    def _run(self) -> None:
        try:
            for item in self._items:
                self._queue.put(item)
                if self._stopped:
                    return
            self._queue.put(END)
        except Exception as error:  # whatever it is, the reader must hear of it
            self._queue.put(Raised(error))

    def stop(self) -> None:
        """Let the thread end with the item it has, and free a waiting `get`."""
        self._stopped = True
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                break
        self._queue.put(END)
