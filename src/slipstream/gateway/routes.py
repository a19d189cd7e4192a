"""The table of what can be asked, and in which dialect."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Route(Struct, frozen=True):
    """One path that answers are asked at.

    Args:
        path: as Starlette writes it; `{model:path}` is the model's name.
        dialect: what its clients speak.
        id: how the ids begin that are made up where a provider tells none.
        shared: True where clients of several APIs ask, and are known by their headers.
        stream: True or False where the path says whether to stream; None where the body does.
    """

    path: str
    dialect: str
    id: str = ""
    shared: bool = False
    stream: bool | None = None


ROUTES: Final = (
    Route("/v1/chat/completions", "openai_chat", "chatcmpl-"),
    Route("/v1/responses", "openai_responses", "resp_"),
    Route("/v1/messages", "anthropic", "msg_"),
    Route("/v1beta/models/{model:path}:streamGenerateContent", "gemini", stream=True),
    Route("/v1beta/models/{model:path}:generateContent", "gemini", stream=False),
    Route("/v1/models/{model:path}:streamGenerateContent", "gemini", stream=True),  # google-genai since 3.0
    Route("/v1/models/{model:path}:generateContent", "gemini", stream=False),
    Route("/api/chat", "ollama"),
    Route("/api/generate", "ollama"),
    Route("/api/paas/v4/chat/completions", "zhipu"),
    Route("/api/ui/chat", "ui", "msg-"),
    Route("/api/ag-ui", "ag_ui", "run-"),
    Route("/v1/stream", "slipstream", "msg-"),
)

LISTS: Final = (
    Route("/v1/models", "openai_chat", shared=True),
    Route("/v1/models/{model:path}", "openai_chat", shared=True),
    Route("/v1beta/models", "gemini"),
    Route("/v1beta/models/{model:path}", "gemini"),
    Route("/api/tags", "ollama"),
)
"""Where the models are listed."""

HEADERS: Final = {b"anthropic-version": "anthropic", b"x-goog-api-client": "gemini", b"x-goog-api-key": "gemini"}
"""Headers that tell whose client asks where several do."""

NOWHERE: Final = (
    ("/v1/messages", "anthropic"), ("/v1/stream", "slipstream"), ("/v1beta/", "gemini"), ("/api/paas/", "zhipu"),
    ("/api/ui/", "ui"), ("/api/ag-ui", "ag_ui"), ("/api/", "ollama"),
)  # fmt: skip
"""How paths begin that nothing is answered at, and what those speak who ask there; all else is taken for OpenAI's."""
