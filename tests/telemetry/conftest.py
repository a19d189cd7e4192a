"""A server, a client, and an OpenTelemetry that keeps what it is told."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.client import answers
from tests.replay_server import ReplayServer

from slipstream import Client, Stream
from slipstream.telemetry import Telemetry

LOGGER = "slipstream.streams"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL", "_PROXY", "_proxy")) or name.startswith(("SLIPSTREAM_", "OTEL_")):
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer() as server:
        yield server


@pytest.fixture
def client(server: ReplayServer) -> Iterator[Client]:
    with Client(base_url=server.url, api_key=answers.KEY, max_retries=0, model="m-1") as client:
        yield client


class Told:
    """Everything that telemetry said.

    Attributes:
        provider, meters: for a `Telemetry`.
    """

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self._caplog = caplog
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meters = MeterProvider([self._reader])
        caplog.set_level(logging.INFO, LOGGER)

    def telemetry(self, **options: Any) -> Telemetry:
        """A telemetry that tells us."""
        return Telemetry(tracer_provider=self.provider, meter_provider=self.meters, **options)

    def watch(self, stream: Stream, **facts: Any) -> Stream:
        """Watch a stream of the client above."""
        return self.telemetry().watch(stream, model="m-1", provider="openai", **facts)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    @property
    def span(self) -> ReadableSpan:
        """The only span."""
        (span,) = self.spans
        return span

    @property
    def points(self) -> dict[str, list[HistogramDataPoint]]:
        """The metrics, by name."""
        data = self._reader.get_metrics_data()
        found: dict[str, list[HistogramDataPoint]] = {}
        for resource in data.resource_metrics if data is not None else ():
            for scope in resource.scope_metrics:
                found |= {metric.name: list(metric.data.data_points) for metric in scope.metrics}  # type: ignore[arg-type]
        return found

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log lines of streams."""
        return [json.loads(record.getMessage()) for record in self._caplog.records if record.name == LOGGER]

    @property
    def everything(self) -> str:
        """All of it as one text, for what must not be in it."""
        spans = [span.to_json() for span in self.spans]
        data = self._reader.get_metrics_data()
        return "\n".join([*spans, data.to_json() if data is not None else "", self._caplog.text, repr(self.lines)])


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Told]:
    told = Told(caplog)
    yield told
    told.provider.shutdown()
    told.meters.shutdown()
