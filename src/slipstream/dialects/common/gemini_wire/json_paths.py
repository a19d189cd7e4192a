"""The paths in `partialArgs`: `$.a.b[0].c`, `$['a key'][2]` (RFC 9535, the part of it that names one place)."""

from __future__ import annotations

import re
from typing import Final

Path = tuple[str | int, ...]

# Deeper than any arguments a model writes; what is deeper would only fill the stack.
MAX_DEPTH: Final = 64

_STEP: Final = re.compile(
    r"""\.(?P<name>[^.\[\]]+)|\[(?P<index>\d{1,9})\]|\['(?P<single>(?:[^'\\]|\\.)*)'\]|\["(?P<double>(?:[^"\\]|\\.)*)"\]"""
)
_ESCAPE: Final = re.compile(r"\\(.)")


def parse(path: str) -> Path | None:
    """The keys and indices from the root to a place; None if it is no such path, or the root itself."""
    if not path.startswith("$"):
        return None
    found: list[str | int] = []
    at = 1
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None or len(found) == MAX_DEPTH:
            return None
        quoted = step["single"] if step["single"] is not None else step["double"]
        if step["index"] is not None:
            found.append(int(step["index"]))
        else:
            found.append(step["name"] if quoted is None else _ESCAPE.sub(r"\1", quoted))
        at = step.end()
    return tuple(found) if found and isinstance(found[0], str) else None
