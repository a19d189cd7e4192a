"""The recipes of docs/respond.md, each run as a server of its framework: text as it comes, and a client that goes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.shell import environment
from tests.client.answers import KEY
from tests.faults.hostile import HostileServer, read_request, send, silence, wait_for
from tests.faults.wire import DONE, LAST_CHUNK, chunk, frame, head
from tests.gateway.process import Caller

ROOT = Path(__file__).resolve().parents[2]
RECIPES = [("FastAPI", 0), ("Starlette", 0), ("Flask", 0), ("Django", 0), ("Django", 1), ("aiohttp", 0)]
IDS = ["fastapi", "starlette", "flask", "django-wsgi", "django-asgi", "aiohttp"]
ONE = head() + chunk(frame({"role": "assistant", "content": "one"}))
REST = chunk(frame({"content": " two"}) + frame({}, "stop") + DONE) + LAST_CHUNK
WSGI = (("Flask", 0), ("Django", 0))


@contextlib.contextmanager
def running(recipe: tuple[str, int], provider: HostileServer) -> Iterator[int]:
    """The recipe's server; gives its port."""
    known = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url, "SLIPSTREAM_MODEL": "openai/gpt-test"}
    env = environment(known)
    env["PYTHONPATH"] += f":{ROOT}"
    command = [sys.executable, "-m", "tests.gateway.recipe", recipe[0], str(recipe[1])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate(timeout=10)[1]
        yield int(line)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("recipe", RECIPES, ids=IDS)
def test_a_recipe_streams_what_has_come(recipe: tuple[str, int]) -> None:
    script = [read_request, send(ONE), wait_for("rest"), send(REST)]
    with HostileServer(script) as provider, running(recipe, provider) as port, Caller(port) as caller:
        caller.ask("/answer?prompt=Hi", None, {"connection": "close"}, method="GET").until(b"one")
        provider.go("rest")
        caller.rest()
    assert b" 200 " in caller.received
    assert b"x-accel-buffering: no" in caller.received.lower()
    assert b'" two"' in caller.received
    assert b"[DONE]" in caller.received


@pytest.mark.parametrize("recipe", [recipe for recipe in RECIPES if recipe not in WSGI], ids=str)
def test_a_client_that_goes_closes_the_providers_socket_at_once(recipe: tuple[str, int]) -> None:
    with HostileServer([read_request, send(ONE), silence]) as provider, running(recipe, provider) as port:
        with Caller(port) as caller:
            caller.ask("/answer?prompt=Hi", None, method="GET").until(b"one")
        assert provider.lines[0].gone.wait(0.5)


@pytest.mark.parametrize("recipe", WSGI, ids=str)
def test_under_wsgi_it_does_so_when_it_is_written_to(recipe: tuple[str, int]) -> None:
    more = [wait_for("more"), send(chunk(frame({"content": " two"}))), wait_for("again")]
    last = [send(chunk(frame({"content": " three"}))), silence]
    with HostileServer([read_request, send(ONE), *more, *last]) as provider, running(recipe, provider) as port:
        with Caller(port) as caller:
            caller.ask("/answer?prompt=Hi", None, method="GET").until(b"one")
        provider.go("more")  # the first write after the client's end tells the kernel, the second one the server
        assert not provider.lines[0].gone.wait(0.2)
        provider.go("again")
        assert provider.lines[0].gone.wait(2)
