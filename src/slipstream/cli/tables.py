"""Tables on stdout: fitted to a terminal, unbroken lines for a pipe."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table

from slipstream.cli.terminal import Terminal

_PIPE_WIDTH: Final = 1000  # nothing is cut for a program that reads


def print_table(terminal: Terminal, table: Table) -> None:
    """Print a table; its cells are already harmless."""
    width = None if terminal.out.is_terminal else _PIPE_WIDTH
    console = Console(
        width=width,
        color_system="auto" if terminal.out.has_colour else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        terminal.out.write(line.rstrip() + "\n")
