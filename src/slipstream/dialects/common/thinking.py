"""`thinking=`, in every form people write it, made neutral."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from slipstream.dialects.common.checks import kind_of, name_of, wrong
from slipstream.dialects.common.request import Effort, Thinking

EFFORTS: Final[tuple[str, ...]] = get_args(Effort)
ACCEPTED: Final = (
    f'True, False, one of {", ".join(EFFORTS)}, or an object such as {{"type": "enabled", "budget_tokens": 4096}}'
)
_TYPES: Final = {"enabled": True, "adaptive": True, "disabled": False, "auto": None, None: None}


def normalise_thinking(value: Any) -> Thinking | None:
    """Whether and how hard to think, in neutral form.

    Args:
        value: None (the model's own default), a bool, an effort, a `Thinking`, or an object in Anthropic's or GLM's
            form (`type`, `budget_tokens`, `effort`, and the provider's own fields, which are sent as they are).

    Raises:
        InvalidRequestError: it is none of these; the message says what is accepted.
    """
    if value is None or isinstance(value, Thinking):
        return value
    if isinstance(value, bool):
        return Thinking(enabled=value)
    if isinstance(value, str):
        return Thinking(enabled=value != "none", effort=_effort(value, "thinking"))
    if not isinstance(value, Mapping):
        raise wrong("thinking", f"{kind_of(value)} is none of these", ACCEPTED)
    return _of_object(dict(value))


def _of_object(wire: dict[str, Any]) -> Thinking:
    kind = wire.pop("type", None)
    if not isinstance(kind, str | None) or kind not in _TYPES:
        raise wrong("thinking.type", f"{name_of(kind)} is unknown", "enabled, disabled, adaptive, auto")
    budget = wire.pop("budget_tokens", None)
    if budget is not None and (isinstance(budget, bool) or not isinstance(budget, int) or budget < 1):
        raise wrong("thinking.budget_tokens", "no number of tokens", "an integer above 0")
    effort = wire.pop("effort", None)
    enabled = _TYPES[kind]
    if enabled is None and (budget is not None or effort is not None):
        enabled = True
    if kind == "adaptive":
        wire["type"] = kind  # Anthropic's: the model decides how much; no other dialect has a word for it
    return Thinking(
        enabled=enabled,
        effort=None if effort is None else _effort(effort, "thinking.effort"),
        budget=budget,
        extra=wire or None,
    )


def _effort(value: Any, where: str) -> Effort:
    for effort in EFFORTS:
        if value == effort:
            return effort  # type: ignore[return-value]  # it came out of get_args(Effort)
    raise wrong(where, f"{name_of(value)} is unknown", ACCEPTED if where == "thinking" else ", ".join(EFFORTS))
