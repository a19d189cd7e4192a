"""`slipstream serve` behind an nginx with its defaults: it buffers answers, speaks HTTP/1.0 and closes connections."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import Require
from tests.e2e.asks import ASKS
from tests.e2e.provider import SAID, THOUGHT, Provider
from tests.e2e.serving import Watched
from tests.faults.hostile import HostileServer, reached, read_request, send, silence, wait_for
from tests.faults.wire import DONE, FRAMES, LAST_CHUNK, chunk, frame, head
from tests.gateway.process import PATIENCE, Caller, request

from slipstream.events import Message

FIRST, SECOND = "章鱼".encode(), "有三颗".encode()
LONG = "".join(f"{number} little streams. " for number in range(20_000))

EACH_ALONE = [
    read_request, send(head()), reached("accepted"), wait_for("first"), send(chunk(b"".join(FRAMES[:2]))),
    wait_for("second"), send(chunk(b"".join(FRAMES[2:]) + DONE) + LAST_CHUNK),
]  # fmt: skip
SIGNS = {"openai": b": \n\n", "anthropic": b'{"type":"ping"}', "ollama": b'"content":""', "ui": b": \n\n"}
"""Part of the first sign of life, which leaves when the provider has accepted the request."""


CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
    }}
}}
"""
"""What nginx needs to run beside others as anybody; whatever touches an answer is left as it comes."""


@contextlib.contextmanager
def nginx(upstream: int, folder: str, program: str) -> Iterator[int]:
    """Run an nginx in front of this port; gives the port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = Path(folder) / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, upstream=upstream))
    command = [program, "-e", "stderr", "-c", str(config), "-p", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        wait_until_it_listens(port, process)
        yield port
    finally:
        process.kill()
        process.communicate()


def wait_until_it_listens(port: int, process: subprocess.Popen[str]) -> None:
    """Return when a connection is taken."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    raise AssertionError("nginx does not listen")


@dataclass(frozen=True)
class Front:
    """An nginx and the server behind it."""

    port: int
    served: Watched


@pytest.fixture(scope="module")
def program(require: Require) -> str:
    """The nginx of this system: in /usr/sbin, which is not on everybody's path."""
    found = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    require(found, "nginx is not installed")
    return str(found)


@pytest.fixture
def scripted(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HostileServer, Front]]:
    """A provider that gives each piece when it is told to, and what stands before it."""
    folder = tmp_path_factory.mktemp("nginx")
    with (
        HostileServer(EACH_ALONE) as upstream,
        Watched(upstream=upstream.url) as served,
        nginx(served.port, str(folder), program) as port,
    ):
        yield upstream, Front(port, served)


@pytest.fixture(scope="module")
def front(provider: Provider, served: Watched, program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx before a server whose provider answers at once."""
    with nginx(served.port, str(tmp_path_factory.mktemp("nginx")), program) as port:
        yield port


@pytest.mark.parametrize("name", SIGNS)
def test_each_piece_passes_while_the_provider_holds_the_next(name: str, scripted: tuple[HostileServer, Front]) -> None:
    upstream, front = scripted
    ask = ASKS[name]
    with Caller(front.port) as caller:
        caller.ask(ask.at(), ask.body())
        caller.until(SIGNS[name])
        assert FIRST not in caller.received
        upstream.go("first")
        began = time.monotonic()
        caller.until(FIRST)
        assert time.monotonic() - began < 1
        assert SECOND not in caller.received
        upstream.go("second")
        caller.until(b"blue blood.")


@pytest.mark.parametrize("how", ["close", "RST"])
@pytest.mark.parametrize(("sent", "seen"), [([], b": \n\n"), (FRAMES[:2], FIRST)], ids=["no token yet", "a silence"])
def test_a_client_that_goes_is_seen_through_it(
    sent: list[bytes], seen: bytes, how: str, program: str, tmp_path: Path
) -> None:
    ask = ASKS["openai"]
    with (
        HostileServer([read_request, send(head() + b"".join(map(chunk, sent))), silence]) as upstream,
        Watched(upstream=upstream.url) as served,
        nginx(served.port, str(tmp_path), program) as port,
    ):
        with Caller(port) as caller:
            caller.ask(ask.at(), ask.body()).until(seen)
            if how == "RST":
                caller.reset()
        assert upstream.lines[0].gone.wait(0.5), "the provider's socket stayed open"


@pytest.mark.parametrize("name", ASKS)
def test_every_endpoint_through_it(name: str, front: int) -> None:
    ask = ASKS[name]
    for stream in (True, False):
        got = request(front, ask.at(stream=stream), ask.body(stream=stream))
        message = Message.of(ask.events(got.body, stream=stream))
        assert (message.text, message.reasoning, message.finish_reason) == (SAID, THOUGHT, "stop")


def test_a_refusal_keeps_its_status(front: int) -> None:
    got = request(front, ASKS["anthropic"].at(), ASKS["anthropic"].body(model="openai/refuse-429"))
    assert got.status == 429
    assert b"retry-after: 3600" in got.received.lower()


def test_a_long_answer_arrives_whole(program: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    frames = [frame({"content": LONG[start : start + 40]}) for start in range(0, len(LONG), 40)]
    script = [read_request, send(head() + chunk(b"".join([*frames, frame({}, "stop"), DONE])) + LAST_CHUNK), silence]
    ask = ASKS["openai"]
    with (
        HostileServer(script) as upstream,
        Watched(upstream=upstream.url) as served,
        nginx(served.port, str(tmp_path_factory.mktemp("nginx")), program) as port,
    ):
        got = request(port, ask.at(), ask.body())
    assert Message.of(ask.events(got.body)).text == LONG


def test_an_answer_that_is_stopped_ends_properly_through_it(scripted: tuple[HostileServer, Front]) -> None:
    upstream, front = scripted
    ask = ASKS["anthropic"]
    with Caller(front.port) as caller:
        caller.ask(ask.at(), ask.body(), {"connection": "close"}).until(b"ping")
        upstream.go("first")
        caller.until(FIRST)
        front.served.signal()
        assert front.served._process.poll() is None
        upstream.go("second")  # within the drain time
        caller.rest()
        assert Message.of(ask.events(caller.body)).finish_reason == "stop"
    assert front.served.wait() == 0
