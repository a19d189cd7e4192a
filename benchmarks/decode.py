"""Decoding alone: bytes already in memory, to each library's own typed objects. CPU time an event, median of runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from benchmarks.recordings import FRAMES
from benchmarks.table import Row, ratio

EVENTS = 5000
RUNS = 7
READ = 16 * 1024


def median_us(work: Callable[[], int]) -> float:
    """CPU microseconds an event: `work` returns how many it decoded."""
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        count = work()
        times.append((time.process_time() - began) / count * 1e6)
    return statistics.median(times)


def reads(frames: list[bytes], size: int | None) -> list[bytes]:
    """The stream as reads of `size` bytes, or one read for each frame."""
    if size is None:
        return frames
    body = b"".join(frames)
    return [body[i : i + size] for i in range(0, len(body), size)]


def ours(dialect: str, pieces: list[bytes]) -> Callable[[], int]:
    """Our decoder."""
    from slipstream import dialects
    from slipstream.events import TextDelta

    def work() -> int:
        decoder = dialects.get(dialect).decoder()
        count = 0
        for piece in pieces:
            for event in decoder.feed(piece):
                count += type(event) is TextDelta
        decoder.end()
        assert count >= EVENTS, count
        return EVENTS

    return work


class Bare(msgspec.Struct):
    """The least that typed decoding can do."""

    choices: list[Any]
    usage: Any = None


def bare(pieces: list[bytes]) -> Callable[[], int]:
    """A splitter at blank lines with typed msgspec: the floor, right only for well-behaved streams."""
    decoder = msgspec.json.Decoder(Bare)

    def work() -> int:
        rest = b""
        for piece in pieces:
            *frames, rest = (rest + piece).split(b"\n\n")
            for frame in frames:
                if frame != b"data: [DONE]":
                    decoder.decode(frame[6:])
        return EVENTS

    return work


def _httpx_transport(package: str, body: list[bytes]) -> Any:
    """An in-memory transport for the httpx that an SDK uses, so that only its own work is measured."""
    httpx = __import__(package)

    class Body(httpx.SyncByteStream):  # type: ignore[misc,name-defined]
        def __iter__(self) -> Iterator[bytes]:
            return iter(body)

    headers = {"content-type": "text/event-stream"}
    return httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=Body())))


def openai_sdk(pieces: list[bytes]) -> Callable[[], int]:
    """The openai SDK, its network replaced by memory."""
    import openai

    client = openai.OpenAI(api_key="sk-bench", http_client=_httpx_transport(_httpx_of(openai), pieces))
    return lambda: _count(client.chat.completions.create(model="m", messages=[], stream=True))


def zai_sdk(pieces: list[bytes]) -> Callable[[], int]:
    """The zai SDK, its network replaced by memory."""
    import zai

    client = zai.ZaiClient(api_key="id.secret", http_client=_httpx_transport("httpx", pieces))
    return lambda: _count(client.chat.completions.create(model="m", messages=[], stream=True))


def anthropic_sdk(pieces: list[bytes]) -> Callable[[], int]:
    """The anthropic SDK, its network replaced by memory."""
    import anthropic

    client = anthropic.Anthropic(api_key="sk-bench", http_client=_httpx_transport(_httpx_of(anthropic), pieces))
    return lambda: _count(client.messages.create(model="m", max_tokens=9, messages=[], stream=True))


def _httpx_of(sdk: Any) -> str:
    """The name of the httpx that this version of an SDK is built on."""
    return str(sdk.DefaultHttpxClient.__mro__[1].__module__.split(".")[0])


def _count(stream: Any) -> int:
    assert sum(1 for _ in stream) >= EVENTS
    return EVENTS


def run() -> list[Row]:
    """All rows. The bar of 2.0 us holds where the openai SDK takes 64 us: 32 times less, whatever the machine."""
    small, claude = FRAMES["openai"](EVENTS), reads(FRAMES["anthropic"](EVENTS), READ)
    big = reads(small, READ)
    chat, single, anthropic = (
        median_us(ours(*case)) for case in (("openai_chat", big), ("openai_chat", small), ("anthropic", claude))
    )
    openai_big, openai_small = median_us(openai_sdk(big)), median_us(openai_sdk(small))
    floor = median_us(bare(big))
    return [
        ratio("decode OpenAI chunks, 16 KiB reads, an event", chat, openai_big, "openai", 32),
        ratio("decode OpenAI chunks, 1 event a read, an event", single, openai_small, "openai", 32),
        ratio("  against zai-sdk", chat, median_us(zai_sdk(big)), "zai-sdk", 70),
        Row("  bare splitter with typed msgspec, for comparison", f"{chat:.3g} us", f"bare {floor:.3g} us"),
        ratio("decode Anthropic's stream", anthropic, median_us(anthropic_sdk(claude)), "anthropic", 5),
    ]
