"""The embedded model: found or installed, started once, shared, stopped at exit. It needs no key and no network.

    from slipstream import local

    local.install(print)                 # once: the model (98 MB) and its runtime, verified
    where = local.endpoint()             # starts the server at the first call; where.base_url, where.api_key

It is a real llama.cpp server on the loopback address under a random key, and speaks three dialects: OpenAI's chat
completions (which are also Zhipu's path), Anthropic's messages and OpenAI's responses.
"""

from __future__ import annotations

import os
from pathlib import Path

from slipstream.local.files import find
from slipstream.local.installer import install
from slipstream.local.server import Endpoint, LocalServer
from slipstream.local.state import LocalStatus, look

__all__ = ["Endpoint", "LocalServer", "LocalStatus", "endpoint", "install", "status", "stop"]

_shared: dict[Path, LocalServer] = {}


def endpoint(model: str | os.PathLike[str] | None = None) -> Endpoint:
    """Where the local model answers. The first call starts its server (0.5 s); the process shares it.

    It blocks while it starts: in async code, `await asyncio.to_thread(local.endpoint)`.

    Args:
        model: a GGUF file; None takes SLIPSTREAM_LOCAL_MODEL, else the embedded model.

    Raises:
        InvalidRequestError: `model` is no path.
        LocalModelError: the model or its runtime is not installed or does not start; the hint says what to do.
    """
    path = find(model)
    server = _shared.get(path) or _shared.setdefault(path, LocalServer(path))  # setdefault is atomic: one a file
    return server.endpoint()


def status(model: str | os.PathLike[str] | None = None) -> LocalStatus:
    """What is installed and what runs. Nothing is started; what is missing stands in `.problem` and `.hint`.

    Args:
        model: as for `endpoint`.

    Raises:
        InvalidRequestError: `model` is no path.
    """
    return look(model, next((server for server in _shared.values() if server.pid is not None), None))


def stop() -> None:
    """Stop the servers that this process has started, and the answers they are giving; done by itself at exit."""
    for server in list(_shared.values()):
        server.stop()
