"""One line for each stream, for machines to read."""

from __future__ import annotations

import logging

import pytest
from tests.client import answers
from tests.replay_server import ReplayServer
from tests.telemetry.conftest import LOGGER, Told

from slipstream import Client
from slipstream.errors import ServerError
from slipstream.telemetry import Telemetry


def test_a_line_for_each_stream(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    told.watch(client.stream("hi"), url="https://api.example/v1").until_done()
    (line,) = told.lines
    context = told.span.context
    assert context is not None
    assert line["trace_id"] == f"{context.trace_id:032x}"
    assert line["span_id"] == f"{context.span_id:016x}"
    stated = {name: value for name, value in line.items() if not isinstance(value, float) and "_id" not in name}
    assert stated == {
        "event": "stream",
        "provider": "openai",
        "model": "m-1",
        "response_model": "gpt-test",
        "server": "api.example",
        "streaming": True,
        "finish_reason": "stop",
        "input_tokens": 5,
        "output_tokens": 3,
        "estimated": False,
        "attempts": 1,
        "bytes": len(answers.TEXT),
        "output_events": 4,
    }
    assert {"total", "time_to_first_byte", "time_to_first_output", "time_to_first_text"} <= set(line)


def test_the_line_is_a_mapping_for_handlers(server: ReplayServer, caplog: pytest.LogCaptureFixture) -> None:
    server.serve(body=answers.TEXT)
    caplog.set_level(logging.INFO, LOGGER)
    with Client(base_url=server.url, api_key=answers.KEY) as client:
        Telemetry(traces=False, metrics=False).watch(client.stream("hi")).until_done()
    (record,) = (record for record in caplog.records if record.name == LOGGER)
    assert record.levelno == logging.INFO
    assert record.__dict__["slipstream"]["finish_reason"] == "stop"
    assert "trace_id" not in record.__dict__["slipstream"]


def test_a_failure_is_a_warning(
    server: ReplayServer, client: Client, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    server.serve(status=500, body=b"{}", headers={"x-request-id": "req-9"})
    with pytest.raises(ServerError):
        told.watch(client.stream("hi")).until_done()
    (line,) = told.lines
    assert (line["error"], line["status"], line["request_id"]) == ("ServerError", 500, "req-9")
    assert caplog.records[-1].levelno == logging.WARNING


def test_a_cancel_is_none(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT, chunks=[len(answers.TEXT) - 60, 60], pause=0.5)
    with told.watch(client.stream("hi")) as stream:
        next(stream.text_stream)
        stream.cancel()
    (line,) = told.lines
    assert line["finish_reason"] == "cancelled"
    assert line["time_to_cancel"] < 0.1
    assert "error" not in line


def test_a_logger_of_ones_own_and_a_level(
    server: ReplayServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    server.serve(body=answers.TEXT)
    mine = logging.getLogger("mine")
    telemetry = Telemetry(traces=False, metrics=False, logger=mine)
    with caplog.at_level(logging.WARNING, "mine"):
        telemetry.watch(client.stream("hi")).until_done()
        assert caplog.records == []
    with caplog.at_level(logging.INFO, "mine"):
        telemetry.watch(client.stream("hi")).until_done()
    assert [record.name for record in caplog.records] == ["mine"]
