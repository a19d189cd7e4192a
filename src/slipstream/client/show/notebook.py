"""An answer in a Jupyter notebook, in place, as it streams.

Strategy: the front end takes an output whole with every update. The answer is a row of outputs of a few KB
(`slipstream.sinks.notebook`), and an output is sent at most ten times a second, a large one less often: what is sent
grows with the time that the answer takes, not with the square of its length. No JavaScript is needed, so that it is
the same in Jupyter, VS Code and Colab, and a saved notebook shows it as it was.

One thread sends, and only that one: it also sends what was held back when nothing more comes, and an interrupt of the
cell, which strikes the main thread, tears no output. It runs in the context of the cell, by which the kernel knows
where an output belongs. The main thread takes the lock itself and not the condition, whose `with` is Python code that
an interrupt can leave locked.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Protocol, Self
from uuid import uuid4

from slipstream.client.pictures import for_a_page
from slipstream.client.show import messages
from slipstream.errors import InvalidRequestError
from slipstream.events import Event, Message
from slipstream.sinks.html import ImageRule
from slipstream.sinks.notebook import Notebook, Output
from slipstream.sinks.thinking_mode import ThinkingMode

INTERVAL: Final = 0.1
"""Seconds between two updates of an output: ten a second look steady, and each costs the front end a rendering."""

RATE: Final = 250_000
"""Characters a second that updates of one output may cost: an output of 100 KB is sent every 0.4 seconds."""

PATIENCE: Final = 5.0
"""Seconds without anything to show after which the thread ends; another is started when there is something."""


class Display(Protocol):
    """Where outputs go: `show` makes a new one or changes the one of this name."""

    def __call__(self, bundle: dict[str, str], name: str, *, update: bool) -> None: ...


class NotebookScreen:
    """Shows one answer below the cell that runs.

    Args:
        thinking: `fold` shows thinking while it comes and folds it then, `show` leaves it open, `hide` leaves it out.
        images: which remote images of the text are loaded; see `slipstream.sinks.html.HTML`. None are, unless allowed:
            an address can carry what the model knows to whoever owns it.
        picture: the picture that was sent - a path, bytes, or a `PIL.Image.Image` -, to draw the places into that the
            answer names.
        display: where outputs go; None is IPython's display.

    Raises:
        InvalidRequestError: an argument is wrong (the message names it), or IPython is not installed.
    """

    def __init__(
        self,
        *,
        thinking: ThinkingMode = "fold",
        images: ImageRule = False,
        picture: Any = None,
        display: Display | None = None,
    ) -> None:
        self._name = f"slipstream-{uuid4().hex[:12]}"
        self._options: dict[str, Any] = {"thinking": thinking, "images": images, "prefix": f"{self._name}-"}
        self._options["picture"] = None if picture is None else for_a_page(picture)
        self._page = Notebook(**self._options)
        self._display = display or _ipython_display()
        self._shown: set[int] = set()
        self._due: dict[int, float] = {}
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._painter: threading.Thread | None = None
        self._idle = False  # the painter waits for news, not for a time
        self._broken = False
        self._over = False
        self._failure: BaseException | None = None

    def event(self, event: Event) -> None:
        """Take an event of the stream; what it changes is shown within a tenth of a second."""
        with self._lock:
            self._check()
            self._broken = True  # whatever interrupts from here on leaves a page that cannot be trusted
            self._page.on_event(event, time.monotonic())
            self._broken = False
            self._wake()

    def end(self, message: Message) -> None:
        """The stream is over, or was left: show all of the answer, and how it ended. May be called twice.

        Args:
            message: the answer so far; without a finish reason it was stopped.
        """
        with self._lock:
            if self._over:
                return
            self._over = True
            self._finish(message)
            self._wake()
            painter = self._painter
        if painter is not None:
            painter.join()
        self._check()
        messages.shown(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over = True
            self._news.notify()

    def _finish(self, message: Message) -> None:
        if not self._broken:
            self._page.end(message, time.monotonic())
            return
        self._page = Notebook.of(message, **self._options)  # the interrupt came in the midst of an event
        self._page.reserve(len(self._shown))

    def _check(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    # ---- the painter

    def _wake(self) -> None:
        if self._painter is None:
            run = contextvars.copy_context().run
            painter = threading.Thread(target=run, args=(self._paint,), name="slipstream-notebook", daemon=True)
            painter.start()
            self._painter = painter  # not before: a thread whose `start` was interrupted is not to be waited for
        elif self._idle or self._over:
            self._news.notify()
            self._idle = False

    def _paint(self) -> None:
        try:
            while (outputs := self._next()) is not None:
                for output in outputs:
                    self._send(output)
        except BaseException as failure:  # whoever shows the answer gets it
            self._failure = failure

    def _next(self) -> list[Output] | None:
        """The outputs to send now, after waiting for them; None when there will be no more."""
        with self._lock:
            while self._painter is threading.current_thread():  # else an interrupt has disowned it
                ready, wait = self._ready(time.monotonic())
                if ready:
                    return [self._page.take(number) for number in ready]
                if self._over:
                    return None
                self._idle = not wait
                self._news.wait(wait or PATIENCE)
                if self._idle and not self._page.changed:
                    self._painter = None  # a screen that nobody ends keeps no thread
            return None

    def _ready(self, now: float) -> tuple[list[int], float]:
        """Which outputs may be sent now, and the seconds until another one may be, 0 if there is none."""
        changed = self._page.changed
        if self._over:
            return changed, 0.0
        rests = {number: self._due.get(number, now) - now for number in changed}
        return [number for number in changed if rests[number] <= 0], min(rests.values(), default=0.0)

    def _send(self, output: Output) -> None:
        update = output.number in self._shown
        self._shown.add(output.number)
        bundle = {"text/html": output.html, "text/plain": output.plain}
        self._display(bundle, f"{self._name}-{output.number}", update=update)
        self._postpone(output, time.monotonic())

    def _postpone(self, output: Output, now: float) -> None:
        """The output was sent: the next time it waits as long as it is dear."""
        self._due[output.number] = now + max(INTERVAL, len(output.html) / RATE)


def _ipython_display() -> Display:
    try:
        from IPython.display import display, update_display
    except ImportError:
        raise InvalidRequestError(
            "a notebook is shown with IPython, which is not installed", hint="pip install ipykernel"
        ) from None
    messages.register()
    tell: tuple[Callable[..., Any], Callable[..., Any]] = (display, update_display)

    def show(bundle: dict[str, str], name: str, *, update: bool) -> None:
        tell[update](bundle, raw=True, display_id=name)

    return show
