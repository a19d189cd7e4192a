"""The sync door: its lenses share one position, and everything is readable during and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from tests.client import answers
from tests.replay_server import ReplayServer

from slipstream import Client, Stream
from slipstream.errors import InvalidRequestError, StreamClosedError, StreamInterruptedError
from slipstream.events import Abort, Event, ReasoningDelta, TextDelta, Usage


@pytest.fixture
def client(server: ReplayServer) -> Iterator[Client]:
    with Client(base_url=server.url, api_key=answers.KEY) as client:
        yield client


def test_nothing_is_sent_before_the_first_read(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi")
    assert repr(stream) == "<Stream not started>"
    assert server.requests == []
    assert stream.response is None
    assert stream.message.text == ""
    stream.until_done()
    assert len(server.requests) == 1
    assert repr(stream) == "<Stream stop>"


def test_events_and_text(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    with client.stream("hi") as stream:
        events = list(stream)
    assert [event.type for event in events] == [
        "start", "step-start", "reasoning-start", "reasoning-delta", "reasoning-delta", "reasoning-end", "text-start",
        "text-delta", "text-delta", "text-end", "usage", "step-end", "finish",
    ]  # fmt: skip
    assert stream.message.text == "Three hearts."
    assert stream.message.reasoning == "Octopuses, perhaps."
    assert (stream.message.id, stream.message.model, stream.message.provider) == ("chatcmpl-7", "gpt-test", "custom")


@pytest.mark.parametrize(
    ("lens", "seen"),
    [("text_stream", ["Three ", "hearts."]), ("reasoning_stream", ["Octopuses, ", "perhaps."]), ("tool_calls", [])],
)
def test_each_lens_shows_its_part(server: ReplayServer, client: Client, lens: str, seen: list[str]) -> None:
    server.serve(body=answers.TEXT)
    with client.stream("hi") as stream:
        assert list(getattr(stream, lens)) == seen
        assert stream.message.text == "Three hearts."


def test_lenses_share_one_position(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    with client.stream("hi") as stream:
        first = next(stream.reasoning_stream)
        second = next(stream.text_stream)
        rest = [event.text for event in stream.events if isinstance(event, (TextDelta, ReasoningDelta))]
    assert (first, second, rest) == ("Octopuses, ", "Three ", ["hearts."])
    assert list(stream) == []


def test_tool_calls_come_once_they_are_complete(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.CALLS)
    with client.stream("hi") as stream:
        calls = list(stream.tool_calls)
    assert [(call.id, call.name, call.input) for call in calls] == [
        ("call_a", "weather", {"city": "Paris"}),
        ("call_b", "time", {}),
    ]
    assert stream.message.tool_calls == calls
    assert stream.finish_reason == "tool_calls"


def test_raw_gives_each_wire_object_once(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    with client.stream("hi", include_raw=True) as stream:
        wires = list(stream.raw)
    assert [wire["choices"][0]["delta"].get("content") for wire in wires if wire["choices"]][-3:] == [
        "Three ", "hearts.", None,
    ]  # fmt: skip
    assert len(wires) == answers.TEXT.count(b"data: {")


def test_raw_is_empty_unless_asked_for(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    with client.stream("hi") as stream:
        assert list(stream.raw) == []


def test_several_answers(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TWO)
    with client.stream("hi", n=2) as stream:
        assert "".join(stream.text_stream) == "one more"
    assert [choice.text for choice in stream.message.choices] == ["one more", "two"]
    assert [choice.finish_reason for choice in stream.message.choices] == ["length", "stop"]


def test_the_whole_in_one_go(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    assert client.stream("hi").get_final_text() == "Three hearts."
    assert client.stream("hi").get_final_message().complete
    stream = client.stream("hi")
    assert stream.until_done() is stream


def test_figures_and_usage(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT, chunks=[400], pause=0.02)
    stream = client.stream("hi").until_done()
    assert stream.usage == Usage(5, 3, 8, details=stream.usage.details if stream.usage else None)
    metrics = stream.metrics
    assert metrics.attempts == 1
    assert metrics.bytes == len(answers.TEXT)
    assert metrics.output_tokens == 3
    times = (metrics.time_to_headers, metrics.time_to_first_output, metrics.time_to_first_text, metrics.total)
    known = [time for time in times if time is not None]
    assert len(known) == 4
    assert known == sorted(known)
    assert metrics.grades["total"] == "good"


def test_the_response_is_known_once_it_began(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT, headers={"X-Request-Id": "req-1"})
    stream = client.stream("hi").until_done()
    assert stream.response is not None
    assert (stream.response.status, stream.response.request_id) == (200, "req-1")
    assert stream.response.headers["x-request-id"] == "req-1"


def test_an_error_carries_what_had_arrived(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.CUT)
    stream = client.stream("hi")
    seen: list[str] = []
    with pytest.raises(StreamInterruptedError) as caught:
        seen += stream.text_stream
    assert caught.value.partial is stream.message
    assert stream.message.text == "Three "
    assert stream.finish_reason == "interrupted"
    assert stream.usage is not None
    assert stream.usage.estimated
    assert list(stream) == [], "the error is raised once"


def test_regenerate_asks_the_same_again(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.CUT).serve(body=answers.TEXT)
    stream = client.stream("hi", temperature=0.5)
    with pytest.raises(StreamInterruptedError):
        stream.until_done()
    again = stream.regenerate()
    assert again.get_final_text() == "Three hearts."
    assert server.requests[0].body == server.requests[1].body
    assert stream.message.text == "Three "


def test_open_sends_now_and_raises_what_the_provider_refuses(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT).serve(body=b'{"error": {"message": "bad key"}}', status=401)
    with client.stream("hi").open() as stream:
        assert stream.response is not None
        assert len(server.requests) == 1
        assert stream.get_final_text() == "Three hearts."
    with pytest.raises(Exception, match="bad key"):
        client.stream("hi").open()


class Shout:
    """A stage that makes text loud."""

    def on_event(self, event: Event, now: float) -> Iterable[Event]:
        return [TextDelta(event.text.upper(), id=event.id)] if isinstance(event, TextDelta) else [event]

    def on_wake(self, now: float) -> Iterable[Event]:
        return []

    def on_end(self, now: float) -> Iterable[Event]:
        return []

    def wake_at(self) -> float | None:
        return None


def test_events_pass_the_stages(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi").through(Shout())
    assert stream.get_final_text() == "THREE HEARTS."
    with pytest.raises(StreamClosedError, match="has started"):
        stream.through(Shout())


def test_what_is_no_stage_is_refused_by_name(client: Client) -> None:
    with pytest.raises(InvalidRequestError, match="str is no stage; it needs on_event"):
        client.stream("hi").through("loud")  # type: ignore[arg-type]


def test_boxes_are_found_in_the_text(server: ReplayServer, client: Client) -> None:
    box = answers.frame({"content": "A cat <|begin_of_box|>[[100, 200, 300, 400]]<|end_of_box|> sits."})
    server.serve(body=box + answers.frame({}, "stop") + answers.DONE)
    with client.stream("hi") as stream:
        boxes = list(stream.boxes)
    assert [found.points for found in boxes] == [(0.1, 0.2, 0.3, 0.4)]
    assert stream.message.boxes == boxes


def test_a_message_may_be_the_next_question(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    first = client.stream("hi").get_final_message()
    client.stream("and more?", messages=[{"role": "user", "content": "hi"}, first]).until_done()
    assert b"Three hearts." in server.requests[1].body
    assert b"and more?" in server.requests[1].body


def test_a_stream_is_a_stream(client: Client) -> None:
    assert isinstance(client.stream("hi"), Stream)


class OneBatch:
    """A source with one event and an end, which knows whether it was cancelled."""

    response = None
    failure = None

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self._batches: list[list[Event]] = [[], [Abort("from elsewhere")]]

    def begin(self) -> bool:
        return True

    def next_batch(self) -> list[Event]:
        assert self.reasons, "the cancel was lost"
        return self._batches.pop()

    def cancel(self, reason: str) -> None:
        self.reasons.append(reason)

    def close(self) -> None:
        self.reasons.append("closed")


def test_a_cancel_at_the_very_moment_of_opening_is_not_lost() -> None:
    source = OneBatch()

    def open_source(stages: object, metrics: object) -> OneBatch:
        stream.cancel()  # as another thread may, which cannot see the source yet
        return source

    stream = Stream(open_source)
    assert list(stream.text_stream) == []
    assert source.reasons[0] == "cancelled"
    assert stream.finish_reason == "cancelled"
