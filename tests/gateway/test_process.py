"""`slipstream serve` as a process: old clients, keys, bad options, and clients that do not read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.shell import run
from tests.client.answers import KEY, TEXT, WHOLE as WHOLE_ANSWER
from tests.faults.hostile import HostileServer, flood, read_request, send
from tests.faults.wire import chunk, frame, head
from tests.gateway.process import Caller, Serving, request
from tests.gateway.questions import CHAT, STREAMED
from tests.replay_server import Answer, ReplayServer, Request

CHATS = "/v1/chat/completions"
ASKED = STREAMED[CHATS][1]


def env(url: str) -> dict[str, str]:
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url, "SLIPSTREAM_MODEL": "openai/gpt-test"}


def serving(upstream: ReplayServer | HostileServer, *arguments: str) -> Serving:
    return Serving(*arguments, env=env(upstream.url))


@pytest.fixture(scope="module")
def replay() -> Iterator[ReplayServer]:
    """Gives the recorded answer, streamed or whole, as it is asked."""

    class Both(ReplayServer):
        def _answer(self, request: Request) -> Answer:
            name = "/stream" if json.loads(request.body).get("stream") else "/whole"
            return self._answers[name][0]

    with Both() as server:
        server.serve("/stream", TEXT)
        server.serve("/whole", WHOLE_ANSWER)
        yield server


@pytest.fixture(scope="module")
def server(replay: ReplayServer) -> Iterator[Serving]:
    """A server before it."""
    with serving(replay) as running:
        yield running
        assert running.stop() == 0


# ---- answers


def test_an_http_1_0_client_gets_the_body_and_nothing_else(server: Serving) -> None:
    with Caller(server.port) as caller:
        caller.ask(CHATS, ASKED, version="1.0").rest()
    assert b"transfer-encoding" not in caller.received
    assert b"connection: close" in caller.received
    assert caller.body.startswith(b": \n\ndata: {")
    assert caller.body.endswith(b"data: [DONE]\n\n")
    with Caller(server.port) as caller:
        caller.ask(CHATS, CHAT, version="1.0").rest()
    assert json.loads(caller.body)["object"] == "chat.completion"


def test_one_connection_serves_many_requests(server: Serving) -> None:
    with Caller(server.port) as caller:
        for _ in range(3):
            caller.received = b""
            caller.ask(CHATS, ASKED).until(b"0\r\n\r\n")
            assert b"data: [DONE]" in caller.received


# ---- keys


def test_keys_of_a_file_are_asked_for(replay: ReplayServer, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("# who may ask\nalice:a-good-key-1\n")
    with serving(replay, "--keys", str(keys)) as running:
        assert '-H "authorization: Bearer $KEY"' in running.welcome
        assert request(running.port, CHATS, ASKED).status == 401
        assert request(running.port, CHATS, ASKED, {"x-api-key": "a-good-key-1"}).status == 200
        assert running.stop() == 0
    assert "key=alice" in running.log
    assert "a-good-key-1" not in running.log + running.welcome
    assert KEY not in running.log


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--host", "0.0.0.0"), "everybody could use"),
        (("--keys", "/nonexistent"), "cannot be read"),
        (("--cors", "*"), "every web page"),
        (("--port", "70000"), "--port"),
        (("--drain", "-1"), "--drain"),
        (("--log-level", "loud"), "--log-level"),
        (("--max-request", "0"), "--max-request"),
        (("--model", "no-such-model"), "no-such-model"),
        (("--model", "openai/gpt-4o"), "OPENAI_API_KEY"),
    ],
)
def test_what_cannot_be_served_is_refused_at_the_start(arguments: tuple[str, ...], said: str) -> None:
    done = run("serve", "--port", "0", *arguments)
    assert done.returncode == 1
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


# ---- clients that do not read


def test_a_client_that_goes_while_it_does_not_read_does_so_too() -> None:
    script = [read_request, send(head()), flood(chunk(frame({"content": "x" * 30_000})), 10**9)]
    with HostileServer(script) as upstream, serving(upstream) as running:
        caller = Caller(running.port).ask(CHATS, ASKED)
        caller.until(b'"content"')
        time.sleep(0.3)  # until every buffer in between is full
        caller.reset()
        assert upstream.lines[0].gone.wait(0.5)
        assert running.stop() == 0


def test_a_client_that_does_not_read_cannot_hold_up_the_end() -> None:
    script = [read_request, send(head()), flood(chunk(frame({"content": "x" * 30_000})), 10**9)]
    with (
        HostileServer(script) as upstream,
        serving(upstream, "--drain", "0.1") as running,
        Caller(running.port) as caller,
    ):
        caller.ask(CHATS, ASKED).until(b'"content"')
        time.sleep(0.3)
        began = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - began < 8
