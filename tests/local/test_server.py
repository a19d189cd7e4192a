"""One server a process: shared, on loopback, started anew after its death, stopped without a trace."""

from __future__ import annotations

import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.conftest import Require
from tests.local.wire import gone, post, refuses, until, user

from slipstream import local
from slipstream.errors import InvalidRequestError, LocalModelError
from slipstream.local import Endpoint, LocalServer
from slipstream.local.files import find
from slipstream.local.settings import CONTEXT_VARIABLE, THREADS_VARIABLE, default_threads


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
    if sys.platform != "linux":
        return  # elsewhere 127.0.0.2 is not an address of the machine
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


@pytest.mark.parametrize("name", ["context", "slots", "threads"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_bad_arguments_are_refused_by_name(name: str, value: object) -> None:
    arguments: dict[str, Any] = {name: value}
    with pytest.raises(InvalidRequestError, match=f"{name} is .* whole number"):
        LocalServer(Path("x.gguf"), **arguments)


def test_bad_paths_and_callbacks_are_refused() -> None:
    wrong: Any = 3
    with pytest.raises(InvalidRequestError, match="the model is a int"):
        local.endpoint(wrong)
    with pytest.raises(InvalidRequestError, match="progress is a int"):
        local.install(wrong)
