"""The command line: `slipstream chat`, `replay`, `serve`, `bench`, `models`, `doctor`, `local`."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence

NEEDS = ("typer", "rich")
INTERRUPTED = 130  # 128 + SIGINT, as shells say it
PIPE_CLOSED = 141  # 128 + SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after `slipstream`; those of the process if None.

    Returns:
        The exit code: 0 done, 1 an error, 2 wrong usage, 130 stopped by Ctrl-C, 141 the reader of a pipe went away.
    """
    _fill_descriptors()
    lacking = missing(NEEDS)
    if lacking:
        sys.stderr.write(f"the command line needs {' and '.join(lacking)}: pip install 'slipstream[cli]'\n")
        return 1
    try:
        from slipstream.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:  # while the modules load; later the commands see to it
        return INTERRUPTED
    except BrokenPipeError:  # what was read from us has been closed, as `head` does
        return drop_output()


def missing(packages: Sequence[str]) -> list[str]:
    """Those of the packages that are not installed; none is imported."""
    return [name for name in packages if importlib.util.find_spec(name) is None]


def _fill_descriptors() -> None:
    """Open /dev/null where standard input, output or error is closed (`<&-`, some service managers).

    Otherwise the next socket takes the number 0, and the event loop ends the process for it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def drop_output() -> int:
    """Nothing can be written any more: make the interpreter's last flush harmless.

    Returns:
        The exit code of a broken pipe, 128 + SIGPIPE.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return PIPE_CLOSED
