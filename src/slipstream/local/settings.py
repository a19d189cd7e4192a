"""How the local model is run, and why so: each figure was measured on 2 cores with the embedded model."""

from __future__ import annotations

import os
from typing import Final

from slipstream.errors import InvalidRequestError, LocalModelError

THREADS_VARIABLE: Final = "SLIPSTREAM_LOCAL_THREADS"
"""The environment variable with the number of threads that compute.

On 2 cores: 2 threads give 115 tokens/s, but 28 while another program keeps a core busy, because each thread waits for
the other at every step; 1 thread gives 75, always."""

CONTEXT_VARIABLE: Final = "SLIPSTREAM_LOCAL_CONTEXT"
"""The environment variable with the tokens of one conversation."""

CONTEXT: Final = 4096
"""Tokens of prompt and answer in one conversation. The embedded model was trained with 8192; this costs half."""

ANSWER: Final = 1024
"""Tokens of an answer when the request names no `max_tokens`: 10 s. A model this small may else repeat itself until its
context is full."""

SLOTS: Final = 4
"""Conversations computed at once; more wait in line."""

HTTP_THREADS: Final = 64
"""Connections answered at once. llama.cpp keeps a thread for each stream, also for those in line: with its default of
6, a health check waited 0.8 s behind 24 streams."""


def default_threads() -> int:
    """Half the cores (they may be hyper-threads), but 2 to 8, and never more than there are."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 8, max(2, cores // 2))


def number(variable: str) -> int | None:
    """The number in an environment variable; None if it is not set.

    Raises:
        LocalModelError: it is no whole number above 0.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise LocalModelError(f"{variable} is {text!r}; it takes a whole number, 1 or more")
    return int(text)


def check_number(name: str, value: object) -> None:
    """Refuse an argument that is neither None nor a whole number above 0.

    Raises:
        InvalidRequestError: it names the argument.
    """
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise InvalidRequestError(f"{name} is {value!r}; it takes a whole number, 1 or more")
