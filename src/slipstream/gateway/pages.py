"""Answers as pages: the dialects `html` and `html-patches`, which are only told, never asked in.

`html` is a page that a browser shows as it comes, without any script: HTML that is only ever appended to. What must be
taken back (a retraction, an answer that begins anew, the line that says that the model thinks) is hidden by a style
that follows it. `html-patches` is an event stream: each unnamed frame holds the JSON list of patches of one event, to
be applied by `web/patches.js`; frames `status` say what the model does; a frame `finish` or `failure` ends it, so that
a browser's `EventSource` can be closed before it asks again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from slipstream.codec.text import to_utf8
from slipstream.dialects.common.error_status import status_of
from slipstream.dialects.common.face import Dialect
from slipstream.dialects.common.own_wire.unfold import events_of
from slipstream.dialects.common.reply import Reply
from slipstream.dialects.common.stream_encoder import INTERRUPTED, SSE_TYPE, json_bytes, one_line, refuse_other
from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    Finish,
    Message,
    ReasoningDelta,
    ReasoningStart,
    RefusalDelta,
    Restart,
    Retract,
    Source,
    TextDelta,
    TextStart,
    ToolInputStart,
)
from slipstream.events.types import EVENT_TYPES
from slipstream.sinks.html import HTML, HTMLStream, Patch
from slipstream.sinks.html.options import LINK_SCHEMES, MarkdownOptions, Rules, rules
from slipstream.sinks.html.safety import escape
from slipstream.sinks.html.sources import sources_html

LEFT_OUT: Final = "left out"
"""How an event travels whose content is not shown on the page: thinking, tool calls, usage."""

STATUS: Final[dict[type[Any], str]] = {
    ReasoningStart: "thinking",
    ReasoningDelta: "thinking",
    ToolInputStart: "calling",
    TextDelta: "writing",
    RefusalDelta: "writing",
}
"""What the model does when an event comes: said when it changes, never what it thinks or calls."""

TAKEN_BACK: Final = "The answer was taken back."
BEGUN_ANEW: Final = "The answer broke off and begins anew."
_THINKING: Final = '<p class="thinking">Thinking \u2026</p>\n'
_THOUGHT: Final = "<style>.thinking{display:none}</style>\n"
STYLE: Final = (
    "body{max-width:48rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}\n"
    ".error{border-inline-start:3px solid #c33;padding-inline-start:1rem}\n"
)
"""Of the page around the answer; the answer's own is `web/answer.css`."""

_HEAD: Final = (
    '<!doctype html>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
    '<meta name="color-scheme" content="light dark">\n<title>{title}</title>\n<style>{style}</style>\n'
)
NONE: Final = "'none'"
_SINK_OPTIONS: Final = ("images", "links", "rel", "prefix", *MarkdownOptions.__annotations__)
_ONLY_OPTIONS: Final = {"html": ("document", "title"), "html-patches": ()}

Page = TypeVar("Page", HTML, HTMLStream)


class _Encoder(ABC, Generic[Page]):
    """See `face.Encoder`."""

    content_type: str
    headers: Mapping[str, str] = {}

    def __init__(self, make: Callable[[], Page], allowed: Rules) -> None:
        self.carried: dict[str, str] = {}
        self.finished = False
        self._make: Callable[[], Page] = make
        self._page: Page = make()
        self._begun = False
        self._allowed = allowed
        self._cited: list[Source] = []
        self._doing = ""

    def feed(self, event: Event) -> bytes:
        """Take the next event; return the body bytes it makes."""
        if self.finished:
            return b""
        if type(event) is TextDelta and not event.choice:
            self._begun = True
            said = self._says("writing") if self._doing != "writing" else b""
            return said + self._text(event.text)
        if type(event) not in EVENT_TYPES:
            refuse_other(event)
        if getattr(event, "choice", 0):
            self.carried.setdefault(event.type, LEFT_OUT)
            return b""
        if not isinstance(event, _SHOWN):
            self.carried.setdefault(event.type, LEFT_OUT)
        return self._says(STATUS.get(type(event), self._doing)) + self._other(event)

    def _says(self, doing: str) -> bytes:
        """What the model does now, if that is something else than before."""
        if doing == self._doing:
            return b""
        self._doing = doing
        return self._status(doing)

    def _sources(self) -> str:
        return sources_html(self._cited, self._allowed)

    def _other(self, event: Event) -> bytes:
        if not isinstance(event, _SHOWN):
            return b""
        if isinstance(event, Source):
            self._cited.append(event)  # listed at the end
            return b""
        if isinstance(event, TextStart):
            return self._text("\n\n") if self._begun else b""  # another block of text
        if isinstance(event, RefusalDelta):
            return self._text(event.text)
        if isinstance(event, (Restart, Retract)):
            self._begun, self._doing = False, ""
            self._cited.clear()
            return self._void(TAKEN_BACK if isinstance(event, Retract) else BEGUN_ANEW)
        self.finished = True
        if isinstance(event, Error):
            return self._failure(event)
        return self._finish(event.reason if isinstance(event, (Finish, Abort)) else "")

    def end(self) -> bytes:
        """No more events will come: what ends the body."""
        return self.feed(INTERRUPTED)

    @abstractmethod
    def heartbeat(self) -> bytes:
        """A sign of life."""

    @abstractmethod
    def _text(self, text: str) -> bytes:
        """More of the answer."""

    @abstractmethod
    def _status(self, doing: str) -> bytes:
        """The model does something else now, of `STATUS`."""

    @abstractmethod
    def _void(self, why: str) -> bytes:
        """What was told is void."""

    @abstractmethod
    def _finish(self, reason: str) -> bytes:
        """The answer is over."""

    @abstractmethod
    def _failure(self, error: Error) -> bytes:
        """The answer failed."""


_SHOWN: Final = (TextStart, TextDelta, RefusalDelta, Source, Restart, Retract, Finish, Abort, Error)


class PageEncoder(_Encoder[HTMLStream]):
    """A page that is only ever appended to."""

    content_type = "text/html; charset=utf-8"

    def __init__(self, reply: Reply) -> None:
        options = _options("html", reply)
        document, title = options.pop("document", True), options.pop("title", "Answer")
        if not isinstance(document, bool) or not isinstance(title, str):
            name, accepted = ("title", "text") if isinstance(document, bool) else ("document", "True or False")
            raise _wrong(f"reply.options[{name!r}]", accepted)
        super().__init__(lambda: HTMLStream(**options), _rules(options))
        self.headers = _headers(self._allowed)
        self._head = _HEAD.format(title=escape(title), style=STYLE + _answer_style()) if document else ""
        self._number = 0
        self._hide = ""  # what hides the line that says that the model thinks

    def heartbeat(self) -> bytes:
        """The page's head, which begins it; then comments, which are content nowhere."""
        head = self._take_head()
        return to_utf8(head) if head else b"<!-- -->"

    def _take_head(self) -> str:
        """The head of the page, once."""
        head, self._head = self._head, ""
        return head

    def _begin(self) -> bytes:
        """The beginning of the page and of the first answer, once."""
        if self._number:
            return b""
        self._number = 1
        return to_utf8(f'{self._take_head()}{self._hide}<div class="answer answer-1">\n')

    def _status(self, doing: str) -> bytes:
        """Thinking is said as long as there is nothing else to see, and hidden by a style then."""
        if doing != "thinking" or self._number or self._hide:
            return b""
        self._hide = _THOUGHT
        return to_utf8(self._take_head() + _THINKING)

    def _text(self, text: str) -> bytes:
        return self._begin() + to_utf8(self._page.feed(text))

    def _shut(self) -> bytes:
        return self._begin() + to_utf8(f"{self._page.end()}{self._sources()}</div>\n")

    def _void(self, why: str) -> bytes:
        shut, number = self._shut(), self._number
        self._page, self._number = self._make(), number + 1
        return shut + to_utf8(
            f'<style>.answer-{number}{{display:none}}</style>\n<p class="note">{escape(why)}</p>\n'
            f'<div class="answer answer-{number + 1}">\n'
        )

    def _finish(self, reason: str) -> bytes:  # noqa: ARG002
        return self._shut()

    def _failure(self, error: Error) -> bytes:
        return self._shut() + to_utf8(f'<p class="error">{escape(error.message)}</p>\n')


class PatchEncoder(_Encoder[HTML]):
    """Patches in an event stream."""

    content_type = SSE_TYPE

    def __init__(self, reply: Reply) -> None:
        options = _options("html-patches", reply)
        super().__init__(lambda: HTML(**options), _rules(options))
        self._ids, self._events = to_utf8(reply.ids), 0

    def feed(self, event: Event) -> bytes:
        """Take the next event; return the frames it makes."""
        data = super().feed(event)
        self._events += 1
        if self._ids and data:  # the last frame gets the id: a reader that has it has had the whole event
            return b"%bid: %b-%d\n\n" % (data[:-1], self._ids, self._events)
        return data

    def heartbeat(self) -> bytes:
        """A comment."""
        return b": \n\n"

    def _text(self, text: str) -> bytes:
        return _frame(self._page.feed(text))

    def _void(self, why: str) -> bytes:  # noqa: ARG002
        self._page = self._make()
        return _frame([Patch("replace", 0, "")])

    def _status(self, doing: str) -> bytes:
        return _named("status", {"status": doing})

    def _shut(self) -> bytes:
        """The end of the page: the sources come before it closes."""
        patches, sources = self._page.end(), self._sources()
        if sources:
            patches.insert(-1, Patch("append", 0, sources))
        return _frame(patches)

    def _finish(self, reason: str) -> bytes:
        return self._shut() + _named("finish", {"reason": reason})

    def _failure(self, error: Error) -> bytes:
        told = {"kind": error.kind, "message": error.message, "retryable": error.retryable}
        return self._shut() + _named("failure", told)


def _frame(patches: list[Patch]) -> bytes:
    return b"data: %b\n\n" % one_line(msgspec.json.encode(patches)) if patches else b""


def _named(name: str, data: Mapping[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), one_line(json_bytes(data)))


@cache
def _answer_style() -> str:
    """The style of an answer, as pages of one's own take it too."""
    return files("slipstream").joinpath("web/answer.css").read_text("utf-8")


def _rules(options: Mapping[str, Any]) -> Rules:
    """What these options allow on the page."""
    images, links = options.get("images", False), options.get("links", LINK_SCHEMES)
    return rules(images, links, options.get("rel", ""), options.get("prefix", ""))


def _headers(allowed: Rules) -> dict[str, str]:
    """What keeps the page harmless even if something got into it: nothing runs, nothing is loaded but images."""
    images = allowed.images
    sources = " ".join(sorted(images)) if isinstance(images, frozenset) else "'self' http: https:" if images else ""
    return {
        "content-security-policy": f"default-src 'none'; style-src 'unsafe-inline'; img-src {sources or NONE}; "
        "base-uri 'none'; form-action 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }


def _options(name: str, reply: Reply) -> dict[str, Any]:
    """What the reply asks of the page.

    Raises:
        InvalidRequestError: an option is none of this dialect's.
    """
    known = (*_SINK_OPTIONS, *_ONLY_OPTIONS[name])
    for option in reply.options:
        if option not in known:
            raise _wrong(f"reply.options[{option!r}]", ", ".join(known))
    return dict(reply.options)


def _wrong(argument: str, accepted: str) -> InvalidRequestError:
    return InvalidRequestError(f"{argument}: accepted: {accepted}", argument="reply")


class _Pages:
    """The half of `face.Dialect` that tells answers; nobody asks in HTML."""

    def __init__(self, name: str, encoder: type[PageEncoder | PatchEncoder]) -> None:
        self.name = name
        self._encoder = encoder

    def encoder(self, reply: Reply | None = None) -> PageEncoder | PatchEncoder:
        """See `face.Dialect.encoder`; `Reply.options` holds the arguments of `HTML`."""
        return self._encoder(reply or Reply())

    def encode_body(self, message: Message, reply: Reply | None = None) -> bytes:
        """See `face.Dialect.encode_body`."""
        encoder = self.encoder(reply)
        return b"".join(map(encoder.feed, events_of(message))) + encoder.end()

    def encode_error(self, error: Error, *, argument: str = "") -> tuple[int, bytes]:  # noqa: ARG002
        """See `face.Dialect.encode_error`: plain words, or JSON for what reads patches."""
        told = {"error": {"kind": error.kind, "message": error.message}}
        body = json_bytes(told) if self.name == "html-patches" else to_utf8(error.message)
        return status_of(error), body


PAGES: Final[dict[str, Dialect]] = {
    "html": cast(Dialect, _Pages("html", PageEncoder)),
    "html-patches": cast(Dialect, _Pages("html-patches", PatchEncoder)),
}
"""By name: what an answer can be told as, beside the dialects."""
