"""Arguments read as JSON: nothing lost, nothing parted, every cut alike."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.flow.guard.json_text import MAX_BARE, JSONText, Kind, Token

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ANY_TEXT = st.text('{}[]:,"\\u dDcC80aé😀\n1-+.etrufalsn\ud83d')


def read(*parts: str) -> list[Token]:
    reader = JSONText()
    out = [token for part in parts for token in reader.feed(part)]
    return out + reader.end()


def joined(tokens: list[Token]) -> list[tuple[Kind, str, str]]:
    """Tokens with neighbouring parts of one string put together, as a cut may fall inside of them."""
    out: list[tuple[Kind, str, str]] = []
    for kind, raw, text in tokens:
        if out and out[-1][0] is kind and kind in (Kind.TEXT, Kind.MARK):
            out[-1] = (kind, out[-1][1] + raw, out[-1][2] + text)
        else:
            out.append((kind, raw, text))
    return out


def strings(value: Any) -> list[str]:
    """All strings of a value in the order in which they are written, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *strings(item))]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []


@given(VALUES, st.booleans())
def test_strings_come_decoded(value: Any, ascii_only: bool) -> None:
    tokens = read(json.dumps(value, ensure_ascii=ascii_only))
    found, inside = [], False
    for token in tokens:
        assert token.kind is not Kind.LOOSE
        if token.kind is Kind.OPEN:
            found.append("")
            inside = True
        elif token.kind is Kind.CLOSE:
            inside = False
        elif token.kind is Kind.TEXT:
            assert inside
            assert token.text == token.raw or len(token.text) == 1
            found[-1] += token.text
    assert found == strings(value)


@given(ANY_TEXT, st.data())
def test_any_cut_is_alike_and_nothing_is_lost(text: str, data: st.DataObject) -> None:
    whole = read(text)
    assert "".join(token.raw for token in whole) == text
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    bounds = [0, *cuts, len(text)]
    assert joined(read(*(text[a:b] for a, b in pairwise(bounds)))) == joined(whole)
    assert joined(read(*text)) == joined(whole)


def test_escapes_cut_at_every_place() -> None:
    text = '{"k": "a\\u0062\\ud83d\\ude00\\n\\"\\\\"}'
    for at in range(len(text)):
        assert joined(read(text[:at], text[at:])) == joined(read(text))
    assert [said for kind, _, said in joined(read(text)) if kind is Kind.TEXT] == ["k", 'ab😀\n"\\']


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"\\ud83dx"', "\ud83dx"),
        ('"\\ud83d\\u0041"', "\ud83dA"),
        ('"\\ude00"', "\ude00"),
        ('"\\x\\u00g"', "xu00g"),
    ],
)
def test_halves_and_nonsense_stay_what_they_are(text: str, expected: str) -> None:
    for parts in ((text,), tuple(text)):
        assert "".join(token.text for token in read(*parts) if token.kind is Kind.TEXT) == expected


@pytest.mark.parametrize(
    "text", ["{'a': 'bad word'}", '{"a": "x" bad word}', "138 0013 8000", "bad word", "{} {}", '"a" "b"', "0138", "1 2"]
)
def test_what_is_no_json_is_one_text(text: str) -> None:
    tokens = joined(read(text))
    assert tokens == joined(read(*text))
    assert sum(token[0] is Kind.LOOSE for token in tokens) == 1
    assert tokens[-1][0] is Kind.TEXT


@pytest.mark.parametrize("text", ["[1, -2.5e+3, true, false, null, {}, []]", "[]", "{}", "12", ' {"a" : 1 } '])
def test_numbers_and_literals_come_whole(text: str) -> None:
    tokens = read(*text)
    assert not any(token.kind is Kind.LOOSE for token in tokens)
    assert [token.raw for token in tokens if token.kind is Kind.BARE] == [
        part
        for part in text.replace("[", " ").replace("]", " ").replace(",", " ").split()
        if part[0] in "-0123456789tfn"
    ]


def test_what_is_held_is_bounded() -> None:
    reader = JSONText()
    given_chars = 0
    for _ in range(MAX_BARE + 10):
        given_chars += sum(len(token.raw) for token in reader.feed("1"))
    assert given_chars > 0
