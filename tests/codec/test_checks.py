"""What the decoders share. (What they are fed, and their limits, is tested with each of them.)"""

from __future__ import annotations

import pytest

from slipstream.codec.checks import is_whole


@pytest.mark.parametrize(
    ("payload", "cut", "ended"),
    [
        (b"[DONE]", True, True),
        (b" [DONE]\t", True, True),
        (b"{}", True, True),
        (b'"a"', True, True),
        (b"true", True, True),
        (b'{"x": NaN}', True, True),  # Python servers write it
        (b"1" * 5000, False, True),  # beyond the digits that int() takes
        (b"-1.5", False, True),
        (b"", False, False),
        (b" ", False, False),
        (b"tru", False, False),
        (b"{}{}", False, False),
        (b"[" * 5000, False, False),
        (b"\xff", False, False),
    ],
)
def test_is_whole(payload: bytes, cut: bool, ended: bool) -> None:
    assert is_whole(payload, line_ended=False) is cut
    assert is_whole(payload, line_ended=True) is ended
