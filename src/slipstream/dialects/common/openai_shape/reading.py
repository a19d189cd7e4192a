"""Reading the body of a chat completion request: every documented field, OpenAI's and those of who speaks its shape.

Strategy: a table from a field's name to the small function that takes it. Fields with a neutral form go into the
request; others are checked where their type is documented, and passed on as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from slipstream.dialects.common.checks import body_at, kind_of, list_at, mapping_at, name_of, text_at, wrong
from slipstream.dialects.common.messages import normalise
from slipstream.dialects.common.openai_shape import conversation
from slipstream.dialects.common.openai_shape.customs import TOOLS, tool_name
from slipstream.dialects.common.openai_shape.request import CHOICES
from slipstream.dialects.common.reply import Asked, Reply
from slipstream.dialects.common.request import Request, Thinking, Tool, Traits
from slipstream.dialects.common.thinking import EFFORTS, normalise_thinking
from slipstream.dialects.common.tools import normalise_tools
from slipstream.errors import InvalidRequestError

_FORMATS: Final = '{"type": "text"}, {"type": "json_object"} or {"type": "json_schema", "json_schema": {...}}'
_CHOOSE: Final = f'{", ".join(CHOICES)}, or {{"type": "function", "function": {{"name": ...}}}}'


class _Draft:
    """The request in the making."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.fields: dict[str, Any] = {}
        self.traits: dict[str, Any] = {}
        self.thinking: dict[str, Any] = {}
        self.options: dict[str, Any] = {}
        self.own: dict[str, Any] = {}
        self.counts = False


def read_body(body: Mapping[str, Any], *, model: str = "", stream: bool = False, always_counts: bool = False) -> Asked:
    """Read a request body.

    Args:
        body: the JSON object.
        model: the model's name, should the body not say.
        stream: whether a stream is asked for, should the body not say.
        always_counts: True where streams carry token counts without being asked.

    Raises:
        InvalidRequestError: it is no chat completion request; `.argument` and the message name the field.
    """
    wire = body_at(body, "a JSON object with model and messages")
    try:
        return _read(wire, model, stream, always_counts)
    except RecursionError:
        raise wrong("body", "nested too deep", "what a model can be asked") from None


def _read(body: dict[str, Any], model: str, stream: bool, always_counts: bool) -> Asked:
    draft = _Draft(body)
    draft.fields = {"model": model, "stream": stream}
    if body.get("messages") is None:
        raise wrong("messages", "missing", "a list of messages")
    for name, value in body.items():
        if value is not None:
            _FIELDS.get(name, _own)(value, name, draft)
    if not draft.fields["model"]:
        raise wrong("model", "missing", "the name of a model")
    _choose(draft)
    if draft.thinking:
        draft.fields["thinking"] = Thinking(**draft.thinking)
    draft.traits["stream_usage"] = "ask" if draft.counts else "never"
    return Asked(
        request=Request(traits=Traits(**draft.traits), **draft.fields),
        reply=Reply(include_usage=draft.counts or always_counts, options=draft.options),
        own=draft.own,
    )


# The values of fields.


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise wrong(where, f"{kind_of(value)} is no finite number", "a number")
    return value


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise wrong(where, "no count", "an integer above 0")
    return value


def _integer(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(where, f"{kind_of(value)} is no integer", "an integer")
    return value


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise wrong(where, f"{kind_of(value)} is no boolean", "true or false")
    return value


def _object(value: Any, where: str) -> dict[str, Any]:
    return mapping_at(value, where, "an object")


def _list(value: Any, where: str) -> list[Any]:
    return list_at(value, where, "a list")


def _stops(value: Any, where: str) -> list[str]:
    if isinstance(value, str):
        return [text_at(value, where)]
    return [
        text_at(item, f"{where}[{i}]") for i, item in enumerate(list_at(value, where, "a text, or a list of texts"))
    ]


def _format(value: Any, where: str) -> dict[str, Any] | None:
    wire = mapping_at(value, where, _FORMATS)
    kind = wire.get("type")
    if kind not in ("text", "json_object", "json_schema"):
        raise wrong(f"{where}.type", f"{name_of(kind)} is unknown", _FORMATS)
    if kind == "json_schema":
        mapping_at(wire.get("json_schema"), f"{where}.json_schema", '{"name": ..., "schema": {...}}')
    _encodable(wire, where)
    return None if kind == "text" else wire


def _encodable(value: Any, where: str) -> None:
    """Refuse what no JSON of ours could carry on: half a surrogate pair, anywhere in it."""
    try:
        msgspec.json.encode(value)
    except (TypeError, ValueError):
        raise wrong(where, "a value that is no valid JSON", "JSON with valid Unicode") from None


# One taker a field.

Taker = Callable[[Any, str, _Draft], None]


def _field(check: Callable[[Any, str], Any], name: str = "") -> Taker:
    """Takes a field into the request, by its own name or this one."""

    def take(value: Any, where: str, draft: _Draft) -> None:
        draft.fields[name or where] = check(value, where)

    return take


def _passed(check: Callable[[Any, str], Any]) -> Taker:
    """Takes a field whose type is documented and that has no neutral form."""

    def take(value: Any, where: str, draft: _Draft) -> None:
        check(value, where)
        _own(value, where, draft)

    return take


def _own(value: Any, where: str, draft: _Draft) -> None:
    text_at(where, "body", "names of fields in valid Unicode")
    _encodable(value, where[:40])
    draft.own[where] = value


def _model(value: Any, where: str, draft: _Draft) -> None:
    draft.fields["model"] = text_at(value, where, "the name of a model") or draft.fields["model"]


def _messages(value: Any, where: str, draft: _Draft) -> None:
    items = list_at(value, where, "a list of messages")
    draft.fields["messages"] = conversation.after(normalise(conversation.before(items)))
    _encodable(items, where)  # parts that pass as they are have not been looked into
    roles = [item.get("role") for item in items if isinstance(item, Mapping)]
    if "developer" in roles:
        draft.traits["system_role"] = "developer"
    last = items[-1] if isinstance(items[-1], Mapping) else {}
    for mark in ("prefix", "partial"):
        if last.get("role") == "assistant" and last.get(mark):
            draft.traits["prefill"] = mark


def _bound(value: Any, where: str, draft: _Draft) -> None:
    if "max_tokens" in draft.fields:
        raise wrong(where, "beside the other bound on the answer's length", "max_tokens or max_completion_tokens")
    draft.fields["max_tokens"] = _count(value, where)
    draft.traits["max_tokens_field"] = where


def _stream_options(value: Any, where: str, draft: _Draft) -> None:
    wire = mapping_at(value, where, '{"include_usage": true}')
    for name in ("include_usage", "include_obfuscation"):
        if wire.get(name) is not None:
            _flag(wire[name], f"{where}.{name}")
    draft.counts = bool(wire.pop("include_usage", False))
    _encodable(wire, where)
    # How the answer is told is ours to do; sent on, it would decide how the provider tells it to us.
    draft.options |= wire


def _tools(value: Any, where: str, draft: _Draft) -> None:
    if where == "functions":
        draft.options["functions"] = True
    if "tools" in draft.fields:
        raise wrong(where, "beside the other list of tools", "tools or functions")
    items = list_at(value, where, "a list of tools")
    _encodable(items, where)
    if customs := [name for item in items if (name := tool_name(item)) is not None]:
        draft.options[TOOLS] = customs
    draft.fields["tools"] = [_neutral(item, f"{where}[{index}]") for index, item in enumerate(items)]
    normalise_tools(draft.fields["tools"])  # names that stand twice


def _neutral(item: Any, where: str) -> Tool:
    wire = mapping_at(item, where, 'objects: {"type": "function", "function": {...}}')
    try:
        return normalise_tools([wire])[0]
    except InvalidRequestError as error:
        raise _moved(error, "tools[0]", where) from None


def _moved(error: InvalidRequestError, before: str, where: str) -> InvalidRequestError:
    """The refusal of a tool that was read alone, with the place where it stands."""
    argument = (error.argument or "").replace(before, where, 1)
    return InvalidRequestError(error.message.replace(before, where, 1), argument=argument)


def _choice(value: Any, where: str, draft: _Draft) -> None:
    if isinstance(value, str):
        if value not in CHOICES:
            raise wrong(where, f"{name_of(value)} is unknown", _CHOOSE)
        draft.fields["tool_choice"] = value
        return
    wire = mapping_at(value, where, _CHOOSE)
    kind = wire.get("type", "function")
    if where == "tool_choice" and kind != "function":
        if not isinstance(kind, str):
            raise wrong(f"{where}.type", f"{kind_of(kind)} is unknown", _CHOOSE)
        _own(wire, where, draft)  # `allowed_tools`, `custom`, and what providers add
        return
    place = f"{where}.function" if where == "tool_choice" else where
    function = mapping_at(wire.get("function"), place, _CHOOSE) if where == "tool_choice" else wire
    draft.fields["tool_choice"] = text_at(function.get("name"), f"{place}.name", "the name of a tool")


def _choose(draft: _Draft) -> None:
    """Check the choice against the tools, which may stand behind it."""
    choice = draft.fields.get("tool_choice")
    names = [tool.name for tool in draft.fields.get("tools", ())]
    if choice is None or choice in names or (choice in CHOICES and names):
        return
    where = "tool_choice" if draft.body.get("tool_choice") is not None else "function_call"
    if choice in ("auto", "none"):  # without tools both say nothing
        del draft.fields["tool_choice"]
        return
    what = f"{name_of(choice)} without tools" if not names else f"{name_of(choice)} is none of the tools"
    raise wrong(where, what, ", ".join((*CHOICES, *names)) if names else "tools to choose from")


# Thinking, in four providers' words.


def _think(draft: _Draft, style: str, **fields: Any) -> None:
    """Add what one field says of thinking; two fields may say it together, as GLM's do."""
    draft.thinking |= {name: value for name, value in fields.items() if value is not None}
    if draft.traits.get("thinking_style") != "object":
        draft.traits["thinking_style"] = style


def _effort(value: Any, where: str, draft: _Draft) -> None:
    if value not in EFFORTS:
        raise wrong(where, f"{name_of(value)} is unknown", ", ".join(EFFORTS))
    _think(draft, "effort", effort=value, enabled=draft.thinking.get("enabled", value != "none"))


def _thinking(value: Any, where: str, draft: _Draft) -> None:
    wire = mapping_at(value, where, '{"type": "enabled"} or {"type": "disabled"}')
    _encodable(wire, where)
    told = normalise_thinking(wire)
    if told is not None:
        _think(draft, "object", enabled=told.enabled, effort=told.effort, budget=told.budget, extra=told.extra)


def _enable(value: Any, where: str, draft: _Draft) -> None:
    _think(draft, "enable_thinking", enabled=_flag(value, where))


def _budget(value: Any, where: str, draft: _Draft) -> None:
    _think(draft, "enable_thinking", budget=_count(value, where))


def _reasoning(value: Any, where: str, draft: _Draft) -> None:
    """OpenRouter's object: https://openrouter.ai/docs (reasoning tokens)."""
    wire = mapping_at(value, where, '{"effort": ...}, {"max_tokens": ...} or {"enabled": ...}')
    _encodable(wire, where)
    effort, budget, enabled = (wire.pop(name, None) for name in ("effort", "max_tokens", "enabled"))
    if effort is not None and effort not in EFFORTS:
        raise wrong(f"{where}.effort", f"{name_of(effort)} is unknown", ", ".join(EFFORTS))
    budget = None if budget is None else _count(budget, f"{where}.max_tokens")
    if enabled is not None:
        _flag(enabled, f"{where}.enabled")
    elif effort is not None or budget is not None:
        enabled = effort != "none"
    _think(draft, "openrouter", enabled=enabled, effort=effort, budget=budget, extra=wire or None)


def _each(taker: Taker, *names: str) -> dict[str, Taker]:
    return dict.fromkeys(names, taker)


_FIELDS: Final[dict[str, Taker]] = {
    "model": _model,
    "messages": _messages,
    "stream": _field(_flag),
    "stream_options": _stream_options,
    "max_tokens": _bound,
    "max_completion_tokens": _bound,
    "stop": _field(_stops),
    "n": _field(_count),
    "seed": _field(_integer),
    "response_format": _field(_format),
    "tool_choice": _choice,
    "function_call": _choice,
    "reasoning_effort": _effort,
    "thinking": _thinking,
    "enable_thinking": _enable,
    "thinking_budget": _budget,
    "reasoning": _reasoning,
    **_each(_field(_number), "temperature", "top_p"),
    **_each(_tools, "tools", "functions"),
    **_each(_passed(_number), "frequency_penalty", "presence_penalty"),
    **_each(_passed(_integer), "top_logprobs"),
    **_each(
        _passed(_flag), "logprobs", "parallel_tool_calls", "store", "do_sample", "tool_stream", "watermark_enabled"
    ),
    **_each(
        _passed(text_at), "user", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
        "verbosity", "request_id", "user_id",
    ),
    **_each(
        _passed(_object), "logit_bias", "metadata", "audio", "prediction", "web_search_options", "moderation",
        "prompt_cache_options", "sensitive_word_check", "chat_template_kwargs",
    ),
    **_each(_passed(_list), "modalities"),
}  # fmt: skip
