"""What is told of a callback that fails: enough to find it, nothing of the answer, and not for every token."""

from __future__ import annotations

import logging

import pytest

from slipstream import TextDelta, flow


def test_a_failing_callback_is_told_without_what_it_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "slipstream"):
        flow.apply(flow.on(TextDelta, lambda event: int(event.text)), [TextDelta("the secret answer")])
    (record,) = caplog.records
    assert "on(TextDelta)" in record.getMessage()
    assert "ValueError at test_callbacks.py:" in record.getMessage()
    assert "secret" not in caplog.text


def test_one_that_fails_at_every_token_does_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "slipstream"):
        flow.apply(flow.on(TextDelta, lambda event: 1 // 0), [TextDelta("x")] * 500)
    assert [len(record.getMessage().splitlines()) for record in caplog.records] == [1, 1, 1]
    assert "100 times" in caplog.text


def test_the_traceback_is_there_for_who_asks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "slipstream"):
        flow.apply(flow.on(TextDelta, lambda event: 1 // 0), [TextDelta("x")])
    assert any(record.exc_info for record in caplog.records)
