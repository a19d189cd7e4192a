"""OpenAI's own SDK over bytes of ours, without a network."""

from __future__ import annotations

from typing import Any

import httpx2
import openai


def client(body: bytes, *, status: int = 200, seen: list[bytes] | None = None) -> openai.OpenAI:
    """The SDK's client; every request gets this body. The bodies of requests go into `seen`."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if seen is not None:
            seen.append(request.content)
        kind = "application/json" if body.startswith(b"{") else "text/event-stream"
        return httpx2.Response(status, content=body, headers={"content-type": kind})

    transport = httpx2.MockTransport(answer)
    http: Any = httpx2.Client(transport=transport)
    return openai.OpenAI(api_key="k", base_url="http://localhost/v1", http_client=http, max_retries=0)
