"""Numbers and escapes of JSON, whole and cut."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, strategies as st

from slipstream.codec.json_tokens import (
    NUMBER_START,
    WHOLE_NUMBER,
    NotJSON,
    number,
    number_so_far,
    unicode_escape,
)

NUMBERISH = st.text(st.sampled_from("-+.eE019"), max_size=9)


def is_number(text: str) -> bool:
    """By the standard library, which takes more (NaN) only of other letters."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@given(NUMBERISH)
@example("-0.0e-1")
@example("01")
@example("-")
def test_number(text: str) -> None:
    if not is_number(text):
        with pytest.raises(NotJSON):
            number(f"[{text}]", 1, 1 + len(text))
        assert WHOLE_NUMBER.match(text + " ") is None
    else:
        assert repr(number(f"[{text}]", 1, 1 + len(text))) == repr(json.loads(text))


@given(NUMBERISH)
@example("12.34e")
def test_the_start_of_a_number(text: str) -> None:
    found = NUMBER_START.match(text)
    may_go_on = bool(text) and any(is_number(text + more) for more in ("", "0", ".0", "00"))
    assert (found is not None and found.end() == len(text)) is may_go_on
    if may_go_on:
        longest = next((text[:end] for end in range(len(text), 0, -1) if is_number(text[:end])), None)
        assert repr(number_so_far(text)) == repr(longest and json.loads(longest))


@given(st.text(st.sampled_from('\\u0dD8cCeE/x"'), max_size=14))
@example("\\ud83d\\ude00")
def test_escapes(text: str) -> None:
    text = "\\u" + text
    read = None
    try:
        read = unicode_escape(text, 0)
    except NotJSON:
        assert not re.match(r"\\u[0-9a-fA-F]{4}", text)
        return
    if read is None:
        assert len(text) < 12
    else:
        value, end = read
        decoded = json.loads(f'"{text[:end]}"')
        assert value == re.sub("[\ud800-\udfff]", "\ufffd", decoded)


@pytest.mark.parametrize("text", ["\\", "\\u", "\\ud83", "\\ud83d", "\\ud83d\\", "\\ud83d\\u", "\\ud83d\\ude0"])
def test_an_escape_that_is_cut_waits(text: str) -> None:
    assert unicode_escape(text, 0) is None


@pytest.mark.parametrize("text", ["\\x", "\\u12g", "\\u123g", "\\U0041", "\\ud83g"])
def test_no_escape(text: str) -> None:
    with pytest.raises(NotJSON, match="no valid escape"):
        unicode_escape(text, 0)
