"""Who is measured: each reads whole streams and touches every text, as a user's loop would.

Run as a process, `python -m benchmarks.contenders NAME URL STREAMS`, so that a contender's imports, threads and memory
are its own. Prints one line of JSON: CPU seconds, pieces of text, and the growth of memory since the
warm-up and since the start, the library included.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.memory import peak_kib

MESSAGES: list[Any] = [{"role": "user", "content": "hello"}]
MODEL = "gpt-4o-mini"


def _text(chunk: Any) -> int:
    return 1 if chunk.choices and (chunk.choices[0].delta.content or "") else 0


async def slipstream_async(url: str, streams: int, provider: str = "openai") -> int:
    from slipstream import AsyncClient, TextDelta

    async with AsyncClient(provider=provider, base_url=url, api_key="sk-bench") as client:

        async def one() -> int:
            count = 0
            async with client.stream(model=MODEL, messages=MESSAGES) as stream:
                async for event in stream:
                    if type(event) is TextDelta and event.text:
                        count += 1
            return count

        return sum(await asyncio.gather(*(one() for _ in range(streams))))


async def slipstream_anthropic_async(url: str, streams: int) -> int:
    return await slipstream_async(url + "/v1", streams, "anthropic")


async def slipstream_relay(url: str, streams: int) -> int:
    """A relay that keeps no message, as a gateway would."""
    from slipstream import AsyncClient, TextDelta

    count = 0
    async with AsyncClient(provider="openai", base_url=url, api_key="sk-bench") as client:
        for _ in range(streams):
            async with client.stream(model=MODEL, messages=MESSAGES, keep=False) as stream:
                async for event in stream:
                    count += type(event) is TextDelta
    return count


def slipstream_sync(url: str, streams: int, provider: str = "openai") -> int:
    from slipstream import Client, TextDelta

    count = 0
    with Client(provider=provider, base_url=url, api_key="sk-bench") as client:
        for _ in range(streams):
            with client.stream(model=MODEL, messages=MESSAGES) as stream:
                for event in stream:
                    if type(event) is TextDelta and event.text:
                        count += 1
    return count


def slipstream_anthropic_sync(url: str, streams: int) -> int:
    return slipstream_sync(url + "/v1", streams, "anthropic")


async def openai_async(url: str, streams: int) -> int:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key="sk-bench") as client:

        async def one() -> int:
            stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
            return sum([_text(chunk) async for chunk in stream])

        return sum(await asyncio.gather(*(one() for _ in range(streams))))


def openai_sync(url: str, streams: int) -> int:
    from openai import OpenAI

    with OpenAI(base_url=url, api_key="sk-bench") as client:
        return sum(
            _text(chunk)
            for _ in range(streams)
            for chunk in client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        )


def _anthropic_text(event: Any) -> int:
    return 1 if event.type == "content_block_delta" and event.delta.type == "text_delta" and event.delta.text else 0


async def anthropic_async(url: str, streams: int) -> int:
    from anthropic import AsyncAnthropic

    async with AsyncAnthropic(base_url=url, api_key="sk-bench") as client:

        async def one() -> int:
            stream = await client.messages.create(model=MODEL, max_tokens=9, messages=MESSAGES, stream=True)
            return sum([_anthropic_text(event) async for event in stream])

        return sum(await asyncio.gather(*(one() for _ in range(streams))))


def anthropic_sync(url: str, streams: int) -> int:
    from anthropic import Anthropic

    with Anthropic(base_url=url, api_key="sk-bench") as client:
        return sum(
            _anthropic_text(event)
            for _ in range(streams)
            for event in client.messages.create(model=MODEL, max_tokens=9, messages=MESSAGES, stream=True)
        )


def zai_sync(url: str, streams: int) -> int:
    from zai import ZaiClient

    client = ZaiClient(base_url=url, api_key="id.secret")
    return sum(
        _text(chunk)
        for _ in range(streams)
        for chunk in client.chat.completions.create(model="glm-4.6", messages=MESSAGES, stream=True)
    )


SYNC: dict[str, Callable[[str, int], int]] = {
    "slipstream sync": slipstream_sync,
    "slipstream anthropic sync": slipstream_anthropic_sync,
    "openai sync": openai_sync,
    "anthropic sync": anthropic_sync,
    "zai sync": zai_sync,
}
ASYNC: dict[str, Callable[[str, int], Awaitable[int]]] = {
    "slipstream async": slipstream_async,
    "slipstream relay": slipstream_relay,
    "slipstream anthropic async": slipstream_anthropic_async,
    "openai async": openai_async,
    "anthropic async": anthropic_async,
}


def run(name: str, url: str, streams: int) -> int:
    """Read `streams` streams; return how many pieces of text came."""
    if name in SYNC:
        return SYNC[name](url, streams)

    async def main() -> int:
        return await ASYNC[name](url, streams)

    if importlib.util.find_spec("uvloop"):
        import uvloop

        return uvloop.run(main())
    return asyncio.run(main())


def main(name: str, url: str, streams: int, warm_url: str) -> None:
    """Warm up with one short stream, then measure."""
    cold = peak_kib()
    run(name, warm_url, 1)
    warm = peak_kib()
    began = time.process_time()
    wall = time.perf_counter()
    texts = run(name, url, streams)
    result = {
        "cpu": time.process_time() - began,
        "wall": time.perf_counter() - wall,
        "texts": texts,
        "kib": peak_kib() - warm,
        "kib_all": peak_kib() - cold,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
