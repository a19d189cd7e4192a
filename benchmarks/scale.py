"""How costs grow: with the length of the answer, of one event, of the whole stream - and how fast a cancel is."""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import time

from benchmarks.loopback import Scenario, once
from benchmarks.server import running
from benchmarks.table import Row, limit

CANCELS = 300
GIGABYTE = 1 << 30


def _chunk(text: str) -> bytes:
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: %b\n\n" % json.dumps({**chunk, "choices": [{"index": 0, "delta": {"content": text}}]}).encode()


def cost_of_answer(size: int) -> float:
    """CPU microseconds an event for an answer of `size` bytes on the wire: decode and fold."""
    from slipstream import Message, dialects

    piece = _chunk(" token") * 100
    decoder, message = dialects.get("openai_chat").decoder(), Message()
    events = 0
    gc.collect()
    began = time.process_time()
    for _ in range(max(1, size // len(piece))):
        batch = decoder.feed(piece)
        message.fold_all(batch)
        events += len(batch)
    assert message.text.endswith(" token")
    return (time.process_time() - began) / events * 1e6


def cost_of_event(size: int) -> float:
    """CPU seconds to decode one event of `size` bytes that arrives in pieces of 1 KiB."""
    from slipstream import dialects

    wire = _chunk("x" * size)
    best = float("inf")
    for _ in range(5):
        decoder = dialects.get("openai_chat").decoder()
        began = time.process_time()
        out = [event for i in range(0, len(wire), 1024) for event in decoder.feed(wire[i : i + 1024])]
        best = min(best, time.process_time() - began)
        assert any(len(getattr(event, "text", "")) == size for event in out)
    return best


async def cancel_times(url: str) -> list[float]:
    """Seconds from `cancel()` to the closed socket and the freed reader, for many streams."""
    from slipstream import AsyncClient

    times = []
    async with AsyncClient(provider="openai", base_url=url, api_key="sk-bench") as client:
        for _ in range(CANCELS):
            async with client.stream("hello", model="gpt-4o-mini") as stream:
                first = asyncio.Event()

                async def read(stream: object = stream, first: asyncio.Event = first) -> None:
                    async for _ in stream:  # type: ignore[attr-defined]
                        first.set()

                task = asyncio.create_task(read())
                await first.wait()
                began = time.perf_counter()
                stream.cancel()
                await task
                times.append(time.perf_counter() - began)
                assert stream.finish_reason == "cancelled"
    return times


def run() -> list[Row]:
    """All rows."""
    small, large = statistics.median(cost_of_answer(1024) for _ in range(400)), cost_of_answer(100 * 1024 * 1024)
    small_event, big_event = cost_of_event(5 << 19), cost_of_event(5 << 21)
    with running() as base:
        scenario = Scenario(GIGABYTE // 4096, 16, 0)
        growth = once(base, "slipstream relay", "long", scenario)["kib"] / 1024
        cancels = sorted(asyncio.run(cancel_times(f"{base}/openai/1000/1/10000")))
    p99 = cancels[int(len(cancels) * 0.99) - 1] * 1000
    flat = large / small
    return [
        Row("an event of a 1 KB answer and of a 100 MB answer", f"{small:.3g} us, {large:.3g} us", "", f"{flat:.2f}x",
            "flat (<= 1.25x)", flat <= 1.25),
        Row("one event of 2.5 MB and of 10 MB, in 1 KiB pieces",
            f"{small_event * 1e3:.3g} ms, {big_event * 1e3:.3g} ms", "", f"{big_event / small_event:.1f}x",
            "linear (<= 5x)", big_event / small_event <= 5),
        limit("growth of memory while 1 GB streams through a client that keeps nothing", growth, 8, "MiB"),
        limit("cancel to socket closed and reader freed, p99", p99, 10, "ms"),
    ]  # fmt: skip
