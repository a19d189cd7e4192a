"""`slipstream chat` on a real terminal emulator: long answers, resize, Ctrl-C, and keys that are pressed meanwhile."""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from tests.cli.shell import COMMAND, PATIENCE, Shell, environment
from tests.cli.wire import answer, asked, chunk
from tests.conftest import Require
from tests.replay_server import ReplayServer

PROMPT = "> "
TEXT = """# 天空为什么是蓝色的

Because of **Rayleigh scattering**: short waves are scattered *more*.
阳光进入大气层后，蓝光被散射得最多，所以天空是蓝色的。

| 颜色 | nm | scattered |
|---|---:|:---:|
| 红 red | 700 | 1.0 |
| 蓝 blue | 450 | 5.9 |

```python
def scattering(wavelength: float) -> float:
    return (700 / wavelength) ** 4  # 蓝
```

1. first
   - nested 项目
2. second

The end.
"""
SHOWN = """
天空为什么是蓝色的
Because of Rayleigh scattering: short waves are scattered more.
│ 颜色    │  nm │ scattered │
│ 红 red  │ 700 │    1.0    │
│ 蓝 blue │ 450 │    5.9    │
def scattering(wavelength: float) -> float:
    return (700 / wavelength) ** 4  # 蓝
first
nested 项目
The end.
""".strip().split("\n")
"""What must be seen of it, from above to below."""


def pieces(text: str = TEXT, size: int = 7) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def long_answer(text: str = TEXT) -> list[bytes]:
    """Thinking, the text, and a call of a tool."""
    call = {"index": 0, "id": "c1", "type": "function",
            "function": {"name": "get_weather", "arguments": '{"city": "北京"}'}}  # fmt: skip
    frames = answer(pieces(text), thinking=["Let me ", "think ", "about it. "] * 5)
    return [*frames[:-2], chunk({"tool_calls": [call]}), *frames[-2:]]


def check(lines: list[str]) -> None:
    """All that must be seen is there once, in order."""
    joined = "\n".join(lines)
    at = -1
    for part in SHOWN:
        found = joined.find(part, at + 1)
        assert found > at, f"{part!r} is not where it belongs in:\n{joined}"
        at = found
    for once in ("天空为什么", "def scattering", "The end.", "┌"):
        assert joined.count(once) == 1, f"{once!r} is there more than once in:\n{joined}"


@pytest.mark.parametrize("rows", [40, 12])
def test_a_long_answer_stands_as_it_should(server: ReplayServer, rows: int) -> None:
    server.serve(chunks=long_answer(), pause=0.004)
    with Shell("chat", "why?", "--base-url", server.url, columns=70, rows=rows) as shell:
        assert shell.wait() == 0
        check(shell.all_lines)
        assert any(re.match(r"▸ thought for \d+ s", line) for line in shell.all_lines)
        assert any('get_weather(city="北京")' in line for line in shell.all_lines)
        assert shell.all_lines[-1].endswith("tool_calls")
        assert not shell.cursor_hidden()
        assert shell.echoes()


def test_on_the_smallest_screen_nothing_is_lost_or_said_twice(server: ReplayServer) -> None:
    server.serve(chunks=long_answer(), pause=0.004)
    with Shell("chat", "why?", "--base-url", server.url, columns=70, rows=4) as shell:
        assert shell.wait() == 0
        joined = "\n".join(shell.all_lines)
    for once in ("天空为什么", "颜色", "450", "def scattering", "** 4  # 蓝", "nested 项目", "The end."):
        assert joined.count(once) == 1, joined


@pytest.mark.parametrize("sizes", [[(100, 10)], [(30, 40), (31, 9), (90, 30)]])
def test_after_resizes_in_the_middle_all_is_right_again(server: ReplayServer, sizes: list[tuple[int, int]]) -> None:
    long = [f"Paragraph {number} {'天空 blue ' * 20}.\n\n" for number in range(6)]
    server.serve(chunks=answer([*long, *pieces()]), pause=0.015)
    with Shell("chat", "why?", "--base-url", server.url, columns=80, rows=24) as shell:
        for number, size in enumerate(sizes):
            shell.see(f"Paragraph {number}")
            shell.resize(*size)
        assert shell.wait() == 0
        tail = shell.all_lines
        for part in ("┌", "The end.", "def scattering"):
            assert sum(part in line for line in tail) == 1
        assert all(sum(line.startswith(f"Paragraph {number}") for line in tail) == 1 for number in range(6)), tail
        assert not shell.cursor_hidden()


def test_ctrl_c_in_the_middle_leaves_the_terminal_clean_and_the_talk_goes_on(server: ReplayServer) -> None:
    endless = ["# Title\n\n", "| a | b |\n|---|---|\n", *(f"| {number} | 天 |\n" for number in range(2000))]
    server.serve(chunks=answer(endless), pause=0.02).serve(chunks=long_answer())
    with Shell("chat", "--base-url", server.url, columns=70, rows=20) as shell:
        shell.expect(PROMPT)
        shell.send("tell me\n")
        shell.see("│ 3 ")
        assert shell.cursor_hidden()
        assert not shell.echoes()
        shell.interrupt()
        shell.expect("stopped; what came is kept")
        shell.expect(PROMPT)
        lines = shell.all_lines
        assert "^C" not in "\n".join(lines)
        assert sum(line.startswith("└") for line in lines) == 1  # the table has been closed
        assert not shell.cursor_hidden()
        shell.send("and now?\n")
        shell.expect("tool_calls")
        shell.expect(PROMPT)
        check(shell.all_lines[len(lines) - 1 :])
        shell.send("\x04")
        assert shell.wait() == 0
        assert shell.echoes()
    first, second = asked(server.requests)
    assert first == [("user", "tell me")]
    assert second[1][0] == "assistant"
    assert second[1][1].startswith("# Title\n\n| a | b |")


def finish_third(shell: Shell) -> None:
    """The second question was typed ahead, and so was the beginning of the third."""
    shell.expect("next")
    shell.expect(PROMPT)
    shell.send("d?\n")
    shell.expect("next")
    shell.expect(PROMPT)
    shell.send("\x04")
    assert shell.wait() == 0


def test_keys_pressed_meanwhile_spoil_nothing_and_reach_the_next_prompt(server: ReplayServer) -> None:
    server.serve(chunks=answer(["one ", "two ", "three"]), pause=0.4).serve(chunks=answer(["next"]))
    with Shell("chat", "--base-url", server.url) as shell:
        shell.expect(PROMPT)
        shell.send("first?\n")
        shell.see("one")
        shell.send("second?\nthir")
        shell.expect("stop")
        assert "one two three" in shell.lines
        finish_third(shell)
    assert [messages[-1][1] for messages in asked(server.requests)] == ["first?", "second?", "third?"]


def test_keys_pressed_before_ctrl_c_reach_the_next_prompt_too(server: ReplayServer) -> None:
    server.serve(chunks=answer(["word "] * 5000), pause=0.05).serve(chunks=answer(["next"]))
    with Shell("chat", "--base-url", server.url) as shell:
        shell.expect(PROMPT)
        shell.send("first?\n")
        shell.see("word word")
        assert not shell.discards()
        shell.send("second?\nthir")
        shell.interrupt()
        shell.expect("stopped; what came is kept")
        finish_third(shell)
        assert shell.discards()
    assert [messages[-1][1] for messages in asked(server.requests)] == ["first?", "second?", "third?"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_ends_the_program_leaves_the_terminal_clean(server: ReplayServer, number: int) -> None:
    server.serve(chunks=answer(["word "] * 5000), pause=0.05)
    with Shell("chat", "why?", "--base-url", server.url) as shell:
        shell.see("word word")
        assert not shell.echoes()
        os.kill(shell.pid, number)
        assert shell.wait() == 128 + number
        assert shell.echoes()
        assert shell.discards()
        assert not shell.cursor_hidden()


def test_an_answer_that_is_taken_back_is_told(server: ReplayServer) -> None:
    frames = answer(["Not this."], reason="sensitive")
    server.serve(chunks=frames)
    with Shell("chat", "why?", "-m", "glm-4.6", "--base-url", server.url) as shell:
        shell.wait()
        assert any("taken back" in line for line in shell.lines), shell.lines


def test_boxes_of_a_picture_are_shown(server: ReplayServer, tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x64\x00\x00\x00\x64\x08\x02\x00\x00\x00"
    (tmp_path / "a.png").write_bytes(png)
    server.serve(chunks=answer(["A cat: ", '{"bbox_2d": [100, 200, 300, 400], "label": "cat"}', " there."]))
    with Shell("chat", "where?", "--image", "a.png", "--base-url", server.url, cwd=tmp_path) as shell:
        assert shell.wait() == 0
        assert any("cat (0.1, 0.2, 0.3, 0.4)" in line for line in shell.lines), shell.lines


@pytest.mark.parametrize("options", [[], ["--json"], ["--render", "--status"]])
def test_a_pipe_that_ends_on_the_terminal_is_not_wiped_by_the_status_line(
    server: ReplayServer, options: list[str]
) -> None:
    server.serve(chunks=answer(["one ", "two ", "three "], thinking=["hm"]), pause=0.25)
    command = shlex.join([*COMMAND, "chat", "why?", "--base-url", server.url, *options])
    with Shell(command=("/bin/sh", "-c", f"{command} | cat")) as shell:
        assert shell.wait() == 0
        shown = "".join(shell.lines)
    for word in ("one", "two", "three"):
        assert shown.count(word) == 1, shown
    assert b"receiving" not in shell.raw  # as the line would say beside the answer


def test_an_interrupt_does_not_wait_for_a_terminal_that_takes_nothing(server: ReplayServer) -> None:
    much = "a paragraph\n\n" * 8_000  # more than a pseudo-terminal holds that nobody reads
    server.serve(chunks=answer([much, *["word "] * 5000]), pause=0.05)
    ours, theirs = os.openpty()
    command = [*COMMAND, "chat", "hi", "--no-status", "--base-url", server.url]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, env=environment()
    ) as process:
        try:
            assert select.select([ours], [], [], PATIENCE)[0]
            os.kill(process.pid, signal.SIGINT)
            assert process.wait(PATIENCE) == 130
        finally:
            process.kill()
            os.close(ours)
            os.close(theirs)


def test_ctrl_z_gives_the_shell_a_clean_terminal_and_the_answer_goes_on_after_it(
    server: ReplayServer, require: Require
) -> None:
    bash = shutil.which("bash")
    require(bash, "there is no bash")
    assert bash is not None
    server.serve(chunks=answer([*(f"word{number} " for number in range(40)), "the end"]), pause=0.03)
    with Shell(command=(bash, "--norc", "--noediting", "-i"), env={"PS1": "sh$ "}) as shell:
        shell.expect("sh$ ")
        shell.send(shlex.join([*COMMAND, "chat", "why?", "--base-url", server.url]) + "\n")
        shell.see("word3")
        shell.send("\x1a")
        shell.expect("Stopped")
        shell.expect("sh$ ")
        assert not any("word" in line for line in shell.lines)
        assert shell.echoes()
        assert shell.discards()
        assert not shell.cursor_hidden()
        shell.send("fg\n")
        shell.see("the end")
        shell.expect("sh$ ")
        text = " ".join(shell.lines[-5:])
        assert " ".join([*(f"word{number}" for number in range(40)), "the end"]) in text
        assert not shell.cursor_hidden()
        shell.send("exit\n")
        assert shell.wait() == 0
