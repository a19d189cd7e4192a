"""A small server for the tests that stop, kill or fill one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Require

from slipstream import local
from slipstream.local import LocalServer
from slipstream.local.files import find


@pytest.fixture
def server(require: Require) -> Iterator[LocalServer]:
    """A server of this test's own, small, so that it loads fast."""
    status = local.status()
    require(status.ready, f"{status.problem}; {status.hint}")
    own = LocalServer(find(), context=512, slots=1, threads=1)
    yield own
    own.stop()
