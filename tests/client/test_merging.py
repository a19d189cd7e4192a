"""The sync merge: every stream whole and in its own order, all of them fairly, and nothing left open."""

from __future__ import annotations

import contextlib
import itertools
import resource
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.client import answers
from tests.client.test_stream import Shout
from tests.replay_server import ReplayServer

from slipstream import AsyncClient, Client, Stream
from slipstream.client.merging import merge
from slipstream.client.wrapping import wrap
from slipstream.errors import InvalidRequestError, ServerError, StreamClosedError, StreamInterruptedError
from slipstream.events import Abort, Error, Event, Finish, TextDelta

CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x"}


def chunks(*pieces: str) -> list[dict[str, Any]]:
    """An SDK's stream, as plain chunks."""
    deltas = [{"index": 0, "delta": {"content": piece}, "finish_reason": None} for piece in pieces]
    return [{**CHUNK, "choices": [c]} for c in [*deltas, {"index": 0, "delta": {}, "finish_reason": "stop"}]]


def long_answer(events: int) -> bytes:
    """An answer of many pieces."""
    return (
        b"".join([answers.frame({"content": f"{i} "}) for i in range(events)])
        + answers.frame({}, "stop")
        + answers.DONE
    )


@pytest.fixture
def client(server: ReplayServer) -> Iterator[Client]:
    with Client(base_url=server.url, api_key=answers.KEY, max_retries=0) as client:
        yield client


def ask(client: Client, count: int) -> list[Stream]:
    return [client.stream(f"question {i}") for i in range(count)]


def hold(server: ReplayServer) -> None:
    """Serve answers that begin, and then say for a minute only that they are alive: so the server sees who has gone."""
    begun = answers.TEXT.index(b"hearts.")
    begun = answers.TEXT.rindex(b"data: ", 0, begun)
    server.serve(body=answers.TEXT, chunks=[begun, *[b": still here\n\n"] * 3000, 1000], pause=0.02)


# ---- what is read


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cuts=st.lists(st.integers(1, 400), min_size=1, max_size=5), bound=st.none() | st.integers(1, 4))
def test_each_stream_is_whole_and_in_order(server: ReplayServer, cuts: list[int], bound: int | None) -> None:
    server._answers.clear()
    for cut in cuts:
        server.serve(body=answers.TEXT, chunks=[cut])
    with Client(base_url=server.url, api_key=answers.KEY) as client:
        alone = list(client.stream("hi"))
        with merge(ask(client, len(cuts)), bound) as merged:
            seen = list(merged)
        for index in range(len(cuts)):
            assert [event for i, event in seen if i == index] == alone
        assert [message.text for message in merged.messages] == ["Three hearts."] * len(cuts)
    assert merged.errors == {}


def test_nothing_is_sent_before_the_first_read(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    with merge(ask(client, 2)) as merged:
        assert repr(merged) == "<Merged not started, 0 streams taken, 0 failed>"
        assert [message.text for message in merged.messages] == ["", ""]
        assert server.requests == []


def test_a_large_batch_does_not_hold_up_the_others(server: ReplayServer, client: Client) -> None:
    server.serve("/chat/completions", body=long_answer(2000))
    streams = ask(client, 2)
    with merge(streams) as merged:
        reader = iter(merged)
        first, _ = next(reader)
        other = streams[1 - first]
        deadline = time.monotonic() + 5
        while not other._source.ready:  # type: ignore[union-attr]
            assert time.monotonic() < deadline
        turns = [index for index, _ in itertools.islice(reader, 40)]
    assert 18 <= turns.count(1 - first) <= 22


def test_the_text_of_all(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT, chunks=[50])
    pieces = list(merge(ask(client, 3)).text_stream)
    assert sorted(pieces) == [(i, text) for i in range(3) for text in ("Three ", "hearts.")]


def test_until_done(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    merged = merge(ask(client, 3)).until_done()
    assert [message.text for message in merged.messages] == ["Three hearts."] * 3
    assert [message.usage.output_tokens for message in merged.messages if message.usage] == [3, 3, 3]
    assert list(merged) == []
    assert repr(merged) == "<Merged ended, 3 streams taken, 0 failed>"
    assert not merged.cancelled


def test_stages_and_metrics_work_as_ever(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    streams = [client.stream("a").through(Shout()), client.stream("b")]
    assert {text for _, text in merge(streams).text_stream} == {"THREE ", "HEARTS.", "Three ", "hearts."}
    assert all(stream.metrics.total is not None and stream.finish_reason == "stop" for stream in streams)


def test_no_thread_for_each_stream(server: ReplayServer, client: Client) -> None:
    hold(server)
    client.stream("warm up").open().close()
    before = threading.active_count()
    with merge(ask(client, 20)) as merged:
        for _ in zip(range(40), merged, strict=False):
            assert threading.active_count() <= before + 1
        assert threading.active_count() <= before + 1


# ---- how many at once


def test_at_most_so_many_are_open(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT, chunks=[60], pause=0.001)
    ended: set[int] = set()
    begun: set[int] = set()
    with merge(ask(client, 7), max_concurrent=2) as merged:
        for index, event in merged:
            begun.add(index)
            assert len(begun - ended) <= 2
            assert len(server.requests) <= len(ended) + 2
            if type(event) is Finish:
                ended.add(index)
    assert ended == set(range(7))


def test_an_iterator_without_end_is_asked_when_there_is_room(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    made = itertools.count()
    endless = (client.stream(f"question {next(made)}") for _ in itertools.repeat(None))
    ended = 0
    for _, event in merge(endless, max_concurrent=3):
        ended += type(event) is Finish
        if ended == 10:
            break
    assert next(made) <= 10 + 3


def test_an_iterator_may_have_no_bound(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    merged = merge(client.stream(q) for q in "abc").until_done()
    assert [message.text for message in merged.messages] == ["Three hearts."] * 3


def test_an_iterator_that_gives_something_else_ends_the_merge(server: ReplayServer, client: Client) -> None:
    hold(server)
    given: Iterator[Any] = iter([client.stream("a"), 7])
    merged = merge(given)
    with pytest.raises(InvalidRequestError, match=r"streams\[1\] is a int"):
        list(merged)
    client.close()
    assert server.all_gone()


def test_a_thousand_streams(server: ReplayServer) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    server.serve(body=answers.TEXT, chunks=[400], pause=0.01)
    with Client(base_url=server.url, api_key=answers.KEY) as client, merge(ask(client, 1000)) as merged:
        finished = sum(type(event) is Finish for _, event in merged)
    assert (finished, merged.errors) == (1000, {})
    assert {message.text for message in merged.messages} == {"Three hearts."}


# ---- failures


def test_one_failure_does_not_stop_the_others(server: ReplayServer, client: Client) -> None:
    server.serve("/chat/completions", body=answers.TEXT, chunks=[100], pause=0.001)
    with Client(base_url=f"{server.url}/broken", api_key=answers.KEY, max_retries=0) as broken:
        server.serve("/broken/chat/completions", status=500, body=b'{"error": {"message": "no"}}')
        with merge([client.stream("a"), broken.stream("b"), client.stream("c")]) as merged:
            last = dict(merged)
    assert list(merged.errors) == [1]
    assert isinstance(merged.errors[1], ServerError)
    assert [type(last[index]) for index in range(3)] == [Finish, Error, Finish]
    assert [message.finish_reason for message in merged.messages] == ["stop", "error", "stop"]
    assert merged.messages[1].error is not None


def test_the_error_is_there_with_its_event_and_holds_what_had_arrived(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.CUT)
    with merge(ask(client, 1)) as merged:
        for index, event in merged:
            if type(event) is Error:
                error = merged.errors[index]
    assert isinstance(error, StreamInterruptedError)
    assert error.partial is merged.messages[0]
    assert merged.messages[0].text == "Three "


def test_a_stream_that_cannot_be_opened_is_a_failure_of_its_own(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    with Client(base_url=server.url, api_key=answers.KEY) as closed:
        dead = closed.stream("b")
    merged = merge([client.stream("a"), dead])
    assert [(i, e.kind) for i, e in merged if isinstance(e, Error)] == [(1, "StreamClosedError")]
    assert isinstance(merged.errors[1], StreamClosedError)
    assert merged.messages[0].text == "Three hearts."
    assert merged.messages[1].finish_reason == "error"


class Bad:
    """A stage that gives events out of order, which is an error in the reader's hands."""

    def on_event(self, event: Event, now: float) -> list[Event]:
        return [event, event] if event.type == "text-start" else [event]

    def on_wake(self, now: float) -> list[Event]:
        return []

    def on_end(self, now: float) -> list[Event]:
        return []

    def wake_at(self) -> None:
        return None


def test_an_order_that_is_broken_is_a_failure_of_one(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    merged = merge([client.stream("a").through(Bad()), client.stream("b")])
    assert [(i, e.kind) for i, e in merged if isinstance(e, Error)] == [(0, "IllegalEventError")]
    assert list(merged.errors) == [0]
    assert [message.finish_reason for message in merged.messages] == ["interrupted", "stop"]
    assert merged.messages[1].text == "Three hearts."


# ---- stopping


def test_cancel_from_another_thread_stops_all_at_once(server: ReplayServer, client: Client) -> None:
    hold(server)
    texts = 0
    times: list[float] = []
    with merge(ask(client, 50)) as merged:

        def stop() -> None:
            times.append(time.monotonic())
            merged.cancel("enough")

        for _ in merged.text_stream:
            texts += 1
            if texts == 50:
                threading.Thread(target=stop).start()
        times.append(time.monotonic())
    assert times[1] - times[0] < 0.1
    assert merged.cancelled
    assert {(m.finish_reason, m.raw_finish_reason, m.text) for m in merged.messages} == {
        ("cancelled", "enough", "Three ")
    }
    assert server.all_gone()


def test_cancel_in_the_loop_ends_it(server: ReplayServer, client: Client) -> None:
    hold(server)
    seen = 0
    with merge(ask(client, 3)) as merged:
        for _ in merged:
            seen += 1
            merged.cancel()
    assert seen == 1
    assert server.all_gone()


def test_cancel_before_the_first_read(server: ReplayServer, client: Client) -> None:
    merged = merge(ask(client, 2))
    merged.cancel()
    assert list(merged) == []
    assert [message.finish_reason for message in merged.messages] == ["cancelled"] * 2
    assert server.requests == []


@pytest.mark.parametrize("way", ["block", "break", "lens", "error", "close"])
def test_leaving_closes_all(server: ReplayServer, client: Client, way: str) -> None:
    hold(server)
    streams = ask(client, 5)
    merged = merge(streams, max_concurrent=4)
    with contextlib.suppress(ZeroDivisionError):
        leave(merged, way)
    assert server.all_gone()
    assert [stream.finish_reason for stream in streams] == ["cancelled"] * 5
    assert not merged.cancelled
    merged.close()
    with pytest.raises(StreamClosedError):
        list(streams[4])


def leave(merged: Any, way: str) -> None:
    if way == "block":
        with merged:
            next(iter(merged))
    elif way == "close":
        reader = iter(merged)
        next(reader)
        merged.close()
        assert list(reader) == []
    for _ in merged.text_stream if way == "lens" else merged:
        if way == "error":
            raise ZeroDivisionError
        break


def test_a_closed_merge_cannot_be_read(client: Client) -> None:
    merged = merge(ask(client, 2))
    merged.close()
    with pytest.raises(StreamClosedError):
        iter(merged)


def test_one_stream_may_be_cancelled(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT, chunks=[len(answers.TEXT) - 60, 60], pause=0.2)
    streams = ask(client, 3)
    last: dict[int, Event] = {}
    for index, event in merge(streams, max_concurrent=2):
        assert index not in last or type(last[index]) is not Abort
        last[index] = event
        if index == 0 and isinstance(event, TextDelta):
            streams[0].cancel("no")
            streams[2].cancel("never began")
    assert [type(last[index]) for index in range(3)] == [Abort, Finish, Abort]
    assert last[2] == Abort("never began")
    assert [stream.finish_reason for stream in streams] == ["cancelled", "stop", "cancelled"]


def test_closing_the_client_ends_the_merge(server: ReplayServer, client: Client) -> None:
    hold(server)
    last: dict[int, Event] = {}
    for index, event in merge(ask(client, 3)):
        if not last:
            threading.Thread(target=client.close).start()
        last[index] = event
    assert {type(event) for event in last.values()} == {Abort}


# ---- streams of other SDKs


def test_streams_of_other_sdks(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    streams = [wrap(chunks("a", "b")), client.stream("hi"), wrap(chunks("c"))]
    assert sorted(merge(streams).text_stream) == [(0, "a"), (0, "b"), (1, "Three "), (1, "hearts."), (2, "c")]
    assert [stream.message.finish_reason for stream in streams] == ["stop"] * 3


def test_branches_of_one_answer(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    pieces = list(merge(client.stream("hi").tee(2)).text_stream)
    assert sorted(pieces) == [(i, text) for i in range(2) for text in ("Three ", "hearts.")]


def test_a_stream_that_blocks_does_not_hold_up_the_others() -> None:
    gate = threading.Event()

    def slow() -> Iterator[dict[str, Any]]:
        first, *rest = chunks("a", "b")
        yield first
        assert gate.wait(5)
        yield from rest

    texts = []
    for index, text in merge([wrap(slow()), wrap(chunks("c", "d"))]).text_stream:
        texts.append((index, text))
        if len(texts) == 3:
            gate.set()
    assert sorted(texts[:3]) == [(0, "a"), (1, "c"), (1, "d")]
    assert texts[3:] == [(0, "b")]


# ---- bad input


def test_nothing_to_merge() -> None:
    with merge([]) as merged:
        assert list(merged) == []
        assert list(merged.text_stream) == []
        assert merged.until_done().messages == []


@pytest.mark.parametrize("bound", [0, -1, True, 1.5, "2"])
def test_bounds_that_are_none(client: Client, bound: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"max_concurrent is .* whole number from 1"):
        merge([client.stream("a")], max_concurrent=bound)


@pytest.mark.parametrize("streams", [None, 7, "text", {"a": 1}])
def test_what_is_no_list(streams: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"streams is a .* it takes a list of Stream"):
        merge(streams)


def test_streams_that_cannot_be_merged(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    started, closed, twice = client.stream("a").until_done(), client.stream("b"), client.stream("c")
    closed.close()
    other = AsyncClient(base_url=server.url, api_key=answers.KEY).stream("d")
    mixed: list[tuple[list[Any], str]] = [
        ([twice, 7], r"streams\[1\] is a int"),
        ([twice, other], r"streams\[1\] is an AsyncStream among Streams"),
        ([other, twice], r"streams\[1\] is a Stream among AsyncStreams"),
        ([client.stream("d"), twice, twice], r"streams\[2\] is the same stream as streams\[1\]"),
        ([started], r"streams\[0\] has started"),
        ([closed], r"streams\[0\] is closed"),
    ]
    for streams, message in mixed:
        with pytest.raises(InvalidRequestError, match=message):
            merge(streams)
    with pytest.raises(InvalidRequestError, match=r"streams is a Stream"):
        merge(twice)  # type: ignore[arg-type]
    assert twice.get_final_text() == "Three hearts."
