"""The two functions that need no client: one shared client stands behind them."""

from __future__ import annotations

import atexit
import os
import threading
from typing import Unpack

from slipstream.client.client import Client
from slipstream.client.options import Ask
from slipstream.client.stream import Stream
from slipstream.events import Message

_lock = threading.Lock()
_shared: dict[int, Client] = {}


def _client() -> Client:
    """The shared client of this process; a forked child makes its own."""
    with _lock:
        client = _shared.get(os.getpid())
        if client is None:
            client = _shared[os.getpid()] = Client()
            atexit.register(client.close)
        return client


def stream(prompt: str | None = None, **options: Unpack[Ask]) -> Stream:
    """Ask, and read the answer as it arrives.

    The model is `model=`, else SLIPSTREAM_MODEL, else that of the first provider whose key is in the environment, else
    the local one.

    Args:
        prompt: the user's message; or give `messages=`.
        options: see `slipstream.client.options.Ask`.

    Returns:
        The stream. Nothing is sent before it is read.

    Raises:
        InvalidRequestError: the request is wrong; nothing was sent.
    """
    return _client().stream(prompt, **options)


def complete(prompt: str | None = None, **options: Unpack[Ask]) -> Message:
    """Ask, and wait for the whole answer; see `stream`.

    Raises:
        InvalidRequestError: the request is wrong; nothing was sent.
        SlipstreamError: whatever went wrong after that.
    """
    return _client().complete(prompt, **options)
