"""Metrics: what the conventions ask for, in their units and buckets."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.metrics.export import HistogramDataPoint
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from tests.client import answers
from tests.replay_server import ReplayServer
from tests.telemetry.conftest import Told

from slipstream import Client
from slipstream.errors import ServerError

DURATION = "gen_ai.client.operation.duration"
FIRST = "gen_ai.client.operation.time_to_first_chunk"
TOKENS = "gen_ai.client.token.usage"


def test_a_stream_is_counted(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    stream = told.watch(client.stream("hi"), url="http://host:1").until_done()
    points = told.points
    known = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
        "gen_ai.response.model": "gpt-test",
        "server.address": "host",
        "server.port": 1,
    }
    assert set(points) == {DURATION, FIRST, TOKENS}
    assert [dict(point.attributes or {}) for point in points[DURATION] + points[FIRST]] == [known, known]
    assert points[DURATION][0].sum == stream.metrics.total
    assert points[FIRST][0].sum == stream.metrics.time_to_first_output
    counts = {str((point.attributes or {})["gen_ai.token.type"]): point.sum for point in points[TOKENS]}
    assert counts == {"input": 5, "output": 3}


def test_the_names_and_buckets_are_those_of_the_conventions(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    told.watch(client.stream("hi")).until_done()
    points: dict[str, list[HistogramDataPoint]] = told.points
    official = {
        gen_ai_metrics.GEN_AI_CLIENT_OPERATION_DURATION,
        gen_ai_metrics.GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK,
        gen_ai_metrics.GEN_AI_CLIENT_TOKEN_USAGE,
    }
    assert set(points) == official
    assert list(points[TOKENS][0].explicit_bounds)[-1] == 67108864
    assert list(points[DURATION][0].explicit_bounds)[-1] == 81.92


def test_a_failure_has_its_kind_and_no_tokens(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(status=500, body=b"{}")
    with pytest.raises(ServerError):
        told.watch(client.stream("hi")).until_done()
    (point,) = told.points[DURATION]
    assert (point.attributes or {})["error.type"] == "ServerError"
    assert set(told.points) == {DURATION}


def test_estimated_tokens_are_not_recorded(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TWO)
    stream = told.watch(client.stream("hi")).until_done()
    assert stream.usage is not None
    assert stream.usage.estimated
    assert TOKENS not in told.points


def test_a_whole_answer_has_no_first_chunk(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    told.watch(client.stream("hi"), streaming=False).until_done()
    assert FIRST not in told.points
