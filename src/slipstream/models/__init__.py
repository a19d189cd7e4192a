"""The registry: which models there are, what each can do, and which provider and dialect speaks for it."""

from __future__ import annotations

from slipstream.models import capabilities
from slipstream.models.registry import Registry
from slipstream.models.types import DIALECTS, Model, Provider, Thinking, ThinkingStyle

__all__ = ["DIALECTS", "Model", "Provider", "Registry", "Thinking", "ThinkingStyle", "capabilities"]
