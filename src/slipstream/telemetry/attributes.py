"""The names of OpenTelemetry's GenAI conventions, and what we know by them.

They are those of semantic conventions 1.41, the last release of the main repository that defines them:
https://github.com/open-telemetry/semantic-conventions/tree/v1.41.0/docs/gen-ai. They have since moved to a repository
of their own, open-telemetry/semantic-conventions-genai, which has released no version; names there still change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from slipstream.events import Message, Usage
from slipstream.run.metrics import Metrics
from slipstream.telemetry.asked import Asked

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.41.0"

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_ID: Final = "gen_ai.response.id"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 - no password
TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_CALL: Final = "gen_ai.tool.call.id"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"
ERROR_TYPE: Final = "error.type"
ADDRESS: Final = "server.address"
PORT: Final = "server.port"
ATTEMPTS: Final = "slipstream.attempts"
ESTIMATED: Final = "slipstream.usage.estimated"

CHAT: Final = "chat"
EXECUTE_TOOL: Final = "execute_tool"

_PROVIDERS: Final = {"gemini": "gcp.gemini", "mistral": "mistral_ai", "moonshot": "moonshot_ai", "xai": "x_ai"}
"""Where the convention has another name for a provider than the registry."""

_OPTIONS: Final[tuple[tuple[str, str], ...]] = (
    ("max_tokens", "gen_ai.request.max_tokens"),
    ("temperature", "gen_ai.request.temperature"),
    ("top_p", "gen_ai.request.top_p"),
    ("seed", "gen_ai.request.seed"),
)
"""Options that are recorded as they are. `stop` is not: it is text of the caller's."""

_USAGE: Final[tuple[tuple[str, Callable[[Usage], int | None]], ...]] = (
    ("gen_ai.usage.input_tokens", lambda usage: usage.input_tokens),
    ("gen_ai.usage.output_tokens", lambda usage: usage.output_tokens),
    ("gen_ai.usage.cache_read.input_tokens", lambda usage: usage.cached_tokens),
    ("gen_ai.usage.cache_creation.input_tokens", lambda usage: usage.cache_write_tokens),
    ("gen_ai.usage.reasoning.output_tokens", lambda usage: usage.reasoning_tokens),
)

_PORTS: Final = {"https": 443, "http": 80}


def common(asked: Asked) -> dict[str, Any]:
    """What spans and metrics say alike of a request."""
    known: dict[str, Any] = {OPERATION: CHAT, PROVIDER: provider(asked.provider)}
    if asked.model:
        known[REQUEST_MODEL] = asked.model
    return known | server(asked.url)


def provider(name: str) -> str:
    """The convention's name of a provider; `_OTHER` if it is not known, as the attribute is required."""
    return _PROVIDERS.get(name, name) or "_OTHER"


def server(url: str) -> dict[str, Any]:
    """Address and port."""
    parts = urlsplit(url)
    if not parts.hostname:
        return {}
    return {ADDRESS: parts.hostname, PORT: parts.port or _PORTS.get(parts.scheme, 443)}


def request(asked: Asked) -> dict[str, Any]:
    """What a span says of the request. It is there when the span begins, so that a sampler can see it."""
    options = asked.options
    known = {name: options[option] for option, name in _OPTIONS if options.get(option) is not None}
    if (options.get("n") or 1) != 1:
        known["gen_ai.request.choice.count"] = options["n"]
    if str((options.get("response_format") or {}).get("type", "")).startswith("json"):
        known["gen_ai.output.type"] = "json"
    return {**common(asked), "gen_ai.request.stream": asked.streaming, **known}


def response(message: Message, metrics: Metrics, *, streaming: bool) -> dict[str, Any]:
    """What a span says of the answer."""
    reasons = [choice.finish_reason for choice in message.choices if choice.finish_reason is not None]
    first = metrics.time_to_first_output
    known: dict[str, Any] = {RESPONSE_ID: message.id, RESPONSE_MODEL: message.model, FINISH_REASONS: reasons}
    known |= {name: read(message.usage) for name, read in _USAGE} if message.usage is not None else {}
    known |= failure(message)
    known |= {FIRST_CHUNK: first} if streaming else {}
    if metrics.attempts > 1:
        known[ATTEMPTS] = metrics.attempts
    if message.usage is not None and message.usage.estimated:
        known[ESTIMATED] = True
    return {name: value for name, value in known.items() if value not in (None, "", [])}


def failure(message: Message) -> Mapping[str, str]:
    """The kind of the error that ended the stream: the name of its class, as `slipstream.errors` has it."""
    return {ERROR_TYPE: message.error.kind} if message.error is not None else {}
