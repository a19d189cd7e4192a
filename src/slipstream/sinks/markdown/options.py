"""What the parser reads beyond CommonMark."""

from __future__ import annotations

from typing import Literal

import msgspec

LateRefs = Literal["patch", "at_end", "off"]


class Options(msgspec.Struct, frozen=True):
    """The extensions, each on or off, and what a late definition does."""

    tables: bool = True
    strikethrough: bool = True
    tasks: bool = True
    autolinks: bool = True
    math: bool = True
    footnotes: bool = True
    late_refs: LateRefs = "patch"


COMMONMARK = Options(tables=False, strikethrough=False, tasks=False, autolinks=False, math=False, footnotes=False)
