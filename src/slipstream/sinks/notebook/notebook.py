"""`Notebook`: the fold of a stream's events into outputs of HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slipstream.dialects.common.own_wire.unfold import events_of
from slipstream.events import Event, Message, types as e
from slipstream.sinks.html import HTML, ImageRule
from slipstream.sinks.notebook.calls import Call
from slipstream.sinks.notebook.media import MadeFile, Places
from slipstream.sinks.notebook.notes import SAID, Note, Sources, figures
from slipstream.sinks.notebook.prose import Prose
from slipstream.sinks.notebook.sheet import Output, Sheet
from slipstream.sinks.notebook.thinking import Thinking
from slipstream.sinks.thinking_mode import ThinkingMode, check_thinking

REFUSAL: Final = "\0refusal"  # the refusal has no block; no block has this id


class Notebook:
    """The first answer of a stream as outputs of a cell.

    Args:
        thinking: `fold` shows thinking while it comes and folds it then, `show` leaves it open, `hide` leaves it out.
        images: which remote images the text may show; see `slipstream.sinks.html.HTML`.
        picture: the picture that was sent, as its bytes, width and height in pixels, to draw places into; or None.
        prefix: what the ids of footnotes begin with, so that several answers stand in one notebook.

    Raises:
        InvalidRequestError: an argument is wrong; the message names it.
    """

    def __init__(
        self,
        *,
        thinking: ThinkingMode = "fold",
        images: ImageRule = False,
        picture: tuple[bytes, int, int] | None = None,
        prefix: str = "",
    ) -> None:
        check_thinking(thinking)
        self._thinking_mode = thinking
        self._images = images
        self._picture = picture
        self._prefix = prefix
        self._sheet = Sheet()
        self._first: float | None = None
        self._last = 0.0
        self._reset()
        HTML(images=images, prefix=prefix)  # refuses now what is wrong

    def _reset(self) -> None:
        """Nothing has come yet: at the beginning, and when what came is void."""
        self._texts: dict[str, Prose] = {}
        self._thoughts: dict[str, Thinking] = {}
        self._calls: dict[str, Call] = {}
        self._files: dict[str, MadeFile] = {}
        self._places: Places | None = None
        self._sources: list[e.Source] = []
        self._shown = 0  # characters of text and refusal
        self._error: e.Error | None = None

    @classmethod
    def of(cls, message: Message, **options: Any) -> Notebook:
        """What a message holds, as it is now."""
        page = cls(**options)
        for event in events_of(message):
            page.on_event(event)
        page.end(message)
        return page

    # ---- what is to be shown

    @property
    def changed(self) -> list[int]:
        """The outputs that are not shown as they are now."""
        return self._sheet.changed

    def take(self, index: int) -> Output:
        """An output as it is now; it counts as shown then."""
        return self._sheet.take(index)

    def take_all(self) -> str:
        """The HTML of all outputs, one behind the other; they count as shown then."""
        return "".join(self._sheet.take(index).html for index in range(self._sheet.count))

    def reserve(self, count: int) -> None:
        """Make at least as many outputs, empty ones if need be: others stand there already, and are to be replaced."""
        self._sheet.reserve(count)

    # ---- what comes

    def on_event(self, event: Event, now: float = 0.0) -> None:
        """Take an event of the stream.

        Args:
            event: any; what is not for people is passed over, and so are further answers (`n` above 1).
            now: seconds of any clock, for the durations that are shown.
        """
        handler = _HANDLERS.get(type(event))
        if handler is None or getattr(event, "choice", 0) != 0:
            return
        if type(event) in e.OUTPUT_TYPES:
            self._first, self._last = now if self._first is None else self._first, now
        handler(self, event, now)

    def end(self, message: Message, now: float = 0.0) -> None:
        """The stream is over, or was left: show what is missing, close what is open, and say how it ended.

        Args:
            message: the answer so far. Without a finish reason it was stopped.
            now: as in `on_event`.
        """
        rest = "" if message.retracted else (message.text or message.refusal)[self._shown :]
        if rest:  # what had arrived when the reader stopped, and was not given to it any more
            self._text(e.TextDelta(rest, next(reversed(self._texts), "text-0")), now)
        for text in self._texts.values():
            self._update(text.end())
        for thought in self._thoughts.values():
            thought.close(now)
            self._sheet.touch(thought)
        for call in self._calls.values():
            call.stop()
            self._sheet.touch(call)
        self._last_words(message)

    def _last_words(self, message: Message) -> None:
        if self._sources:
            self._sheet.add(Sources(self._sources))
        if message.error is not None and self._error is None:
            self._sheet.add(Note(SAID[e.Error](message.error), "error"))
        others = len(message.choices) - 1
        if others > 0:
            self._sheet.add(Note(f"This is the first of {others + 1} answers; all are in message.choices."))
        seconds = None if self._first is None else self._last - self._first
        line = figures(message, message.usage, seconds)
        if line:
            self._sheet.add(Note(line, "figures"))

    # One small function an event type; `_HANDLERS` below is the dispatch.

    def _text(self, event: e.TextDelta, _now: float) -> None:
        self._shown += len(event.text)
        self._update(self._prose(event.id).feed(event.text))

    def _text_end(self, event: e.TextEnd, _now: float) -> None:
        text = self._texts.get(event.id)
        if text is not None:
            self._update(text.end())

    def _refusal(self, event: e.RefusalDelta, _now: float) -> None:
        if REFUSAL not in self._texts:
            self._sheet.add(Note("The model refuses:"))
        self._shown += len(event.text)
        self._update(self._prose(REFUSAL).feed(event.text))

    def _prose(self, id: str) -> Prose:
        found = self._texts.get(id)
        if found is None or found.ended:
            found = self._texts[id] = Prose(self._images, f"{self._prefix}{len(self._texts) or ''}")
        return found

    def _update(self, changed: Any) -> None:
        for piece, is_new in changed:
            if is_new:
                self._sheet.add(piece)
            else:
                self._sheet.touch(piece)

    def _thinking(self, event: e.ReasoningDelta | e.ReasoningEnd, now: float) -> Thinking | None:
        if self._thinking_mode == "hide":
            return None
        found = self._thoughts.get(event.id)
        if found is None:
            found = self._thoughts[event.id] = Thinking(self._thinking_mode, now)
            self._sheet.add(found)
        else:
            self._sheet.touch(found)
        return found

    def _reasoning(self, event: e.ReasoningDelta, now: float) -> None:
        found = self._thinking(event, now)
        if found is not None:
            found.append(event.text)

    def _reasoning_end(self, event: e.ReasoningEnd, now: float) -> None:
        if event.id not in self._thoughts and event.redacted is None:
            return
        found = self._thinking(event, now)
        if found is not None:
            found.close(now, redacted=event.redacted is not None)

    def _call(self, id: str, name: str) -> Call:
        found = self._calls.get(id)
        if found is None:
            found = self._calls[id] = Call(name or id)
            self._sheet.add(found)
        else:
            self._sheet.touch(found)
        return found

    def _file(self, event: e.File, _now: float) -> None:
        shown = self._files.get(event.id) if event.id else None
        if shown is not None:
            shown.replace(event)
            self._sheet.touch(shown)
            return
        self._files[event.id] = made = MadeFile(event)
        self._sheet.add(made)

    def _box(self, event: e.Box, _now: float) -> None:
        if self._places is None:
            self._places = Places(self._picture)
            self._sheet.add(self._places)
        self._places.append(event)
        self._sheet.touch(self._places)

    def _void(self, event: e.Restart | e.Retract, _now: float) -> None:
        """What came before is no part of the answer any more."""
        self._sheet.clear()
        self._reset()
        self._sheet.add(Note(SAID[type(event)](event)))

    def _note(self, event: Event, _now: float) -> None:
        self._sheet.add(Note(SAID[type(event)](event)))

    def _failed(self, event: e.Error, _now: float) -> None:
        self._error = event
        self._sheet.add(Note(SAID[e.Error](event), "error"))


_Handler = Callable[[Notebook, Any, float], object]

_HANDLERS: Final[dict[type[Event], _Handler]] = {
    e.TextDelta: Notebook._text,
    e.TextEnd: Notebook._text_end,
    e.RefusalDelta: Notebook._refusal,
    e.ReasoningDelta: Notebook._reasoning,
    e.ReasoningEnd: Notebook._reasoning_end,
    e.ToolInputStart: lambda page, ev, _: page._call(ev.id, ev.name),
    e.ToolInputDelta: lambda page, ev, _: page._call(ev.id, "").append(ev.text),
    e.ToolCall: lambda page, ev, _: page._call(ev.id, ev.name).complete(ev),
    e.ToolResult: lambda page, ev, _: page._call(ev.id, ev.name).returned(ev),
    e.ToolError: lambda page, ev, _: page._call(ev.id, ev.name).failed(ev),
    e.Source: lambda page, ev, _: page._sources.append(ev),
    e.File: Notebook._file,
    e.Box: Notebook._box,
    e.Retry: Notebook._note,
    e.Resume: Notebook._note,
    e.Restart: Notebook._void,
    e.Retract: Notebook._void,
    e.Error: Notebook._failed,
}
