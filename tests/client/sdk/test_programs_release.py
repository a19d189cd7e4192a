"""The connection is released: EXAMPLES row 6.

Each program runs with the official SDK and with ours, and prints the same: see `side_by_side.py`.
"""

# ruff: noqa: N803 - the argument is the class that a program would import
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest
from tests.client.sdk import recorded as r
from tests.client.sdk.side_by_side import printed
from tests.replay_server import ReplayServer

from slipstream import sdk

Capture = pytest.CaptureFixture[str]


# ---- row 6


def release_by_with(OpenAI: Any) -> None:
    client = OpenAI()
    with client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True) as stream:
        for chunk in stream:
            if chunk.choices[0].delta.content:
                print(chunk.choices[0].delta.content)
                break


def release_by_finally(OpenAI: Any) -> None:
    client = OpenAI()
    stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True)
    try:
        for chunk in stream:
            if chunk.choices[0].delta.content:
                print(chunk.choices[0].delta.content)
                break
    finally:
        stream.close()


def release_after_an_exception(OpenAI: Any) -> None:
    client = OpenAI()
    try:
        with client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True) as s:
            for chunk in s:
                print(chunk.choices[0].delta.content.upper())
                raise ValueError("the program's own")  # noqa: TRY301
    except ValueError as error:
        print(error)


LONG = r.sse(*[r.chunk(f"word {number} ") for number in range(2000)])


@pytest.mark.parametrize("program", [release_by_with, release_by_finally, release_after_an_exception])
def test_row_6_the_connection_is_released(
    at_server: ReplayServer, capsys: Capture, program: Callable[..., None]
) -> None:
    at_server.serve(body=LONG, chunks=[500], pause=0.01)
    printed(program, capsys, openai.OpenAI, sdk.OpenAI)
    assert at_server.all_gone()
