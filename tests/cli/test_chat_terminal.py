"""`slipstream chat` on a terminal: one answer as a person sees it."""

from __future__ import annotations

import re

from tests.cli.shell import Shell
from tests.cli.wire import answer, whole
from tests.replay_server import Gate, ReplayServer

DIM = "\x1b[2m"
WIPE = "\r\x1b[2K"


def untimed(lines: list[str]) -> list[str]:
    """The lines, as if the model had thought for no time: on a busy machine it may be seconds."""
    return [re.sub(r"thought for \d+ s", "thought for 0 s", line) for line in lines]


def test_text_appears_as_it_arrives_and_figures_after_it(server: ReplayServer) -> None:
    begin, second, third = Gate(), Gate(), Gate()
    role, *texts = answer(["天空", "是", "蓝色的"])
    server.serve(chunks=[begin, role, texts[0], second, texts[1], third, *texts[2:]])
    with Shell("chat", "why?", "--base-url", server.url) as shell:
        shell.expect("connecting")
        begin.open()
        shell.expect("天空")
        second.open()
        shell.expect("是")
        assert "蓝" not in shell.raw.decode(errors="replace")
        third.open()
        shell.expect("蓝色的")
        assert shell.wait() == 0
        text, figures = shell.lines
    assert text == "天空是蓝色的"
    assert re.match(r"3 tokens · first \d+\.\d+ s", figures), figures
    assert figures.endswith(" tokens/s · stop")


def test_plain_writes_the_text_itself_and_wipes_the_status_line_before_it(server: ReplayServer) -> None:
    begin, more = Gate(), Gate()
    role, title, *rest = answer(["# 天空 ", "**是**"])
    server.serve(chunks=[begin, role, title, more, *rest])
    with Shell("chat", "why?", "--plain", "--base-url", server.url) as shell:
        shell.expect("connecting")
        begin.open()
        shell.expect(WIPE + "# 天空 ")
        more.open()
        assert shell.expect("**是**\r\n") == ""
        assert shell.wait() == 0
        assert shell.lines[0] == "# 天空 **是**"


def test_thinking_is_folded_shown_or_hidden(server: ReplayServer) -> None:
    thoughts = [f"thought {number}\n\n" for number in range(12)]
    shown = [line for number in range(12) for line in (f"  thought {number}", "")]
    server.serve(chunks=answer(["\n\nForty", "-two"], thinking=thoughts))
    for option, above in (
        ((), ["▸ thought for 0 s (24 words)", ""]),
        (("--show-thinking",), [*shown[:-1], "thought for 0 s (24 words)", ""]),
        (("--hide-thinking",), []),
    ):
        with Shell("chat", "why?", "--base-url", server.url, *option) as shell:
            assert shell.wait() == 0
            assert untimed(shell.lines[:-1]) == [*above, "Forty-two"]
            assert (DIM.encode() in shell.raw) or option == ("--hide-thinking",)


def test_hidden_thinking_shows_in_the_progress_line(server: ReplayServer) -> None:
    go_on = Gate()
    role, thought, *rest = answer(["42"], thinking=["hm"])
    server.serve(chunks=[role, thought, go_on, *rest])
    with Shell("chat", "why?", "--hide-thinking", "--base-url", server.url) as shell:
        shell.expect("thinking ")
        go_on.open()
        shell.expect("42")
        assert shell.wait() == 0
        assert shell.lines[0] == "42"


def test_hidden_thinking_is_not_said_to_be_shown(server: ReplayServer) -> None:
    for option, hint in (
        ("--hide-thinking", "nothing of the answer is shown"),
        ("--show-thinking", "what had arrived"),
    ):
        server.serve(chunks=answer(["42"], thinking=["hm"])[:2])
        with Shell("chat", "why?", option, "--base-url", server.url) as shell:
            assert shell.wait() == 1
            assert shell.lines[-1].startswith(f"  {hint}")


def test_plain_thinking_is_dimmed_and_set_apart(server: ReplayServer) -> None:
    server.serve(chunks=answer(["\n\nForty", "-two"], thinking=["Hm", ", let me see"]))
    with Shell("chat", "why?", "--plain", "--base-url", server.url) as shell:
        assert shell.wait() == 0
        assert shell.lines[:3] == ["Hm, let me see", "", "Forty-two"]
        assert f"{DIM}Hm\x1b[0m".encode() in shell.raw
        assert b"\x1b[0m\r\n\r\nForty" in shell.raw


def test_no_status_leaves_the_answer_alone(server: ReplayServer) -> None:
    server.serve(chunks=answer(["yes"]))
    with Shell("chat", "why?", "--no-status", "--base-url", server.url) as shell:
        assert shell.wait() == 0
        assert shell.lines == ["yes"]
        assert b"connecting" not in shell.raw


def test_a_whole_answer_is_rendered_too(server: ReplayServer) -> None:
    server.serve(body=whole("| a | b |\n|---|---|\n| 1 | 2 |"))
    with Shell("chat", "why?", "--no-stream", "--base-url", server.url) as shell:
        assert shell.wait() == 0
        assert shell.lines[0].startswith("┌")
        assert "total" in shell.lines[-1]


def test_no_color_leaves_only_what_moves_the_cursor(server: ReplayServer) -> None:
    server.serve(chunks=answer(["**yes**"], thinking=["hm"]))
    with Shell("chat", "why?", "--base-url", server.url, env={"NO_COLOR": "1"}) as shell:
        assert shell.wait() == 0
        assert untimed(shell.lines[:-1]) == ["▸ thought for 0 s (1 word)", "", "yes"]
        assert not re.search(rb"\x1b\[[1-9][0-9;]*m", shell.raw)
    with Shell("chat", "why?", "--plain", "--base-url", server.url, env={"NO_COLOR": "1"}) as shell:
        assert shell.wait() == 0
        assert shell.lines[:5] == ["[thinking]", "hm", "", "[answer]", "**yes**"]
        assert b"\x1b[" not in shell.raw.replace(b"\x1b[2K", b"")


def test_a_dumb_terminal_gets_no_control_sequence_at_all(server: ReplayServer) -> None:
    server.serve(chunks=answer(["**yes**"]))
    with Shell("chat", "why?", "--base-url", server.url, env={"TERM": "dumb"}) as shell:
        assert shell.wait() == 0
        assert shell.lines[0] == "**yes**"
        assert b"\x1b" not in shell.raw


def test_no_escape_sequence_of_the_model_reaches_the_terminal(server: ReplayServer) -> None:
    evil = ["a\x1b]0;title\x07b", "\x1b", "[2J", "\x9b31m", "c\x08\x08", "x\r", "\ny\rz", "\x7f\u202e!"]
    server.serve(chunks=answer(evil, thinking=["\x1b[8mhidden"]))
    for option in ("--plain", "--show-thinking"):
        with Shell("chat", "why?", option, "--base-url", server.url) as shell:
            assert shell.wait() == 0
            assert shell.lines[0].strip() == "␛[8mhidden"
            assert any(line.startswith("a␛]0;title␇b␛[2J") for line in shell.lines)
            for sequence in ("\x1b]0", "\x1b[2J", "\x9b", "\x08", "\x1b[8m", "\u202e"):
                assert sequence.encode() not in shell.raw


def test_json_on_a_terminal_holds_no_control_character_either(server: ReplayServer) -> None:
    server.serve(chunks=answer(["\x9b2J\x1b[2J"]))
    with Shell("chat", "why?", "--json", "--base-url", server.url) as shell:
        assert shell.wait() == 0
        assert "\x9b".encode() not in shell.raw
        assert b"\x1b[2J" not in shell.raw


def test_a_retry_is_told_while_it_waits(server: ReplayServer) -> None:
    server.serve(status=429, body=b'{"error": {"message": "slow down"}}', headers={"retry-after": "3"})
    server.serve(chunks=answer(["now"]))
    with Shell("chat", "why?", "--base-url", server.url) as shell:
        assert re.search(r"retrying in \d s \(RateLimitError\)", shell.expect("now"))
        assert shell.wait() == 0
        assert "2 attempts" in shell.lines[-1]


def test_an_error_on_a_terminal_is_two_lines(server: ReplayServer) -> None:
    server.serve(status=404, body=b'{"error": {"message": "no \\u001b[31msuch model"}}')
    with Shell("chat", "why?", "--base-url", server.url, env={"NO_COLOR": "1"}) as shell:
        assert shell.wait() == 1
        assert shell.lines == ["error: no ␛[31msuch model", "  check the model's name and the base URL"]
