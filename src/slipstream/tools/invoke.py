"""Calling a function of the user's, whatever kind it is: sync or async, plain or a generator that reports progress."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

from slipstream.run.worker import Worker

Emit = Callable[[Any], Awaitable[None]]


async def invoke(function: Callable[..., Any], *args: Any, emit: Emit | None = None, **kwargs: Any) -> Any:
    """Call a function and return its result.

    Async functions run in the calling task; all others in a thread of their own, with the task's context variables.

    Args:
        function: what is called.
        args, kwargs: what with.
        emit: takes what a generator yields. The generator's result is what it returns, or the last value it yielded
            when that is None.

    Raises:
        BaseException: whatever the function raised.
    """
    call = functools.partial(function, *args, **kwargs)
    worker = Worker(f"slipstream-tool-{getattr(function, '__name__', 'function')}")
    try:
        value = call() if _is_async(function) else await worker.run(call)
        if inspect.isawaitable(value):
            value = await value
        if emit is not None and isinstance(value, AsyncGenerator):
            return await _drain_async(value, emit)
        if emit is not None and isinstance(value, Generator):
            return await _drain(value, worker, emit)
        return value
    finally:
        worker.close()


def _is_async(function: Callable[..., Any]) -> bool:
    """True for what must be called on the loop; a wrapper that hides an async function is called in a thread."""
    call = getattr(function, "__call__", None)  # noqa: B004 - an object's method, which may be async
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(kind(function) or kind(call) for kind in kinds)


async def _drain_async(values: AsyncGenerator[Any, None], emit: Emit) -> Any:
    last = None
    async with contextlib.aclosing(values):
        async for value in values:
            last = value
            await emit(value)
    return last


async def _drain(values: Generator[Any, None, Any], worker: Worker, emit: Emit) -> Any:
    last = None
    try:
        while True:
            over, value = await worker.run(functools.partial(_step, values))
            if over:
                return last if value is None else value
            last = value
            await emit(value)
    finally:
        worker.close(values.close)


def _step(values: Generator[Any, None, Any]) -> tuple[bool, Any]:
    """Whether the generator is over, and what it yielded or returned."""
    try:
        return False, next(values)
    except StopIteration as end:
        return True, end.value
