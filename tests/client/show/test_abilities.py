"""What a terminal can do, by its stream and environment."""

from __future__ import annotations

import io
import os
import pty
import struct
import sys
import termios
from fcntl import ioctl

import pytest

from slipstream.client.show.abilities import images_of, is_dumb, is_terminal, look_of, size_of
from slipstream.sinks.terminal import Look


@pytest.mark.parametrize(
    ("env", "links", "images"),
    [
        ({}, False, None),
        ({"TERM": "xterm-256color"}, False, None),
        ({"TERM": "xterm-kitty"}, True, "kitty"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "xterm-256color"}, True, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, True, "iterm"),
        ({"TERM_PROGRAM": "WezTerm"}, True, "iterm"),
        ({"TERM_PROGRAM": "ghostty"}, True, "kitty"),
        ({"TERM_PROGRAM": "vscode"}, True, None),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False, None),
        ({"VTE_VERSION": "6800"}, True, None),
        ({"VTE_VERSION": "4900"}, False, None),
        ({"TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1"}, False, None),
        ({"TMUX": "/tmp/x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True, None),
        ({"TMUX": "/tmp/x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False, None),
        ({"TERM": "screen-256color", "VTE_VERSION": "6800"}, False, None),
    ],
)
def test_links_and_images(env: dict[str, str], links: bool, images: str | None) -> None:
    assert look_of(io.StringIO(), env).links is links
    assert images_of(env) == images


def test_no_color() -> None:
    assert look_of(io.StringIO(), {"NO_COLOR": "1"}) == Look(colour=False, links=False, highlight=False)
    assert look_of(io.StringIO(), {"NO_COLOR": ""}).colour


@pytest.mark.parametrize(("name", "unicode"), [("utf-8", True), ("UTF8", True), ("latin-1", False), ("ascii", False)])
def test_an_encoding_without_all_signs(name: str, unicode: bool) -> None:
    assert look_of(io.TextIOWrapper(io.BytesIO(), encoding=name), {}).unicode is unicode


def test_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert size_of(io.StringIO(), {}) == (80, 24)
    assert size_of(io.StringIO(), {"COLUMNS": "40"}) == (40, 24)
    assert size_of(io.StringIO(), {"COLUMNS": "many"}) == (80, 24)
    master, slave = pty.openpty()
    with open(master, "rb", buffering=0), open(slave, "w") as out:
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 60, 0, 0))
        assert size_of(out, {}) == (60, 10)
        assert size_of(out, {"COLUMNS": "40"}) == (40, 10)
        assert size_of(out, {"COLUMNS": "100"}) == (60, 10)
        assert is_terminal(out)
        monkeypatch.setattr(sys, "stderr", out)  # a pager is as wide as the terminal it draws on
        assert size_of(io.StringIO(), {}) == (60, 10)
        assert size_of(io.StringIO(), {"COLUMNS": "100"}) == (100, 10)
    assert not is_terminal(out)
    with open(os.devnull, "w") as file:
        assert not is_terminal(file)


def test_dumb() -> None:
    assert is_dumb({"TERM": "dumb"})
    assert not is_dumb({})
