"""What will be asked, of whom, and what is done when it fails: everything a call needs but the reader."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from slipstream.client import endpoint as endpoints, prepare
from slipstream.client.endpoint import Endpoint
from slipstream.dialects.common.request import ChatMessage, Request, TextPart
from slipstream.errors import InvalidRequestError
from slipstream.events import Message
from slipstream.flow.stage import Stage
from slipstream.flow.tokens import by_length
from slipstream.models import Registry
from slipstream.run.call import Call, Target
from slipstream.run.timeouts import Timeouts, parse

TOOLS: Final = "slipstream.tools"
"""The room of the tool loop. By name, because it stands above this one."""

LOOP_OPTIONS: Final = ("max_rounds", "stop_when", "approve", "tool_timeout")
ELSEWHERE: Final = ("model", "provider", "base_url", "api_key")
"""What a model to fall back on may be named by."""


class Settings(Struct, frozen=True, kw_only=True):
    """What a client is told once."""

    registry: Registry
    provider: str | None = None
    api_key: str | None = None
    base_url: str | None = None
    model: str | None = None
    timeouts: Timeouts = Timeouts()
    max_retries: int = 2
    headers: Mapping[str, str] = {}
    stages: Callable[[], Sequence[Stage]] | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """One call, worked out and checked; nothing has been sent.

    Args:
        target: who is asked.
        fallback: who is asked when that fails, in this order.
        on_break: what is done when an answer breaks after content.
        hedge_after, hedge: seconds after which a late first output makes a second request, and of whom.
        tools: the functions that calls of the model are answered with, by name; None where there are none.
        loop: the settings of the tool loop.
        conversation: the messages of the request, for telemetry that may show them.
        again: the plan of the next round of the tool loop, given the finished ones.
    """

    target: Target
    fallback: tuple[Target, ...] = ()
    on_break: Any = "raise"
    hedge_after: float | None = None
    hedge: Target | None = None
    tools: Mapping[str, Callable[..., Any]] | None = None
    loop: Any = None
    again: Callable[[Sequence[Message]], Plan] | None = None
    conversation: Callable[[], list[ChatMessage]] | None = None

    @property
    def call(self) -> Call:
        """The first call."""
        return self.target.call

    @property
    def recovers(self) -> bool:
        """True if anything but the engine's own retries may follow a failure."""
        return bool(self.fallback) or self.on_break != "raise" or self.hedge is not None


def plan(settings: Settings, prompt: str | None, options: Mapping[str, Any], *, streaming: bool) -> Plan:
    """Work a call out.

    Raises:
        InvalidRequestError: something in it is wrong; the message names it.
    """
    endpoint = _endpoint(settings, options, {})

    def target(where: Endpoint) -> Target:
        return _target(settings, where, prompt, options, streaming=streaming)

    after, rival = _hedge(settings, options.get("hedge"), options, endpoint)
    functions, loop = _tools(options)
    return Plan(
        target=target(endpoint),
        fallback=tuple(target(_endpoint(settings, options, _named(item))) for item in _fallbacks(options)),
        on_break=_on_break(settings, options),
        hedge_after=after,
        hedge=target(rival) if rival is not None else None,
        tools=functions,
        loop=loop,
        conversation=functools.partial(prepare.conversation, prompt, options),
        again=_rounds(settings, prompt, options, streaming=streaming) if functions else None,
    )


def _rounds(
    settings: Settings, prompt: str | None, options: Mapping[str, Any], *, streaming: bool
) -> Callable[[Sequence[Message]], Plan]:
    """Plans the next round: the same question, and after it the finished rounds."""
    given = {name: value for name, value in options.items() if name not in ("images", "files")}
    asked = prepare.with_media(prepare.conversation(prompt, options), options)
    given.pop("system", None)  # it stands in the conversation now
    forced = given.get("tool_choice")
    if forced is not None and forced != "none":
        given["tool_choice"] = "auto"  # a choice that was forced again would go round for ever

    def following(rounds: Sequence[Message]) -> Plan:
        return plan(settings, None, {**given, "messages": [*asked, *rounds]}, streaming=streaming)

    return following


def _tools(options: Mapping[str, Any]) -> tuple[Mapping[str, Callable[..., Any]] | None, Any]:
    """The functions among the tools, and the settings of the loop that runs them."""
    wanted = {name: options[name] for name in LOOP_OPTIONS if options.get(name) is not None}
    tools = options.get("tools") or ()
    if not any(callable(tool) for tool in tools):
        if wanted:
            raise InvalidRequestError(f"{', '.join(wanted)}: there is no function in tools that could be run")
        return None, None
    if (options.get("n") or 1) > 1:
        raise InvalidRequestError("n asks for several answers, and tools holds functions to run; it takes one answer")
    room = importlib.import_module(TOOLS)
    functions, by_caller = room.split_tools(tools)
    return functions, room.LoopSettings(**wanted, by_caller=by_caller)


# ---- who


def _endpoint(settings: Settings, options: Mapping[str, Any], instead: Mapping[str, Any]) -> Endpoint:
    """Where a request goes: as the call says, else as the client does; `instead` names another model."""
    if instead:
        return _other_endpoint(settings, options, instead)
    return endpoints.resolve(
        settings.registry,
        model=_text("model", options.get("model")) or _text("model", settings.model),
        provider=_text("provider", options.get("provider")) or settings.provider,
        base_url=settings.base_url,
        api_key=settings.api_key if options.get("api_key") is None else options["api_key"],
    )


def _other_endpoint(settings: Settings, options: Mapping[str, Any], named: Mapping[str, Any]) -> Endpoint:
    """A model to fall back on: at its own provider, unless the client has an address of its own and it names none."""
    name, provider = named.get("model"), named.get("provider")
    says_where = provider is not None or "base_url" in named or "/" in (name or "")
    if settings.base_url is not None and not says_where and name not in endpoints.PLUGINS:
        return _endpoint(settings, {**options, "model": name}, {})
    return endpoints.resolve(
        settings.registry,
        model=name,
        provider=provider,
        base_url=named.get("base_url"),
        api_key=named.get("api_key"),
    )


def _named(item: Any, name: str = "fallback") -> dict[str, Any]:
    """A model by its name, or by a mapping that says where it is."""
    accepted = f"it takes the names of models, or mappings with {', '.join(ELSEWHERE)}"
    if isinstance(item, str) and item.strip():
        return {"model": item}
    if not isinstance(item, Mapping):
        raise InvalidRequestError(f"{name} holds {_kind(item)}; {accepted}")
    unknown = sorted(str(key) for key in item if key not in ELSEWHERE)
    wrong = sorted(key for key, value in item.items() if key in ELSEWHERE and not isinstance(value, str))
    if unknown or wrong or not item:
        what = f"{', '.join(unknown)}" if unknown else f"{', '.join(wrong)} without text" if wrong else "nothing"
        raise InvalidRequestError(f"{name} holds a mapping with {what}; {accepted}")
    return dict(item)


def _fallbacks(options: Mapping[str, Any]) -> Sequence[Any]:
    wanted = options.get("fallback") or ()
    if isinstance(wanted, (str, Mapping)) or not isinstance(wanted, Sequence):
        raise InvalidRequestError(f"fallback is {_kind(wanted)}; it takes a list of models")
    return wanted


def _on_break(settings: Settings, options: Mapping[str, Any]) -> str:
    wanted: str = options.get("on_break") or "raise"
    own = options.get("max_retries")
    retries = settings.max_retries if own is None else own
    if wanted != "raise" and retries == 0 and not options.get("fallback"):
        raise InvalidRequestError(f"on_break={wanted!r} needs another request, and max_retries=0 allows none")
    if wanted == "continue" and (options.get("n") or 1) > 1:
        raise InvalidRequestError("on_break='continue' goes on with one answer, and n asks for several")
    return wanted


def _hedge(
    settings: Settings, wanted: Any, options: Mapping[str, Any], endpoint: Endpoint
) -> tuple[float | None, Endpoint | None]:
    """After how many seconds whom else to ask."""
    if wanted is None:
        return None, None
    accepted = "it takes seconds, or a mapping with after (seconds) and a model as in fallback"
    named = dict(wanted) if isinstance(wanted, Mapping) else {"after": wanted}
    after = named.pop("after", None)
    is_number = isinstance(after, (int, float)) and not isinstance(after, bool)
    if not is_number or not 0 < after < float("inf"):
        raise InvalidRequestError(f"hedge is {wanted!r}; {accepted}")
    bound = parse(options.get("timeout"), settings.timeouts).first_output
    if bound is not None and after >= bound:
        raise InvalidRequestError(f"hedge is {after:g} s, and first_output ends the stream after {bound:g} s")
    return float(after), _endpoint(settings, options, _named(named, "hedge")) if named else endpoint


# ---- what


def _target(
    settings: Settings, endpoint: Endpoint, prompt: str | None, options: Mapping[str, Any], *, streaming: bool
) -> Target:
    request = prepare.build_request(endpoint, prompt, options, streaming=streaming)

    def call(asked: Request) -> Call:
        return prepare.build_call(
            endpoint,
            asked,
            options,
            timeouts=settings.timeouts,
            max_retries=settings.max_retries,
            headers=settings.headers,
        )

    def continued(text: str) -> tuple[Call, str]:
        sent = text.rstrip()  # some providers refuse a prefill that ends in white space, and all continue it badly
        return call(_continuing(request, sent, text)), sent

    return Target(call(request), continued if _can_continue(endpoint, request) else None)


def _can_continue(endpoint: Endpoint, request: Request) -> bool:
    """True if the model is declared to go on with a text it is given, and the request allows it.

    Structured output is never continued, as half a JSON text is no prefill; nor is an answer with thinking at
    Anthropic, whose API refuses that.
    """
    thinks = request.thinking is not None and request.thinking.enabled is not False
    return (
        request.traits.prefill is not None
        and (request.response_format or {}).get("type", "text") == "text"
        and (request.n or 1) == 1
        and not (thinks and endpoint.dialect == "anthropic")
    )


def _continuing(request: Request, sent: str, shown: str) -> Request:
    """The same request, with the beginning of its answer."""
    messages = list(request.messages)
    if messages[-1].role == "assistant":  # the caller's own prefill
        last = messages.pop()
        before = "".join(part.text for part in last.parts if isinstance(part, TextPart))
        sent = before + sent
    left = None if request.max_tokens is None else max(1, request.max_tokens - by_length(shown))
    return msgspec.structs.replace(
        request, messages=[*messages, ChatMessage("assistant", [TextPart(sent)])], max_tokens=left
    )


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidRequestError(f"{name} is a {type(value).__name__}; it takes text")
    if value is not None and not value.strip():
        raise InvalidRequestError(f"{name} is empty; leave it out for the default")
    return value


def _kind(value: Any) -> str:
    return f"the text {value!r}" if isinstance(value, str) else f"a {type(value).__name__}"
