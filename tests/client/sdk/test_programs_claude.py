"""Claude: EXAMPLES row 15, and the same without async.

Each program runs with the official SDK and with ours, and prints the same: see `side_by_side.py`.
"""

# ruff: noqa: N803 - the argument is the class that a program would import
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import pytest
from tests.client.sdk import recorded as r
from tests.client.sdk.side_by_side import printed, same_bodies
from tests.replay_server import ReplayServer

from slipstream import sdk

Capture = pytest.CaptureFixture[str]


# ---- row 15


async def claude_pieces(AsyncAnthropic: Any, prompt: str) -> AsyncIterator[tuple[Any, ...]]:
    client = AsyncAnthropic()
    async with client.messages.stream(
        model="claude-x",
        max_tokens=1024,
        system="You are brief.",
        messages=[{"role": "user", "content": prompt}],
    ) as stream:
        async for text in stream.text_stream:
            yield (text, None, None)
        message = await stream.get_final_message()
    yield ("", message.stop_reason, (message.usage.input_tokens, message.usage.output_tokens))
    await client.close()


def print_pieces(AsyncAnthropic: Any) -> None:
    async def main() -> None:
        async for piece in claude_pieces(AsyncAnthropic, "An odd fact?"):
            print(piece)

    asyncio.run(main())


def test_row_15_async_claude(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=r.MESSAGE, chunks=[13])
    out = printed(print_pieces, capsys, anthropic.AsyncAnthropic, sdk.AsyncAnthropic)
    assert out.endswith("('', 'end_turn', (9, 12))\n")
    assert same_bodies(at_server)[0]["system"] == "You are brief."


# ---- Claude, sync


def claude_events(Anthropic: Any) -> None:
    client = Anthropic()
    for event in client.messages.create(
        model="claude-x", max_tokens=99, messages=[{"role": "user", "content": "Hi"}], stream=True
    ):
        if event.type == "content_block_delta" and hasattr(event.delta, "text"):
            print(event.delta.text, end="|")
        elif event.type == "message_delta":
            print(event.delta.stop_reason, event.usage.output_tokens)
        else:
            print(event.type)


def claude_helper(Anthropic: Any) -> None:
    client = Anthropic()
    with client.messages.stream(
        model="claude-x", max_tokens=99, messages=[{"role": "user", "content": "Hi"}]
    ) as stream:
        for event in stream:
            if event.type == "text":
                print(event.text, event.snapshot)
            elif event.type == "content_block_stop":
                print(event.content_block.type, event.content_block.text)
            elif event.type == "message_stop":
                print(event.message.stop_reason)
        print(stream.get_final_text())
        print(stream.get_final_message().usage.output_tokens, stream.current_message_snapshot.id)


@pytest.mark.parametrize("program", [claude_events, claude_helper])
def test_claude_by_events_and_by_helper(at_server: ReplayServer, capsys: Capture, program: Any) -> None:
    at_server.serve(body=r.MESSAGE, chunks=[17])
    assert "three hearts." in printed(program, capsys, anthropic.Anthropic, sdk.Anthropic)
