"""What every fault test is held against: nothing leaks (RELIABILITY C, oracle O3)."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.faults.doors import DOORS, Door
from tests.faults.hostile import HostileServer, read_request, send
from tests.faults.wire import WHOLE

SETTLE = 2.0
"""Seconds within which everything must be back to the level before the test (oracle O3)."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True)
class Level:
    """What is open in this process."""

    files: int = field(default_factory=lambda: len(os.listdir("/dev/fd")))
    threads: int = field(default_factory=threading.active_count)

    def within(self, other: Level) -> bool:
        """True if nothing is open that was not."""
        return self.files <= other.files and self.threads <= other.threads


class Complaints(logging.Handler):
    """Collects what asyncio and aiohttp log: "Task exception was never retrieved", "Unclosed connection", ..."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self.said.append(record.getMessage())


@pytest.fixture(scope="session", autouse=True)
def _warm() -> Iterator[None]:
    """Open what is opened once in a process, so that it is not taken for a leak."""
    with HostileServer([read_request, send(WHOLE)]) as server:
        for ask in DOORS.values():
            ask(server.url)
    gc.collect()
    gc.freeze()  # the collections after each test need not look at pytest and its like again and again
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy, netrc or model of this machine plays a part."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SLIPSTREAM_MODEL", "SLIPSTREAM_MODELS", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture(autouse=True)
def hygiene(_warm: None, _clean_environment: None) -> Iterator[None]:
    """Oracle O3: files, sockets and threads return to their level within 2 s, and nobody complains in a log."""
    complaints = Complaints()
    logger = logging.getLogger("asyncio")
    logger.addHandler(complaints)
    gc.collect()
    before = Level()
    yield
    deadline = time.monotonic() + SETTLE
    gc.collect()
    while not (after := Level()).within(before) and time.monotonic() < deadline:
        time.sleep(0.01)
        gc.collect()
    logger.removeHandler(complaints)
    assert after.within(before), f"left open: {before} before, {after} after; threads {threading.enumerate()}"
    assert not complaints.said


@pytest.fixture(params=sorted(DOORS))
def door(request: pytest.FixtureRequest) -> Door:
    """Each of the two doors in turn."""
    found: Door = DOORS[request.param]
    return found
