"""An environment without anybody's keys, and a log in which no error goes unseen."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
from tests.replay_server import ReplayServer


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL", "_PROXY", "_proxy")) or name.startswith("SLIPSTREAM_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_unseen_errors(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A test that expects an error in the log reads it: it takes `caplog`."""
    yield
    if "caplog" in request.node.function.__code__.co_varnames:
        return
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert errors == []


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A provider with nothing to say yet."""
    with ReplayServer() as server:
        yield server
