"""A provider that answers in OpenAI's form, as the name of the model that is asked says."""

from __future__ import annotations

import json
from typing import Any

from tests.client.answers import CALLS, TEXT
from tests.replay_server import Answer, ReplayServer, Request

THOUGHT, SAID = "Octopuses, perhaps.", "Three hearts."
CALLED = {"weather": {"city": "Paris"}, "time": {}}
SECRET = "sk-upstream"

STREAMS = {"scripted": TEXT, "calls": CALLS}

REFUSALS: dict[str, tuple[int, dict[str, str], dict[str, str]]] = {
    "refuse-400": (400, {"message": "max_tokens is too large", "param": "max_tokens", "code": "invalid_value"}, {}),
    "refuse-401": (401, {"message": f"Incorrect API key provided: {SECRET}", "code": "invalid_api_key"}, {}),
    "refuse-404": (404, {"message": "The model does not exist", "code": "model_not_found"}, {}),
    "refuse-429": (429, {"message": "Rate limit reached", "code": "rate_limit_exceeded"}, {"retry-after": "3600"}),
    "refuse-500": (500, {"message": "The server had an error"}, {"x-should-retry": "false"}),
}
"""Model -> the status, the error and the headers of the refusal."""


class Provider(ReplayServer):
    """Answers by the model's name: a text, two tool calls, or a refusal; streamed if the request says so."""

    def _answer(self, request: Request) -> Answer:
        asked = json.loads(request.body)
        model = str(asked["model"])
        if model in REFUSALS:
            status, error, headers = REFUSALS[model]
            body = json.dumps({"error": {"type": "whatever", **error}}).encode()
            return Answer(body, status, {"content-type": "application/json", **headers}, None, 0)
        if asked.get("stream"):
            return Answer(STREAMS[model], 200, {"content-type": "text/event-stream"}, [40], 0.0002)
        return Answer(json.dumps(completion(model)).encode(), 200, {"content-type": "application/json"}, None, 0)

    def asked(self) -> dict[str, Any]:
        """The body of the last request."""
        found: dict[str, Any] = json.loads(self.requests[-1].body)
        return found


def completion(model: str) -> dict[str, Any]:
    """The whole answer of a model."""
    calls = [
        {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for name, arguments in CALLED.items()
    ]
    message: dict[str, Any] = {"role": "assistant", "content": SAID, "reasoning_content": THOUGHT}
    if model == "calls":
        message = {"role": "assistant", "content": None, "tool_calls": calls}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if model == "calls" else "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    return {
        "id": "chatcmpl-7",
        "object": "chat.completion",
        "created": 7,
        "model": model,
        "choices": [choice],
        "usage": usage,
    }
