"""Spans: one for a stream, below the caller's, with the attributes of the conventions."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.trace import SpanKind, StatusCode
from tests.client import answers
from tests.client.test_merging import chunks
from tests.replay_server import ReplayServer
from tests.telemetry.conftest import Told

from slipstream import AsyncClient, Client, wrap
from slipstream.client.merging import merge
from slipstream.errors import ServerError, StreamInterruptedError
from slipstream.telemetry import attributes as names
from slipstream.telemetry.asked import Asked


def test_a_span_for_each_stream(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    options = {
        "max_tokens": 9,
        "temperature": 0.5,
        "n": 1,
        "stop": "secret",
        "response_format": {"type": "json_object"},
    }
    stream = told.watch(client.stream("hi"), url="https://api.example:8443/v1", options=options)
    assert told.spans == []
    stream.until_done()
    span = told.span
    assert (span.name, span.kind, span.status.status_code) == ("chat m-1", SpanKind.CLIENT, StatusCode.UNSET)
    known = dict(span.attributes or {})
    assert known.pop("gen_ai.response.time_to_first_chunk") == stream.metrics.time_to_first_output
    assert known == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
        "gen_ai.request.stream": True,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.output.type": "json",
        "gen_ai.response.id": "chatcmpl-7",
        "gen_ai.response.model": "gpt-test",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 3,
        "server.address": "api.example",
        "server.port": 8443,
    }
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "slipstream"


def test_the_names_are_those_of_the_conventions() -> None:
    official = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")}
    ours = {value for value in vars(names).values() if isinstance(value, str) and value.startswith("gen_ai.")}
    ours |= {name for _, name in names._OPTIONS} | {name for name, _ in names._USAGE}
    assert len(ours) > 15
    assert ours <= official
    providers = {item.value for item in gen_ai_attributes.GenAiProviderNameValues}
    assert set(names._PROVIDERS.values()) <= providers | {"moonshot_ai"}  # moonshot_ai came with the new repository


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("", {}),
        ("https://api.openai.com/v1", {"server.address": "api.openai.com", "server.port": 443}),
        ("http://localhost:8000", {"server.address": "localhost", "server.port": 8000}),
        ("http://[::1]/v1", {"server.address": "::1", "server.port": 80}),
    ],
)
def test_the_server(url: str, known: dict[str, Any]) -> None:
    assert names.server(url) == known


def test_what_is_not_known_is_left_out_but_what_is_required() -> None:
    assert names.common(Asked()) == {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "_OTHER"}
    assert names.provider("gemini") == "gcp.gemini"
    assert names.provider("zhipu") == "zhipu"
    assert names.request(Asked(options={"n": 3}))["gen_ai.request.choice.count"] == 3


def test_the_span_is_below_the_one_of_the_reader(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    tracer = told.provider.get_tracer("mine")
    stream = told.watch(client.stream("hi"))
    with tracer.start_as_current_span("outer") as outer:
        next(stream.text_stream)
        with tracer.start_as_current_span("inner"):
            pass
    stream.until_done()
    spans = {span.name: span for span in told.spans}
    for name in ("chat m-1", "inner"):  # the span of the stream is not the current one of the reader
        parent = spans[name].parent
        assert parent is not None
        assert parent.span_id == outer.get_span_context().span_id


def test_each_thread_has_its_own_parent(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    tracer = told.provider.get_tracer("mine")

    def work(name: str) -> None:
        with tracer.start_as_current_span(name):
            told.watch(client.stream("hi")).until_done()

    threads = [threading.Thread(target=work, args=(f"outer {i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outer = {span.context.span_id for span in told.spans if span.name != "chat m-1" and span.context}
    assert {span.parent.span_id for span in told.spans if span.name == "chat m-1" and span.parent} == outer
    assert len(outer) == 4


async def test_async_streams_have_their_task_for_a_parent(server: ReplayServer, told: Told) -> None:
    server.serve(body=answers.TEXT)
    tracer = told.provider.get_tracer("mine")
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:

        async def work(name: str) -> None:
            with tracer.start_as_current_span(name):
                await told.telemetry().watch(client.stream("hi"), model=name)

        await asyncio.gather(*(work(f"m-{i}") for i in range(3)))
    spans = {span.name: span for span in told.spans}
    for i in range(3):
        parent, outer = spans[f"chat m-{i}"].parent, spans[f"m-{i}"].context
        assert parent is not None
        assert outer is not None
        assert parent.span_id == outer.span_id


def test_a_merge_has_a_span_for_each_stream(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.TEXT)
    with told.provider.get_tracer("mine").start_as_current_span("outer") as outer:
        merge(told.watch(client.stream(str(i))) for i in range(3)).until_done()
    chats = [span for span in told.spans if span.name == "chat m-1"]
    assert [span.parent.span_id for span in chats if span.parent] == [outer.get_span_context().span_id] * 3


def test_a_failure_is_in_the_span_by_its_kind(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(status=500, body=b'{"error": {"message": "you asked: tell me SECRET"}}')
    with pytest.raises(ServerError):
        told.watch(client.stream("hi")).until_done()
    assert told.span.status.status_code is StatusCode.ERROR
    assert told.span.status.description is None
    assert (told.span.attributes or {})["error.type"] == "ServerError"
    assert told.span.events == ()


def test_a_stream_that_breaks(server: ReplayServer, client: Client, told: Told) -> None:
    server.serve(body=answers.CUT)
    with pytest.raises(StreamInterruptedError):
        told.watch(client.stream("hi")).until_done()
    assert (told.span.attributes or {})["error.type"] == "StreamInterruptedError"
    assert (told.span.attributes or {})["slipstream.usage.estimated"] is True


def test_retries_are_one_span(server: ReplayServer, told: Told) -> None:
    server.serve(status=500, body=b"{}", headers={"retry-after-ms": "1"}).serve(body=answers.TEXT)
    with Client(base_url=server.url, api_key=answers.KEY) as client:
        told.watch(client.stream("hi")).until_done()
    assert (told.span.attributes or {})["slipstream.attempts"] == 2


@pytest.mark.parametrize("way", ["cancel", "close", "block", "drop"])
def test_a_stream_that_is_left_has_its_span_all_the_same(
    server: ReplayServer, client: Client, told: Told, way: str, recwarn: pytest.WarningsRecorder
) -> None:
    server.serve(body=answers.TEXT, chunks=[len(answers.TEXT) - 60, 60], pause=0.5)
    stream = told.watch(client.stream("hi"))
    reader = stream.text_stream
    next(reader)
    if way == "cancel":
        stream.cancel()
        list(reader)
    elif way == "drop":
        del reader, stream
        gc.collect()
    else:
        stream.close()
    assert (told.span.attributes or {})["gen_ai.operation.name"] == "chat"
    assert told.span.status.status_code is StatusCode.UNSET
    recwarn.clear()


def test_a_stream_that_nobody_reads_has_none(server: ReplayServer, client: Client, told: Told) -> None:
    told.watch(client.stream("hi")).close()
    assert told.spans == []
    assert told.lines == []


def test_streams_of_other_sdks(told: Told) -> None:
    stream = told.telemetry().watch(wrap(chunks("a")), provider="openai", model="gpt-x")
    assert stream.get_final_text() == "a"
    assert told.span.name == "chat gpt-x"
