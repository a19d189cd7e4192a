"""A tool call and what it returned."""

from __future__ import annotations

from typing import Any, Final

from slipstream.events import ToolCall, ToolError, ToolResult
from slipstream.sinks.notebook.markup import MAX_SHOWN, bounded, element, folded, one_line, safe, written

_NAME: Final = 80
_SUMMARY: Final = 100


class Call:
    """One call; a piece of the page. Its arguments and result stand in a fold, with a line that says what they are.

    Args:
        name: the tool's.
    """

    alone = flows = False

    def __init__(self, name: str) -> None:
        self.name = name
        self._arguments: list[str] = []
        self._length = 0
        self._state = "\u2026"
        self._result = ""
        self._failed = False

    @property
    def size(self) -> int:
        """Of its HTML, about."""
        return 600 + min(self._length, MAX_SHOWN) + min(len(self._result), MAX_SHOWN)

    def append(self, text: str) -> None:
        """More of the arguments."""
        if self._length <= MAX_SHOWN:
            self._arguments.append(text)
        self._length += len(text)

    def complete(self, call: ToolCall) -> None:
        """The arguments are whole."""
        self.name = call.name or self.name
        text = call.arguments if call.error is not None else written(call.input)
        self._arguments, self._length = [text[: MAX_SHOWN + 1]], len(text)
        self._state = f"wrong arguments: {call.error}" if call.error is not None else "running\u2026"
        self._failed = call.error is not None

    def returned(self, result: ToolResult) -> None:
        """What it returned, or how far it is."""
        self._result = written(result.output)
        self._state = "running\u2026" if result.preliminary else ""

    def failed(self, error: ToolError) -> None:
        """It did not work."""
        self._result, self._state, self._failed = error.error, "failed", True

    def stop(self) -> None:
        """Nothing more will come."""
        if self._state.endswith("\u2026"):
            self._state = "no result"

    def html(self) -> str:
        """See `Piece`."""
        state = f" <em>{safe(one_line(self._state, _SUMMARY))}</em>" if self._state else ""
        result = f" \u2192 {safe(one_line(self._result, _SUMMARY))}" if self._result else ""
        line = f"<strong>{safe(one_line(self.name, _NAME))}</strong> {self._short()}{result}{state}"
        parts = [element("pre", "scroll", safe(text)) for text in (self._shown(), bounded(self._result)) if text]
        return element("div", "call", folded(line, "".join(parts), is_open=self._failed))

    def plain(self) -> str:
        """See `Piece`."""
        result = f" -> {bounded(self._result, 2_000)}" if self._result else ""
        state = f" ({self._state})" if self._state else ""
        return f"[{one_line(self.name, _NAME)}({one_line(self._shown(), 500)}){result}{state}]"

    def _short(self) -> str:
        shown = one_line(self._shown(), _SUMMARY)
        return f"<code>{safe(shown)}</code>" if shown and shown != "{}" else ""

    def _shown(self) -> str:
        text = "".join(self._arguments)
        self._arguments = [text]
        more = self._length - MAX_SHOWN
        return text if more <= 0 else f"{text[:MAX_SHOWN]}\n[{more:,} characters more]"


def call_of(event: Any) -> Call:
    """The piece for a call that nothing announced."""
    return Call(event.name or event.id)
