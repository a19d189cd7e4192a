"""The programs of the examples list, rows 8 and 17 to 22, the native way: as short as people would write them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.client import answers
from tests.replay_server import ReplayServer

import slipstream
from slipstream import AsyncClient, Client, Message, StreamTimeoutError, TextDelta, TextEnd, ToolResult


@pytest.fixture
def client(server: ReplayServer) -> Iterator[Client]:
    with Client(base_url=server.url, api_key=answers.KEY) as client:
        yield client


def text(*pieces: str) -> bytes:
    frames = [answers.frame({"content": piece}) for piece in pieces]
    return b"".join([*frames, answers.frame({}, "stop"), answers.DONE])


def test_row_8_a_tool_is_called_and_the_answer_goes_on(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.CALLS)
    server.serve(body=text("Sunny, ", "at noon."))

    def weather(city: str) -> str:
        """The weather in a city."""
        return f"sunny in {city}"

    def time() -> str:
        """The time."""
        return "noon"

    with client.stream("Weather?", tools=[weather, time]) as stream:
        events = list(stream)
    results = {event.name: event.output for event in events if isinstance(event, ToolResult)}
    assert results == {"weather": "sunny in Paris", "time": "noon"}
    assert stream.message.text == "Sunny, at noon."
    assert b"sunny in Paris" in server.requests[1].body


def test_row_17_a_buffer_by_size_time_and_sentence_that_knows_its_last_piece(
    server: ReplayServer, client: Client
) -> None:
    server.serve(body=text("天空很蓝。海", "也很蓝！", "还有？", "最后一句"))
    pieces: list[str] = []
    last = ""
    for event in client.stream("hi").sentences(max_length=200, seconds=0.1):
        if isinstance(event, TextDelta):
            pieces.append(event.text)
        elif isinstance(event, TextEnd):
            last = pieces[-1]
    assert pieces == ["天空很蓝。", "海也很蓝！", "还有？", "最后一句"]
    assert last == "最后一句"


def test_row_17_the_time_bound_fires_although_nothing_more_comes(server: ReplayServer, client: Client) -> None:
    body = text("half a sentence", " and the rest.")
    at = body.index(b"\n\n") + 2
    server.serve(body=body, chunks=[at], pause=0.4)
    began = time.monotonic()
    with client.stream("hi").buffer(200, 0.1) as stream:
        first = next(stream.text_stream)
    assert first == "half a sentence"
    assert 0.05 < time.monotonic() - began < 0.35


async def test_row_18_a_stop_button(server: ReplayServer) -> None:
    server.serve(body=text(*(f"word{n} " for n in range(200))), chunks=[200], pause=0.01)
    seen: list[str] = []
    ends: list[str] = []
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
        stream = client.stream("hi")
        stream.on("text-delta", lambda event: seen.append(event.text))
        stream.on(["finish", "abort"], lambda event: ends.append(event.type))
        reader = asyncio.ensure_future(stream.until_done())
        while not stream.message.text:
            await asyncio.sleep(0.005)
        began = time.monotonic()
        stream.cancel()
        await reader
        assert time.monotonic() - began < 0.1
    assert stream.cancelled
    assert stream.finish_reason == "cancelled"
    assert stream.message.text == "".join(seen)[: len(stream.message.text)]
    assert ends == ["abort"]


@pytest.mark.parametrize(
    ("clocks", "clock"),
    [
        ({"first_output": 0.1}, "first_output"),
        ({"idle": 0.1}, "idle"),
        ({"total": 0.3}, "total"),
        ({"gap": 0.1}, "gap"),
    ],
)
def test_row_19_timeouts_with_callbacks_each_alone(
    server: ReplayServer, client: Client, clocks: dict[str, float], clock: str
) -> None:
    """Each fires even when nothing at all arrives."""
    first = text("one")[: -len(answers.DONE)]
    slow: dict[str, Any] = (
        {"chunks": [len(first), 1], "pause": 0.25} if clock in ("idle", "gap") else {"chunks": [1], "pause": 0.02}
    )
    server.serve(body=first + b": comment\n\n" * 20, **slow)
    fired: list[str] = []
    with pytest.raises(StreamTimeoutError) as caught:
        client.stream("hi").deadlines(**clocks, on_expire=lambda name, seconds: fired.append(name)).until_done()
    assert fired == [caught.value.clock] == [clock]


def test_row_20_prompts_in_parallel_with_their_index(server: ReplayServer, client: Client) -> None:
    server.serve(body=text("one ", "two ", "three"))
    answers_of: dict[int, str] = {}
    with slipstream.merge([client.stream(str(n)) for n in range(3)], max_concurrent=2) as merged:
        for index, piece in merged.text_stream:
            answers_of[index] = answers_of.get(index, "") + piece
    assert answers_of == dict.fromkeys(range(3), "one two three")


def test_row_21_the_checklist_in_one_chain(server: ReplayServer, client: Client) -> None:
    server.serve(body=text("Call 13800138000. ", "Then the s", "ecret. Again."))
    states: list[str] = []
    stream = client.stream("hi", max_tokens=50, on_break="continue", max_retries=3, timeout=20)
    stream.on("progress", lambda event: states.append(event.state))
    stream.deadlines(first_output=5, gap=5).guard(words=["secret"], pii=True).limit(characters=100).detect_loop()
    stream.progress().on("progress", lambda event: states.append(event.state)).sentences().smooth()
    assert stream.get_final_text() == "Call ***. Then the ***. Again."
    assert states[-1] == "done"
    assert stream.regenerate().get_final_text() == "Call ***. Then the ***. Again."


def test_row_22_the_figures_have_grades(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    stream = client.stream("hi").until_done()
    assert stream.metrics.grades["time_to_first_output"] == "good"
    assert stream.metrics.grades["total"] == "good"


# ---- limits and guards (RELIABILITY rows 67 and 68)


def test_row_67_a_limit_cuts_on_a_grapheme_after_redaction_and_closes_the_upstream(
    server: ReplayServer, client: Client
) -> None:
    family = "👨‍👩‍👧‍👦"
    server.serve(body=text("a secret ", f"x{family}y", *("more " for _ in range(500))), chunks=[60], pause=0.005)
    stream = client.stream("hi").guard(words=["secret"], mask="#").limit(characters=8)
    assert stream.get_final_text() == "a # x", "the family is longer than what is left, and is not cut"
    assert stream.finish_reason == "length"
    assert server.all_gone(2)
    assert stream.metrics.bytes < 5000


FORBIDDEN = ("hearts", "Octopuses", "Paris")


def leaks(message: Message) -> list[str]:
    """The forbidden words in anything that the message holds."""
    shown = repr([message.to_dict(), message.blocks, message.tool_calls, message.metadata, message.tool_results])
    return [word for word in FORBIDDEN if word.lower() in shown.lower()]


@pytest.mark.parametrize("door", ["sync", "async"])
@pytest.mark.parametrize("way", ["stream", "complete", "regenerate", "merge", "tee"])
@pytest.mark.parametrize("content", ["text", "calls"])
def test_row_68_every_route_passes_the_guard(server: ReplayServer, door: str, way: str, content: str) -> None:
    bodies = {"text": (answers.TEXT, answers.WHOLE), "calls": (answers.CALLS, answers.WHOLE)}[content]
    server.serve(body=bodies[1] if way == "complete" else bodies[0])
    options: dict[str, Any] = {
        "base_url": server.url,
        "api_key": answers.KEY,
        "stages": lambda: [slipstream.flow.guard(words=FORBIDDEN)],
    }
    message = sync_answer(way, options) if door == "sync" else asyncio.run(async_answer(way, options))
    assert message.blocks
    assert leaks(message) == []


def sync_answer(way: str, options: dict[str, Any]) -> Message:
    with Client(**options) as client:
        match way:
            case "complete":
                return client.complete("hi")
            case "regenerate":
                return client.stream("hi").until_done().regenerate().get_final_message()
            case "merge":
                return slipstream.merge([client.stream("hi")]).until_done().messages[0]
            case "tee":
                first, second = client.stream("hi").tee(2)
                first.until_done()
                return second.get_final_message()
            case _:
                return client.stream("hi").get_final_message()


async def async_answer(way: str, options: dict[str, Any]) -> Message:
    async with AsyncClient(**options) as client:
        match way:
            case "complete":
                return await client.complete("hi")
            case "regenerate":
                return await (await client.stream("hi").until_done()).regenerate().get_final_message()
            case "merge":
                merged = slipstream.merge([client.stream("hi")])
                return (await merged.until_done()).messages[0]
            case "tee":
                first, second = client.stream("hi").tee(2)
                await first.until_done()
                return await second.get_final_message()
            case _:
                return await client.stream("hi").get_final_message()


def test_threads_share_a_client_with_stages(server: ReplayServer) -> None:
    """Each stream has stages of its own: what one holds never shows in another."""
    server.serve(body=answers.TEXT)
    texts: list[str] = []
    made: dict[str, Any] = {"stages": lambda: [slipstream.flow.guard(words=["hearts"]), slipstream.flow.sentences()]}
    with Client(base_url=server.url, api_key=answers.KEY, **made) as client:
        threads = [
            threading.Thread(target=lambda: texts.append(client.stream("hi").get_final_text())) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert texts == ["Three ***."] * 8
