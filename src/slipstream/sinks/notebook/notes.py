"""What is said about an answer: retries, breaks, errors, sources, figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from slipstream.events import Error, Message, Restart, Resume, Retract, Retry, Source, Usage
from slipstream.sinks.notebook.markup import element, link, one_line, safe

_LENGTH: Final = 400

REASONS: Final = {
    "length": "cut at the token limit",
    "cancelled": "stopped",
    "content_filter": "stopped by the provider's filter",
    "interrupted": "interrupted",
    "tool_calls": "tools called",
}
"""Finish reasons that a person reads better in other words."""


class Note:
    """A line about the answer; a piece of the page.

    Args:
        text: what it says.
        style: `note`, `error` or `figures`.
    """

    alone = flows = False

    def __init__(self, text: str, style: str = "note") -> None:
        self._text = one_line(text, _LENGTH)
        self._style = style

    @property
    def size(self) -> int:
        """Of its HTML, about."""
        return len(self._text) + 100

    def html(self) -> str:
        """See `Piece`."""
        return element("div", self._style, safe(self._text), role="alert" if self._style == "error" else "note")

    def plain(self) -> str:
        """See `Piece`."""
        return f"[{self._text}]"


class Sources:
    """What the answer cites; a piece of the page."""

    alone = flows = False

    def __init__(self, sources: list[Source]) -> None:
        self._sources = list({(source.url, source.title): source for source in sources}.values())

    @property
    def size(self) -> int:
        """Of its HTML, about."""
        return sum(len(source.url) + len(source.title) + 80 for source in self._sources)

    def html(self) -> str:
        """See `Piece`."""
        items = "".join(f"<li>{link(source.url, _title(source))}</li>" for source in self._sources)
        return element("div", "note", f"Sources<ol>{items}</ol>")

    def plain(self) -> str:
        """See `Piece`."""
        lines = (f"{i}. {_title(source)} {source.url}".rstrip() for i, source in enumerate(self._sources, 1))
        return "\n".join(("Sources", *lines))


def figures(message: Message, usage: Usage | None, seconds: float | None) -> str:
    """The line at the end: tokens, tokens a second, why it ended.

    Args:
        message: the answer.
        usage: its tokens; a count of ours is marked `~`.
        seconds: from the first to the last output, or None.
    """
    reason = message.finish_reason or "cancelled"
    parts = [*_tokens(usage, seconds), "" if reason == "stop" else REASONS.get(reason, reason)]
    return " \u00b7 ".join(part for part in parts if part)


def _tokens(usage: Usage | None, seconds: float | None) -> list[str]:
    if usage is None or usage.output_tokens is None:
        return []
    about = "~" if usage.estimated else ""
    count = usage.output_tokens
    thinking = f" ({usage.reasoning_tokens} thinking)" if usage.reasoning_tokens else ""
    parts = [f"{about}{count} {'token' if count == 1 else 'tokens'}{thinking}"]
    if seconds is not None and seconds > 0 and count > 1:
        rate = (count - 1) / seconds
        parts.append(f"{about}{rate:.1f} tokens/s" if rate < 10 else f"{about}{rate:.0f} tokens/s")
    return parts


def _title(source: Source) -> str:
    return one_line(source.title or source.url or source.id, 200)


def _retry(event: Retry) -> str:
    model = f" of {event.model}" if event.model else ""
    if event.reason == "hedge":
        return f"A second request{model} was sent: the first is late."
    return f"Attempt {event.attempt}{model} in {event.delay:.1f} s ({event.reason})."


def _resume(event: Resume) -> str:
    model = f", by {event.model}" if event.model else ""
    return f"The stream broke ({event.reason or 'unknown'}) and goes on{model}."


def _restart(event: Restart) -> str:
    model = f" with {event.model}" if event.model else ""
    return f"The stream broke ({event.reason or 'unknown'}) and began anew{model}."


def _retract(event: Retract) -> str:
    return f"The answer was taken back{f' ({event.reason})' if event.reason else ''}."


SAID: Final[dict[type[Any], Callable[[Any], str]]] = {
    Retry: _retry,
    Resume: _resume,
    Restart: _restart,
    Retract: _retract,
    Error: lambda event: f"{event.kind}: {event.message}",
}
"""What an event is in a person's words."""
