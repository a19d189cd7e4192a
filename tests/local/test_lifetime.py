"""How long the server lives: as long as the program that started it, however that ends. Each test runs a program."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.conftest import Require
from tests.local.wire import gone, until

from slipstream import local


@pytest.fixture(autouse=True)
def installed(require: Require) -> None:
    status = local.status()
    require(status.ready, f"{status.problem}; {status.hint}")


PRELUDE = """
import http.client, json, os, sys, time
from slipstream.local import LocalServer
from slipstream.local.files import find
server = LocalServer(find(), context=512, slots=1, threads=1)
endpoint = server.endpoint()
def ask(endpoint, tokens=1, take=None):
    connection = http.client.HTTPConnection(endpoint.origin[7:], timeout=30)
    message = {"role": "user", "content": "Tell a story"}
    body = json.dumps({"messages": [message], "max_tokens": tokens, "stream": take is not None})
    connection.request("POST", "/v1/chat/completions", body, {"Authorization": "Bearer " + endpoint.api_key})
    answer = connection.getresponse()
    answer.read(take)
    return connection, answer
def status(endpoint):
    connection, answer = ask(endpoint)
    connection.close()
    return answer.status
print(server.pid, flush=True)
"""


def run(program: str, warnings: str = "error") -> tuple[int, list[str], str]:
    """Exit code, lines of standard output (the first is the server's process id) and standard error."""
    command = [sys.executable, "-W", warnings, "-c", PRELUDE + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, process_group=0)
    return done.returncode, done.stdout.splitlines(), done.stderr


# The reader of the second program is still open at exit, of which Python would warn.
@pytest.mark.parametrize(
    ("program", "warnings"),
    [("", "error"), ("connection, answer = ask(endpoint, 400, 10)", "ignore::ResourceWarning")],
    ids=["idle", "streaming"],
)
def test_exit_is_quiet_and_leaves_nothing(program: str, warnings: str) -> None:
    code, out, err = run(program, warnings)
    assert (code, err) == (0, "")
    assert until(lambda: gone(int(out[0])))


def test_a_killed_program_takes_its_server_along() -> None:
    code, out, _ = run("os.kill(os.getpid(), 9)")
    assert code == -9
    assert until(lambda: gone(int(out[0])))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_starts_its_own_and_exits_normally() -> None:
    code, out, err = run(
        """
if (child := os.fork()) == 0:
    assert server.pid is None and server.current is None
    own = server.endpoint()
    assert own.origin != endpoint.origin
    print(server.pid, status(own), flush=True)
    sys.exit(0)
_, code = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(code), status(endpoint))
"""
    )
    assert (code, err) == (0, "")
    assert out[1].endswith(" 200")
    assert out[2] == "0 200", "the child's exit left the parent's server alone"
    assert until(lambda: gone(int(out[0])) and gone(int(out[1].split()[0])))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_that_lives_on_does_not_keep_the_parents_server() -> None:
    """The child holds no copy of the life line; it waits for the server's end, and would wait in vain otherwise."""
    code, out, err = run(
        """
pid = server.pid
if os.fork() == 0:
    time.sleep(0.05)
    for _ in range(500):
        try:
            http.client.HTTPConnection(endpoint.origin[7:], timeout=5).connect()
        except OSError:
            print("gone", flush=True)
            os._exit(0)
        time.sleep(0.01)
    os._exit(1)
os.kill(os.getpid(), 9)
"""
    )
    assert (code, err) == (-9, "")
    assert out[1:] == ["gone"]


def test_ctrl_c_does_not_reach_the_server() -> None:
    """A terminal sends SIGINT to the whole process group; the server stands outside it."""
    code, out, err = run(
        """
import signal
signal.signal(signal.SIGINT, lambda *_: None)
os.killpg(0, signal.SIGINT)
print(status(endpoint))
"""
    )
    assert (code, err) == (0, "")
    assert out[1] == "200"
