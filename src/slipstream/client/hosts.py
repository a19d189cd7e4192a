"""A request as this host takes it: what it refuses, what it calls otherwise. The facts are data of the registry."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from msgspec.structs import replace

from slipstream.client.endpoint import Endpoint
from slipstream.dialects.common.request import (
    ChatMessage,
    Effort,
    Part,
    Request,
    Thinking,
    ToolCallPart,
    ToolResultPart,
)
from slipstream.errors import UnsupportedError

LEVELS: Final[tuple[Effort, ...]] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_LEFT_OUT: Final = {"name", "extra_content"}
_HARMLESS: Final[dict[str, Any]] = {"n": 1, "temperature": 1, "top_p": 1}
"""Values that say what every API does anyway; those that refuse the field take them."""


def adapted(endpoint: Endpoint, request: Request) -> Request:
    """The request in this host's words.

    Raises:
        UnsupportedError: it asks for what the host's API answers with an error; the message names it.
    """
    refused = {*endpoint.provider.refuses, *endpoint.model.refuses}
    for field in sorted(refused - _LEFT_OUT):
        value = getattr(request, field)
        if value not in (None, [], _HARMLESS.get(field)):
            raise _refusal(endpoint, f"takes no {field}", field)
    if "name" in refused and any(message.name for message in request.messages):
        request = replace(request, messages=[ChatMessage(m.role, m.parts) for m in request.messages])
    if "extra_content" in refused and endpoint.dialect == "openai_chat":
        request = replace(request, messages=[_without_extras(message) for message in request.messages])
    if endpoint.provider.call_id_length:
        length = endpoint.provider.call_id_length
        request = replace(request, messages=[_with_ids(message, length) for message in request.messages])
    if request.seed is not None and endpoint.provider.seed_field != "seed":
        request = replace(request, seed=None, extra={endpoint.provider.seed_field: request.seed, **request.extra})
    return _thinking(endpoint, request)


def _with_ids(message: ChatMessage, length: int) -> ChatMessage:
    """The message with ids of calls that this host takes; other providers' become ones of the same calls for ever.

    Mistral refuses others: https://docs.mistral.ai/api/endpoint/chat ("a-z, A-Z, 0-9, with a length of 9").
    """
    if not any(isinstance(part, (ToolCallPart, ToolResultPart)) for part in message.parts):
        return message
    return replace(message, parts=[_with_id(part, length) for part in message.parts])


def _with_id(part: Part, length: int) -> Part:
    if not isinstance(part, (ToolCallPart, ToolResultPart)) or not part.id:
        return part
    if len(part.id) == length and part.id.isascii() and part.id.isalnum():
        return part
    return replace(part, id=hashlib.sha256(part.id.encode("utf-8", "replace")).hexdigest()[:length])


def _without_extras(message: ChatMessage) -> ChatMessage:
    """The message, without what another API keeps beside its calls."""
    if not any(isinstance(part, ToolCallPart) and part.metadata for part in message.parts):
        return message
    parts = [replace(part, metadata=None) if isinstance(part, ToolCallPart) else part for part in message.parts]
    return replace(message, parts=parts)


def thinking_style(endpoint: Endpoint) -> Any:
    """How thinking is switched in the dialect's body; the argument of a template is none of the dialect's words."""
    style = endpoint.model.thinking_style or endpoint.provider.thinking_style
    return "none" if style == "template" else style


def _thinking(endpoint: Endpoint, request: Request) -> Request:
    wanted = request.thinking
    if wanted is None:
        return request
    style = endpoint.model.thinking_style or endpoint.provider.thinking_style
    if style == "template":
        return _templated(endpoint, request, wanted)
    if style == "effort" and endpoint.model.efforts is not None:
        return replace(request, thinking=_effort(endpoint, wanted, endpoint.model.efforts))
    return request


def _templated(endpoint: Endpoint, request: Request, wanted: Thinking) -> Request:
    """`chat_template_kwargs` of vLLM, SGLang and llama.cpp; templates pass over arguments they do not know.

    Qwen's, GLM's and Gemma's know `enable_thinking`, DeepSeek's and Granite's `thinking`.
    Source: https://docs.vllm.ai/en/latest/features/reasoning_outputs/
    """
    if wanted.effort not in (None, "none") or wanted.budget is not None:
        raise _refusal(endpoint, "can be told to think or not to, not how hard", "thinking")
    enabled = False if wanted.effort == "none" else wanted.enabled
    given = {} if enabled is None else {"enable_thinking": enabled, "thinking": enabled}
    arguments = {**given, **(wanted.extra or {}), **request.extra.get("chat_template_kwargs", {})}
    return replace(request, thinking=None, extra={**request.extra, "chat_template_kwargs": arguments})


def _effort(endpoint: Endpoint, wanted: Thinking, known: tuple[str, ...]) -> Thinking:
    """The effort in this model's words; one that it does not know is refused, and a mere True is the middle."""
    if wanted.enabled is False or wanted.effort == "none":
        if "none" not in known:
            raise _refusal(endpoint, f"always thinks; thinking takes {', '.join(known)}", "thinking")
        return wanted
    if wanted.effort is None:
        able = [level for level in LEVELS if level in known and level != "none"]
        chosen: Any = "medium" if "medium" in able or not able else able[-1]
        return replace(wanted, effort=chosen) if wanted.enabled else wanted
    if wanted.effort not in known:
        raise _refusal(
            endpoint, f"cannot think with the effort {wanted.effort!r}; it takes {', '.join(known)}", "thinking"
        )
    return wanted


def _refusal(endpoint: Endpoint, what: str, argument: str) -> UnsupportedError:
    return UnsupportedError(
        f"{endpoint.model.name} {what}", provider=endpoint.provider.name, model=endpoint.model.id, argument=argument
    )
