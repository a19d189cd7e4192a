"""A server of recorded answers, and an environment without anybody's keys."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.replay_server import ReplayServer


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL", "_PROXY", "_proxy")) or name.startswith("SLIPSTREAM_"):
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A server with nothing to say yet."""
    with ReplayServer() as server:
        yield server
