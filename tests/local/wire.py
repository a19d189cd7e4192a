"""Plain HTTP to the local model: what a client sends in each dialect, and what comes back."""

from __future__ import annotations

import http.client
import json
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
