"""The metrics of the GenAI conventions, on an OpenTelemetry meter."""

from __future__ import annotations

from typing import Any, Final

from slipstream.events import Message
from slipstream.run.metrics import Metrics
from slipstream.telemetry.asked import Asked
from slipstream.telemetry.attributes import RESPONSE_MODEL, TOKEN_TYPE, common, failure

SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
FIRST: Final = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
TOKENS: Final = tuple(float(4**n) for n in range(14))
"""Bounds of the buckets that the conventions ask for; those of the first chunk are the server's time to first token."""


class Instruments:
    """Records what a stream cost.

    Args:
        meter: an OpenTelemetry `Meter`.
    """

    def __init__(self, meter: Any) -> None:
        self._duration = _histogram(
            meter, "gen_ai.client.operation.duration", "s", "GenAI operation duration.", SECONDS
        )
        self._first = _histogram(
            meter, "gen_ai.client.operation.time_to_first_chunk", "s", "Time to receive the first chunk.", FIRST
        )
        self._tokens = _histogram(
            meter, "gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.", TOKENS
        )

    def record(self, asked: Asked, message: Message, metrics: Metrics, context: Any) -> None:
        """Record a stream that is over. Tokens that we estimated are not recorded, as the convention demands."""
        known = common(asked) | ({RESPONSE_MODEL: message.model} if message.model else {})
        if metrics.total is not None:
            self._duration.record(metrics.total, {**known, **failure(message)}, context)
        if asked.streaming and metrics.time_to_first_output is not None:
            self._first.record(metrics.time_to_first_output, known, context)
        usage = message.usage
        if usage is not None and not usage.estimated:
            for kind, count in (("input", usage.input_tokens), ("output", usage.output_tokens)):
                if count is not None:
                    self._tokens.record(count, {**known, TOKEN_TYPE: kind}, context)


def _histogram(meter: Any, name: str, unit: str, description: str, bounds: tuple[float, ...]) -> Any:
    return meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=bounds)
