"""Tables: delimiter rows and cells (GFM 4.10)."""

from __future__ import annotations

import re
from typing import Final

MAX_COLUMNS: Final = 128  # a row is as wide as its table: three characters of a short one become that many cells
BLANK: Final = " \t"

_delimiters: Final = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*").fullmatch
half_delimiters: Final = re.compile(r"[|:\- \t]*").fullmatch
_bar: Final = re.compile(r"(?<!\\)\|").split
_ALIGN: Final = {(True, True): "center", (True, False): "left", (False, True): "right", (False, False): ""}


def alignments(line: str) -> tuple[str, ...] | None:
    """The columns' alignments (`left`, `right`, `center`, empty), if the line is a delimiter row."""
    if not _delimiters(line):
        return None
    columns = [cell.strip(BLANK) for cell in line.strip(BLANK).strip("|").split("|")]
    return tuple(_ALIGN[cell[0] == ":", cell[-1] == ":"] for cell in columns)


def row_pieces(text: str) -> list[str]:
    """A row cut at each bar that is not escaped: what stands before the first bar, ..., behind the last one."""
    return _bar(text) if "\\" in text else text.split("|")


def width(line: str) -> int:
    """How many cells a row has."""
    pieces = row_pieces(line.strip(BLANK))
    return len(pieces) - (not pieces[0]) - (not pieces[-1])


def header_columns(line: str, columns: int) -> bool:
    """Whether a paragraph's last line is the header of a table of so many columns."""
    return columns <= MAX_COLUMNS and width(line) == columns
