"""A provider and a server before it, for tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.e2e.provider import Provider
from tests.e2e.serving import Watched


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """What stands behind the server."""
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def served(provider: Provider) -> Iterator[Watched]:
    """The server."""
    with Watched(upstream=provider.url) as served:
        yield served
