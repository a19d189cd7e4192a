"""`slipstream serve`: from its options to a running server."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from slipstream.cli import missing
from slipstream.cli.session import key, parse_timeout
from slipstream.cli.terminal import Terminal
from slipstream.client import AsyncClient
from slipstream.errors import InvalidRequestError

LEVELS: Final = ("debug", "info", "warning", "error")
MIB: Final = 1024 * 1024
NEEDS: Final = ("starlette", "uvicorn")
"""What the server cannot run without; without httptools it parses with h11, which comes with uvicorn."""


class Settings(Struct, frozen=True, kw_only=True):
    """What the options say; see the help of the command."""

    host: str
    port: int
    model: str | None
    provider: str | None
    base_url: str | None
    key_env: str | None
    timeout: str | None
    keys: str | None
    allow: Sequence[str]
    cors: Sequence[str]
    drain: float
    max_request: float
    log_level: str


def run_server(terminal: Terminal, settings: Settings) -> int:
    """Serve until a signal; return the exit code.

    Raises:
        InvalidRequestError: a package is missing, an option is wrong, the address cannot be listened on, or the model
            has no key.
    """
    _check_packages()
    from slipstream.gateway.app import create_app
    from slipstream.gateway.gateway import Manner
    from slipstream.gateway.keys import keys_in_environment, keys_in_file
    from slipstream.gateway.server import check_exposure, listen, serve

    _check(settings)
    keys = keys_in_file(settings.keys) if settings.keys is not None else keys_in_environment()
    check_exposure(settings.host, has_keys=keys is not None)
    _log_to_stderr(settings.log_level)
    app = create_app(
        _client(settings),
        allow=settings.allow,
        keys=keys,
        cors=settings.cors,
        manner=Manner(max_request=int(settings.max_request * MIB)),
    )
    listening = listen(settings.host, settings.port)
    host, port = listening.getsockname()[:2]
    model = app.state.gateway.catalogue.default.model.name

    def announce() -> None:
        terminal.out.write(welcome(host, port, model, guarded=keys is not None) + "\n")

    return serve(app, listening, drain=settings.drain, announce=announce)


def welcome(host: str, port: int, model: str, *, guarded: bool) -> str:
    """The line that says that the server runs: where, with which model, and how to try it."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where to ask, not where to listen
    shown = f"[{here}]" if ":" in here else here
    body = json.dumps({"stream": True, "messages": [{"role": "user", "content": "Hello"}]})
    header = ' -H "authorization: Bearer $KEY"' if guarded else ""
    url = f"http://{shown}:{port}"
    return f"serving {model} at {url} - try: curl -N {url}/v1/chat/completions{header} -d '{body}'"


def _check_packages() -> None:
    """Say what to install: they come with an extra of their own, and `slipstream` runs without them."""
    if lacking := missing(NEEDS):
        raise InvalidRequestError(f"serve needs {' and '.join(lacking)}: pip install 'slipstream[gateway]'")


def _check(settings: Settings) -> None:
    if not 0 <= settings.port <= 65535:
        raise InvalidRequestError(f"--port is {settings.port}; it takes 0 (any) to 65535")
    if not 0 <= settings.drain < math.inf:
        raise InvalidRequestError(f"--drain is {settings.drain}; it takes seconds from 0")
    if not 0 < settings.max_request <= 1024:
        raise InvalidRequestError(f"--max-request is {settings.max_request}; it takes MiB above 0, at most 1024")
    if settings.log_level not in LEVELS:
        raise InvalidRequestError(f"--log-level is {settings.log_level!r}; it takes {', '.join(LEVELS)}")


def _client(settings: Settings) -> AsyncClient:
    return AsyncClient(
        model=settings.model,
        provider=settings.provider,
        base_url=settings.base_url,
        api_key=key(settings.key_env),
        timeout=parse_timeout(settings.timeout),
        max_retries=0,  # clients repeat what was refused, as they were told to, and know how long to wait
    )


def _log_to_stderr(level: str) -> None:
    """Our own log at this level; of others, what goes wrong."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("slipstream").setLevel(level.upper())
