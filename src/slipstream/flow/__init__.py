"""Stages: events in, events out. Each is a function here, and a method of the same name on a stream.

    events = flow.apply([flow.sentences(), flow.guard(words=["secret"])], events)

Strategy: nothing is imported before it is used, as a guard is no small thing. A stage and its module have one name, and
Python binds a module to its package when it is imported, by whomever; this package keeps the name for the stage.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slipstream.flow.apply import apply as apply
    from slipstream.flow.boxes import boxes as boxes
    from slipstream.flow.buffer import buffer as buffer
    from slipstream.flow.deadlines import deadlines as deadlines
    from slipstream.flow.detect_loop import OnLoop as OnLoop, detect_loop as detect_loop
    from slipstream.flow.event_types import EventType as EventType
    from slipstream.flow.guard import GuardRules as GuardRules, guard as guard
    from slipstream.flow.limit import Count as Count, limit as limit
    from slipstream.flow.lines import lines as lines
    from slipstream.flow.on import on as on
    from slipstream.flow.partial import elements as elements, partial as partial
    from slipstream.flow.progress import progress as progress
    from slipstream.flow.record import record as record, recorded as recorded
    from slipstream.flow.sentence_ends import EngineName as EngineName
    from slipstream.flow.sentences import sentences as sentences
    from slipstream.flow.smooth import Unit as Unit, smooth as smooth
    from slipstream.flow.stage import Job as Job, Stage as Stage, WorkingStage as WorkingStage
    from slipstream.flow.stop_on import stop_on as stop_on
    from slipstream.flow.tee import tee as tee
    from slipstream.flow.think_tags import think_tags as think_tags
    from slipstream.flow.transform import Function as Function, transform as transform
    from slipstream.flow.words import words as words

_HOME = {
    "apply": ("apply",),
    "boxes": ("boxes",),
    "buffer": ("buffer",),
    "deadlines": ("deadlines",),
    "detect_loop": ("detect_loop",),
    "guard": ("GuardRules", "guard"),
    "limit": ("limit",),
    "lines": ("lines",),
    "on": ("on",),
    "partial": ("elements", "partial"),
    "progress": ("progress",),
    "record": ("record", "recorded"),
    "sentences": ("sentences",),
    "smooth": ("smooth",),
    "stage": ("Job", "Stage", "WorkingStage"),
    "stop_on": ("stop_on",),
    "tee": ("tee",),
    "think_tags": ("think_tags",),
    "transform": ("transform",),
    "words": ("words",),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names}

STAGES = tuple(sorted(set(_WHERE) - {"GuardRules", "Job", "Stage", "WorkingStage", "apply", "recorded"}))
"""The names of all stages."""

__all__ = ["STAGES", *sorted(_WHERE)]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'slipstream.flow' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"slipstream.flow.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


class _Flow(ModuleType):
    """This package, which takes no module in the place of a stage."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _WHERE or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Flow


def __dir__() -> list[str]:
    return sorted(__all__)
