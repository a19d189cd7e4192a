"""The document under construction: what it holds back, and where it finds fault. (Values: test_json_stream.)"""

from __future__ import annotations

import pytest

from slipstream.codec.json_document import Document
from slipstream.codec.json_tokens import NotJSON


def read(*texts: str) -> Document:
    document = Document(strict=True)
    for text in texts:
        document.read(text)
    return document


@pytest.mark.parametrize(
    ("text", "held", "root"),
    [
        ("[12", "12", [[]]),
        ("[12,", "", [[12]]),
        ("[tr", "tr", [[]]),
        ('["a\\u00', "\\u00", [[]]),
        ('{"a', "", [{}]),
        ("[[1], {}]", "", [[[1], {}]]),
        (" ", "", []),
    ],
)
def test_what_is_held_and_what_is_built(text: str, held: str, root: list[object]) -> None:
    document = read(text)
    assert (document.held, document.root) == (held, root)
    assert document.closed is (text == "[[1], {}]")


def test_show_puts_the_unfinished_value_once() -> None:
    document = read('[1, "ab')
    for _ in range(2):
        document.show()
        assert document.root == [[1, "ab"]]
    document.read('c", 2]')
    assert document.root == [[1, "abc", 2]]


def test_a_key_is_not_shown() -> None:
    document = read('{"a')
    document.show()
    assert document.root == [{}]


def test_the_position_counts_in_the_piece() -> None:
    with pytest.raises(NotJSON) as caught:
        read("[1, ", " x")
    assert caught.value.at == 1
