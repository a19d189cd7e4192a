"""`slipstream replay`: a recorded stream as it was seen."""

from __future__ import annotations

import sys
from typing import Any, Final

import typer
from msgspec import Struct

from slipstream import record
from slipstream.cli import INTERRUPTED
from slipstream.cli.answer import Answer, Manner
from slipstream.cli.failures import SHOWN
from slipstream.cli.stdin_text import is_piped
from slipstream.cli.terminal import Terminal
from slipstream.client import Stream
from slipstream.errors import InvalidRequestError, SlipstreamError

STDIN: Final = "-"
_OPTIONS: Final = {"text=True": "--text", "dialect=": "--dialect"}
"""What advice says to a program, and what it says here."""


class Settings(Struct, frozen=True, kw_only=True):
    """What is played, and how fast.

    Args:
        file: a path, or `-` for standard input.
        speed: as it was typed: a number, or `max`.
        rate: tokens a second where there are no times.
        dialect: of a provider's body; None finds it.
        text: True plays the file as it stands.
    """

    file: str
    speed: str
    rate: float
    dialect: str | None = None
    text: bool | None = None

    @property
    def name(self) -> str:
        """What messages call the recording."""
        return "standard input" if self.file == STDIN else self.file


def play(terminal: Terminal, settings: Settings, manner: Manner) -> None:
    """Show the recording.

    Raises:
        SlipstreamError: it is broken, or the recorded stream failed; what came before has been shown.
        typer.Exit: with 130, after Ctrl-C.
    """
    answer = Answer(terminal, manner, recorded=True)
    with open_stream(settings) as stream:
        try:
            answer.show(stream, timed=_speed(settings.speed) == 1)
        except InvalidRequestError:  # of the file itself, which it names
            raise
        except SlipstreamError as error:  # of no kind that has advice for this run: what failed was the recorded one
            hint = None if error.hint == SHOWN else error.hint
            raise SlipstreamError(f"recorded in {settings.name}: {error.message}", hint=hint) from error
    if answer.stopped:
        raise typer.Exit(INTERRUPTED)


def open_stream(settings: Settings) -> Stream:
    """The recording as a stream.

    Raises:
        InvalidRequestError: it cannot be read, is nothing that can be replayed, or a setting is wrong.
        typer.BadParameter: nothing is piped in.
    """
    try:
        return record.replay(
            _source(settings.file), speed=_speed(settings.speed), rate=settings.rate, dialect=settings.dialect,
            text=settings.text, name=settings.name,
        )  # fmt: skip
    except InvalidRequestError as error:
        hint = error.hint
        for word, option in _OPTIONS.items():
            hint = hint and hint.replace(word, option)
        raise InvalidRequestError(error.message, hint=hint) from None


def _source(file: str) -> Any:
    if file != STDIN:
        return file
    if sys.stdin is None or not is_piped():
        raise typer.BadParameter("nothing is piped in; name a file, or pipe a recording in")
    # Unbuffered: a thread that waits in a buffered stdin would keep the interpreter from ending.
    return open(0, "rb", buffering=0, closefd=False)


def _speed(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # `max`, or what is refused by name
