"""Ways to cut a body, and the folder of public test cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"

Text = TypeVar("Text", str, bytes)


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of a file of cases; none where the corpora are absent (a test with the fixture `corpora` says so)."""
    path = CORPORA / name
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line] if path.exists() else []


def pieces(text: Text, size: int) -> Iterator[Text]:
    """The text in pieces of one size."""
    for at in range(0, len(text), size):
        yield text[at : at + size]


def cut(text: Text, places: Sequence[int]) -> list[Text]:
    """The text cut at these places, each taken modulo its length; a place given twice makes an empty piece."""
    at = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(at)]


PLACES = st.lists(st.integers(0, 10_000), max_size=8)
