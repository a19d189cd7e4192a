"""Refuse, before anything is sent, what a model is known to be unable to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from slipstream.errors import InvalidRequestError, UnsupportedError
from slipstream.models.registry import Registry
from slipstream.models.types import Model

# A hint, not a catalogue: the models of the same provider, the first few.
SUGGESTED = 5

_Test = Callable[[Model], bool]


class _Rule(NamedTuple):
    """One thing to ask for: when it is refused, what is said, and which models would do instead."""

    refused: _Test
    message: str
    instead: str
    suits: _Test
    argument: str


_THINK: Final = _Rule(
    lambda model: model.thinking == "none",
    "cannot think",
    "models that can",
    lambda model: model.thinking in ("switchable", "always"),
    "thinking",
)
_NOT_THINK: Final = _Rule(
    lambda model: model.thinking == "always",
    "always thinks, thinking=False is not accepted",
    "models that can answer without",
    lambda model: model.thinking in ("switchable", "none"),
    "thinking",
)
_IMAGES: Final = _Rule(
    lambda model: model.vision is False,
    "cannot see images",
    "models that can",
    lambda model: model.vision is True,
    "messages",
)
_TOOLS: Final = _Rule(
    lambda model: model.tools is False,
    "cannot call tools",
    "models that can",
    lambda model: model.tools is True,
    "tools",
)
_PREFILL: Final = _Rule(
    lambda model: model.prefill is False,
    "cannot continue a trailing assistant message",
    "models that can",
    lambda model: model.prefill is True,
    "messages",
)


def check(
    model: Model,
    *,
    thinking: bool | None = None,
    images: bool = False,
    tools: bool = False,
    max_tokens: int | None = None,
    prefill: bool = False,
    among: Iterable[Model] | None = None,
) -> None:
    """Refuse what the registry knows the model cannot do; what is unknown passes.

    Args:
        model: the model that will be asked.
        thinking: True or False asks for thinking to be on or off; None leaves it to the model.
        images, tools, prefill: whether the request holds images, tools, a trailing assistant message.
        max_tokens: the most tokens of the answer, or None.
        among: models to name as alternatives; the packaged registry's if None.

    Raises:
        UnsupportedError: the model cannot; the message names models that can.
        InvalidRequestError: `max_tokens` is no positive number, or above the model's limit, which the message names.
    """
    asked = {_THINK: thinking is True, _NOT_THINK: thinking is False, _IMAGES: images, _TOOLS: tools, _PREFILL: prefill}
    for rule, wanted in asked.items():
        if wanted and rule.refused(model):
            raise _unsupported(model, rule, among)
    if max_tokens is not None:
        _check_max_tokens(model, max_tokens)


def _unsupported(model: Model, rule: _Rule, among: Iterable[Model] | None) -> UnsupportedError:
    others = [other for other in (Registry.default().models() if among is None else among) if rule.suits(other)]
    near = [other for other in others if other.provider == model.provider]
    names = ", ".join(other.id for other in (near or others)[:SUGGESTED])
    instead = f"; {rule.instead}: {names}" if names else ""
    said = f"{model.id} {rule.message}{instead}"
    return UnsupportedError(said, provider=model.provider, model=model.id, argument=rule.argument)


def _check_max_tokens(model: Model, max_tokens: int) -> None:
    problem = _max_tokens_problem(model, max_tokens)
    if problem:
        raise InvalidRequestError(problem, provider=model.provider, model=model.id, argument="max_tokens")


def _max_tokens_problem(model: Model, max_tokens: int) -> str | None:
    if not isinstance(max_tokens, int) or isinstance(max_tokens, bool) or max_tokens < 1:
        return "max_tokens takes a whole number above 0"
    # The context holds question and answer, so it bounds the answer where no limit of its own is known.
    limit = model.output if model.output is not None else model.context
    if limit is None or max_tokens <= limit:
        return None
    return f"max_tokens is {max_tokens}; {model.id} gives at most {limit}"
