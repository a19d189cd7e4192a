"""Stages: events in, events out."""

from slipstream.flow.apply import apply
from slipstream.flow.boxes import boxes
from slipstream.flow.stage import Stage

__all__ = ["Stage", "apply", "boxes"]
