"""What each event does to the screen: a table of event types, one small function each.

Strategy: pieces of text and of thinking are kept as they come and given on when a frame is asked for or another kind of
event comes, so that parsing costs what the characters cost, not what the deltas do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slipstream.events import Event, types as e
from slipstream.sinks.terminal.calls import Call, Calls
from slipstream.sinks.terminal.layout import Layout
from slipstream.sinks.terminal.layout.line import Line
from slipstream.sinks.terminal.listing import box_row, source_rows
from slipstream.sinks.terminal.pictures import Images, file_rows
from slipstream.sinks.terminal.progress import Progress
from slipstream.sinks.terminal.surface import Surface
from slipstream.sinks.terminal.thinking import ShownThinking, Thinking
from slipstream.sinks.terminal.transcript import Transcript
from slipstream.sinks.thinking_mode import (
    ThinkingMode as ThinkingMode,
    check_thinking as check_thinking,
    check_word as check_word,
)

BELOW_SEEN: Final = 3
"""Boxes and remarks that are seen below an open text; all are listed when it is over: they must not cut it in two."""


class Telling:
    """Turns events into parts of a transcript.

    Args:
        surface: the terminal.
        thinking, images: see `Terminal`.

    Attributes:
        transcript: what there is to see.
        progress: what is going on.
    """

    def __init__(self, surface: Surface, thinking: ThinkingMode, images: Images | None) -> None:
        self.transcript = Transcript()
        self.progress = Progress()
        self._surface = surface
        self._mode = thinking
        self._images: Images | None = images
        self._kind: type[Event] | None = None  # of the pieces
        self._pieces: list[str] = []
        self._calls: dict[str, tuple[Calls, Call]] = {}
        self._below: list[e.Box | str] = []  # what must wait until the open part is over
        self._sources: dict[tuple[str, str], e.Source] = {}
        self._refused = False

    def take(self, event: Any) -> None:
        """Take one event."""
        kind = type(event)
        if kind is self._kind and event.choice == 0:
            self._pieces.append(event.text)
            return
        tell = _TABLE.get(kind)
        if tell is not None and getattr(event, "choice", 0) == 0:
            self.flush()
            self._kind = None
            tell(self, event)

    def flush(self) -> None:
        """Give on the pieces that have been kept."""
        if not self._pieces:
            return
        text = "".join(self._pieces)
        if self._kind is e.ReasoningDelta:
            self._think(text)
        elif not self._write(text):
            return  # blanks before the text begins: kept, they may be an indentation
        self._pieces.clear()

    def finish(self) -> None:
        """Nothing more comes: what is open is closed, and the sources are listed."""
        self.flush()
        self._close()
        if self._sources:
            self.transcript.add(source_rows(self._sources.values(), self._surface))
            self._sources.clear()

    def below(self) -> list[Line]:
        """The last of what waits below the open part."""
        return self._below_rows(self._below[-BELOW_SEEN:]) if self._below else []

    # ---- parts

    def _close(self) -> None:
        """The open part is over; what had to wait for that follows it."""
        self._pieces.clear()  # blanks at most
        self.transcript.close()
        if self._below:
            self.transcript.add(self._below_rows(self._below))
            self._below.clear()

    def _below_rows(self, items: list[e.Box | str]) -> list[Line]:
        surface = self._surface
        return [surface.row(item, "yellow") if isinstance(item, str) else box_row(item, surface) for item in items]

    def _write(self, text: str) -> bool:
        part = self.transcript.current
        if not isinstance(part, Layout):
            if text.isspace():
                return False
            self._close()
            part = Layout(self._surface.width, self._surface.look)
            self.transcript.begin(part)
        self._flowing("receiving", text)
        part.feed(text)
        return True

    def _think(self, text: str) -> None:
        self._flowing("thinking", text)
        part = self._thinking()
        if part is not None:
            part.feed(text)

    def _thinking(self) -> Thinking | None:
        """The open thinking, opened now if it is not; None if it is not to be seen."""
        part = self.transcript.current
        if isinstance(part, Thinking):
            return part
        self._close()
        if self._mode == "hide":
            return None
        begun = (ShownThinking if self._mode == "show" else Thinking)(self._surface)
        self.transcript.begin(begun)
        return begun

    def _flowing(self, state: str, text: str) -> None:
        self.progress.state = state
        self.progress.output(text, self._surface.now)

    def _note(self, text: str, style: str = "yellow") -> None:
        self._close()
        self.transcript.add(self._surface.rows(text, style))

    # ---- one event each

    def _start(self, _: e.Start) -> None:
        self.progress.state = "waiting"

    def _step(self, _: e.StepStart) -> None:
        self._close()

    def _delta(self, event: Any) -> None:
        if not event.text:
            return
        self._kind = type(event)
        if self._kind is e.ReasoningDelta:
            self._thinking()  # its clock starts now, not at the next frame
        self._pieces.append(event.text)

    def _reasoning(self, _: e.ReasoningStart) -> None:
        self.progress.state = "thinking"
        part = self._thinking()
        if part is not None:
            part.go_on()

    def _reasoning_end(self, _: e.ReasoningEnd) -> None:
        part = self.transcript.current
        if isinstance(part, Thinking):
            part.pause()

    def _refusal(self, event: e.RefusalDelta) -> None:
        if not self._refused:
            self._refused = True
            self._note("the model refuses:")
        self._delta(event)

    def _input(self, event: e.ToolInputStart) -> None:
        self._call(event.id, event.name)

    def _input_delta(self, event: e.ToolInputDelta) -> None:
        if event.id in self._calls:
            self._calls[event.id][1].grow(event.text)

    def _tool_call(self, event: e.ToolCall) -> None:
        known = self._calls.get(event.id)
        call = known[1] if known is not None else self._call(event.id, event.name)
        call.complete(event.input, event.arguments)
        self.progress.state = f"running {event.name}"

    def _call(self, id: str, name: str, *, known: bool = False) -> Call:
        part = self.transcript.current
        if not isinstance(part, Calls):
            self._close()
            part = Calls(self._surface)
            self.transcript.begin(part)
        call = part.add(name, known=known)
        self._calls[id] = part, call
        self.progress.state = f"calling {name}"
        return call

    def _tool_result(self, event: e.ToolResult) -> None:
        self._asked(event).answer(event.output, final=not event.preliminary)
        if not event.preliminary:
            self.progress.state = "waiting"

    def _tool_error(self, event: e.ToolError) -> None:
        self._asked(event).answer(event.error, failed=True)
        self.progress.state = "waiting"

    def _asked(self, event: e.ToolResult | e.ToolError) -> Call:
        """The call of this result; where its row is out of reach, a new one that has no row."""
        part, call = self._calls.get(event.id, (None, None))
        if call is not None and part is self.transcript.current and not call.done:
            return call
        return self._call(event.id, event.name or (call.name if call is not None else "tool"), known=True)

    def _source(self, event: e.Source) -> None:
        self._sources.setdefault((event.url, event.title), event)

    def _file(self, event: e.File) -> None:
        self._close()
        self.transcript.add(file_rows(event, self._surface, self._images))

    def _box(self, event: e.Box) -> None:
        self._below.append(event)

    def _retry(self, event: e.Retry) -> None:
        self.progress.retry(event, self._surface.now)
        other = f" of {event.model}" if event.model else ""
        self._remark(f"attempt {event.attempt}{other} in {event.delay:.1f} s ({event.reason})")

    def _resume(self, event: e.Resume) -> None:
        self._remark(f"the stream broke here and went on{f' ({event.reason})' if event.reason else ''}")

    def _remark(self, text: str) -> None:
        """A note that must not cut the open text in two."""
        self._below.append(text)
        if self.transcript.current is None:
            self._close()

    def _restart(self, _: e.Restart) -> None:
        self._forget()
        self._note("the stream broke; the answer begins anew, what stands above is void")
        self.progress.state = "connecting"

    def _retract(self, event: e.Retract) -> None:
        self.transcript.void()
        self._forget()
        self._note(f"this answer was taken back{f' ({event.reason})' if event.reason else ''}", "red")

    def _forget(self) -> None:
        """What belongs to an answer that is void."""
        self._below.clear()
        self._sources.clear()
        self._calls.clear()
        self._refused = False

    def _error(self, event: e.Error) -> None:
        self._note(f"{event.kind}: {event.message}", "red")

    def _abort(self, event: e.Abort) -> None:
        self._note(f"stopped: {event.reason}", "dim")


_TABLE: Final[dict[type[Event], Callable[[Telling, Any], None]]] = {
    e.Start: Telling._start,
    e.StepStart: Telling._step,
    e.TextDelta: Telling._delta,
    e.ReasoningStart: Telling._reasoning,
    e.ReasoningDelta: Telling._delta,
    e.ReasoningEnd: Telling._reasoning_end,
    e.RefusalDelta: Telling._refusal,
    e.ToolInputStart: Telling._input,
    e.ToolInputDelta: Telling._input_delta,
    e.ToolCall: Telling._tool_call,
    e.ToolResult: Telling._tool_result,
    e.ToolError: Telling._tool_error,
    e.Source: Telling._source,
    e.File: Telling._file,
    e.Box: Telling._box,
    e.Retry: Telling._retry,
    e.Resume: Telling._resume,
    e.Restart: Telling._restart,
    e.Retract: Telling._retract,
    e.Error: Telling._error,
    e.Abort: Telling._abort,
}
