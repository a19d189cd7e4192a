"""Results as plain data."""

from __future__ import annotations

import datetime
import decimal
import enum
from dataclasses import dataclass
from typing import Any

import msgspec
import pydantic
import pytest
from hypothesis import given, strategies as st

from slipstream.dialects.common.echo import output_text
from slipstream.tools.failure import CallFailedError
from slipstream.tools.results import plain


@dataclass
class Place:
    """Where."""

    city: str


class Colour(str, enum.Enum):  # noqa: UP042 - the older form, whose str() is its name
    """A text."""

    RED = "red"


class Person(pydantic.BaseModel):
    """Somebody."""

    born: datetime.date


class Odd:
    """Has no JSON form."""

    def __str__(self) -> str:
        return "odd"


DAY = datetime.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("text", "text"), ("", ""), (None, "null"), (True, "true"), (1.5, "1.5"), (Colour.RED, "red"),
        ({"a": [1, None]}, '{"a":[1,null]}'), ((1, {2}), "[1,[2]]"), ({1: DAY}, '{"1":"2026-01-31"}'),
        (Place("Oslo"), '{"city":"Oslo"}'), (Person(born=DAY), '{"born":"2026-01-31"}'),
        ([Person(born=DAY), Place("x")], '[{"born":"2026-01-31"},{"city":"x"}]'), (Odd(), "odd"),
        ({"odd": Odd()}, '{"odd":"odd"}'), (decimal.Decimal("1.10"), "1.10"), (b"caf\xc3\xa9", "café"),
        (bytearray(b"x"), "x"), (memoryview(b"x"), "x"), ({"raw": b"x"}, '{"raw":"eA=="}'), ("北京 😀", "北京 😀"),
    ],
)  # fmt: skip
def test_what_the_model_reads(value: Any, told: str) -> None:
    assert output_text(plain(value)) == told


def looped() -> list[Any]:
    """A list that holds itself."""
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"\xff\xfe", "2 bytes that are no text"),
        (looped(), "a list, has no JSON form"),
        ({(1, 2): 3}, "a dict, has no JSON form"),
        ({"text": "\ud800"}, "a dict, has no JSON form"),
    ],
)
def test_what_cannot_be_sent_is_refused(value: Any, why: str) -> None:
    with pytest.raises(CallFailedError, match=why):
        plain(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_stays_as_it_is(value: Any) -> None:
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        return
    assert plain(value) == value
