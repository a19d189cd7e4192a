"""Recorded streams, played again: `replay(path, speed=2)` is a `Stream`, `read(path)` gives its events and times."""

from __future__ import annotations

from slipstream.record.opening import Recording
from slipstream.record.replaying import read, replay, replay_async
from slipstream.record.row import Row
from slipstream.record.sniffing import Form, sniff

__all__ = ["Form", "Recording", "Row", "read", "replay", "replay_async", "sniff"]
