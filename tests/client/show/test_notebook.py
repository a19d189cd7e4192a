"""The notebook's screen: how often it sends, what it sends late, what an interrupt leaves; and in a real kernel."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from tests.sinks.notebook.pages import Reader

from slipstream import Box, InvalidRequestError, TextDelta
from slipstream.client.show import notebook as module
from slipstream.client.show.messages import bundle
from slipstream.client.show.notebook import NotebookScreen
from slipstream.events import Event, Finish, Message, Restart
from slipstream.sinks.html import HTML
from slipstream.sinks.notebook.sheet import HEAD, TAIL

PATIENCE = 20.0  # seconds after which something is taken to hang
PARAGRAPH = "Some *words* that go on for a while, as sentences do.\n\n"


class Recorder:
    """Takes outputs, as IPython's display does."""

    def __init__(self) -> None:
        self.outputs: dict[str, dict[str, str]] = {}
        self.sent: list[tuple[float, str, int]] = []
        self.threads: set[str] = set()
        self.fail: Callable[[], None] = bool  # type: ignore[assignment]
        self.seen = threading.Condition()

    def __call__(self, bundle: dict[str, str], name: str, *, update: bool) -> None:
        self.fail()
        assert update == (name in self.outputs)
        with self.seen:
            self.outputs[name] = bundle
            self.sent.append((time.monotonic(), name, len(bundle["text/html"])))
            self.threads.add(threading.current_thread().name)
            self.seen.notify_all()

    @property
    def html(self) -> str:
        return "".join(bundle["text/html"] for bundle in self.outputs.values())

    def wait_for(self, text: str) -> bool:
        with self.seen:
            return self.seen.wait_for(lambda: text in self.html, timeout=5)


def run(screen: NotebookScreen, *events: Any) -> Message:
    message = Message()
    for event in events:
        message.fold(event)
        screen.event(event)
    return message


def test_a_burst_is_sent_in_few_updates() -> None:
    recorder = Recorder()
    screen = NotebookScreen(display=recorder)
    began = time.monotonic()
    message = run(screen, *[TextDelta(PARAGRAPH[at % 56 : at % 56 + 4]) for at in range(0, 56_000, 4)])
    seconds = time.monotonic() - began
    screen.end(message)
    outputs = len(recorder.outputs)
    # each output: when it begins, when it is full, and ten times a second in between
    assert len(recorder.sent) <= 3 * outputs + 10 * seconds
    assert recorder.html.count("<em>words</em>") == message.text.count("*words*")


def test_a_large_output_is_sent_less_often() -> None:
    recorder = Recorder()
    screen = NotebookScreen(display=recorder)
    now, sent = 0.0, 0
    for _ in range(1_500):  # a list of 60 KB in 30 seconds: it is one block
        screen._page.on_event(TextDelta("- an item of a list that does not end\n"), now)
        now += 0.02
        for number in screen._ready(now)[0]:
            output = screen._page.take(number)
            screen._postpone(output, now)
            sent += len(output.html)
    assert 1_000_000 < sent <= 1.1 * module.RATE * 30


def test_what_is_held_back_comes_without_another_event() -> None:
    recorder = Recorder()
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    seen = []
    recorder.fail = lambda: seen.append(variable.get())
    variable.set("the cell")
    with NotebookScreen(display=recorder) as screen:
        run(screen, TextDelta("one "), TextDelta("two "), TextDelta("three"))
        assert recorder.wait_for("three")
    assert recorder.threads == {"slipstream-notebook"}
    assert set(seen) == {"the cell"}


def test_no_thread_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def painters() -> list[threading.Thread]:
        named = (thread for thread in threading.enumerate() if thread.name == "slipstream-notebook")
        return [thread for thread in named if thread not in before]

    before: list[threading.Thread] = []
    before = painters()
    recorder = Recorder()
    screen = NotebookScreen(display=recorder)
    message = run(screen, TextDelta("one "), TextDelta("two"))
    screen.end(message)
    for thread in painters():
        thread.join(5)
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    forgotten = NotebookScreen(display=recorder)
    run(forgotten, TextDelta("one "), TextDelta("two"))
    for thread in painters():
        thread.join(5)
    assert painters() == []
    run(forgotten, TextDelta(" three"), TextDelta(" four"))
    assert recorder.wait_for("four")


@pytest.mark.parametrize("when", [1, 2, 50, 399])
def test_an_interrupt_in_the_midst_of_an_event_leaves_the_whole_answer(when: int) -> None:
    recorder = Recorder()
    screen, message = NotebookScreen(display=recorder), Message()
    taken = screen._page.on_event

    def interrupted(event: Event, now: float = 0.0) -> None:
        if len(message.text) == when * len(PARAGRAPH):
            raise KeyboardInterrupt
        taken(event, now)

    screen._page.on_event = interrupted  # type: ignore[method-assign]
    with suppress(KeyboardInterrupt):
        for _ in range(400):
            message.fold(TextDelta(PARAGRAPH))
            screen.event(TextDelta(PARAGRAPH))
    assert len(message.text) == when * len(PARAGRAPH)
    screen.end(message)
    html = HTML()
    html.feed(message.text)
    html.end()
    shown = "".join(b["text/html"].removeprefix(HEAD).removesuffix(TAIL) for b in recorder.outputs.values())
    assert shown.startswith(html.html)
    assert "stopped" in shown.removeprefix(html.html)


class Interrupt:
    """Interrupts this thread at the n-th place where Python looks for signals: a call begins, or one of C is over.

    Only places in the screen and in `threading` count; `sys.setprofile` calls it.
    """

    def __init__(self, place: int) -> None:
        self.left = place

    def __call__(self, frame: FrameType, what: str, _value: Any) -> None:
        if what in ("call", "c_return") and frame.f_code.co_filename in (module.__file__, threading.__file__):
            self.left -= 1
            if self.left < 0:
                sys.setprofile(None)
                raise KeyboardInterrupt


@pytest.mark.parametrize("first", [True, False], ids=["the first event", "a later event"])
def test_an_interrupt_anywhere_in_an_event_leaves_a_screen_that_ends(first: bool) -> None:
    places = 0
    for place in count():
        recorder, told = Recorder(), [TextDelta("one "), TextDelta("two")]
        screen, message = NotebookScreen(display=recorder), Message.of(told)
        if not first:
            screen.event(told.pop(0))
            assert recorder.wait_for("one")
        interrupt = Interrupt(place)
        try:
            sys.setprofile(interrupt)
            screen.event(told.pop(0))
        except (KeyboardInterrupt, RuntimeError):  # the latter of `Thread.start`, whose own lock was let go already
            places += 1
        finally:
            sys.setprofile(None)
        end = threading.Thread(target=screen.end, args=(message,), daemon=True)
        end.start()
        end.join(PATIENCE)
        assert not end.is_alive(), f"the screen hangs after an interrupt at place {place}"
        assert "one two" in recorder.html
        assert "stopped" in recorder.html
        if interrupt.left >= 0:
            break
    assert places > (10 if first else 3)


def test_a_display_that_fails_is_told() -> None:
    recorder = Recorder()

    def fail() -> None:
        raise OSError("the kernel is gone")

    recorder.fail = fail
    screen = NotebookScreen(display=recorder)
    screen.event(TextDelta("one"))
    with pytest.raises(OSError, match="the kernel is gone"):
        screen.end(Message.of([TextDelta("one")]))


def test_a_restart_leaves_nothing_of_what_was_before() -> None:
    recorder = Recorder()
    screen = NotebookScreen(display=recorder)
    message = run(screen, *[TextDelta(PARAGRAPH)] * 400, Restart(2, "ServerError"), TextDelta("Anew."), Finish())
    screen.end(message)
    screen.end(message)
    assert "words" not in recorder.html
    assert "Anew." in recorder.html
    assert len(recorder.outputs) > 2


def test_the_picture_is_made_small_enough_for_a_page() -> None:
    recorder = Recorder()
    screen = NotebookScreen(display=recorder, picture=Image.effect_noise((4000, 2000), 90))
    screen.end(run(screen, Box(points=(0.1, 0.2, 0.5, 0.8), label="cat"), Finish()))
    assert 'viewBox="0 0 4000 2000"' in recorder.html
    assert len(recorder.html) < 600_000


def test_a_message_as_the_last_expression() -> None:
    message = Message.of([TextDelta("**Bold** <script>"), Finish()])
    shown = bundle(message)
    assert "<strong>Bold</strong> &lt;script&gt;" in shown["text/html"]
    assert shown["text/plain"] == repr(message)


@pytest.mark.parametrize(
    ("options", "named"), [({"thinking": "x"}, "thinking"), ({"picture": 7}, "image"), ({"images": 7}, "images")]
)
def test_what_is_wrong_is_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        NotebookScreen(display=Recorder(), **options)
    assert refusal.value.argument == named


# ---- in a kernel

TEXT = "# Title\n\nIt costs $5.\n\n" + "".join(f"{n}. item *{n}*\n" for n in range(1, 40)) + "\n" + PARAGRAPH * 300
SETUP = f"""
import asyncio, time, slipstream
TEXT = {TEXT!r}
def chunks(text, pause=0.0, size=40, last=True):
    def chunk(delta, reason=None):
        return {{"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{{"index": 0, "delta": delta, "finish_reason": reason}}]}}
    for at in range(0, len(text), size):
        yield chunk({{"content": text[at:at + size]}})
        time.sleep(pause)
    if last:
        yield chunk({{}}, "stop")
"""


class Kernel:
    """A kernel that runs cells, and what it told meanwhile."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.told: list[tuple[float, str, dict[str, Any]]] = []
        self._count = 0

    async def run(self, code: str) -> Any:
        import nbformat

        cell = nbformat.v4.new_code_cell(code)  # type: ignore[no-untyped-call]
        self.client.nb.cells.append(cell)
        self.told.clear()
        self._count += 1
        await self.client.async_execute_cell(cell, self._count - 1)
        return cell

    def displays(self) -> list[tuple[float, str, dict[str, Any]]]:
        return [told for told in self.told if told[1] in ("display_data", "update_display_data")]


@pytest_asyncio.fixture
async def kernel() -> AsyncIterator[Kernel]:
    import nbformat
    from nbclient import NotebookClient

    class Client(NotebookClient):
        def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
            told.append((time.monotonic(), msg["msg_type"], msg["content"]))
            return super().process_message(msg, cell, cell_index)

    notebook = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    client = Client(notebook, kernel_name="python3", allow_errors=True, timeout=60)
    found = Kernel(client)
    told = found.told
    async with client.async_setup_kernel():
        await found.run(SETUP)
        yield found


def shown(cell: Any) -> str:
    parts = [output["data"]["text/html"] for output in cell.outputs if output["output_type"] == "display_data"]
    return "".join(part.removeprefix(HEAD).removesuffix(TAIL) for part in parts)


async def shows(kernel: Kernel, text: str) -> None:
    """Wait until an output of the cell that runs has this."""
    deadline = time.monotonic() + PATIENCE
    while not any(text in str(told) for _, _, told in kernel.displays()):
        assert time.monotonic() < deadline, f"{text!r} was not shown in {PATIENCE} s"
        await asyncio.sleep(0.02)


async def test_in_a_kernel(kernel: Kernel, tmp_path: Path) -> None:
    """One kernel for all of it: it takes a second to start."""
    await _renders_in_place(kernel)
    await _shows_what_is_held_back(kernel, tmp_path / "go")
    await _keeps_what_came_before_an_interrupt(kernel)
    await _shows_messages(kernel)


async def _renders_in_place(kernel: Kernel) -> None:
    began = time.monotonic()
    cell = await kernel.run("asyncio.get_running_loop()\nmessage = slipstream.wrap(chunks(TEXT, 0.001)).show()")
    seconds = time.monotonic() - began
    html = HTML()
    html.feed(TEXT)
    html.end()
    assert shown(cell).startswith(html.html)
    outputs = [output["data"] for output in cell.outputs]
    assert len(outputs) > 2
    assert all(data["text/plain"] for data in outputs)
    assert "\n".join(data["text/plain"] for data in outputs).startswith("# Title\n\nIt costs $5.\n\n1. item *1*")
    assert len(kernel.displays()) <= 3 * len(outputs) + 10 * seconds
    assert len(kernel.displays()) > len(outputs)  # it grew in place
    Reader("".join(data["text/html"] for data in outputs))
    after = await kernel.run("print(message.finish_reason)")
    assert [output["output_type"] for output in after.outputs] == ["stream"]


async def _shows_what_is_held_back(kernel: Kernel, go: Path) -> None:
    running = asyncio.ensure_future(
        kernel.run(
            "import pathlib\n"
            "def stalled():\n"
            "    yield from chunks('one two three', size=4, last=False)\n"
            f"    deadline = time.monotonic() + {2 * PATIENCE}\n"
            f"    while not pathlib.Path({str(go)!r}).exists() and time.monotonic() < deadline:\n"
            "        time.sleep(0.01)\n"
            "    yield from chunks(' four')\n"
            "slipstream.wrap(stalled()).show();"
        )
    )
    await shows(kernel, "one two three")  # nothing more comes until it is seen
    assert "four" not in str(kernel.displays())
    go.touch()
    assert "one two three four" in shown(await running)


async def _keeps_what_came_before_an_interrupt(kernel: Kernel) -> None:
    running = asyncio.ensure_future(kernel.run("slipstream.wrap(chunks(TEXT, 0.02)).show()"))
    await shows(kernel, "Title")
    await kernel.client.km.interrupt_kernel()
    cell = await running
    assert cell.outputs[-1]["ename"] == "KeyboardInterrupt"
    assert "<h1>Title</h1>" in shown(cell)
    assert "stopped" in shown(cell)
    calm = await kernel.run("time.sleep(0.3); print('calm')")
    assert [output["output_type"] for output in calm.outputs] == ["stream"]


async def _shows_messages(kernel: Kernel) -> None:
    cell = await kernel.run(
        "async def arriving():\n"
        "    for chunk in chunks('# Title'):\n"
        "        yield chunk\n"
        "message = await slipstream.wrap(arriving()).show()\n"
        "message"
    )
    assert shown(cell).count("<h1>Title</h1>") == 1
    assert cell.outputs[0]["data"]["text/plain"] == "# Title\n\n[~2 tokens]"
    assert {output["output_type"] for output in cell.outputs} == {"display_data"}  # not once more, as its value
    (output,) = (await kernel.run("message")).outputs
    assert "<h1>Title</h1>" in output["data"]["text/html"]
    assert output["data"]["text/plain"].startswith("Message(")
    (kept,) = (await kernel.run("from slipstream.client.show import messages\nprint(messages._Last.message)")).outputs
    assert kept["text"] == "None\n"  # what a cell has shown is not held for ever: it may have large files
