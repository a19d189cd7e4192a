"""What is told of a body that is no stream: enough for a person, and nothing of the prompt."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.dialects.common.documents import SHOWN_CHARACTERS, describe_json, start_of_page


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (b"<html><title>502 Bad\n Gateway</title><body><h1>nginx</h1>", "502 Bad Gateway nginx"),
        (b"<script>var a = '<b>';</script>Hello<style>p{}</style> you<!-- not this -->", "Hello you"),
        (b"<script>never closed", ""),
        (b"cut in a <ta", "cut in a"),
        ("网关错误".encode(), "网关错误"),
        (b"\xff\xfe", "��"),
        (b"", ""),
    ],
)
def test_a_page_is_its_words(page: bytes, shown: str) -> None:
    assert start_of_page(page) == shown


def test_a_long_page_is_cut_and_a_key_is_not_shown() -> None:
    assert len(start_of_page(b"word " * 10_000)) == SHOWN_CHARACTERS
    assert "sk-" not in start_of_page(b"your key sk-" + b"a" * 40)


@pytest.mark.parametrize(
    ("wire", "shown"),
    [
        ({"a": "secret", "b": 1}, "an object with the fields 'a', 'b'"),
        ({}, "an empty object"),
        ([1, 2, 3], "an array of 3"),
        ("secret", "a str"),
        ({str(n): n for n in range(100)}, "an object with the fields '0', '1', '2', '3', '4', '5', '6', '7'"),
    ],
)
def test_a_document_is_its_field_names(wire: Any, shown: str) -> None:
    assert describe_json(wire) == shown
