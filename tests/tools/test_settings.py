"""Settings: what is wrong is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.errors import InvalidRequestError
from slipstream.tools import LoopSettings

NAN = float("nan")


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("max_rounds", 0, "whole number of 1 or more"), ("max_rounds", True, "whole number"),
        ("max_rounds", 1.5, "whole number"), ("tool_timeout", 0, "seconds"), ("tool_timeout", NAN, "seconds"),
        ("tool_timeout", True, "seconds"), ("tool_timeout", float("inf"), "seconds"), ("max_parallel", 0, "calls"),
        ("max_parallel", 65, "1 to 64"), ("stop_when", 3, "a function"), ("approve", "yes", "a function"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_name(name: str, value: Any, accepted: str) -> None:
    with pytest.raises(InvalidRequestError, match=accepted) as caught:
        LoopSettings(**{name: value})
    assert str(caught.value).startswith(f"{name}: ")
