"""Plain HTTP to the local model, and looks at what runs: no library of ours stands in between."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from slipstream.local import Endpoint

Chunk = dict[str, Any]


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def post(
    endpoint: Endpoint, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """POST to a path below the base URL; the key goes as Bearer unless `headers` says otherwise."""
    if headers is None:
        headers = {"Authorization": f"Bearer {endpoint.api_key}"}
    where = urlsplit(endpoint.base_url)
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    try:
        connection.request("POST", where.path + path, json.dumps(body), {"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def frames(body: bytes) -> list[str]:
    """The data of each SSE frame; the server writes one `data:` line a frame and LF line ends."""
    lines = body.decode("utf-8").split("\n")
    return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


def chunks(body: bytes) -> list[Chunk]:
    """The JSON of each frame but `[DONE]`."""
    return [json.loads(data) for data in frames(body) if data != "[DONE]"]


def slots(endpoint: Endpoint) -> list[Chunk]:
    """llama.cpp's own view of its slots."""
    connection = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=10)
    try:
        connection.request("GET", "/slots", headers={"Authorization": f"Bearer {endpoint.api_key}"})
        found: list[Chunk] = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()


def until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Look again and again; the bound is for a failure only."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with contextlib.suppress(OSError):  # an orphan that nobody reaps is a zombie, not a running server
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def refuses(endpoint: Endpoint) -> bool:
    where = urlsplit(endpoint.base_url)
    with socket.socket() as probe:
        return probe.connect_ex((str(where.hostname), where.port or 0)) != 0
