"""The model's thinking: seen while it comes, folded away when it is over.

Strategy: thinking may be long, and it stands in one fold that closes at its end. So it is not sent whole each time:
while it comes only its last lines are shown, and all of it once, folded.
"""

from __future__ import annotations

from typing import Final

from slipstream.sinks.notebook.markup import QUIET, bounded, element, folded, safe
from slipstream.sinks.thinking_mode import ThinkingMode

TAIL: Final = 1_500
"""Characters of thinking that are shown while it comes: a screen's worth of lines."""
MAX_THINKING: Final = 400_000


class Thinking:
    """One block of thinking; a piece of the page.

    Args:
        mode: `fold` shows it while it comes, `show` leaves it open.
        now: when it began, in seconds of any clock.
    """

    alone, flows = True, False  # its last update, with all of it, is not to be sent again with what follows

    def __init__(self, mode: ThinkingMode, now: float) -> None:
        self._stays_open = mode == "show"
        self._began = now
        self._pieces: list[str] = []
        self._length = 0
        self._end = ""
        self._title = "Thinking\u2026"
        self._over = False

    @property
    def size(self) -> int:
        """Of its HTML, about."""
        return self._length if self._over else TAIL

    def append(self, text: str) -> None:
        """More of it."""
        self._pieces.append(text)
        self._length += len(text)
        self._end = (self._end + text)[-TAIL:]

    def close(self, now: float, *, redacted: bool = False) -> None:
        """It is over."""
        if self._over:
            return
        self._over = True
        seconds = now - self._began
        self._title = f"Thought for {seconds:.1f} s" if seconds >= 0.05 else "Thinking"
        if redacted:
            self._title = "Thinking, encrypted by the provider"

    def html(self) -> str:
        """See `Piece`."""
        if self._over and not self._length:
            return element("div", "note", safe(self._title))
        text = bounded(self._all(), MAX_THINKING) if self._over else self._tail()
        inside = element("div", "thinking", element("div", "pre-wrap", safe(text.strip("\n"))))
        return folded(
            f'<span style="{QUIET}">{safe(self._title)}</span>', inside, is_open=self._stays_open or not self._over
        )

    def plain(self) -> str:
        """See `Piece`."""
        text = self._all().strip("\n")
        return f"[{self._title.lower()}]\n{text}" if text else f"[{self._title.lower()}]"

    def _all(self) -> str:
        text = "".join(self._pieces)
        self._pieces = [text]
        return text

    def _tail(self) -> str:
        """The last lines, from the beginning of one."""
        if self._length <= TAIL:
            return self._end
        line = self._end.find("\n", 0, TAIL // 2)
        return f"\u2026\n{self._end[line + 1 :]}" if line >= 0 else f"\u2026{self._end}"
