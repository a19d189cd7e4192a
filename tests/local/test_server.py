"""One server a process: shared, started anew after death or fork, gone without a trace; several clients at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from tests.conftest import Require
from tests.local.wire import chunks, post, slots, user

from slipstream import local
from slipstream.errors import LocalModelError
from slipstream.local import Endpoint, LocalServer
from slipstream.local.files import find
from slipstream.local.server import CONTEXT_VARIABLE, THREADS_VARIABLE, default_threads

STORY = {"messages": user("Write a long story about a whale."), "stream": True, "temperature": 0}


@pytest.fixture
def server(require: Require) -> Iterator[LocalServer]:
    """A server of this test's own, small, so that it loads fast."""
    status = local.status()
    require(status.ready, f"{status.problem}; {status.hint}")
    own = LocalServer(find(), context=512, slots=1, threads=1)
    yield own
    own.stop()


def until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Look again and again; the bound is for a failure only."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with contextlib.suppress(OSError):  # an orphan that nobody reaps is a zombie, not a running server
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def refuses(endpoint: Endpoint) -> bool:
    where = urlsplit(endpoint.base_url)
    with socket.socket() as probe:
        return probe.connect_ex((str(where.hostname), where.port or 0)) != 0


def test_the_second_start_shares_the_first(local_endpoint: Endpoint) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: local.endpoint(), range(32)))
    assert set(found) == {local_endpoint}


def test_status_tells_of_the_running_server(local_endpoint: Endpoint) -> None:
    status = local.status()
    assert status.ready
    assert status.problem is None
    assert status.endpoint == local_endpoint
    assert status.pid is not None
    assert status.model == local_endpoint.model
    assert status.size is not None
    assert status.runtime is not None


def test_no_key_in_what_is_printed(local_endpoint: Endpoint) -> None:
    status = local.status()
    assert local_endpoint.api_key not in f"{local_endpoint!r} {local_endpoint} {status!r}"
    arguments = Path(f"/proc/{status.pid}/cmdline")
    if arguments.exists():
        assert local_endpoint.api_key.encode() not in arguments.read_bytes()


def test_threads_that_start_at_once_get_one_server(server: LocalServer) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: server.endpoint(), range(8)))
    assert len(set(found)) == 1


def test_it_listens_on_loopback_only(server: LocalServer) -> None:
    endpoint = server.endpoint()
    assert endpoint.origin.startswith("http://127.0.0.1:")
    assert endpoint.base_url == f"{endpoint.origin}/v1"
    with socket.socket() as probe:  # the port is free on another address of this machine, so nobody listens on "any"
        probe.bind(("127.0.0.2", urlsplit(endpoint.base_url).port or 0))


def test_stop_leaves_no_thread_process_or_socket(server: LocalServer) -> None:
    files_before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    threads_before = threading.active_count()
    endpoint = server.endpoint()
    pid = server.pid
    assert pid is not None
    server.stop()
    assert server.pid is None
    assert server.current is None
    assert gone(pid)
    assert refuses(endpoint)
    assert threading.active_count() == threads_before
    if files_before:
        assert len(os.listdir("/proc/self/fd")) == files_before
    server.stop()


def test_a_stop_in_the_middle_of_a_stream_does_not_wait_for_it(server: LocalServer) -> None:
    endpoint = server.endpoint()

    async def run() -> None:
        async with aiohttp.ClientSession() as session, _story(session, endpoint) as response:
            await response.content.readline()
            started = time.monotonic()
            await asyncio.to_thread(server.stop)
            assert time.monotonic() - started < 1.0
            with pytest.raises(aiohttp.ClientError):
                await response.content.read()

    asyncio.run(run())


def test_it_starts_again_after_stop_and_after_a_crash(server: LocalServer) -> None:
    first = server.endpoint()
    server.stop()
    second = server.endpoint()
    assert second.api_key != first.api_key
    assert server.pid is not None
    os.kill(server.pid, 9)
    assert until(lambda: server.current is None)
    third = server.endpoint()
    assert post(third, "/chat/completions", {"messages": user("hi"), "max_tokens": 1})[0] == 200


def test_the_key_of_another_server_is_refused(server: LocalServer, local_endpoint: Endpoint) -> None:
    foreign = {"Authorization": f"Bearer {local_endpoint.api_key}"}
    status, _ = post(server.endpoint(), "/chat/completions", {"messages": user("hi"), "max_tokens": 1}, foreign)
    assert status == 401


def _story(
    session: aiohttp.ClientSession, endpoint: Endpoint, tokens: int = -1
) -> aiohttp.client._RequestContextManager:
    headers = {"Authorization": f"Bearer {endpoint.api_key}"}
    return session.post(f"{endpoint.base_url}/chat/completions", json={**STORY, "max_tokens": tokens}, headers=headers)


async def test_many_clients_at_once(local_endpoint: Endpoint) -> None:
    async def one(session: aiohttp.ClientSession) -> bytes:
        async with _story(session, local_endpoint, 10) as response:
            assert response.status == 200
            return await response.read()

    async with aiohttp.ClientSession() as session:
        answers = await asyncio.gather(*(one(session) for _ in range(8)))
    for answer in answers:
        assert chunks(answer)[-1]["choices"][0]["finish_reason"] == "length"


async def test_a_closed_request_frees_its_slot(server: LocalServer) -> None:
    endpoint = await asyncio.to_thread(server.endpoint)
    async with aiohttp.ClientSession() as session:
        async with _story(session, endpoint) as response:
            await response.content.readline()
            assert [slot["is_processing"] for slot in await asyncio.to_thread(slots, endpoint)] == [True]
            response.close()
        free = await asyncio.to_thread(until, lambda: not slots(endpoint)[0]["is_processing"])
        assert free, "the only slot is still computing for a reader that has gone"


def test_a_file_that_does_not_load_says_why(
    tmp_path: Path, require: Require, capfd: pytest.CaptureFixture[str]
) -> None:
    status = local.status()
    require(status.ready, f"{status.problem}; {status.hint}")
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + os.urandom(4096))
    server = LocalServer(broken)
    with pytest.raises(LocalModelError, match=r"broken\.gguf did not start \(exit code 1\): \w+") as caught:
        server.endpoint()
    assert "Traceback" not in str(caught.value)
    assert "slipstream doctor" in str(caught.value)
    assert server.pid is None
    assert capfd.readouterr() == ("", "")


def test_a_model_that_loads_too_slowly_is_given_up(server: LocalServer) -> None:
    slow = LocalServer(find(), start_seconds=0.0)
    with pytest.raises(LocalModelError, match="did not load within 0 s"):
        slow.endpoint()
    assert slow.pid is None


def test_an_interpreter_that_is_not_there(monkeypatch: pytest.MonkeyPatch, server: LocalServer) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(LocalModelError, match="could not be started"):
        server.endpoint()
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(LocalModelError, match="needs a Python interpreter"):
        server.endpoint()


@pytest.mark.parametrize("variable", [THREADS_VARIABLE, CONTEXT_VARIABLE])
@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "²"])
def test_bad_numbers_in_the_environment(variable: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, text)
    status = local.status()
    if status.path is None:
        pytest.skip("no model")
    with pytest.raises(LocalModelError, match=f"{variable} is .* whole number"):
        LocalServer(status.path).endpoint()


def test_default_threads() -> None:
    assert 1 <= default_threads() <= 8


# --- in programs of their own: exit, fork, death -------------------------------------------------------------------

PRELUDE = """
import os, sys, time, threading, http.client, json
from slipstream.local import LocalServer
from slipstream.local.files import find
server = LocalServer(find(), context=512, slots=1, threads=1)
endpoint = server.endpoint()
def ask(endpoint, tokens=1, stream=False):
    c = http.client.HTTPConnection(endpoint.origin[7:], timeout=30)
    body = json.dumps({"messages": [{"role": "user", "content": "Tell a story"}], "max_tokens": tokens, "stream": stream})
    c.request("POST", "/v1/chat/completions", body, {"Authorization": "Bearer " + endpoint.api_key})
    return c.getresponse()
print(server.pid, flush=True)
"""


def run(program: str, seconds: float = 30.0) -> tuple[int, list[str], str]:
    command = [sys.executable, "-W", "error", "-c", PRELUDE + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(
    "program",
    [
        "",
        "answer = ask(endpoint, 400, True); answer.read(10)",
        "threading.Thread(target=lambda: ask(endpoint)).start()",
    ],
    ids=["idle", "streaming", "thread"],
)
@pytest.mark.usefixtures("server")
def test_exit_is_quiet_and_leaves_nothing(program: str) -> None:
    code, out, err = run(program)
    assert (code, err) == (0, "")
    assert until(lambda: gone(int(out[0])))


@pytest.mark.usefixtures("server")
def test_a_killed_program_takes_its_server_along() -> None:
    code, out, _ = run("os.kill(os.getpid(), 9)")
    assert code == -9
    assert until(lambda: gone(int(out[0])))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.usefixtures("server")
def test_a_forked_child_starts_its_own_and_exits_normally() -> None:
    code, out, err = run(
        """
if (child := os.fork()) == 0:
    assert server.pid is None and server.current is None
    own = server.endpoint()
    assert own.origin != endpoint.origin
    print(server.pid, ask(own).status, flush=True)
    sys.exit(0)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), ask(endpoint).status)
"""
    )
    assert (code, err) == (0, "")
    assert out[1].endswith(" 200")
    assert out[2] == "0 200", "the child's exit left the parent's server alone"
    assert until(lambda: gone(int(out[0])) and gone(int(out[1].split()[0])))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.usefixtures("server")
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


@pytest.mark.usefixtures("server")
def test_ctrl_c_does_not_reach_the_server() -> None:
    """SIGINT goes to the terminal's whole process group; the server stands outside it."""
    code, out, err = run(
        """
import signal
signal.signal(signal.SIGINT, lambda *_: None)
os.setpgid(0, 0)
os.killpg(0, signal.SIGINT)
print(ask(endpoint).status)
"""
    )
    assert (code, err) == (0, "")
    assert out[1] == "200"
