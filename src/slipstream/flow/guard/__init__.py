"""The guard: nothing forbidden ever leaves."""

from __future__ import annotations

from slipstream.flow.guard.factory import guard
from slipstream.flow.guard.rules import GuardRules
from slipstream.flow.guard.stage import Guard

__all__ = ["Guard", "GuardRules", "guard"]
