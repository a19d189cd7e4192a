"""RELIABILITY C1 rows 4 to 6, 17 and 18: however the bytes are cut, doubled or spelled, the events are the same."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.faults.doors import KEY, PROMPT, Door, read_async
from tests.faults.hostile import HostileServer, dribble, read_request, send
from tests.faults.wire import BODY, DONE, FRAMES, LAST_CHUNK, PIECES, TEXT, WHOLE, chunk, frame, head, text_frames

from slipstream import AsyncClient
from slipstream.events import TextDelta

MAX_STALL = 0.05
"""Seconds that other tasks of the loop may have to wait (row 5)."""


@asynccontextmanager
async def stall_watch() -> AsyncIterator[list[float]]:
    """Collects how late a task comes that wants to run every millisecond."""
    stalls = [0.0]

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            stalls.append(time.perf_counter() - began - 0.001)

    task = asyncio.ensure_future(watch())
    yield stalls
    task.cancel()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_small_writes_give_the_same_events_as_one(door: Door, size: int) -> None:
    scripts = ([read_request, send(WHOLE)], [read_request, dribble(WHOLE, size)])
    with HostileServer(*scripts) as server:
        whole, dribbled = door(server.url), door(server.url)
        assert dribbled.events == whole.events
        assert dribbled.message.to_dict() == whole.message.to_dict()


def test_a_byte_every_hundredth_of_a_second_is_no_silence(door: Door) -> None:
    body = b"".join(text_frames(["hi"])) + DONE
    at = body.index(b"hi") - 15
    script = [read_request, send(head(chunked=False) + body[:at]), dribble(body[at:], 10, pause=0.02)]
    with HostileServer(script) as server:
        assert door(server.url, truth="hi", timeout={"idle": 0.2}).error is None


def test_ten_thousand_events_in_one_write_do_not_stall_the_loop() -> None:
    pieces = [f"{i} " for i in range(10_000)]
    body = b"".join(text_frames(pieces)) + DONE

    async def scene(url: str) -> tuple[str, float]:
        async with AsyncClient(base_url=url, api_key=KEY) as client, stall_watch() as stalls:
            async with client.stream(PROMPT) as stream:
                text = [piece async for piece in stream.text_stream]
            return "".join(text), max(stalls)

    with HostileServer([read_request, send(head() + chunk(body) + LAST_CHUNK)]) as server:
        asyncio.run(scene(server.url))  # the first run imports and compiles
        text, stall = asyncio.run(scene(server.url))
        assert text == "".join(pieces)
        assert stall < MAX_STALL


def test_a_cancel_lands_within_a_giant_write() -> None:
    pieces = [f"{i} " for i in range(10_000)]
    body = b"".join(text_frames(pieces)) + DONE

    async def scene(url: str) -> tuple[int, float]:
        async with AsyncClient(base_url=url, api_key=KEY) as client, client.stream(PROMPT) as stream:
            seen = 0
            async for event in stream:
                seen += isinstance(event, TextDelta)
                if seen == 100:
                    began = time.perf_counter()
                    stream.cancel()
            assert stream.finish_reason == "cancelled"
            return seen, time.perf_counter() - began

    with HostileServer([read_request, send(head() + chunk(body) + LAST_CHUNK)]) as server:
        seen, seconds = asyncio.run(scene(server.url))
        assert seen == 100
        assert seconds < 0.1


def test_repeated_chunks_without_ids_are_delivered_because_nobody_can_know(door: Door) -> None:
    twice = FRAMES[:2] + FRAMES[1:2] + FRAMES[2:] + [DONE]
    truth = PIECES[0] + TEXT
    with HostileServer([read_request, send(head() + chunk(b"".join(twice)) + LAST_CHUNK)]) as server:
        assert door(server.url, truth=truth).error is None


def test_a_repeated_event_with_its_id_is_left_out(door: Door) -> None:
    numbered = [b"id: %d\n%b" % (number, frame) for number, frame in enumerate(FRAMES)]
    twice = [*numbered[:2], numbered[1], *numbered[2:], DONE]
    with HostileServer([read_request, send(head() + chunk(b"".join(twice)) + LAST_CHUNK)]) as server:
        assert door(server.url, truth=TEXT).error is None


def test_repeated_events_with_ids_are_dropped(door: Door) -> None:
    named = [b"id: e%d\n%s" % (number, part) for number, part in enumerate(FRAMES)]
    twice = b"".join(part * 2 for part in named)
    with HostileServer([read_request, send(head() + chunk(twice + DONE) + LAST_CHUNK)]) as server:
        assert door(server.url).error is None


CHARACTERS = "é 你 🐙 \u2028 \x85 \ufeff \x7f 👩‍👩‍👧"


def test_a_character_split_at_any_byte_never_breaks(door: Door) -> None:
    body = b"".join(text_frames([CHARACTERS])) + DONE
    with HostileServer([read_request, dribble(head(chunked=False) + body)]) as server:
        outcome = door(server.url, truth=CHARACTERS)
        assert outcome.error is None
        assert "\ufffd" not in outcome.text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'"a\xff\xfeb"', "a\ufffd\ufffdb"),
        (b'"a\xe4\xbdb"', "a\ufffdb"),
        (rb'"a\ud83db"', "a\ufffdb"),
        (rb'"\ud83d\ude00"', "😀"),
        (b'"a\\u0000b"', "a\x00b"),
    ],
)
def test_bytes_that_are_no_text_become_replacement_characters(door: Door, raw: bytes, text: str) -> None:
    bad = frame({"content": "@"}).replace(b'"@"', raw)
    body = FRAMES[0] + bad + frame({}, "stop") + DONE
    with HostileServer([read_request, send(head() + chunk(body) + LAST_CHUNK)]) as server:
        outcome = door(server.url, truth=text)
        assert outcome.error is None
        outcome.text.encode()
        json.dumps(outcome.message.to_dict()).encode()


VARIANTS = {
    "byte order mark": b"\xef\xbb\xbf" + BODY,
    "CRLF": BODY.replace(b"\n", b"\r\n"),
    "CR": BODY.replace(b"\n", b"\r"),
    "mixed ends": BODY.replace(b"\n\n", b"\r\n\n", 2).replace(b"}\n\n", b"}\r\r", 1),
    "no space": BODY.replace(b"data: ", b"data:"),
    "empty data": b"data\n\n" + BODY.replace(b"\n\n", b"\n\ndata:\n\n"),
    "retry first": b"retry: 3000\n\n" + BODY,
    "bogus retry": b"retry: soon\n\n" + BODY,
    "unknown fields": BODY.replace(b"data: {", b"x-trace: 1\nnonsense\ndata: {"),
    "id with NUL": BODY.replace(b"data: {", b"id: a\x00b\ndata: {"),
    "comments": b": hello\n\n" + BODY.replace(b"\n\n", b"\n\n: keep-alive\n\n"),
    "several data lines": BODY.replace(b'"choices"', b'\ndata: "choices"'),
    "no last blank line": BODY[:-1],
    "no last line end": BODY[:-2],
    "leading blank lines": b"\n\n\n" + BODY,
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("size", [None, 1])
def test_every_spelling_of_the_stream_says_the_same(variant: str, size: int | None) -> None:
    body = head(chunked=False) + VARIANTS[variant]
    with HostileServer([read_request, dribble(body, size or len(body))]) as server:
        outcome = asyncio.run(read_async(server.url, max_retries=0)).check(TEXT)
        assert outcome.error is None


@pytest.mark.parametrize("charset", ["iso-8859-1", "gbk", "utf-16", "nonsense", "UTF8"])
def test_a_wrong_charset_label_does_not_garble_the_text(door: Door, charset: str) -> None:
    label = f"text/event-stream; charset={charset}"
    with HostileServer([read_request, send(head(content_type=label) + chunk(BODY) + LAST_CHUNK)]) as server:
        assert door(server.url).error is None
