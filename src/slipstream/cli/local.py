"""`slipstream local`: the embedded model."""

from __future__ import annotations

import typer

from slipstream import local
from slipstream.cli.clean import one_line
from slipstream.cli.terminal import Terminal
from slipstream.errors import LocalModelError


def install(terminal: Terminal) -> None:
    """Install the model and what runs it.

    Raises:
        LocalModelError: it could not be installed.
    """
    local.install(terminal.note)
    terminal.note('now: slipstream chat --model local "Tell me an odd fact"')


def show_status(terminal: Terminal) -> None:
    """Print what is installed.

    Raises:
        typer.Exit: with 1, if the model cannot be used.
    """
    status = local.status()
    facts = {
        "model": status.model,
        "file": status.path,
        "size": f"{status.size:,} bytes" if status.size is not None else None,
        "runtime": f"xllamacpp {status.runtime}" if status.runtime else None,
        "state": "ready" if status.ready else status.problem,
        "to do": status.hint,
    }
    for name, value in facts.items():
        if value is not None:
            terminal.out.write(f"{name:<8} {one_line(str(value))}\n")
    if not status.ready:
        raise typer.Exit(1)


def show_path(terminal: Terminal) -> None:
    """Print the model's file, for scripts.

    Raises:
        LocalModelError: there is none.
    """
    status = local.status()
    if status.path is None:
        raise LocalModelError(status.problem or "there is no local model", hint=status.hint)
    terminal.out.write(f"{status.path}\n")
