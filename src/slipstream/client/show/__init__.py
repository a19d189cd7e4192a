"""Showing an answer where its reader is: in a notebook, on a terminal, or as plain text."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Literal, Protocol, TextIO, cast, runtime_checkable

from slipstream.client.show.arguments import check_file, check_picture, wrong_target
from slipstream.events import Event, Message
from slipstream.sinks.terminal.telling import ThinkingMode, check_thinking

__all__ = ["Screen", "Target", "ThinkingMode", "screen_for", "show", "show_async"]

Target = Literal["terminal", "notebook", "plain"] | TextIO | None
"""Where to show: None is a notebook if the program runs in one, else stdout."""


class Screen(Protocol):
    """What shows one answer."""

    def event(self, event: Event) -> None:
        """Take one event."""
        ...

    def end(self, message: Message) -> None:
        """The answer is over, or was cut off: show what is missing, and leave the place clean."""
        ...


@runtime_checkable
class _Waiting(Screen, Protocol):
    """A screen whose `end` waits for a terminal, and not for long after an interrupt."""

    def interrupted(self) -> None:
        """Who reads wants to leave."""
        ...


class Answer(Protocol):
    """A stream, as far as it is shown."""

    @property
    def message(self) -> Message:
        """What has come."""
        ...

    def __iter__(self) -> Iterator[Event]: ...


class AsyncAnswer(Protocol):
    """An async stream, as far as it is shown."""

    @property
    def message(self) -> Message:
        """What has come."""
        ...

    def __aiter__(self) -> AsyncIterator[Event]: ...


def show(stream: Answer, *, thinking: ThinkingMode = "fold", to: Target = None, picture: Any = None) -> Message:
    """Read the stream to its end and show it; see `Stream.show`."""
    screen = screen_for(to, thinking, picture)
    with _entered(screen):
        try:
            for event in stream:
                screen.event(event)
        except BaseException as error:
            _left(screen, error)
            raise
        finally:
            screen.end(stream.message)
    return stream.message


async def show_async(
    stream: AsyncAnswer, *, thinking: ThinkingMode = "fold", to: Target = None, picture: Any = None
) -> Message:
    """Read the stream to its end and show it; see `AsyncStream.show`."""
    screen = screen_for(to, thinking, picture)
    closed = False
    with _entered(screen):
        try:
            async for event in stream:
                screen.event(event)
        except BaseException as error:
            _left(screen, error)
            closed = isinstance(error, GeneratorExit)  # nothing can be awaited then
            raise
        finally:
            if closed or not isinstance(screen, _Waiting):
                screen.end(stream.message)
            else:
                await _ended(screen, stream.message)
    return stream.message


def screen_for(to: Target = None, thinking: ThinkingMode = "fold", picture: Any = None) -> Screen:
    """The screen to show an answer on.

    Args:
        to: `terminal`, `notebook`, `plain`, a text file, or None; see `Stream.show`.
        thinking: `fold`, `show` or `hide`.
        picture: for a notebook: what the answer's boxes are drawn on; a path, bytes or a Pillow image. It is checked
            wherever the answer is shown.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it. So is `notebook` where none runs.
    """
    check_thinking(thinking)
    check_picture(picture)
    if to is None:
        return _notebook(thinking, picture) if in_notebook() else _of_file(_stdout(), thinking)
    if isinstance(to, str):
        return _named(to, thinking, picture)
    check_file(to)
    return _of_file(to, thinking)


def in_notebook() -> bool:
    """True in an IPython kernel, whose outputs can be changed in place; an IPython terminal is a terminal."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def _named(to: str, thinking: ThinkingMode, picture: Any) -> Screen:
    if to == "notebook":
        if not in_notebook():
            raise wrong_target("'notebook', but no IPython kernel runs here")
        return _notebook(thinking, picture)
    if to == "terminal":
        return _terminal(_stdout(), thinking)
    if to == "plain":
        return _plain(_stdout(), thinking)
    raise wrong_target(repr(to[:40]))


def _of_file(stream: TextIO, thinking: ThinkingMode) -> Screen:
    from slipstream.client.show.abilities import is_dumb, is_terminal

    fit = is_terminal(stream) and not is_dumb()
    return _terminal(stream, thinking) if fit else _plain(stream, thinking)


def _terminal(stream: TextIO, thinking: ThinkingMode) -> Screen:
    from slipstream.client.show.terminal import TerminalScreen

    return TerminalScreen(stream, thinking=thinking)


def _plain(stream: TextIO, thinking: ThinkingMode) -> Screen:
    from slipstream.client.show.plain import PlainScreen

    return PlainScreen(stream, thinking=thinking)


def _notebook(thinking: ThinkingMode, picture: Any) -> Screen:
    from slipstream.client.show.notebook import NotebookScreen

    return NotebookScreen(thinking=thinking, picture=picture)


class _Nowhere(io.TextIOBase):
    """Takes what is written and keeps nothing."""

    def write(self, text: str, /) -> int:
        return len(text)


def _stdout() -> TextIO:
    """Where `print` writes: nowhere, where the program has no output (`pythonw`)."""
    stdout: TextIO | None = sys.stdout
    return stdout if stdout is not None else cast("TextIO", _Nowhere())


def _left(screen: Screen, error: BaseException) -> None:
    """Have a terminal that takes nothing not hold up who leaves because of an interrupt."""
    if not isinstance(error, Exception) and isinstance(screen, _Waiting):
        screen.interrupted()


async def _ended(screen: _Waiting, message: Message) -> None:
    """End the screen beside the event loop, and properly even if the task is cancelled.

    Raises:
        CancelledError: the task was cancelled meanwhile; the screen has ended.
    """
    ending = _beside(lambda: screen.end(message))
    cancelled: asyncio.CancelledError | None = None
    while not ending.done():
        try:
            await asyncio.wait([ending])
        except asyncio.CancelledError as error:
            cancelled = error
            screen.interrupted()
    failure = ending.exception()
    if cancelled is not None:
        raise cancelled
    if failure is not None:
        raise failure


def _beside(work: Callable[[], object]) -> asyncio.Future[None]:
    """Do it in a thread of its own: the workers of the loop's executor may all be busy, even waiting for this."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def run() -> None:
        failure: BaseException | None = None
        try:
            work()
        except BaseException as error:  # it belongs to who waits
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, done, failure)

    thread = threading.Thread(target=run, name="slipstream-screen-end", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads
        run()
    return done


def _settle(done: asyncio.Future[None], failure: BaseException | None) -> None:
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)


def _entered(screen: Screen) -> AbstractContextManager[Any]:
    return cast("AbstractContextManager[Any]", screen) if hasattr(screen, "__enter__") else nullcontext()
