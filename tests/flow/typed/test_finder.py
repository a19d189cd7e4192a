"""Where the document begins."""

from __future__ import annotations

import pytest

from slipstream.flow.typed.finder import MAX_LEAD, Finder, without_fence


@pytest.mark.parametrize(
    ("opens", "text", "rest", "prose"),
    [
        ("{", '{"a": 1}', '{"a": 1}', False),
        ("{", 'so [1]: {"a"', '{"a"', True),
        ("{[", "so [1]", "[1]", True),
        ("[", "```json\n[1]", "[1]", False),
        ("[", "~~~\n [1]", "[1]", False),
        ("{", "no", None, True),
        ("{", " \n", None, False),
        ("", " 42", "42", True),
        ("", "```json\n42", "42", True),
        ("", "```js", None, False),
        ("", "", None, False),
    ],
)
def test_found(opens: str, text: str, rest: str | None, prose: bool) -> None:
    for parts in ([text], list(text)):
        finder = Finder(opens)
        found = None
        for part in parts:
            found = found + part if found is not None else finder.feed(part)
        assert found == rest
        if opens:
            assert finder.prose is prose


def test_what_stands_before_is_kept_up_to_a_bound() -> None:
    finder = Finder("{")
    for _ in range(100):
        assert finder.feed("x" * 1000) is None
    assert len(finder.lead) < 2 * MAX_LEAD
    assert finder.prose


@pytest.mark.parametrize(
    ("text", "bare"), [("null", "null"), (" 7\n", "7"), ("```json\nnull\n```", "null"), ("~~~\n7\n~~~ ", "7"), ("", "")]
)
def test_without_fence(text: str, bare: str) -> None:
    assert without_fence(text) == bare
