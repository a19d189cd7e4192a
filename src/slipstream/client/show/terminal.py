"""An answer on a terminal, as it arrives.

Strategy: one thread paints, and only that one. It turns the sign while nothing comes, sees a resize, and gathers
deltas that come fast. And Python raises KeyboardInterrupt in the main thread alone, so no frame is ever torn by it: the
cursor always stands where the next frame believes it to be, and the last frame is written whatever ended the answer.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TextIO

from msgspec.structs import replace

from slipstream.client.show.abilities import images_of, is_terminal, is_utf8, look_of, size_of
from slipstream.client.show.descriptor import Descriptor
from slipstream.client.show.pace import Pace
from slipstream.client.show.rest import Rest
from slipstream.events import Event, Message
from slipstream.sinks.terminal import Look, Terminal, ThinkingMode
from slipstream.sinks.terminal.layout import prepare

_TICK: Final = 0.1
"""Seconds between two frames while nothing comes: the sign turns, a resize is seen."""

_PATIENCE: Final = 2.0
"""Seconds that a terminal which takes nothing is waited for by who wants to leave."""

_CLEAN: Final = "\x1b[0m\x1b[?25h\r\n"


class TerminalScreen:
    """Shows one answer on a terminal. Use `with`, or call `end`: it leaves the terminal clean.

    The cursor must stand in column 0. What is shown is painted by a thread of its own, from `with` or the first event
    on; nothing else should write to the terminal until the end.

    Args:
        stream: the terminal. One that is none, a pager or a log, gets each row once, when it is over.
        thinking: `fold`, `show` or `hide`; see `sinks.terminal.Terminal`.
        progress: a last line that says what is going on.
        look: what the terminal can do; None asks the environment (`NO_COLOR`, `TERM`, ...).
        live: whether what is open is shown, and drawn anew as it changes; None is True for a terminal.
        clock: the time in seconds.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        thinking: ThinkingMode = "fold",
        progress: bool = True,
        look: Look | None = None,
        live: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._clock = clock
        live = is_terminal(stream) if live is None else live
        self._look = look or (look_of(stream) if live else replace(look_of(stream), links=False))  # pagers know none
        self._terminal = Terminal(
            *size_of(stream), look=self._look, thinking=thinking, progress=progress,
            images=images_of() if live else None, live=live,
        )  # fmt: skip
        self._clean = _CLEAN if live else "\n"
        self._out = Descriptor(stream)
        self._plain = not is_utf8(stream)
        self._pace = Pace()
        self._rest = Rest()
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._prepared = False
        self._dirty = False
        self._lost = False
        self._patience: float | None = None
        self._ending = False
        self._over = False
        self._broken: Exception | None = None

    def event(self, event: Event) -> None:
        """Take one event.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        self._check()
        if self._ending:
            return
        self._rest.saw(event)
        if self._plain:
            event = self._writable(event)
        # the lock itself and not the condition, whose `with` is Python code that a KeyboardInterrupt can leave locked
        with self._lock:
            now = self._clock()
            self._terminal.on_event(event, now)
            self._pace.arrived(now)
            if not self._dirty:
                self._dirty = True
                self._news.notify()
        if self._thread is None:
            self._begin()

    def interrupted(self) -> None:
        """Ctrl-C was pressed, and the terminal has written `^C` into what is shown. May be called by a handler."""
        self._lost = True
        self._patience = _PATIENCE

    def end(self, message: Message | None = None) -> None:
        """Show what is missing and leave the terminal clean: a new line, no colour, the cursor visible.

        Args:
            message: the answer; what it holds and no event told, after a cancel, is shown too.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        if not self._ending:
            missing = self._rest.of(message) if message is not None else None
            if missing is not None:
                self.event(missing)
            self._finish()
        self._check()

    def _finish(self) -> None:
        """Have the last frame painted, however long the terminal takes; after an interrupt, not for long."""
        if self._thread is None:
            self._ending = True
            self._last()
            return
        wait = self._patience
        if self._lock.acquire(timeout=-1 if wait is None else wait):
            self._ending = True
            self._news.notify()
            self._lock.release()
            self._thread.join(wait)
        self._ending = self._over = True  # where the painter is stuck in a write: it stops if that ever ends
        atexit.unregister(self._leave)

    def _leave(self) -> None:
        """The program ends and nobody has called `end`."""
        self._patience = _PATIENCE
        self._finish()

    def _check(self) -> None:
        broken, self._broken = self._broken, None
        if broken is not None:
            raise broken

    def _writable(self, event: Event) -> Event:
        """The event in characters that the terminal's encoding has, so that their columns can be counted."""
        text = getattr(event, "text", None)
        if not isinstance(text, str) or text.isascii():
            return event
        encoding = self._stream.encoding
        return replace(event, text=text.encode(encoding, "replace").decode(encoding))

    # ---- the thread

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="slipstream-screen", daemon=True)
            self._thread.start()
            atexit.register(self._leave)  # who exits without `end` gets his cursor back

    def _run(self) -> None:
        try:
            with self._lock:
                self._paint_all()
            self._last()
        except Exception as error:  # a fault of ours must not leave the cursor hidden; the reader hears of it
            self._over = True
            self._broken = error
            self._write(self._clean)

    def _paint_all(self) -> None:
        """Paint until the end."""
        tick = self._clock()
        while not self._ending and not self._over:
            wait = (self._pace.due if self._dirty else tick) - self._clock()
            if wait > 0:
                if not self._prepared and not self._dirty:
                    self._prepare()
                else:
                    self._news.wait(wait)
                continue
            self._paint()
            tick = self._clock() + _TICK

    def _prepare(self) -> None:
        """Do the slow imports while the first text is awaited."""
        self._prepared = True
        self._lock.release()
        try:
            prepare(self._look)
        finally:
            self._lock.acquire()

    def _paint(self) -> None:
        began, computing = self._clock(), time.thread_time()
        if self._lost:
            self._lost = False
            self._terminal.interrupted()
        self._terminal.resize(*size_of(self._stream))
        self._dirty = False
        frame = self._terminal.frame(began)
        writing, cost = self._clock(), time.thread_time() - computing
        self._write(frame)
        ended = self._clock()
        self._pace.painted(began, ended, cost + ended - writing)

    def _last(self) -> None:
        if not self._over:
            self._terminal.resize(*size_of(self._stream))
            self._write(self._terminal.end(self._clock()))
            self._over = True

    def _write(self, text: str) -> None:
        if not text:
            return
        try:
            self._out.write(text)
        except BrokenPipeError as error:
            self._broken, self._over = error, True
        except (OSError, ValueError):  # the terminal is gone, and with it whoever looked
            self._over = True

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self._patience = _PATIENCE
        self.end()
