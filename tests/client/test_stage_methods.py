"""Stages on streams: as methods, through both doors, for every answer of a client, and again after `regenerate`."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.client import answers
from tests.replay_server import ReplayServer

import slipstream
from slipstream import AsyncClient, Client, Event, Progress, StageError, StreamTimeoutError, TextDelta, flow
from slipstream.client.stage_methods import StageMethods
from slipstream.errors import InvalidRequestError, StreamClosedError

LENSES = {"boxes", "elements", "partial", "tee"}
"""Stages that are lenses on a stream, or give several."""


@pytest.fixture
def client(server: ReplayServer) -> Iterator[Client]:
    with Client(base_url=server.url, api_key=answers.KEY) as client:
        yield client


def sentences(*texts: str) -> bytes:
    frames = [answers.frame({"content": text}) for text in texts]
    return b"".join([*frames, answers.frame({}, "stop"), answers.DONE])


@pytest.mark.parametrize("name", sorted(set(flow.STAGES) - LENSES))
def test_every_stage_is_a_method_with_the_same_arguments(name: str) -> None:
    method, factory = getattr(StageMethods, name), getattr(flow, name)
    own = list(inspect.signature(method).parameters.values())[1:]
    theirs = inspect.signature(factory).parameters
    assert method.__doc__
    for parameter in own:
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            assert theirs[parameter.name].default == parameter.default, f"{name}({parameter.name})"
    if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in own):
        assert [parameter.name for parameter in own] == list(theirs)


def test_methods_chain_in_the_order_they_are_called(server: ReplayServer, client: Client) -> None:
    server.serve(body=sentences("One. Tw", "o. Thr", "ee."))
    stream = client.stream("hi").sentences().transform(lambda event: event, TextDelta).buffer(1000)
    assert [event.text for event in stream if isinstance(event, TextDelta)] == ["One. Two. Three."]
    server.serve(body=sentences("One. Tw", "o. Thr", "ee."))
    assert list(client.stream("hi").buffer(1000).sentences().text_stream) == ["One. ", "Two. ", "Three."]


async def test_the_async_door_has_them_too(server: ReplayServer) -> None:
    server.serve(body=sentences("One. Tw", "o."))
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
        assert [text async for text in client.stream("hi").sentences().text_stream] == ["One. ", "Two."]


def test_a_stage_after_the_start_is_refused(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi")
    next(iter(stream))
    with pytest.raises(StreamClosedError, match="started"):
        stream.sentences()
    with pytest.raises(StreamClosedError, match="started"):
        stream.partial(dict)
    with pytest.raises(StreamClosedError, match="started"):
        stream.tee(2)
    stream.close()


@pytest.mark.parametrize(
    ("method", "arguments", "word"),
    [
        ("smooth", {"rate": -1}, "rate"),
        ("smooth", {"rate": 5, "delay": 0.1}, "delay"),
        ("buffer", {}, "size"),
        ("limit", {"characters": 1.5}, "characters"),
        ("deadlines", {"gap": float("nan")}, "gap"),
        ("guard", {"patterns": ["a+"]}, "max_hold"),
        ("through", {}, ""),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(
    server: ReplayServer, client: Client, method: str, arguments: dict[str, Any], word: str
) -> None:
    stream = client.stream("hi")
    if method == "through":
        with pytest.raises(InvalidRequestError, match="no stage"):
            stream.through(object())  # type: ignore[arg-type]
        with pytest.raises(InvalidRequestError, match="transform"):
            stream.through(lambda event: event)  # type: ignore[arg-type, misc]
    else:
        with pytest.raises(InvalidRequestError, match=word):
            getattr(stream, method)(**arguments)
    assert server.requests == []


def test_a_deadline_fires_while_nothing_arrives_and_calls_back(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT, chunks=[1], pause=0.05)
    fired: list[tuple[str, float]] = []
    stream = client.stream("hi").deadlines(first_output=0.15, on_expire=lambda *what: fired.append(what))
    began = time.monotonic()
    with pytest.raises(StreamTimeoutError) as caught:
        stream.until_done()
    assert time.monotonic() - began < 1
    assert (caught.value.clock, caught.value.seconds) == ("first_output", 0.15)
    assert fired == [("first_output", 0.15)]
    assert server.all_gone(2)


def test_a_callback_that_blocks_or_fails_holds_up_no_other_stream(
    server: ReplayServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    server.serve(body=answers.TEXT)
    let_go = threading.Event()

    def block(event: Event) -> None:
        let_go.wait(10)
        raise RuntimeError("a callback of the test")

    blocked = client.stream("hi").on(TextDelta, block)
    reader = threading.Thread(target=blocked.until_done)
    with caplog.at_level(logging.ERROR, "slipstream"):
        reader.start()
        assert client.stream("hi").get_final_text() == "Three hearts."
        assert reader.is_alive()
        let_go.set()
        reader.join(10)
    assert blocked.message.text == "Three hearts."
    assert "on(TextDelta)" in caplog.text


async def test_async_callbacks_are_awaited_before_the_end(server: ReplayServer) -> None:
    server.serve(body=answers.TEXT)
    seen: list[str] = []

    async def note(event: TextDelta) -> None:
        await asyncio.sleep(0.01)
        seen.append(event.text)

    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
        await client.stream("hi").on("text-delta", note).until_done()
    assert seen == ["Three ", "hearts."]


def test_progress_knows_the_bound_of_the_request(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi", max_tokens=10).progress()
    states = [event for event in stream if isinstance(event, Progress)]
    assert states[0].state == "waiting"
    assert states[-1].state == "done"
    assert any(event.fraction for event in states)


def test_a_users_stage_that_raises_is_named_and_the_reader_gets_what_came(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)

    def fail(event: Event) -> Event:
        if isinstance(event, TextDelta) and "hearts" in event.text:
            raise KeyError("no such thing")
        return event

    stream = client.stream("hi").transform(fail)
    with pytest.raises(StageError, match="KeyError") as caught:
        stream.until_done()
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.partial.text == "Three "


@pytest.mark.parametrize("door", ["client", "call"])
def test_every_answer_passes_the_stages_of_its_client(server: ReplayServer, door: str) -> None:
    """Streamed, whole, regenerated: no route goes around a guard (RELIABILITY row 68)."""
    server.serve(body=answers.TEXT)
    made: dict[str, Any] = {"stages": lambda: [flow.guard(words=["hearts", "octopuses"])]}
    with Client(base_url=server.url, api_key=answers.KEY, **(made if door == "client" else {})) as client:
        options = made if door == "call" else {}
        stream = client.stream("hi", **options)
        assert stream.get_final_text() == "Three ***."
        assert "Octopuses" not in stream.message.reasoning
        assert stream.regenerate().get_final_text() == "Three ***."
        server.serve(body=answers.WHOLE)
        assert client.complete("hi", **options).text == "Three ***."


def test_regenerate_makes_the_stages_anew(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi").guard(words=["hearts"]).limit(characters=9)
    assert stream.get_final_text() == stream.regenerate().get_final_text() == "Three ***"[:9]

    class Own:
        def on_event(self, event: Event, now: float) -> list[Event]:
            return [event]

        def on_wake(self, now: float) -> list[Event]:
            return []

        on_end = on_wake

        def wake_at(self) -> None:
            return None

    assert client.stream("hi").through(Own).regenerate().get_final_text()
    with pytest.raises(InvalidRequestError, match="Own"):
        client.stream("hi").through(Own()).regenerate()


def test_record_writes_a_file_that_apply_reads(server: ReplayServer, client: Client, tmp_path: Path) -> None:
    server.serve(body=answers.TEXT)
    path = tmp_path / "answer.jsonl"
    client.stream("hi").record(path).until_done()
    events, times = flow.recorded(path.read_text(encoding="utf-8"))
    assert slipstream.Message.of(flow.apply([], events, times)).text == "Three hearts."
    with pytest.raises(InvalidRequestError, match="record"):
        client.stream("hi").record(tmp_path)


# ---- several readers


def test_tee_gives_independent_streams(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi")
    first, second, third = stream.tee(3)
    assert list(first.text_stream) == ["Three ", "hearts."]
    assert list(second.sentences().text_stream) == ["Three hearts."]
    assert third.get_final_message().reasoning == "Octopuses, perhaps."
    assert len(server.requests) == 1
    assert third.usage == first.usage == stream.usage
    assert stream.message.text == "Three hearts."
    with pytest.raises(StreamClosedError, match="tee"):
        stream.until_done()
    for twin in (first, second, third):
        twin.close()


def test_cancelling_one_of_several_leaves_the_others(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT, chunks=[40], pause=0.005)
    first, second = client.stream("hi").tee(2)
    next(first.text_stream)
    first.cancel()
    assert first.finish_reason == "cancelled"
    assert second.get_final_text() == "Three hearts."
    first.close()


def test_the_answer_stops_when_all_have_gone(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT, chunks=[1], pause=0.02)
    twins = client.stream("hi").tee(2)
    readers = [threading.Thread(target=twin.until_done) for twin in twins]
    for reader in readers:
        reader.start()
    time.sleep(0.05)
    for twin in twins:
        twin.cancel()
    for reader in readers:
        reader.join(5)
        assert not reader.is_alive()
    assert server.all_gone(2)


async def test_async_tee(server: ReplayServer) -> None:
    server.serve(body=answers.TEXT, chunks=[40], pause=0.002)
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
        twins = client.stream("hi").tee(3)
        texts = await asyncio.gather(*(twin.get_final_text() for twin in twins))
        assert texts == ["Three hearts."] * 3


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "2"])
def test_tee_refuses_what_is_no_number(client: Client, n: Any) -> None:
    with pytest.raises(InvalidRequestError, match="tee"):
        client.stream("hi").tee(n)


# ---- what a stage of one stream may not do


def test_a_stage_of_one_stream_is_refused_by_another(server: ReplayServer, client: Client) -> None:
    """Else one reader would see what the other's stream held."""
    server.serve(body=answers.TEXT)
    shared = flow.guard(words=["hearts"])
    first = client.stream("hi").through(shared)
    with pytest.raises(InvalidRequestError, match="another stream"):
        client.stream("hi").through(shared)
    with (
        Client(base_url=server.url, api_key=answers.KEY, stages=lambda: [shared]) as other,
        pytest.raises(InvalidRequestError, match="another stream"),
    ):
        other.stream("hi")
    assert first.get_final_text() == "Three ***."


def test_stages_that_make_no_list_are_refused(server: ReplayServer) -> None:
    with (
        Client(base_url=server.url, api_key=answers.KEY, stages=flow.sentences) as client,  # type: ignore[arg-type]
        pytest.raises(InvalidRequestError, match="list of stages"),
    ):
        client.stream("hi")


@pytest.mark.parametrize("result", [None, 3, TextDelta("x")])
def test_a_stage_that_returns_no_events_is_told_what_it_may(server: ReplayServer, client: Client, result: Any) -> None:
    server.serve(body=answers.TEXT)

    class Wrong(flow.stage.Untimed):
        def on_event(self, event: Event, now: float) -> Any:
            return result

        def on_end(self, now: float) -> list[Event]:
            return []

    with pytest.raises(StageError) as caught:
        client.stream("hi").through(Wrong).until_done()
    assert f"Wrong returned a {type(result).__name__}" in str(caught.value)
    assert "list of events" in str(caught.value)


def test_our_own_refusals_keep_their_words(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    with pytest.raises(StageError, match="the function returned a int"):
        client.stream("hi").transform(lambda event: 3, TextDelta).until_done()  # type: ignore[arg-type, return-value]


def test_apply_refuses_what_is_swapped() -> None:
    with pytest.raises(InvalidRequestError, match="events"):
        flow.apply([TextDelta("a")], flow.sentences())  # type: ignore[arg-type, list-item]
    with pytest.raises(InvalidRequestError, match="no stage"):
        flow.apply([flow.sentences], [TextDelta("a")])  # type: ignore[list-item]
    with pytest.raises(InvalidRequestError, match=r"events\[0\]"):
        flow.apply(flow.sentences(), ["a"])  # type: ignore[list-item]


def test_defaults_hold_for_every_call_that_does_not_say_otherwise(server: ReplayServer) -> None:
    server.serve(body=answers.TEXT)
    with Client(base_url=server.url, api_key=answers.KEY, defaults={"max_tokens": 7, "temperature": 0}) as client:
        client.stream("hi").until_done()
        client.stream("hi", max_tokens=9).until_done()
    assert b'"max_tokens":7' in server.requests[0].body
    assert b'"max_tokens":9' in server.requests[1].body
    wrong: Any
    for wrong in ({"max_token": 1}, {"messages": []}, 3):
        with pytest.raises(InvalidRequestError):
            Client(defaults=wrong)
