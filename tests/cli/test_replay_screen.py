"""`slipstream replay` on a real terminal emulator."""

from __future__ import annotations

import time
from pathlib import Path

from tests.cli.shell import Shell
from tests.cli.test_chat_screen import check, long_answer
from tests.cli.test_chat_terminal import untimed
from tests.record.recordings import timed_lines
from tests.replay_server import ReplayServer


def test_a_replay_looks_as_the_answer_did(server: ReplayServer, tmp_path: Path) -> None:
    server.serve(chunks=long_answer(), pause=0.004)
    seen = []
    for arguments in (("chat", "why?", "--base-url", server.url, "--record", "a.jsonl"), ("replay", "a.jsonl")):
        with Shell(*arguments, columns=70, rows=20, cwd=tmp_path) as shell:
            assert shell.wait() == 0
            seen.append(shell.all_lines[:-1])
    assert untimed(seen[0]) == untimed(seen[1])
    check(seen[1])


def test_a_replay_can_be_stopped_and_ends_at_a_broken_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("**word** " * 1000)
    with Shell("replay", "a.md", cwd=tmp_path) as shell:
        shell.see("word word")
        shell.interrupt()
        assert shell.wait() == 130
        assert not shell.cursor_hidden()
        assert shell.echoes()
    (tmp_path / "b.jsonl").write_bytes(b"".join((*timed_lines()[:8], b"{oops\n")))
    with Shell("replay", "b.jsonl", cwd=tmp_path) as shell:
        assert shell.wait() == 1
        assert shell.lines[-2:] == ["天空 is blue.", "error: b.jsonl: line 9 is no event: it is no JSON"]


def test_a_replay_keeps_its_pace_on_the_screen(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"".join(timed_lines()))
    began = time.monotonic()
    with Shell("replay", "a.jsonl", "--speed", "2", cwd=tmp_path) as shell:
        shell.see("天空 is blue.")
        assert time.monotonic() - began >= 0.35
        assert shell.wait() == 0
