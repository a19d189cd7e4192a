"""Whole processes: fork, Ctrl-C, an exit that forgets to close, and the functions that need no client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.faults.doors import KEY
from tests.faults.hostile import HostileServer, Script, reached, read_request, send, silence, wait_for
from tests.faults.wire import BODY, DONE, FIRST, FIRST_TEXT, LAST_CHUNK, TEXT, WHOLE, chunk, head

REST = BODY[len(FIRST) :]
SOURCE = Path(__file__).resolve().parents[2] / "src"


def start(script: str, url: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8", "URL": url, "KEY": KEY}
    warnings = ["-W", "error", "-W", "ignore:unclosed <Stream:ResourceWarning"]
    command = [sys.executable, *warnings, "-c", PREAMBLE + script]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str], seconds: float = 20) -> str:
    """What it printed; it must end well and complain of nothing."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        pytest.fail(f"the process hangs; it said {out!r} {err!r}")
    assert process.returncode == 0, err
    assert err == ""
    return out


def run(script: str, *scripts: Script) -> str:
    with HostileServer(*scripts) as server:
        return finish(start(script, server.url))


PREAMBLE = """
import os, sys, time, warnings, asyncio, signal, threading
import slipstream
url, key = os.environ["URL"], os.environ["KEY"]
def client(**more):
    return slipstream.Client(base_url=url, api_key=key, **more)
"""

LOOPS = {"uvloop": "", "asyncio": 'sys.modules["uvloop"] = None\n'}
"""uvloop is optional; without it the thread runs asyncio's own loop."""

GOOD: Script = [read_request, send(WHOLE)]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_forked_child_streams_and_the_parent_goes_on(loop: str) -> None:
    """The child's exit must not touch the parent's connection: both share the kernel's epoll object."""
    script = """
c = client()
s = c.stream("hi")
pieces = s.text_stream
first = next(pieces)
pid = os.fork()
if pid == 0:
    with c:
        assert c.stream("hi", extra={"seed": 2}).get_final_text() == TEXT, "the child"
    sys.exit(0)
_, status = os.waitpid(pid, 0)
assert status == 0, status
c2 = client()
assert c2.stream("go").get_final_text() == TEXT, "the parent, anew"
c2.close()
print(first + "".join(pieces))
c.close()
""".replace("TEXT", repr(TEXT))
    first: Script = [read_request, send(head() + chunk(FIRST)), wait_for("go"), send(chunk(REST) + LAST_CHUNK)]

    async def release(line: object) -> None:
        line.server.go("go")  # type: ignore[attr-defined]

    with HostileServer(first, GOOD, [read_request, release, send(WHOLE)]) as server:
        assert finish(start(LOOPS[loop] + script, server.url)).strip() == TEXT


@pytest.mark.parametrize("loop", LOOPS)
def test_the_pool_of_the_parent_survives_a_child_that_exits(loop: str) -> None:
    script = """
c = client(max_retries=0)
assert c.stream("hi").get_final_text() == TEXT
pid = os.fork()
if pid == 0:
    import gc
    gc.collect()
    assert c.stream("hi").get_final_text() == TEXT
    c.close()
    gc.collect()
    sys.exit(0)
_, status = os.waitpid(pid, 0)
assert status == 0, status
print(c.stream("hi", timeout=5).get_final_text())
c.close()
""".replace("TEXT", repr(TEXT))
    twice: Script = [read_request, send(WHOLE), read_request, send(WHOLE)]
    with HostileServer(twice, GOOD) as server:
        assert finish(start(LOOPS[loop] + script, server.url)).strip() == TEXT
        assert len(server.lines) == 2, "the parent used its own connection again"


def test_a_child_does_not_keep_the_parents_socket_open() -> None:
    script = """
c = client()
s = c.stream("hi")
next(s.text_stream)
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    os.close(w)
    os.read(r, 1)
    os._exit(0)
s.close()
c.close()
print("closed", flush=True)
signal.alarm(15)
input()
os.write(w, b"x")
os.waitpid(pid, 0)
"""
    with HostileServer([read_request, send(head() + chunk(FIRST)), silence]) as server:
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "URL": server.url, "KEY": KEY}
        process = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + script],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "closed\n"
        server.wait_gone()
        process.communicate("on\n", timeout=10)
        assert process.returncode == 0


@pytest.mark.parametrize("ending", ["", "sys.exit(0)", "del c, s", "c.close()", "s.close()"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_program_that_forgets_to_close_ends_at_once_and_quietly(ending: str, whole: bool) -> None:
    script = f"""
c = client()
s = c.stream("hi")
print("".join(s.text_stream) if {whole} else next(s.text_stream))
{ending}
"""
    answer: Script = GOOD if whole else [read_request, send(head() + chunk(FIRST)), silence]
    began = time.monotonic()
    out = run(script, answer)
    assert TEXT.startswith(out.strip())
    assert time.monotonic() - began < 10


def test_ctrl_c_in_a_reader_keeps_the_partial_text_and_closes() -> None:
    script = """
with client() as c:
    try:
        with c.stream("hi") as s:
            for piece in s.text_stream:
                print(piece, end="", flush=True)
    except KeyboardInterrupt:
        print("|", s.message.text, s.finish_reason, flush=True)
"""
    with HostileServer([read_request, send(head() + chunk(FIRST)), silence]) as server:
        process = start(script, server.url)
        assert process.stdout is not None
        assert process.stdout.read(len(FIRST_TEXT)) == FIRST_TEXT
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out = finish(process)
        assert out == f"| {FIRST_TEXT} cancelled\n"
        assert time.monotonic() - began < 5
        server.wait_gone()


def test_ctrl_c_in_a_loop_closes_too() -> None:
    script = """
async def main():
    async with slipstream.AsyncClient(base_url=url, api_key=key) as c:
        async with c.stream("hi") as s:
            async for piece in s.text_stream:
                print(piece, end="", flush=True)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("|", flush=True)
"""
    with HostileServer([read_request, send(head() + chunk(FIRST)), silence]) as server:
        process = start(script, server.url)
        assert process.stdout is not None
        assert process.stdout.read(len(FIRST_TEXT)) == FIRST_TEXT
        process.send_signal(signal.SIGINT)
        assert finish(process) == "|\n"
        server.wait_gone()


def test_the_functions_that_need_no_client(tmp_path: Path) -> None:
    script = """
os.environ.update(OPENAI_API_KEY=key, OPENAI_BASE_URL=url)
for name in ("SLIPSTREAM_MODEL", "SLIPSTREAM_MODELS"):
    os.environ.pop(name, None)
with slipstream.stream("hi", model="openai/gpt-4o-mini") as s:
    print("".join(s.text_stream))
print(slipstream.complete("hi", model="openai/gpt-4o-mini").text)
pid = os.fork()
if pid == 0:
    print(slipstream.complete("hi", model="openai/gpt-4o-mini").text, flush=True)
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
print(threading.active_count())
"""
    body = (
        b'{"id": "c", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "whole"},'
        b' "finish_reason": "stop"}]}'
    )
    whole: Script = [
        read_request,
        send(head(content_type="application/json", chunked=False, content_length=len(body), connection="close") + body),
    ]
    first: Script = [read_request, send(head(connection="close") + chunk(BODY) + LAST_CHUNK)]
    assert run(script, first, whole).splitlines() == [TEXT, "whole", "whole", "2"]


def test_nothing_is_imported_before_it_is_needed() -> None:
    script = """
heavy = {"aiohttp", "uvloop", "asyncio"} & set(sys.modules) - {"asyncio"}
assert not heavy, heavy
c = client()
c.stream("hi")
heavy = {"aiohttp", "uvloop"} & set(sys.modules)
print(sorted(heavy))
"""
    assert run(script, GOOD).strip() == "[]"


def test_a_spawned_pool_of_processes_streams() -> None:
    script = """
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
def ask(number):
    with client() as c:
        return c.stream("hi").get_final_text()
with client() as c:
    c.stream("hi").until_done()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        print(len(set(pool.map(ask, range(4)))))
"""
    assert run(script, GOOD).strip() == "1"


def test_the_end_mark_frees_a_program_whose_server_stays() -> None:
    script = 'print(client().stream("hi").get_final_text())'
    assert run(script, [read_request, send(head() + chunk(BODY)), reached("sent"), silence]).strip() == TEXT
    assert DONE in BODY
