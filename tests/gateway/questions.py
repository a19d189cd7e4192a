"""The same question in every dialect, at every path of the gateway."""

from __future__ import annotations

import json
from typing import Any, Final

CHAT: Final[dict[str, Any]] = {"messages": [{"role": "user", "content": "Hi"}]}
GEMINI: Final[dict[str, Any]] = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
UI: Final[dict[str, Any]] = {
    "id": "chat-1",
    "messages": [{"id": "m1", "role": "user", "parts": [{"type": "text", "text": "Hi"}]}],
}
AG_UI: Final[dict[str, Any]] = {
    "threadId": "t1", "runId": "r1", "state": {}, "tools": [], "context": [], "forwardedProps": {},
    "messages": [{"id": "m1", "role": "user", "content": "Hi"}],
}  # fmt: skip

STREAMED: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "/v1/chat/completions": ("openai_chat", {**CHAT, "stream": True}),
    "/v1/responses": ("openai_responses", {"input": "Hi", "stream": True}),
    "/v1/messages": ("anthropic", {**CHAT, "max_tokens": 100, "stream": True}),
    "/v1beta/models/default:streamGenerateContent?alt=sse": ("gemini", GEMINI),
    "/api/chat": ("ollama", CHAT),
    "/api/generate": ("ollama", {"prompt": "Hi"}),
    "/api/paas/v4/chat/completions": ("zhipu", {**CHAT, "stream": True}),
    "/api/ui/chat": ("ui", UI),
    "/api/ag-ui": ("ag_ui", AG_UI),
    "/v1/stream": ("slipstream", CHAT),
}
"""Path -> dialect and body, asking for a stream."""

WHOLE: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "/v1/chat/completions": ("openai_chat", CHAT),
    "/v1/responses": ("openai_responses", {"input": "Hi"}),
    "/v1/messages": ("anthropic", {**CHAT, "max_tokens": 100}),
    "/v1beta/models/default:generateContent": ("gemini", GEMINI),
    "/api/chat": ("ollama", {**CHAT, "stream": False}),
    "/api/generate": ("ollama", {"prompt": "Hi", "stream": False}),
    "/api/paas/v4/chat/completions": ("zhipu", CHAT),
    "/v1/stream": ("slipstream", {**CHAT, "stream": False}),
}
"""The same, asking for the whole answer at once."""


def as_json(body: Any) -> bytes:
    """The body as it goes over the wire."""
    return json.dumps(body, ensure_ascii=False).encode()
