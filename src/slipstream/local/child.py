"""The process that runs llama.cpp, seen from ours: starting it, talking to it, ending it."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Final

from slipstream.errors import LocalModelError

Child = subprocess.Popen[bytes]

_SCRIPT: Final = Path(__file__).with_name("_serve.py")
_REASON_LINES: Final = 3


def spawn(log: IO[bytes]) -> Child:
    """Start the process; its errors go to `log`.

    Raises:
        LocalModelError: there is no interpreter to run it.
    """
    if not sys.executable:
        raise LocalModelError(
            "the local model needs a Python interpreter to run in, and sys.executable names none",
            hint="start it from an ordinary Python, or serve the model with any OpenAI-compatible server",
        )
    command = [sys.executable, "-I", "-S", str(_SCRIPT)]
    try:
        # Its own session: Ctrl-C in the terminal is for the user's program, which then decides what ends.
        return subprocess.Popen(  # noqa: S603 - our own interpreter and script
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0, start_new_session=True
        )
    except OSError as error:
        raise LocalModelError(f"the local model's process could not be started ({error.strerror})") from None


def exchange(child: Child, config: dict[str, Any], deadline: float) -> dict[str, str] | None:
    """Send the configuration; wait for the reply. None if the child ended or the deadline passed before it."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(config).encode() + b"\n")
        line = _read_line(child.stdout, deadline)
    except (OSError, ValueError):  # the pipe broke, or was closed under us at exit
        return None
    reply: dict[str, str] | None = json.loads(line) if line.endswith(b"\n") else None
    return reply


def _read_line(pipe: IO[bytes], deadline: float) -> bytes:
    """Bytes up to a line end, the end of the pipe, or the deadline."""
    line = b""
    with selectors.DefaultSelector() as selector:  # not select(): that refuses file numbers from 1024 on
        selector.register(pipe, selectors.EVENT_READ)
        while not line.endswith(b"\n") and selector.select(max(0.0, deadline - time.monotonic())):
            piece = os.read(pipe.fileno(), 4096)
            if not piece:
                break
            line += piece
    return line


def reason(log: str) -> str:
    """The first lines of llama.cpp's error log, without their time stamps; they come in order of cause."""
    lines = [line.partition(" E ")[2].strip() or line.strip() for line in log.splitlines()]
    if any(line.startswith("Traceback") for line in lines) and " E " not in log:
        return lines[-1]
    unique = list(dict.fromkeys(" ".join(line.split()) for line in lines if line))
    return "; ".join(unique[:_REASON_LINES]) or "it gave no reason"


def ended(child: Child, seconds: float) -> bool:
    """Whether it ends within so many seconds."""
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def close_pipes(child: Child) -> None:
    """Close our ends: its life line and its reply."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
