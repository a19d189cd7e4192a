"""The public cases of the corpora: CommonMark, GFM, cmark-gfm, markdown-it-py, remend, streaming-markdown."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from tests.codec.cuts import CORPORA

FOLDER: Final = CORPORA / "markdown"
_example: Final = re.compile(r"^`{32} example[^\n]*\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)
_fixture: Final = re.compile(r"^\.\n(.*?)^\.\n(.*?)^\.$", re.MULTILINE | re.DOTALL)


class Case(NamedTuple):
    """A text and the page that is expected of it, where one is.

    Attributes:
        name: the file and the number in it.
        extension: the one that a GFM example is about, or "".
    """

    name: str
    markdown: str
    page: str = ""
    extension: str = ""


def rows(name: str) -> list[dict[str, Any]]:
    path = FOLDER / name
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line] if path.exists() else []


@cache
def spec(name: str) -> tuple[Case, ...]:
    """The examples of `commonmark` or `gfm_only`."""
    found = rows(f"{name}_examples.jsonl")
    return tuple(Case(f"{name} {row['example']}", row["markdown"], row["html"], row.get("ext", "")) for row in found)


@cache
def cmark_gfm(name: str) -> tuple[Case, ...]:
    """The examples of a file of cmark-gfm's tests."""
    path = FOLDER / "cmark-gfm" / f"{name}.txt"
    text = path.read_text(encoding="utf-8").replace("→", "\t") if path.exists() else ""
    return tuple(Case(f"{name} {at}", one[1], one[2]) for at, one in enumerate(_example.finditer(text), 1))


@cache
def markdown_it(name: str) -> tuple[Case, ...]:
    """The fixtures of a file of markdown-it-py's tests."""
    path = FOLDER / "markdown-it-py" / f"{name}.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return tuple(Case(f"{name} {at}", one[1], one[2]) for at, one in enumerate(_fixture.finditer(text), 1))


@cache
def inputs() -> tuple[Case, ...]:
    """The inputs of remend and of streaming-markdown, whose answers are in dialects of their own."""
    remend = [Case(f"remend {at}", row["input"]) for at, row in enumerate(rows("remend_cases.jsonl"), 1)]
    smd = [Case(f"smd {at}", row["markdown"]) for at, row in enumerate(rows("smd_cases.jsonl"), 1)]
    return tuple(remend + smd)


def stems(folder: str, ending: str) -> list[str]:
    return sorted(path.stem for path in (FOLDER / folder).glob(f"*.{ending}"))


@cache
def every_case() -> tuple[Case, ...]:
    """All of them."""
    found = [*spec("commonmark"), *spec("gfm_only"), *inputs()]
    for name in stems("cmark-gfm", "txt"):
        found += cmark_gfm(name)
    for name in stems("markdown-it-py", "md"):
        found += markdown_it(name)
    return tuple(found)


def batches(size: int) -> list[Any]:
    """All of them, so many together: a test for each would cost more than it does."""
    cases = every_case()
    return [pytest.param(cases[at : at + size], id=cases[at].name) for at in range(0, len(cases), size)]
