"""The plain text inside a call's arguments, taken out of their JSON as it streams: the way back from `call_kinds`.

Strategy: what stands before the text is one regular expression a kind; what is whole of the text - no half of an
escape, no half of a surrogate pair - is another. Arguments that do not begin as expected give nothing, and their call
tells them whole.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from slipstream.dialects.common.wire import Wire

CUSTOM: Final = "custom_tool_call"
CODE: Final = "code_interpreter_call"
PATCH: Final = "apply_patch_call"

_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_OPENINGS: Final = {
    CUSTOM: re.compile(r'\s*"'),
    CODE: re.compile(rf'\s*\{{\s*(?:"container_id"\s*:\s*{_STRING}\s*,\s*)?"code"\s*:\s*"'),
    PATCH: re.compile(rf'\s*\{{\s*(?:"(?:type|path)"\s*:\s*{_STRING}\s*,\s*)*"diff"\s*:\s*"'),
}
_WHOLE: Final = re.compile(r'(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*')
_HIGH: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")

# What stands before the text is an id or a path. What is longer is neither, and need not be looked at again.
_LONGEST_OPENING: Final = 4096


class PlainInput:
    """The text of one call.

    Args:
        kind: the type of the call's item.

    Attributes:
        given: what stands before the text, once that has begun; None before.
    """

    def __init__(self, kind: str) -> None:
        self._opening = _OPENINGS[kind]
        self._waiting = ""
        self._over = False
        self.given: Wire | None = None

    def feed(self, piece: str) -> str:
        """Take a piece of the arguments; returns what text it completes."""
        if self._over:
            return ""
        self._waiting += piece
        if self.given is None:
            self._open()
        return "" if self.given is None else self._text()

    def _open(self) -> None:
        found = self._opening.match(self._waiting)
        if found is None:
            self._over = len(self._waiting) > _LONGEST_OPENING
            return
        opening = found.group() + '"'
        try:
            given = msgspec.json.decode(opening + "}" if "{" in opening else opening)
        except (ValueError, RecursionError):
            self._over = True
            return
        self.given = given if isinstance(given, dict) else {}
        self._waiting = self._waiting[found.end() :]

    def _text(self) -> str:
        found = _WHOLE.match(self._waiting)
        end = found.end() if found else 0
        rest = self._waiting[end:]
        high = None if rest.startswith('"') else _HIGH.search(self._waiting, max(0, end - 6), end)
        end = high.start() if high else end
        text, self._waiting = self._waiting[:end], self._waiting[end:]
        self._over = rest.startswith('"')
        try:
            return msgspec.json.decode(f'"{text}"', type=str)
        except ValueError:
            self._over = True  # a line end that is no escape, half of a pair: the call will tell
            return ""
