"""The neutral request as the body of `POST /v1/messages` (platform.claude.com/docs/en/api/messages).

What the API cannot say is refused by name, but for two things that change nothing the caller would miss: the names of
messages, and thinking without a signature, which comes from another provider and which the API would refuse.
"""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.anthropic_wire.conversation import messages_of, system_of
from slipstream.dialects.common.checks import wrong
from slipstream.dialects.common.request import Request, Thinking, Tool
from slipstream.errors import UnsupportedError

# The API demands `max_tokens`. Where the registry knows no limit, 4096 is what every Claude since the third can give.
DEFAULT_MAX_TOKENS: Final = 4096
# Without a stream, Anthropic's SDK refuses what may take more than ten minutes; its estimate gives this many tokens.
MAX_TOKENS_WITHOUT_STREAM: Final = 21_333
# The API's own bounds for `budget_tokens`: at least this, and less than `max_tokens`.
MIN_BUDGET: Final = 1024
# The share of `max_tokens` to think with for each effort, where a model takes a budget: the shares that OpenRouter
# documents for its `reasoning.effort`.
SHARE: Final = {"minimal": 0.1, "low": 0.2, "medium": 0.5, "high": 0.8, "xhigh": 0.95, "max": 0.95}
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")  # of `output_config.effort`

_CHOICES: Final = {"auto": "auto", "none": "none", "required": "any"}


def body_of(request: Request) -> dict[str, Any]:
    """The JSON body.

    Raises:
        InvalidRequestError: something in the request cannot be said in this API; the message names it.
    """
    _refuse_unknown(request)
    body: dict[str, Any] = {"model": request.model, "max_tokens": _max_tokens(request)}
    system = system_of(request.messages)
    if system:
        body["system"] = system
    body["messages"] = messages_of(request.messages, may_prefill=request.traits.prefill is not None)
    optional = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop_sequences": request.stop or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _tool_choice(request),
        "output_config": _output_config(request),
        "stream": request.stream or None,
    }
    body |= {key: value for key, value in optional.items() if value is not None}
    _add_thinking(body, request)
    return body | request.extra


def _refuse_unknown(request: Request) -> None:
    if request.n is not None and request.n != 1:
        raise wrong("n", f"{request.n} answers to one request", "1, which is all the Messages API gives")
    if request.seed is not None:
        raise UnsupportedError("seed: the Messages API has none; leave it out")
    if request.temperature is not None and not 0 <= request.temperature <= 1:
        raise wrong("temperature", f"{request.temperature} is out of range", "0 to 1 in the Messages API")
    if request.max_tokens is not None and request.max_tokens < 1:
        raise wrong("max_tokens", f"{request.max_tokens} is out of range", "1 and more")


def _max_tokens(request: Request) -> int:
    if request.max_tokens is not None:
        return request.max_tokens
    limit = request.traits.output_limit or DEFAULT_MAX_TOKENS
    return limit if request.stream else min(limit, MAX_TOKENS_WITHOUT_STREAM)


def _tool(tool: Tool) -> dict[str, Any]:
    """A tool in the API's form; one that came in OpenAI's form with fields of its own loses those."""
    if tool.raw is not None and tool.raw.get("type") != "function" and "parameters" not in tool.raw:
        return tool.raw
    found: dict[str, Any] = {"name": tool.name, "input_schema": tool.parameters}
    if tool.description:
        found["description"] = tool.description
    if tool.strict is not None:
        found["strict"] = tool.strict
    return found


def _tool_choice(request: Request) -> dict[str, Any] | None:
    choice = request.tool_choice
    if choice is None:
        return None
    if choice in _CHOICES:
        return {"type": _CHOICES[choice]}
    names = [tool.name for tool in request.tools]
    if choice not in names:
        raise wrong("tool_choice", "no such tool", ", ".join((*_CHOICES, *names)))
    return {"type": "tool", "name": choice}


def _output_config(request: Request) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    if request.response_format is not None:
        found["format"] = _format(request.response_format)
    thinking = request.thinking
    effort = thinking.effort if thinking is not None else None
    # Where effort alone switches thinking on, it has become a budget; elsewhere it was meant as this API's own field.
    meant = thinking is not None and (thinking.enabled is not True or thinking.budget is not None)
    if effort not in (None, "none") and (meant or _is_adaptive(request)):
        if effort not in EFFORTS:
            raise wrong("thinking", f"the effort {effort!r} is unknown to this API", ", ".join(EFFORTS))
        found["effort"] = effort
    return found or None


def _format(wanted: dict[str, Any]) -> dict[str, Any]:
    if wanted.get("type") != "json_schema":
        raise wrong("response_format", "no such format in the Messages API", '{"type": "json_schema", ...}')
    stated = wanted.get("json_schema")
    schema = stated.get("schema") if isinstance(stated, dict) else wanted.get("schema")
    if not isinstance(schema, dict):
        raise wrong("response_format.json_schema.schema", "missing", "a JSON Schema")
    return {"type": "json_schema", "schema": schema}


def _is_adaptive(request: Request) -> bool:
    """True for models that decide themselves how much to think, and are told how hard to try."""
    thinking = request.thinking
    asked = thinking is not None and (thinking.extra or {}).get("type") == "adaptive"
    return asked or request.traits.thinking_style in ("adaptive", "effort")


def _add_thinking(body: dict[str, Any], request: Request) -> None:
    thinking = request.thinking
    if thinking is None or thinking.enabled is None:
        return
    extra = {key: value for key, value in (thinking.extra or {}).items() if key != "type"}
    if not thinking.enabled:
        body["thinking"] = {"type": "disabled", **extra}
    elif _is_adaptive(request) and thinking.budget is None:
        body["thinking"] = {"type": "adaptive", **extra}
    else:
        body["thinking"] = {"type": "enabled", "budget_tokens": _budget(body, request, thinking), **extra}


def _budget(body: dict[str, Any], request: Request, thinking: Thinking) -> int:
    """Tokens to think with. They count towards `max_tokens`, which grows with them if it is ours to choose."""
    most = body["max_tokens"]
    if thinking.budget is None:
        share = SHARE[thinking.effort or "medium"]
        return min(max(int(most * share), MIN_BUDGET), most - 1) if most > MIN_BUDGET else _too_small(most)
    if thinking.budget < MIN_BUDGET:
        raise wrong("thinking.budget_tokens", f"{thinking.budget} is too small", f"{MIN_BUDGET} and more")
    if request.max_tokens is None and request.traits.output_limit is None:
        body["max_tokens"] = most = most + thinking.budget
    if thinking.budget >= most:
        raise wrong(
            "thinking.budget_tokens", f"{thinking.budget} is not below max_tokens ({most})", f"up to {most - 1}"
        )
    return thinking.budget


def _too_small(most: int) -> int:
    raise wrong("max_tokens", f"{most} leaves no room to think", f"more than {MIN_BUDGET} with thinking")
