"""`slipstream replay` between pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.shell import COMMAND, PATIENCE, environment, run
from tests.cli.wire import answer
from tests.conftest import CORPORA, Require
from tests.record.recordings import EVENTS, event_lines, timed_lines
from tests.replay_server import ReplayServer

from slipstream.cli.replay import Settings, open_stream
from slipstream.errors import InvalidRequestError
from slipstream.run import failures

TEXT = "天空 is blue.\n"


def recorded(tmp_path: Path) -> str:
    path = tmp_path / "answer.jsonl"
    path.write_bytes(b"".join(timed_lines()))
    return str(path)


def test_a_pipe_gets_the_text_exactly_at_the_pace_of_the_recording(tmp_path: Path) -> None:
    began = time.monotonic()
    done = run("replay", recorded(tmp_path))
    assert time.monotonic() - began >= 1.2  # the last event came 1.2 s after the start
    assert (done.stdout.decode(), done.stderr, done.returncode) == (TEXT, b"", 0)
    shown = run("replay", recorded(tmp_path), "--speed", "max", "--show-thinking", "--status")
    assert shown.stdout.decode() == f"[thinking]\nhm ?\n\n[answer]\n{TEXT}"
    assert shown.stderr.decode() == "4 tokens · stop\n"


def test_json_gives_the_events_back(tmp_path: Path) -> None:
    again = run("replay", recorded(tmp_path), "--speed", "max", "--json").stdout
    lines = [json.loads(line) for line in again.splitlines()]
    assert [line["type"] for line in lines] == [event.type for event in EVENTS]
    once_more = run("replay", "-", "--speed", "max", "--json", stdin=again)
    assert once_more.stdout == again


def test_standard_input_is_shown_while_it_is_made() -> None:
    with subprocess.Popen(
        [*COMMAND, "replay", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"".join(event_lines()[:7]))
        process.stdin.flush()
        assert process.stdout.read(4) == "天".encode() + "空".encode()[:1]  # before the recording is whole
        process.stdin.write(b"{oops\n")
        process.stdin.close()
        assert process.stdout.read() == "空".encode()[1:] + b" is \n"
        assert process.stderr.read().startswith(b"error: standard input: line 8 is no event: it is no JSON\n")
        assert process.wait(PATIENCE) == 1


def test_text_is_played_at_the_rate(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Title\n\n" + "word " * 40)
    began = time.monotonic()
    done = run("replay", "a.md", "--rate", "100", cwd=tmp_path)
    assert time.monotonic() - began > 0.5  # some 52 tokens
    assert done.stdout.decode() == "# Title\n\n" + "word " * 40 + "\n"
    assert run("replay", "--text", "-", "--speed", "0", stdin=b"plain").stdout == b"plain\n"
    assert run("replay", "--text", "-", "--speed", "0", stdin=b"plain").stdout == b"plain\n"
    refused = run("replay", "-", stdin=b"plain")
    assert refused.returncode == 1
    assert refused.stderr.decode().splitlines()[0] == "error: standard input: is no recording; it begins: 'plain'"
    assert "; --text plays any text" in refused.stderr.decode()


def test_a_pipe_may_get_what_a_terminal_shows(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Sky\n\nIt is **blue**.\n")
    play = ("replay", "a.md", "--speed", "max", "--render")
    done = run(*play, cwd=tmp_path)
    assert done.stdout.decode() == "\x1b[2m# \x1b[0m\x1b[1;35mSky\x1b[0m\n\nIt is \x1b[1mblue\x1b[0m.\n"
    assert done.stderr == b""
    bare = run(*play, cwd=tmp_path, env={"NO_COLOR": "1", "COLUMNS": "8"})
    assert bare.stdout.decode() == "# Sky\n\nIt is\nblue.\n"
    figures = run(*play, "--status", cwd=tmp_path)
    assert (figures.stdout, figures.returncode) == (done.stdout, 0)
    assert b"tokens" in figures.stderr


@pytest.mark.skipif(os.name != "posix", reason="a shell closes it")
def test_a_closed_stdout_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("It is **blue**.\n")
    command = [*COMMAND, "replay", "a.md", "--speed", "max", "--render"]
    shell = ["sh", "-c", '"$@" >&-', "sh", *command]
    done = subprocess.run(shell, cwd=tmp_path, env=environment(), capture_output=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_providers_body_and_its_error(require: Require, tmp_path: Path) -> None:
    require(CORPORA.is_dir(), "no corpora")
    streams = CORPORA / "streams"
    body = next((streams / "anthropic").glob("04-*"))
    done = run("replay", str(body), "--speed", "max")
    assert done.returncode == 0
    assert done.stdout.decode() == run("replay", str(body), "--speed", "max", "--dialect", "anthropic").stdout.decode()
    refusal = streams / "http_errors" / "anthropic-401-03.body"
    told = run("replay", str(refusal))
    assert (told.returncode, told.stdout) == (1, b"")
    assert told.stderr.decode().splitlines() == [
        f"error: recorded in {refusal}: an HTTP error, no stream: invalid x-api-key",
        f"  {failures.HINTS['AuthenticationError']}",
    ]
    (tmp_path / "tiny.md").write_text("# Hi\n")
    refused = run("replay", "--dialect", "anthropic", "tiny.md", cwd=tmp_path)
    assert "tiny.md: is no body of the dialect anthropic: it is no recording" in refused.stderr.decode()


@pytest.mark.parametrize(
    ("file", "options", "words"),
    [
        ("none.jsonl", {}, "none.jsonl: cannot be read (No such file or directory)"),
        (".", {}, ".: cannot be read (it is a folder)"),
        ("empty", {}, "empty: is empty"),
        ("empty", {"text": True}, "empty: is empty"),
        ("binary", {}, "binary: is binary, or text in another encoding than UTF-8"),
        ("answer.jsonl", {"speed": "fast"}, "speed is 'fast'; accepted: a number above 0"),
        ("answer.jsonl", {"speed": "-1"}, "speed is -1.0; accepted: a number above 0"),
        ("answer.jsonl", {"rate": 0.0}, "rate: 0.0; accepted: tokens a second"),
        ("answer.jsonl", {"dialect": "antropic"}, "no dialect is named 'antropic'"),
    ],
)
def test_what_cannot_be_replayed_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, options: dict[str, Any], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path)
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    with pytest.raises(InvalidRequestError) as caught:
        open_stream(Settings(file=file, **{"speed": "1", "rate": 50.0, **options}))
    assert caught.value.message.startswith(words)
    assert "text=True" not in (caught.value.hint or "")  # advice is in words of the command line


def test_a_refusal_is_two_lines_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    done = run("replay", "empty", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().splitlines()[0] == "error: empty: is empty"


def test_an_interrupt_stops_it(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("word " * 1000)
    with subprocess.Popen(
        [*COMMAND, "replay", "a.md"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(), cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(5) == b"word "
        os.kill(process.pid, signal.SIGINT)
        assert process.stdout.read().endswith(b"\n")
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 130


# ---- chat --record


def test_chat_keeps_what_comes_and_never_what_was_asked(server: ReplayServer, tmp_path: Path) -> None:
    server.serve(chunks=answer(["one ", "two"], thinking=["hm"]), pause=0.1)
    key = "sk-secret-123456789"
    arguments = ("chat", "my prompt", "-s", "my system", "--base-url", server.url, "--key-env", "MY_KEY")
    done = run(*arguments, "--record", "a.jsonl", env={"MY_KEY": key}, cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == (b"one two\n", b"", 0)
    kept = (tmp_path / "a.jsonl").read_text()
    for secret in (key, "my prompt", "my system"):
        assert secret not in kept
    assert json.loads(kept.splitlines()[-1])["at"] >= 0.3
    began = time.monotonic()
    assert run("replay", "a.jsonl", cwd=tmp_path).stdout == b"one two\n"
    assert time.monotonic() - began >= 0.3
    refused = run(*arguments, "--record", "a.jsonl", env={"MY_KEY": key}, cwd=tmp_path)
    assert refused.stderr.startswith(b"error: record: a.jsonl exists; name another file, or remove it\n")
    assert len(server.requests) == 1  # nothing was asked
    assert (tmp_path / "a.jsonl").read_text() == kept


def test_a_failed_answer_is_kept_with_its_error(server: ReplayServer, tmp_path: Path) -> None:
    server.serve(chunks=answer(["so far"])[:2])
    assert run("chat", "hi", "--base-url", server.url, "--record", "a.jsonl", cwd=tmp_path).returncode == 1
    done = run("replay", "a.jsonl", "--speed", "max", cwd=tmp_path)
    assert (done.stdout, done.returncode) == (b"so far\n", 1)
    assert done.stderr.decode() == "error: recorded in a.jsonl: the body ended without the provider's end mark\n"


def test_record_is_refused_where_it_makes_no_sense(server: ReplayServer, tmp_path: Path) -> None:
    whole = run("chat", "hi", "--no-stream", "--record", "a.jsonl", "--base-url", server.url, cwd=tmp_path)
    assert whole.returncode == 2
    assert b"--record keeps what streams" in whole.stderr
    nowhere = run("chat", "hi", "--record", "none/a.jsonl", "--base-url", server.url, cwd=tmp_path)
    assert nowhere.stderr.startswith(b"error: record: the file 'none/a.jsonl' cannot be opened")
    assert server.requests == []
