"""Tables: delimiter rows and cells (GFM 4.10)."""

from __future__ import annotations

import re
from typing import Final

MAX_COLUMNS: Final = 500  # a row is as wide as its table: without a bound, short rows of a wide table cost its square

_delimiters: Final = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*").fullmatch
half_delimiters: Final = re.compile(r"[|:\- \t]*").fullmatch
_bar: Final = re.compile(r"\\.|\|", re.DOTALL).finditer
_ALIGN: Final = {(True, True): "center", (True, False): "left", (False, True): "right", (False, False): ""}


def alignments(line: str) -> tuple[str, ...] | None:
    """The columns' alignments (`left`, `right`, `center`, empty), if the line is a delimiter row."""
    if not _delimiters(line):
        return None
    cells = [cell for cell in line.strip().strip("|").split("|")]
    return tuple(_ALIGN[cell.strip()[0] == ":", cell.strip()[-1] == ":"] for cell in cells)


def cells(line: str) -> list[str]:
    """A row's cells: cut at each bar that is not escaped, an escaped bar is a bar."""
    line = line.strip()
    ends = [found.start() for found in _bar(line) if found[0] == "|"]
    if not ends:
        return [line]
    starts = [0, *(end + 1 for end in ends)]
    found = [line[start:end].strip().replace("\\|", "|") for start, end in zip(starts, [*ends, len(line)], strict=True)]
    first = 1 if ends[0] == 0 else 0
    last = -1 if ends[-1] == len(line) - 1 and len(found) > first + 1 else len(found)
    return found[first:last]


def header_columns(line: str, columns: int) -> bool:
    """Whether a paragraph's last line is the header of a table of so many columns."""
    return columns <= MAX_COLUMNS and len(cells(line)) == columns
