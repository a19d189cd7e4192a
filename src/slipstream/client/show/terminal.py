"""An answer on a terminal, as it arrives.

Strategy: one thread paints, and only that one. It turns the sign while nothing comes, sees a resize, and gathers
deltas that come fast. Who reads the stream only puts events into a queue, so that a slow terminal holds nobody back
before the end, neither a program nor an event loop. And Python raises KeyboardInterrupt in the main thread alone, where
nothing is parsed, laid out or written: whatever moment it strikes, no frame is torn by it, the cursor always stands
where the next frame believes it to be, and the last frame is written whatever ended the answer.
"""

from __future__ import annotations

import atexit
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self, TextIO

from msgspec.structs import replace

from slipstream.client.show.abilities import images_of, is_terminal, is_utf8, look_of, size_of
from slipstream.client.show.descriptor import Descriptor
from slipstream.client.show.pace import Pace
from slipstream.client.show.rest import Rest
from slipstream.events import Event, Heartbeat, Message, Start
from slipstream.run.latch import Latch
from slipstream.sinks.terminal import Look, Terminal, ThinkingMode
from slipstream.sinks.terminal.layout import prepare

_TICK: Final = 0.1
"""Seconds between two frames while nothing comes: the sign turns, a resize is seen."""

_PATIENCE: Final = 2.0
"""Seconds that a terminal which takes nothing is waited for by who was interrupted and wants to leave."""

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
        connected: tells whether the request has been taken, which no event does before the provider's first; the
            progress line says `waiting` from then on. It is asked by the painting thread, ten times a second.
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
        connected: Callable[[], bool] | None = None,
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
        self._connected = connected
        self._came: deque[tuple[float, Event]] = deque()  # and when
        self._message: Message | None = None
        self._turn = threading.Lock()  # whose holder alone touches the terminal and what is known of it
        # Free when there is news. No Condition: that is Python code, which a KeyboardInterrupt can leave locked.
        self._news = threading.Lock()
        self._news.acquire()
        self._told = False
        self._thread: threading.Thread | None = None
        self._process = 0  # in which it runs
        self._ended = Latch()  # when it has
        self._prepared = False
        self._lost = False
        self._hurried = False
        self._ending = False
        self._over = False  # nothing more is written
        self._left = False
        self._broken: Exception | None = None

    def event(self, event: Event) -> None:
        """Take one event. It waits for nothing.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        self._check()
        if self._ending or self._over:
            return
        self._came.append((self._clock(), event))
        if not self._told:
            self._told = True
            self._tell()
        if self._thread is None:
            self._begin()

    def redraw(self) -> None:
        """Something else was written where the answer stands: draw what is open anew. May be called by a handler."""
        self._lost = True

    def interrupted(self) -> None:
        """Ctrl-C was pressed: the terminal may have written `^C` into what is shown, and who pressed it wants to leave.

        From now on a terminal that takes nothing (Ctrl-S) is waited for no longer than two seconds. May be called by a
        handler.
        """
        self._lost = self._hurried = True

    def end(self, message: Message | None = None) -> None:
        """Show what is missing and leave the terminal clean: a new line, no colour, the cursor visible.

        It waits until the terminal has taken all of it. May be called again, as after an interrupt in the midst of it.

        Args:
            message: the answer; what it holds and no event told, after a cancel, is shown too.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        if not self._left:
            if message is not None:
                self._message = message
            self._finish()
        self._check()

    def _finish(self) -> None:
        """Have the last frame painted, however long the terminal takes; after an interrupt, not for long."""
        self._ending = True
        self._tell()
        if self._thread is None:
            self._begin()
        if self._thread is None:
            self._run()
        else:
            self._await()
        self._left = self._over = True  # where the painter is stuck in a write: it stops if that ever ends
        atexit.unregister(self._leave)

    def _await(self) -> None:
        """Wait for the painter; not by `join`, which an interrupt can spoil."""
        left = math.inf
        while not self._ended.is_set and left > 0 and os.getpid() == self._process:  # a forked child has no painter
            if self._hurried:  # it may be while this waits
                left = min(left, _PATIENCE)
            self._ended.wait(min(left, _TICK))
            left -= _TICK

    def _leave(self) -> None:
        """The program ends and nobody has called `end`."""
        self._hurried = True
        self._finish()

    def _check(self) -> None:
        broken, self._broken = self._broken, None
        if broken is not None:
            raise broken

    def _tell(self) -> None:
        """Wake the painter."""
        with suppress(RuntimeError):  # it is told already
            self._news.release()

    # ---- the thread

    def _begin(self) -> None:
        thread = threading.Thread(target=self._run, name="slipstream-screen", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the interpreter shuts down: all is shown at the end
            return
        self._process = os.getpid()
        self._thread = thread  # after an interrupt before this line another one is begun: they take turns
        atexit.register(self._leave)  # who exits without `end` gets his cursor back

    def _run(self) -> None:
        with self._turn:
            try:
                self._paint_all()
                self._last()
            except BaseException as error:  # a fault of ours must not leave the cursor hidden; the reader hears of it
                self._over = True
                self._write(self._clean)
                if not isinstance(error, Exception):
                    raise
                self._broken = error
            finally:
                self._ended.set()

    def _paint_all(self) -> None:
        """Paint until the end."""
        tick = self._clock()
        while not self._ending and not self._over:
            self._told = False  # before the look into the queue: what comes after it tells of itself
            if self._came:
                self._told = True
            wait = (self._pace.due if self._told else tick) - self._clock()
            if wait <= 0:
                self._paint()
                tick = self._clock() + _TICK
            elif not self._prepared and not self._told:
                self._prepared = True
                prepare(self._look)  # the slow imports, while the first text is awaited
            else:
                self._news.acquire(timeout=wait)

    def _paint(self) -> None:
        began, computing = self._clock(), time.thread_time()
        self._look_around()
        self._apply()
        frame = self._terminal.frame(began)
        writing, cost = self._clock(), time.thread_time() - computing
        self._write(frame)
        ended = self._clock()
        self._pace.painted(began, ended, cost + ended - writing)

    def _look_around(self) -> None:
        """Take what no event tells."""
        if self._lost:
            self._lost = False
            self._terminal.interrupted()
        self._terminal.resize(*size_of(self._stream))
        if self._connected is not None and not self._came and self._connected():
            self._connected = None
            self._terminal.on_event(Start(), self._clock())

    def _apply(self) -> None:
        """Take the events that have come."""
        for _ in range(len(self._came)):
            now, event = self._came.popleft()
            if type(event) is not Heartbeat:  # which the progress line says nothing about
                self._connected = None
            self._pace.arrived(now)
            self._rest.saw(event)
            self._terminal.on_event(self._writable(event), now)

    def _writable(self, event: Event) -> Event:
        """The event in characters that the terminal's encoding has, so that their columns can be counted."""
        text = getattr(event, "text", None) if self._plain else None
        if not isinstance(text, str) or text.isascii():
            return event
        encoding = self._stream.encoding
        return replace(event, text=text.encode(encoding, "replace").decode(encoding))

    def _last(self) -> None:
        if self._over:
            return
        self._terminal.resize(*size_of(self._stream))
        self._apply()
        missing = self._rest.of(self._message) if self._message is not None else None
        if missing is not None:
            self._terminal.on_event(self._writable(missing), self._clock())
        self._write(self._terminal.end(self._clock()))
        self._over = True

    def _write(self, text: str) -> None:
        if not text or self._left:
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
        if kind is not None and not issubclass(kind, Exception):  # an interrupt, a kill, a cancelled task
            self.interrupted()
        self.end()
