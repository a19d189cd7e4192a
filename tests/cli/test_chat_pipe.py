"""`slipstream chat` between pipes: one answer on stdout, and nothing else."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
from tests.cli.shell import COMMAND, PATIENCE, environment, run
from tests.cli.wire import answer, asked, whole
from tests.conftest import Require
from tests.replay_server import ReplayServer

TEXTS = ["第一个", "：\x1b[31m红", "\n", "second 🐙"]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x03\x08\x02\x00\x00\x00"


def test_a_pipe_gets_the_answer_exactly_and_nothing_else(server: ReplayServer) -> None:
    server.serve(chunks=answer(TEXTS, thinking=["hm", "m"]))
    done = run("chat", "讲几个", "冷知识", "--base-url", server.url, "-s", "be brief")
    assert done.stdout.decode() == "".join(TEXTS) + "\n"
    assert done.stderr == b""
    assert done.returncode == 0
    assert list(asked(server.requests)) == [[("system", "be brief"), ("user", "讲几个 冷知识")]]


def test_the_prompt_and_what_is_piped_in_are_one_question(server: ReplayServer) -> None:
    server.serve(chunks=answer(["ok\n"]))
    done = run("chat", "Summarise:", "--base-url", server.url, stdin="\ufeff一\n二\n".encode())
    assert done.stdout == b"ok\n"  # a line end of its own is enough
    assert list(asked(server.requests)) == [[("user", "Summarise:\n\n一\n二")]]


def test_what_is_piped_in_alone_is_the_question(server: ReplayServer) -> None:
    server.serve(chunks=answer(["ok"]))
    assert run("chat", "--base-url", server.url, stdin=b"hello\n").stdout == b"ok\n"
    assert list(asked(server.requests)) == [[("user", "hello")]]


def test_nothing_asked_and_bytes_that_are_no_text_are_refused(server: ReplayServer) -> None:
    nothing = run("chat", "--base-url", server.url, stdin=b" \n")
    assert nothing.returncode == 2
    assert b"nothing is asked" in nothing.stderr
    binary = run("chat", "what is this?", "--base-url", server.url, stdin=b"ab\xff\xfe")
    assert binary.returncode == 1
    assert binary.stderr.startswith(b"error: standard input is not UTF-8 text (byte 2)\n  pictures go by --image")
    assert server.requests == []


def test_json_gives_every_event_on_a_line(server: ReplayServer) -> None:
    server.serve(chunks=answer(TEXTS, thinking=["hm"]))
    done = run("chat", "hi", "--json", "--base-url", server.url)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert "".join(event["text"] for event in events if event["type"] == "text-delta") == "".join(TEXTS)
    assert [event["type"] for event in events if "delta" not in event["type"]] == [
        "start", "step-start", "reasoning-start", "reasoning-end", "text-start", "text-end", "usage", "step-end",
        "finish",
    ]  # fmt: skip
    assert b"\x1b" not in done.stdout
    assert done.stderr == b""


def test_json_tells_an_error_as_an_event_too(server: ReplayServer) -> None:
    server.serve(chunks=answer(["so far"])[:2])
    done = run("chat", "hi", "--json", "--base-url", server.url)
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["type"], last["kind"]) == ("error", "StreamInterruptedError")
    assert done.stderr.startswith(b"error: the body ended without the provider's end mark\n")
    assert done.returncode == 1


def test_no_stream_asks_for_the_whole_answer(server: ReplayServer) -> None:
    server.serve(body=whole("all at once"))
    done = run("chat", "hi", "--no-stream", "--status", "--base-url", server.url)
    assert done.stdout == b"all at once\n"
    assert done.stderr.decode().startswith("3 tokens · total ")
    assert json.loads(server.requests[0].body).get("stream") is not True
    message = json.loads(run("chat", "hi", "--no-stream", "--json", "--base-url", server.url).stdout)
    assert (message["type"], message["text"]) == ("message", "all at once")


def test_status_lines_go_to_stderr_and_thinking_into_the_pipe_only_when_asked_for(server: ReplayServer) -> None:
    server.serve(chunks=answer(["yes"], thinking=["let me", " see"], usage=False))
    done = run("chat", "hi", "--status", "--show-thinking", "--debug", "--base-url", server.url)
    assert done.stdout == b"[thinking]\nlet me see\n\n[answer]\nyes\n"
    summary, debug = done.stderr.decode().splitlines()
    assert summary.startswith("~")  # nobody sent a usage, so it is our own count
    assert "tokens (3 thinking) · first " in summary
    assert summary.endswith(" · stop")
    assert debug.startswith("debug: attempts 1, bytes ")


@pytest.mark.parametrize("thinking", [(), ("hm",)])
def test_a_refused_answer_is_an_error(server: ReplayServer, thinking: tuple[str, ...]) -> None:
    server.serve(chunks=answer([], thinking=thinking, reason="content_filter"))
    done = run("chat", "hi", "--base-url", server.url)
    assert done.stderr.startswith(b"error: the provider's filter stopped the answer before it said anything "
                                  b"(content_filter")  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b"")
    told = run("chat", "hi", "--json", "--base-url", server.url)
    assert (told.returncode, told.stderr) == (1, b"")
    assert json.loads(told.stdout.splitlines()[-1])["reason"] == "content_filter"


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        ("content_filter", b"the provider's filter stopped the answer (content_filter)\n"),
        ("length", b"the answer was cut at the token limit\n"),
    ],
)
def test_a_part_of_an_answer_says_so(server: ReplayServer, reason: str, note: bytes) -> None:
    server.serve(chunks=answer(["so far"], reason=reason))
    done = run("chat", "hi", "--base-url", server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"so far\n", note)
    told = run("chat", "hi", "--json", "--base-url", server.url)
    assert (told.returncode, told.stderr) == (0, b"")
    if reason == "length":  # the line with the figures says it too
        shown = run("chat", "hi", "--status", "--base-url", server.url)
        assert shown.stderr.count(b"cut at the token limit") == 1


def test_a_picture_is_sent_before_the_text(server: ReplayServer, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    server.serve(chunks=answer(["a cat"]))
    done = run("chat", "what?", "--image", "a.png", "--base-url", server.url, cwd=tmp_path)
    assert done.stdout == b"a cat\n"
    assert list(asked(server.requests)) == [[("user", "<image_url>what?")]]
    (tmp_path / "notes.txt").write_text("Buy milk.")
    done = run("chat", "what?", "--file", "notes.txt", "--base-url", server.url, cwd=tmp_path)
    assert done.returncode == 0
    assert "Buy milk." in list(asked(server.requests))[-1][0][1]
    unread = run("chat", "what?", "--file", "none.pdf", "--base-url", server.url, cwd=tmp_path)
    assert unread.stderr.startswith(b"error: files[0]: the file 'none.pdf' cannot be read")
    missing = run("chat", "what?", "--image", "none.png", "--base-url", server.url, cwd=tmp_path)
    assert missing.stderr.startswith(b"error: images[0]: the file 'none.png' cannot be read")


def test_an_error_is_a_readable_line_and_a_traceback_only_with_debug(server: ReplayServer) -> None:
    key = "sk-secret-123456789"
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {key}", "code": "invalid_api_key"}}).encode()
    server.serve(status=401, body=body, headers={"x-request-id": "req-7"})
    arguments = ("chat", "my prompt", "--provider", "openai", "-m", "gpt-4o-mini", "--base-url", server.url)
    done = run(*arguments, env={"OPENAI_API_KEY": key})
    first, hint = done.stderr.decode().splitlines()
    assert first.startswith("error: Incorrect API key provided")
    assert "req-7" in first
    assert hint == "  check the key, and that it belongs to this provider and region"
    assert (done.returncode, done.stdout) == (1, b"")
    told = run(*arguments, "--debug", env={"OPENAI_API_KEY": key}).stderr.decode()
    assert "Traceback (most recent call last)" in told
    for text in (done.stderr.decode(), told):
        assert key not in text
        assert "my prompt" not in text
    assert server.requests[0].headers["authorization"] == f"Bearer {key}"


def test_a_missing_key_says_which_variable_and_needs_no_network() -> None:
    done = run("chat", "hi", "--model", "openai/gpt-4o-mini")
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "error: no API key for openai",
        "  export OPENAI_API_KEY (get one at https://platform.openai.com/api-keys), or use --model local, "
        "which needs none",
    ]


def test_a_key_from_another_variable(server: ReplayServer) -> None:
    server.serve(chunks=answer(["ok"]))
    run("chat", "hi", "--key-env", "OTHER", "--base-url", server.url, env={"OTHER": "abcdef123"})
    assert server.requests[0].headers["authorization"] == "Bearer abcdef123"
    unset = run("chat", "hi", "--key-env", "sk-oops-this-is-the-key", "--base-url", server.url)
    assert unset.returncode == 1
    assert b"oops" not in unset.stderr


def test_what_had_arrived_stays_when_the_stream_breaks(server: ReplayServer) -> None:
    server.serve(chunks=answer(["so far"])[:2])
    done = run("chat", "hi", "--base-url", server.url)
    assert done.stdout == b"so far\n"
    assert done.stderr.decode().splitlines()[1] == "  what had arrived is shown above; ask again for the rest"
    assert done.returncode == 1


@pytest.mark.parametrize("options", [(), ("--json",), ("--no-stream",)])
def test_nothing_is_said_to_be_shown_when_nothing_had_arrived(server: ReplayServer, options: tuple[str, ...]) -> None:
    server.serve(chunks=answer(["never shown"], thinking=["hm"])[: 0 if options else 2])
    server.serve(chunks=[])
    done = run("chat", "hi", *options, "--base-url", server.url)
    assert done.returncode == 1
    assert b"shown above" not in done.stderr
    assert options or b"  nothing of the answer is shown; ask again\n" in done.stderr
    assert b".partial" not in done.stderr


def test_a_closed_pipe_is_no_error(server: ReplayServer) -> None:
    server.serve(chunks=answer(["line\n"] * 2000), pause=0.002)
    with subprocess.Popen(
        [*COMMAND, "chat", "hi", "--base-url", server.url], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) == 141


def test_a_full_disk_is_one_line(server: ReplayServer, require: Require) -> None:
    require(Path("/dev/full").exists(), "this system has no /dev/full")
    server.serve(chunks=answer(["text"]))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "chat", "hi", "--base-url", server.url], stdin=subprocess.DEVNULL, stdout=full,
            stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE,
        )  # fmt: skip
    assert done.stderr.decode() == "error: the output cannot be written (No space left on device)\n"
    assert done.returncode == 1


def test_a_closed_standard_input_is_none(server: ReplayServer) -> None:
    server.serve(chunks=answer(["text"]))
    command = " ".join(map(shlex.quote, [*COMMAND, "chat", "hi", "--base-url", server.url]))
    done = subprocess.run(["sh", "-c", f"{command} <&-"], capture_output=True, env=environment(), timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"text\n", b"")


def test_an_interrupt_stops_the_answer_and_says_130(server: ReplayServer) -> None:
    server.serve(chunks=answer(["word "] * 5000), pause=0.01)
    with subprocess.Popen(
        [*COMMAND, "chat", "hi", "--status", "--base-url", server.url], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == b"word word "  # it arrives piece by piece, not at the end
        os.kill(process.pid, signal.SIGINT)
        rest = process.stdout.read()
        assert rest.removesuffix(b"\n").replace(b"word ", b"") == b""
        assert process.stderr.read().decode().endswith(" · stopped\n")
        assert process.wait(PATIENCE) == 130
    assert len(rest) < 5000
