"""What the parser reads beyond CommonMark."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from slipstream.errors import InvalidRequestError

LateRefs = Literal["patch", "at_end", "off"]


class Options(msgspec.Struct, frozen=True):
    """The extensions, each on or off, and what a late definition does."""

    tables: bool = True
    strikethrough: bool = True
    tasks: bool = True
    autolinks: bool = True
    math: bool = True
    footnotes: bool = True
    cjk: bool = True
    late_refs: LateRefs = "patch"


def options(**given: Any) -> Options:
    """The options, checked.

    Raises:
        InvalidRequestError: one is not of the kind that it takes.
    """
    for name, value in given.items():
        accepted = get_args(LateRefs) if name == "late_refs" else (True, False)
        if not any(value is one or (isinstance(value, str) and value == one) for one in accepted):
            shown = repr(value)[:40] if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
            words = ", ".join(accepted) if name == "late_refs" else "True or False"
            raise InvalidRequestError(f"{name}: {shown}; accepted: {words}", argument=name)
    return Options(**given)
