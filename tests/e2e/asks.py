"""The endpoints of the server, one row each: where to ask, what, and how to read the answer."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.gateway.questions import AG_UI, CHAT, GEMINI, UI

from slipstream import dialects
from slipstream.events import Event

MODEL: Final = "openai/scripted"


@dataclass(frozen=True)
class Ask:
    """One endpoint.

    Attributes:
        dialect: what its clients speak.
        path: where they ask; `{model}` and `{verb}` are filled in.
        fields: their body, without the model and without whether to stream.
        place: where the body names the model and says whether to stream: "" at its top, None nowhere, else in an object
            of this name.
        content_type: of a streamed answer.
    """

    dialect: str
    path: str
    fields: Mapping[str, Any]
    place: str | None = ""
    content_type: str = "text/event-stream; charset=utf-8"

    def body(self, *, stream: bool = True, model: str = MODEL, **changed: Any) -> dict[str, Any]:
        """The body of a request."""
        body = copy.deepcopy(dict(self.fields))
        if self.place is not None:
            (body[self.place] if self.place else body).update(model=model, stream=stream)
        return {**body, **changed}

    def at(self, *, stream: bool = True, model: str = MODEL) -> str:
        """The path of a request, with its query."""
        verb = "streamGenerateContent" if stream else "generateContent"
        return self.path.format(model=model, verb=verb)

    def events(self, data: bytes, *, stream: bool = True) -> list[Event]:
        """The events in an answer."""
        if not stream:
            return dialects.get(self.dialect).decode_body(data)
        decoder = dialects.get(self.dialect).decoder()
        return [*decoder.feed(data), *decoder.end()]


ASKS: Final[dict[str, Ask]] = {
    "openai": Ask("openai_chat", "/v1/chat/completions", CHAT),
    "responses": Ask("openai_responses", "/v1/responses", {"input": "Hi"}),
    "anthropic": Ask("anthropic", "/v1/messages", {"max_tokens": 64, **CHAT}),
    "ollama": Ask("ollama", "/api/chat", CHAT, content_type="application/x-ndjson"),
    "ollama-generate": Ask("ollama", "/api/generate", {"prompt": "Hi"}, content_type="application/x-ndjson"),
    "ui": Ask("ui", "/api/ui/chat", UI),
    "ag-ui": Ask("ag_ui", "/api/ag-ui", AG_UI, place="forwardedProps"),
    "gemini": Ask("gemini", "/v1beta/models/{model}:{verb}?alt=sse", GEMINI, place=None),
    "gemini-array": Ask(
        "gemini", "/v1beta/models/{model}:{verb}", GEMINI, place=None,
        content_type="application/json; charset=utf-8",
    ),
    "zhipu": Ask("zhipu", "/api/paas/v4/chat/completions", CHAT),
    "sse": Ask("slipstream", "/v1/stream", CHAT),
}  # fmt: skip
