"""Functions of every kind."""

from __future__ import annotations

import functools
import threading
from typing import Any

import pytest

from slipstream.tools.invoke import invoke


async def hello(name: str) -> str:
    """Async."""
    return f"hello {name}"


def wrapped(name: str) -> Any:
    """A wrapper that hides an async function."""
    return hello(name)


class Polite:
    """An object that can be called and awaited."""

    async def __call__(self, name: str) -> str:
        return f"hello {name}"


@pytest.mark.parametrize("function", [hello, wrapped, functools.partial(hello), Polite(), lambda name: f"hello {name}"])
async def test_every_kind_of_function_gives_its_result(function: Any) -> None:
    assert await invoke(function, name="Ada") == "hello Ada"


async def test_async_functions_run_here_and_others_in_a_thread() -> None:
    async def here() -> threading.Thread:
        return threading.current_thread()

    assert await invoke(here) is threading.current_thread()
    assert await invoke(threading.current_thread) is not threading.current_thread()
