"""`show()` on both doors, and where it shows."""

from __future__ import annotations

import asyncio
import io
import re
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from PIL import Image
from tests.cli.shell import PATIENCE
from tests.client import answers
from tests.replay_server import ReplayServer

from slipstream import AsyncClient, Client
from slipstream.client import show
from slipstream.client.show import terminal
from slipstream.client.show.plain import PlainScreen
from slipstream.client.show.terminal import TerminalScreen
from slipstream.errors import InvalidRequestError, StreamInterruptedError
from slipstream.events import Event, Message, TextDelta


class Screen(io.StringIO):
    """A terminal as far as it says so."""

    def isatty(self) -> bool:
        return True


class Held(Screen):
    """A terminal that takes nothing until it is let go; the loop of a test must be alive to do that."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.let = threading.Event()
        self.timely = True

    def write(self, text: str) -> int:
        if not text:  # is it a file that takes text?
            return 0
        self.asked.set()
        self.timely = self.let.wait(PATIENCE) and self.timely
        return super().write(text)


@pytest.fixture
def client(server: ReplayServer) -> Iterator[Client]:
    with Client(base_url=server.url, api_key=answers.KEY) as client:
        yield client


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def test_a_pipe_gets_the_text(server: ReplayServer, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    server.serve(body=answers.TEXT)
    with client.stream("hi") as stream:
        message = stream.show()
    assert message is stream.message
    assert message.finish_reason == "stop"
    assert capsys.readouterr().out == "Three hearts.\n"


def test_a_file_gets_the_text(server: ReplayServer, client: Client) -> None:
    server.serve(body=answers.TEXT)
    out = io.StringIO()
    with client.stream("hi") as stream:
        stream.show(to=out, thinking="show")
    assert out.getvalue() == "[thinking]\nOctopuses, perhaps.\n\n[answer]\nThree hearts.\n"


@pytest.mark.parametrize("thinking", ["fold", "hide"])
def test_a_terminal_gets_markdown(server: ReplayServer, client: Client, thinking: show.ThinkingMode) -> None:
    server.serve(body=answers.TEXT)
    out = Screen()
    with client.stream("hi") as stream:
        stream.show(to=out, thinking=thinking)
    written = out.getvalue()
    assert bool(re.search(r"▸ thought for \d+ s \(2 words\)", written)) is (thinking == "fold")
    assert "Three hearts." in written
    assert written.endswith("\x1b[0m\x1b[?25h")


async def test_the_async_door_shows_too(server: ReplayServer) -> None:
    server.serve(body=answers.TEXT)
    out, plain = Screen(), io.StringIO()
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client:
        async with client.stream("hi") as stream:
            assert (await stream.show(to=out)).text == "Three hearts."
        async with client.stream("hi") as stream:
            await stream.show(to=plain)
    assert "Three hearts." in out.getvalue()
    assert plain.getvalue() == "Three hearts.\n"


def test_after_an_error_what_came_stays_shown(server: ReplayServer, client: Client) -> None:
    frames = answers.TEXT.split(b"\n\n")
    server.serve(body=b"\n\n".join(frames[:5]) + b"\n\n")
    for out in (Screen(), io.StringIO()):
        with client.stream("hi") as stream, pytest.raises(StreamInterruptedError) as caught:
            stream.show(to=out)
        assert "Three hearts." in out.getvalue()
        assert caught.value.partial is not None
        assert out.getvalue().endswith(("\n", "\x1b[?25h"))


def test_after_a_cancel_what_came_stays_shown(server: ReplayServer, client: Client) -> None:
    frames = [answers.frame({"content": f"w{number} "}) for number in range(200)]
    server.serve(body=b"x", chunks=frames, pause=0.01, headers={"content-type": "text/event-stream"})
    for out in (Screen(), io.StringIO()):
        with client.stream("hi").on("text-delta", lambda event: stream.cancel()) as stream:
            message = stream.show(to=out)
        assert message.finish_reason == "cancelled"
        assert "w0" in out.getvalue()
        assert "w199" not in out.getvalue()


async def test_a_cancelled_task_leaves_the_terminal_clean(server: ReplayServer) -> None:
    frames = [answers.frame({"content": f"w{number} "}) for number in range(200)]
    server.serve(body=b"x", chunks=frames, pause=0.01, headers={"content-type": "text/event-stream"})
    out = Screen()
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client, client.stream("hi") as stream:
        task = asyncio.create_task(stream.show(to=out))
        async with asyncio.timeout(PATIENCE):
            while "w3" not in out.getvalue():
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert out.getvalue().endswith("\x1b[0m\x1b[?25h")


class Ready:
    """An answer that has come."""

    events = (TextDelta("All "), TextDelta("of it"))
    message = Message.of(events)

    async def __aiter__(self) -> AsyncIterator[Event]:
        for event in self.events:
            yield event


async def test_a_slow_terminal_does_not_hold_up_the_loop() -> None:
    out = Held()
    task = asyncio.create_task(show.show_async(Ready(), to=out))
    await asyncio.to_thread(out.asked.wait, PATIENCE)
    assert not task.done()
    out.let.set()
    assert await task is Ready.message
    assert out.timely
    assert "All of it" in out.getvalue()


async def test_the_end_needs_no_worker_of_the_loop() -> None:
    loop, gate, out = asyncio.get_running_loop(), threading.Event(), Screen()
    executor = ThreadPoolExecutor(1)
    loop.set_default_executor(executor)
    job = loop.run_in_executor(None, gate.wait, PATIENCE)  # the only one is busy, until the answer has been shown
    await show.show_async(Ready(), to=out)
    assert not job.done()
    gate.set()
    assert await job
    assert "All of it" in out.getvalue()


async def test_a_task_that_is_cancelled_at_the_end_ends_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    out, ended = Held(), threading.Event()
    end = TerminalScreen.end

    def told(screen: TerminalScreen, message: Message | None = None) -> None:
        ended.set()
        end(screen, message)

    monkeypatch.setattr(TerminalScreen, "end", told)
    task = asyncio.create_task(show.show_async(Ready(), to=out))
    await asyncio.to_thread(ended.wait, PATIENCE)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    out.let.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert out.timely
    assert out.getvalue().endswith("\x1b[0m\x1b[?25h")


async def test_a_cancelled_task_does_not_wait_for_a_terminal_that_takes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(terminal, "_PATIENCE", 0.1)
    out = Held()
    task = asyncio.create_task(show.show_async(Ready(), to=out))
    await asyncio.to_thread(out.asked.wait, PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert out.timely
    assert out.getvalue() == ""
    out.let.set()


async def test_a_coroutine_that_is_closed_leaves_the_terminal_clean() -> None:
    class Endless(Ready):
        async def __aiter__(self) -> AsyncIterator[Event]:
            yield TextDelta("All ")
            await asyncio.get_running_loop().create_future()

    out = Screen()
    showing = show.show_async(Endless(), to=out)
    showing.send(None)
    showing.close()
    assert "All of it" in out.getvalue()
    assert out.getvalue().endswith("\x1b[0m\x1b[?25h")


@pytest.mark.parametrize("to", [None, "terminal", "plain"])
def test_without_a_standard_output_nothing_is_shown(
    server: ReplayServer, client: Client, monkeypatch: pytest.MonkeyPatch, to: show.Target
) -> None:
    server.serve(body=answers.TEXT)
    monkeypatch.setattr(sys, "stdout", None)
    with client.stream("hi") as stream:
        assert stream.show(to=to).text == "Three hearts."


def test_where_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(show.screen_for(Screen()), TerminalScreen)
    assert isinstance(show.screen_for(io.StringIO()), PlainScreen)
    assert isinstance(show.screen_for("terminal"), TerminalScreen)
    assert isinstance(show.screen_for("plain"), PlainScreen)
    assert isinstance(show.screen_for(), PlainScreen)
    monkeypatch.setattr(sys, "stdout", Screen())
    assert isinstance(show.screen_for(), TerminalScreen)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(show.screen_for(), PlainScreen)


def test_a_picture_of_every_kind_is_taken_wherever_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG")
    for picture in (str(path), path, b"\x89PNG", bytearray(b"\x89PNG"), Image.new("RGB", (1, 1)), None):
        assert isinstance(show.screen_for(io.StringIO(), picture=picture), PlainScreen)


async def test_the_async_door_refuses_too(server: ReplayServer) -> None:
    async with AsyncClient(base_url=server.url, api_key=answers.KEY) as client, client.stream("hi") as stream:
        for arguments in ({"to": io.BytesIO()}, {"to": "notebook"}, {"picture": "none.png"}):
            with pytest.raises(InvalidRequestError, match="; accepted: "):
                await stream.show(**arguments)
    assert server.requests == []


def test_a_kernel_is_a_notebook_and_an_ipython_terminal_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not show.in_notebook()
    module = ModuleType("IPython")
    monkeypatch.setitem(sys.modules, "IPython", module)
    for shell, expected in ((None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=object()), True)):
        module.get_ipython = lambda shell=shell: shell  # type: ignore[attr-defined]
        assert show.in_notebook() is expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"to": "page"}, "to: 'page'; accepted: terminal, notebook, plain, a text file, None"),
        ({"to": 7}, "to: a int; accepted"),
        ({"to": io.BytesIO()}, "to: a BytesIO, which takes no text; accepted: terminal, notebook, plain, a text file"),
        ({"to": io.TextIOWrapper(io.BufferedReader(io.BytesIO()))}, "to: a TextIOWrapper that is closed, or not open"),
        ({"to": "notebook"}, "to: 'notebook', but no IPython kernel runs here; accepted: terminal, notebook, plain"),
        ({"picture": "none.png"}, r"picture: the file 'none.png' cannot be read \(No such file"),
        ({"picture": Path("/")}, r"picture: the file '/' cannot be read \(Is a directory\); accepted: the path of"),
        ({"picture": "a\0b", "to": "terminal"}, "picture: the file .* cannot be read"),
        ({"picture": 7, "to": "plain"}, "picture: a int; accepted: the path of a picture, its bytes, a Pillow image"),
        ({"thinking": "no"}, "thinking: 'no'; accepted: fold, show, hide"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(
    server: ReplayServer, client: Client, arguments: dict[str, object], message: str
) -> None:
    with client.stream("hi") as stream, pytest.raises(InvalidRequestError, match=message):
        stream.show(**arguments)  # type: ignore[arg-type]
    assert server.requests == []
