"""Real clients read our streams: text, thinking, a tool call, usage and an error, over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.clients import table
from tests.clients.clients import CLIENTS, COLUMNS, Client, litellm_python, run
from tests.clients.scenarios import EXPECTED
from tests.clients.server import serving
from tests.conftest import Require

Runner = Callable[[Client], dict[str, Any]]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The server that tells the scenarios."""
    with serving() as url:
        yield url


@pytest.fixture(scope="session")
def seen(address: str, request: pytest.FixtureRequest, require: Require) -> Runner:
    """Runs a client once and remembers what it read."""

    found: dict[str, dict[str, Any]] = {}

    def runner(client: Client) -> dict[str, Any]:
        if client.name in found:
            return found[client.name]
        if client.where == "node":
            request.getfixturevalue("npm")
        elif client.where == "litellm":
            require(litellm_python().exists(), "litellm is not installed; `make test` does it")
        found[client.name] = run(client, address)
        return found[client.name]

    return runner


@pytest.mark.timeout(400)
@pytest.mark.parametrize("scenario", COLUMNS)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_real_client_reads(client: Client, scenario: str, seen: Runner) -> None:
    found = seen(client)[scenario]
    if scenario in client.blind:
        assert not table.reads(client, seen(client), scenario), "it reads it now: take the note out of clients.py"
        return
    assert {key: found.get(key) for key in EXPECTED[scenario]} == EXPECTED[scenario], found
    assert scenario == "error" or "raised" not in found, found


@pytest.mark.timeout(400)
def test_the_table_in_the_documentation_is_that_of_the_tests(seen: Runner) -> None:
    made = table.rows([(client, seen(client)) for client in CLIENTS])
    assert table.on_page() == made, "run `python -m tests.clients.table`"
    assert "NO" not in made
