"""Telemetry: OpenTelemetry spans and metrics by the GenAI conventions, and one log line for each stream.

    client = slipstream.Client(telemetry=slipstream.telemetry.Telemetry())

`opentelemetry` is imported when a `Telemetry` is made that uses it, and needed by nothing else.
"""

from __future__ import annotations

from slipstream.telemetry.asked import Asked
from slipstream.telemetry.telemetry import Telemetry

__all__ = ["Asked", "Telemetry"]
