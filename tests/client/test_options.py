"""The options of a call: what is unknown or out of range is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.client.options import Ask, check_names, check_values
from slipstream.errors import InvalidRequestError


def check(**options: Any) -> None:
    check_names(options)
    check_values(options)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"temprature": 1}, "did you mean temperature"),
        ({"zzz": 1}, r"extra=\{"),
        ({"on_break": "explode"}, "on_break is 'explode'"),
        ({"temperature": 3}, "temperature is 3; it takes a number from 0 to 2"),
        ({"temperature": "hot"}, "temperature is 'hot'"),
        ({"temperature": True}, "temperature is True"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_p": -0.1}, "top_p is -0.1"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"max_tokens": 1.5}, "max_tokens is 1.5"),
        ({"n": 0}, "n is 0"),
        ({"seed": 2**70}, "seed is"),
        ({"max_event_bytes": 5}, "max_event_bytes is 5"),
        ({"extra": [1]}, "extra is a list; it takes a mapping"),
        ({"headers": "x: y"}, "headers is a str"),
        ({"response_format": "json"}, "response_format is a str"),
        ({"include_raw": "yes"}, "include_raw is 'yes'; it takes True or False"),
        ({"lenient": 1}, "lenient is 1"),
        ({"keep": None}, "keep is None"),
        ({"images": "cat.png"}, "images takes a list"),
        ({"images": b"\x89PNG"}, "images takes a list"),
        ({"stop": ["a", ""]}, "stop takes"),
        ({"stop": 5}, "stop takes"),
        ({"stop": [5]}, "stop takes"),
    ],
)
def test_a_wrong_option_is_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        check(**options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        dict.fromkeys(name for name in Ask.__annotations__ if name not in ("on_break", "include_raw", "lenient",
                                                                           "expect_think", "keep")),
        {"temperature": 0, "top_p": 1, "max_tokens": 1, "n": 1, "seed": -5, "stop": "x"},
        {"stop": ["a", "b"], "include_raw": True, "keep": False, "extra": {"a": 1}, "on_break": "raise"},
    ],
)  # fmt: skip
def test_good_options_pass(options: dict[str, Any]) -> None:
    check(**options)
