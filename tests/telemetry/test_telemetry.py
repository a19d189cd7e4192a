"""`Telemetry` itself: bad input is refused, a failure in it breaks no stream, and nothing is imported in vain."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from tests.client import answers
from tests.replay_server import ReplayServer
from tests.telemetry.conftest import LOGGER, Told

from slipstream import AsyncClient, Client
from slipstream.errors import InvalidRequestError
from slipstream.flow.guard import guard
from slipstream.telemetry import Telemetry


class Bomb(SpanProcessor):
    """A processor that always fails, and quotes what it was given."""

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        raise ValueError(f"canary {span.name}")

    def on_end(self, span: ReadableSpan) -> None:
        raise ValueError(f"canary {span.name}")


class Mute(logging.Handler):
    """A handler that fails."""

    def emit(self, record: logging.LogRecord) -> None:
        raise ValueError("canary")


@pytest.mark.parametrize("part", ["spans", "metrics", "log", "content"])
def test_a_failure_in_telemetry_breaks_no_stream(
    server: ReplayServer, client: Client, told: Told, caplog: pytest.LogCaptureFixture, part: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    server.serve(body=answers.TEXT)
    logger = logging.Logger("failing", logging.INFO)
    if part == "spans":
        told.provider.add_span_processor(Bomb())
    if part == "log":
        logger.addHandler(Mute())
    telemetry = told.telemetry(logger=logger, content=part == "content")
    if part == "metrics":
        monkeypatch.setattr(telemetry._sinks.instruments, "_duration", None)

    def messages() -> Any:
        raise ValueError("canary")

    stream = telemetry.watch(client.stream("hi"), messages=messages)
    assert stream.get_final_text() == "Three hearts."
    reports = [record.getMessage() for record in caplog.records if record.name == "slipstream.telemetry"]
    assert reports
    assert all("failed (" in report and "canary" not in report for report in reports)


async def test_nor_an_async_one(server: ReplayServer, told: Told) -> None:
    server.serve(body=answers.TEXT)
    told.provider.add_span_processor(Bomb())
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
        message = await told.telemetry().watch(client.stream("hi"))
    assert message.text == "Three hearts."


def test_each_part_may_be_left_out(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    parts: list[tuple[Telemetry, str]] = [
        (Telemetry(traces=False, metrics=False), "Telemetry(logs)"),
        (Telemetry(metrics=False, logs=False, tracer_provider=told.provider), "Telemetry(traces)"),
        (Telemetry(traces=False, logs=False, meter_provider=told.meters), "Telemetry(metrics)"),
        (Telemetry(content=True, redact=lambda: guard(["x"])), "Telemetry(traces, metrics, logs, content)"),
    ]
    for telemetry, shown in parts:
        assert repr(telemetry) == shown
        assert telemetry.watch(client.stream("hi")).get_final_text() == "Three hearts."
    assert len(told.spans) == 1
    assert len(told.lines) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"traces": 1}, "traces is a int; it takes True, False, or None"),
        ({"metrics": "yes"}, "metrics is a str; it takes True, False, or None"),
        ({"logs": None}, "logs is a NoneType; it takes True or False"),
        ({"content": "all"}, "content is a str; it takes True or False"),
        ({"logger": "mine"}, "logger is a str; it takes a logging.Logger"),
        ({"content": True, "redact": 7}, "redact is a int; it takes a function that makes a stage"),
        ({"content": True, "redact": dict}, "dict"),
        ({"redact": lambda: guard(["x"])}, "redact is given without content=True"),
        ({"tracer_provider": 7}, "the provider of traces is a int; it needs get_tracer"),
        ({"meter_provider": 7}, "the provider of metrics is a int; it needs get_meter"),
    ],
)
def test_bad_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message.replace("(", r"\(").replace(".", r"\.")):
        Telemetry(**options)


def test_contradictions(told: Told) -> None:
    with pytest.raises(InvalidRequestError, match="traces=False beside a provider"):
        Telemetry(traces=False, tracer_provider=told.provider)


def test_streams_that_cannot_be_watched(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    telemetry = Telemetry(traces=False, metrics=False)
    with pytest.raises(InvalidRequestError, match="has started"):
        telemetry.watch(client.stream("hi").until_done())
    with pytest.raises(InvalidRequestError, match="stream is a str"):
        telemetry.watch("hi")  # type: ignore[type-var]
    with pytest.raises(InvalidRequestError, match="watched already"):
        telemetry.watch(telemetry.watch(client.stream("hi")))


def test_opentelemetry_is_not_needed_and_not_loaded_before_it_is_used() -> None:
    code = """
import importlib.util, sys
import slipstream, slipstream.telemetry
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
slipstream.telemetry.Telemetry(traces=False, metrics=False)
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hide())
print(slipstream.telemetry.Telemetry())
try:
    slipstream.telemetry.Telemetry(traces=True)
except slipstream.InvalidRequestError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "Telemetry(logs)"
    assert lines[1].startswith("traces=True needs OpenTelemetry")
    assert 'pip install "slipstream[otel]"' in lines[2]


# ---- the clients


def test_a_client_watches_all_of_its_streams(server: ReplayServer, told: Told) -> None:
    server.serve(body=answers.TEXT)
    with Client(
        base_url=server.url, api_key=answers.KEY, model="m-1", telemetry=told.telemetry(content=True)
    ) as client:
        client.stream("canary", max_tokens=9).until_done()
        client.stream("canary").regenerate().until_done()
    first, second = told.spans
    known = first.attributes or {}
    assert first.name == second.name == "chat m-1"
    assert known["server.address"] == "127.0.0.1"
    assert known["gen_ai.request.max_tokens"] == 9
    assert "canary" in str(known["gen_ai.input.messages"])


def test_a_whole_answer_of_a_client(server: ReplayServer, told: Told) -> None:
    server.serve(body=answers.WHOLE)
    with Client(base_url=server.url, api_key=answers.KEY, telemetry=told.telemetry()) as client:
        client.complete("hi")
    assert (told.span.attributes or {})["gen_ai.request.stream"] is False


async def test_an_async_client(server: ReplayServer, told: Told) -> None:
    server.serve(body=answers.TEXT)
    async with AsyncClient(base_url=server.url, api_key=answers.KEY, telemetry=told.telemetry()) as client:
        await client.stream("hi")
    assert told.lines[0]["finish_reason"] == "stop"


def test_what_is_no_telemetry() -> None:
    with pytest.raises(InvalidRequestError, match="telemetry"):
        Client(telemetry=LOGGER)  # type: ignore[arg-type]
