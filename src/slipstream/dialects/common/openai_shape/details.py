"""OpenRouter's `reasoning_details`: typed pieces of thinking that must be sent back as they came.

Pieces of one entry share `type`, `index` and `id`; their texts are joined, so that what is echoed is as long as what
was thought and not one object a token. Encrypted entries come whole.
"""

from __future__ import annotations

from typing import Any, Final

_TEXT_OF: Final = {"reasoning.text": "text", "reasoning.summary": "summary"}


def text_of(details: list[Any]) -> str:
    """The text in these pieces, for providers that send it nowhere else."""
    return "".join(_text(entry) for entry in details if isinstance(entry, dict))


class Details:
    """Collects the pieces of one block of thinking."""

    __slots__ = ("_entries", "_pieces")

    def __init__(self) -> None:
        self._entries: list[Any] = []
        self._pieces: list[str] = []  # the text of the last entry; joined once, when the next one comes

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, details: list[Any]) -> None:
        """Add pieces, as they stand in one chunk."""
        for entry in details:
            last = self._entries[-1] if self._entries else None
            if isinstance(entry, dict) and isinstance(last, dict) and _continues(last, entry):
                last.update({name: value for name, value in entry.items() if value is not None})
            else:
                self._join()
                self._entries.append(dict(entry) if isinstance(entry, dict) else entry)
            if isinstance(entry, dict):
                self._pieces.append(_text(entry))

    def take(self) -> list[Any] | None:
        """The entries, whole; None if there are none. The collector is empty afterwards."""
        self._join()
        entries, self._entries = self._entries, []
        return entries or None

    def _join(self) -> None:
        last = self._entries[-1] if self._entries else None
        if len(self._pieces) > 1 and isinstance(last, dict):
            last[_TEXT_OF[last["type"]]] = "".join(self._pieces)
        self._pieces = []


def _text(entry: dict[str, Any]) -> str:
    kind = entry.get("type")
    value = entry.get(_TEXT_OF.get(kind, "")) if isinstance(kind, str) else None
    return value if isinstance(value, str) else ""


def _continues(last: dict[str, Any], entry: dict[str, Any]) -> bool:
    """True if the entry goes on where the last one stopped. A null id or index says nothing against it."""
    kind = entry.get("type")
    if kind != last.get("type") or not isinstance(kind, str) or kind not in _TEXT_OF:
        return False
    return all(entry.get(key) is None or entry.get(key) == last.get(key) for key in ("index", "id"))
