"""The command line as a whole: help, version, usage, and what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.cli.shell import PATIENCE, SOURCE, environment, run

from slipstream import __version__


def test_version() -> None:
    assert run("--version").stdout.decode() == f"slipstream {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--help"],
            ["chat", "replay", "bench", "models", "doctor", "local", 'slipstream chat "Why is the sky blue?"'],
        ),
        (["chat", "-h"], ["--no-thinking", "--show-thinking", "--image", "--file", "--json", "--no-stream", "jq -r"]),
        (["chat", "--help"], ["--plain", "--record"]),
        (["replay", "--help"], ["FILE", "--speed", "--rate", "--dialect", "--text", "--json", "slipstream replay -"]),
        (["bench", "--help"], ["--plot", "20 slow"]),
        (["local", "--help"], ["install", "status", "path"]),
    ],
)
def test_help_is_complete_and_plain_in_a_pipe(arguments: list[str], words: list[str]) -> None:
    done = run(*arguments)
    text = done.stdout.decode()
    assert done.returncode == 0
    assert "\x1b" not in text
    for word in words:
        assert word in text


def test_wrong_usage_is_exit_code_2() -> None:
    done = run("chat", "--nosuch")
    assert done.returncode == 2
    assert b"No such option" in done.stderr
    assert done.stdout == b""


def test_without_typer_and_rich_one_line_says_what_to_install() -> None:
    # -S leaves out site-packages, so that they are really absent
    program = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from slipstream.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, env=environment(), timeout=PATIENCE
    )
    assert done.stderr.decode() == "the command line needs typer and rich: pip install 'slipstream[cli]'\n"
    assert done.returncode == 1


def test_the_start_loads_no_engine() -> None:
    unwanted = {
        "aiohttp",
        "uvloop",
        "matplotlib",
        "pygments",
        "slipstream.record",
        "slipstream.sinks.markdown",
        "slipstream.sinks.terminal",
    }
    program = f"import sys, slipstream.cli.app; print({unwanted} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment(), timeout=PATIENCE)
    assert done.stdout == b"set()\n"
