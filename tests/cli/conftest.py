"""A server to ask, for every test of the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.replay_server import ReplayServer


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A replay server; `serve` says what it answers."""
    with ReplayServer() as running:
        yield running
