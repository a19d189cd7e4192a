"""What a forked child must not touch: the loops and sockets of its parent.

Strategy: after `fork` both processes hold the same sockets and the same epoll object. A socket that the parent closes
stays open while the child holds a copy, and a child that tidies up (or only exits) takes the parent's sockets out of
the shared epoll, so that the parent waits for ever. So each copy is replaced by /dev/null under its own number, which
nobody can mistake for a socket, and the objects around it are kept until the child ends.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable

_inherited: list[object] = []
"""What is never used again, and must not be collected: its destructors would act on the parent's loop."""


def drop(sockets: Iterable[socket.socket], keep: Iterable[object]) -> None:
    """In a forked child: let go of the parent's sockets, and hold what was around them.

    Args:
        sockets: whose file descriptors become /dev/null.
        keep: sessions, loops and whatever else would close itself when collected.
    """
    _inherited.extend(keep)
    numbers = [number for sock in sockets if (number := sock.fileno()) >= 0]
    if not numbers:
        return
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for number in numbers:
        with contextlib.suppress(OSError):
            os.dup2(null, number, inheritable=False)
    os.close(null)
