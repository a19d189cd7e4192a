"""How a client of one API asks a model of another to think: its words, in those that the model knows.

Nobody who writes for one API can know what the models of all others take, so what has no word there gets the nearest
one, and what has none at all is ignored and named. A provider of the client's own API gets the words as they are, and
refuses what it does not know.
"""

from __future__ import annotations

from typing import Final

from slipstream.client.endpoint import Endpoint
from slipstream.client.hosts import LEVELS
from slipstream.dialects.common.request import Effort, Thinking

BUDGETS: Final[tuple[tuple[int, Effort], ...]] = ((1024, "low"), (8192, "medium"))
"""Tokens up to which a budget is this effort, above them "high": as Google's OpenAI-compatible endpoint has it.
Source: https://ai.google.dev/gemini-api/docs/openai"""

LEAST: Final = 1024
"""Tokens below which Anthropic refuses a budget; others take this one too."""

BY_BUDGET: Final = ("budget", "enable_thinking", "openrouter")
"""Styles of `Provider.thinking_style` that take tokens."""

ON_OR_OFF: Final = ("enable_thinking", "template")
"""Styles that cannot be told how hard."""

SCALES: Final[dict[str, tuple[Effort, ...]]] = {"anthropic": ("low", "medium", "high", "xhigh", "max")}
"""The efforts of APIs that take only some; others take them all, or the model's own are known."""


def thinking_for(endpoint: Endpoint, wanted: Thinking | None) -> Thinking | None:
    """What the endpoint's model can be asked of what the client wants; None where it can be asked nothing."""
    style = endpoint.model.thinking_style or endpoint.provider.thinking_style
    if wanted is None or style == "none" or endpoint.model.thinking == "none":
        return None
    if wanted.enabled is False or wanted.effort == "none":
        return _off(endpoint)
    if wanted.budget is not None and style in BY_BUDGET:
        return Thinking(enabled=True, budget=max(wanted.budget, LEAST))
    effort = wanted.effort if wanted.budget is None else _effort(wanted.budget)
    if effort is None or style in ON_OR_OFF:
        return Thinking(enabled=wanted.enabled or effort is not None or None)
    return Thinking(enabled=True, effort=_nearest(effort, _scale(endpoint)))


def _off(endpoint: Endpoint) -> Thinking | None:
    if endpoint.model.thinking != "always" and "none" in (endpoint.model.efforts or ("none",)):
        return Thinking(enabled=False)
    return Thinking(enabled=True, effort=_nearest("minimal", _scale(endpoint))) if endpoint.model.efforts else None


def _effort(budget: int) -> Effort:
    return next((effort for most, effort in BUDGETS if budget <= most), "high")


def _scale(endpoint: Endpoint) -> tuple[str, ...]:
    return endpoint.model.efforts or SCALES.get(endpoint.dialect, LEVELS)


def _nearest(effort: Effort, scale: tuple[str, ...]) -> Effort:
    """The level of the scale that is nearest; of two that are as near, the one that thinks more."""
    able = [level for level in LEVELS if level in scale and level != "none"]
    at = LEVELS.index(effort)
    return min(able, key=lambda level: (abs(LEVELS.index(level) - at), -LEVELS.index(level)), default=effort)
