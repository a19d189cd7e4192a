"""The real model, streamed through both doors and three dialects, cancelled and timed out."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

import slipstream
from slipstream import AsyncClient, Client, Finish, Message, StreamTimeoutError, TextDelta
from slipstream.events import Event, Order
from slipstream.local import Endpoint

PROMPT = "Count from 1 to 20."
DIALECTS = {"openai": "gpt-4o-mini", "zhipu": "glm-4.7-flash", "anthropic": "claude-3-5-haiku-latest"}


@pytest.fixture(params=sorted(DIALECTS))
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(provider: str, local_endpoint: Endpoint) -> Iterator[Client]:
    with Client(provider=provider, base_url=local_endpoint.base_url, api_key=local_endpoint.api_key) as client:
        yield client


@pytest.fixture
def async_client(provider: str, local_endpoint: Endpoint) -> AsyncClient:
    return AsyncClient(provider=provider, base_url=local_endpoint.base_url, api_key=local_endpoint.api_key)


def asks_usage(provider: str) -> dict[str, object]:
    """Zhipu sends usage unasked, so its dialect does not ask; the local server sends it only when asked."""
    return {"extra": {"stream_options": {"include_usage": True}}} if provider == "zhipu" else {}


def whole(events: list[Event], message: Message) -> None:
    """A whole answer: legal order, ended by the provider, and its fold is the message."""
    order = Order()
    order.check_all(events)
    assert order.state == "done"
    assert isinstance(events[-1], Finish)
    assert message.text == "".join(event.text for event in events if isinstance(event, TextDelta))
    assert message.text
    assert message.complete
    assert message.usage is not None
    assert message.usage.output_tokens


def test_sync(client: Client, provider: str) -> None:
    with client.stream(PROMPT, model=DIALECTS[provider], max_tokens=30) as stream:
        events = list(stream)
    whole(events, stream.message)
    assert stream.finish_reason in ("stop", "length")
    metrics = stream.metrics
    assert metrics.time_to_first_output is not None
    assert metrics.total is not None
    assert 0 < metrics.time_to_first_output <= metrics.total
    assert metrics.output_events > 1
    assert set(metrics.grades) == {"time_to_first_output", "tokens_per_second", "total", "time_to_cancel"}


async def test_async(async_client: AsyncClient, provider: str) -> None:
    async with async_client, async_client.stream(PROMPT, model=DIALECTS[provider], max_tokens=30) as stream:
        events = [event async for event in stream]
    whole(events, stream.message)


def test_whole_and_streamed_give_the_same_message(client: Client, provider: str) -> None:
    options = {"model": DIALECTS[provider], "max_tokens": 12, "temperature": 0.0, **asks_usage(provider)}
    streamed = client.stream("Say hello.", **options).get_final_message()  # type: ignore[arg-type]
    complete = client.complete("Say hello.", **options)  # type: ignore[arg-type]
    assert complete.text == streamed.text
    assert complete.finish_reason == streamed.finish_reason
    assert complete.usage is not None
    assert streamed.usage is not None
    assert complete.usage.output_tokens == streamed.usage.output_tokens


async def test_sync_works_where_a_loop_already_runs(client: Client, provider: str) -> None:
    """As in Jupyter: the notebook's own loop runs in this thread."""
    assert asyncio.get_running_loop().is_running()
    with client.stream(PROMPT, model=DIALECTS[provider], max_tokens=10) as stream:
        assert "".join(stream.text_stream) == stream.message.text


def test_cut_by_max_tokens_still_has_usage(client: Client, provider: str) -> None:
    options = {"model": DIALECTS[provider], "max_tokens": 5, **asks_usage(provider)}
    message = client.stream(PROMPT, **options).get_final_message()  # type: ignore[arg-type]
    assert message.finish_reason == "length"
    assert message.usage is not None
    assert message.usage.output_tokens == 5
    assert not message.usage.estimated


def test_cancel_from_another_thread(client: Client, provider: str) -> None:
    with client.stream("Write a long story.", model=DIALECTS[provider], max_tokens=400) as stream:
        pieces = []
        for text in stream.text_stream:
            pieces.append(text)
            if len(pieces) == 3:
                stopper = threading.Thread(target=stream.cancel)
                began = time.monotonic()
                stopper.start()
        took = time.monotonic() - began
    stopper.join()
    assert took < 0.5
    assert stream.finish_reason == "cancelled"
    assert stream.message.text.startswith("".join(pieces[:3]))
    assert stream.metrics.time_to_cancel is not None
    assert stream.metrics.time_to_cancel < 0.1


async def test_cancel_from_another_task(async_client: AsyncClient, provider: str) -> None:
    started = asyncio.Event()

    async def read() -> None:
        async for _ in stream.text_stream:
            started.set()

    async with (
        async_client,
        async_client.stream("Write a long story.", model=DIALECTS[provider], max_tokens=400) as stream,
    ):
        reader = asyncio.create_task(read())
        await started.wait()
        stream.cancel("enough")
        await asyncio.wait_for(reader, 0.5)
    assert stream.finish_reason == "cancelled"
    assert stream.message.text


def test_a_timeout_names_itself_and_keeps_the_text(client: Client, provider: str) -> None:
    with (
        client.stream("Write a long story.", model=DIALECTS[provider], max_tokens=1500, timeout=1.0) as stream,
        pytest.raises(StreamTimeoutError, match="total") as raised,
    ):
        stream.until_done()
    assert raised.value.clock == "total"
    assert stream.finish_reason == "interrupted"
    assert raised.value.partial is stream.message
    assert stream.message.text


def test_a_wrong_key_is_refused(provider: str, local_endpoint: Endpoint) -> None:
    with (
        Client(provider=provider, base_url=local_endpoint.base_url, api_key="wrong-key-of-mine") as client,
        pytest.raises(slipstream.AuthenticationError) as raised,
    ):
        client.complete("Hi", model=DIALECTS[provider], max_tokens=2)
    assert "wrong-key-of-mine" not in f"{raised.value} {raised.value!r}"


def test_a_conversation_with_its_own_messages(client: Client, provider: str) -> None:
    first = client.complete("Say hello.", model=DIALECTS[provider], max_tokens=10)
    messages = [{"role": "user", "content": "Say hello."}, first, {"role": "user", "content": "Again."}]
    assert client.complete(messages=messages, model=DIALECTS[provider], max_tokens=10).text


def test_regenerate_asks_again(client: Client, provider: str) -> None:
    stream = client.stream("Say hello.", model=DIALECTS[provider], max_tokens=8, temperature=0.0)
    again = stream.regenerate()
    assert stream.get_final_text() == again.get_final_text()


@pytest.mark.usefixtures("local_endpoint")
def test_a_program_without_key_or_network_streams_and_ends_cleanly(tmp_path: object) -> None:
    code = (
        "import slipstream, threading\n"
        "with slipstream.stream('Say hello.', max_tokens=8) as s:\n"
        "    print(s.get_final_text())\n"
        "assert s.message.provider == 'local', s.message.provider\n"
    )
    env = {"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "error", "PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, timeout=60, env=env
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    noise = [line for line in done.stderr.splitlines() if "took" not in line]  # asyncio's debug mode times slow steps
    assert noise == []
