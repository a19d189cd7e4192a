"""Reads what a person types: with line editing, completion of commands, and paste of several lines.

Strategy: `input()` edits lines by itself once `readline` is imported. GNU readline takes a paste as one text when its
bracketed paste is on, which Python switches off. libedit (macOS, and Python builds that are made to be moved) has no
such mode: there, lines that are already waiting when the first is read belong to the same paste.
"""

from __future__ import annotations

import contextlib
import locale
import os
import select
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from slipstream.cli.prompt_signals import PromptSignals
from slipstream.cli.terminal import Terminal

FENCE: Final = '"""'
"""Opens and closes a text of several lines."""

_PASTE_SECONDS: Final = 0.02  # between two lines of one paste; nobody types as fast


class LineEditor:
    """A prompt on the terminal. What was typed is remembered while the program runs, and never written to a file."""

    def __init__(self, terminal: Terminal, words: Sequence[str] = ()) -> None:
        self._terminal = terminal
        self._words = sorted(words)
        self._readline = _load_readline() if terminal.out.is_terminal else None
        self._is_libedit = False
        if self._readline is not None:
            self._prepare(self._readline)

    def _prepare(self, readline: ModuleType) -> None:
        self._is_libedit = "libedit" in (readline.__doc__ or "")
        if self._is_libedit:
            readline.parse_and_bind("bind ^I rl_complete")
        else:
            readline.parse_and_bind("tab: complete")
            readline.parse_and_bind("set enable-bracketed-paste on")
        readline.set_completer_delims(" \t\n")
        readline.set_completer(self._complete)

    def _complete(self, start: str, number: int) -> str | None:
        found = [word for word in self._words if start and word.startswith(start)]
        if number >= len(found):
            return None
        return f"{found[0]} " if len(found) == 1 else found[number]

    def read(self) -> str:
        """The next text: a line, a paste of several, or what stands between two fences.

        Raises:
            EOFError: Ctrl-D, or the end of the input.
            KeyboardInterrupt: Ctrl-C.
        """
        text = self._line(self._prompt("> "))
        if not text.lstrip().startswith(FENCE):
            return text
        text = text.lstrip().removeprefix(FENCE)
        while not text.rstrip().endswith(FENCE):
            text += "\n" + self._line(self._prompt(". "))
        return text.rstrip().removesuffix(FENCE).strip("\n")

    def had_text(self) -> bool:
        """After Ctrl-C: whether something stood on the line."""
        return self._readline is not None and bool(self._readline.get_line_buffer())

    def _prompt(self, text: str) -> str:
        out = self._terminal.out
        # \x01 and \x02 tell readline which characters take no room
        return f"\x01\x1b[1m\x02{text}\x01\x1b[0m\x02" if out.has_colour and self._readline is not None else text

    def _line(self, prompt: str) -> str:
        if not self._terminal.out.is_terminal:
            return self._plain_line(prompt)
        with PromptSignals():
            line = input(prompt)
        self._terminal.out.column_zero = True
        while self._is_libedit and select.select([sys.stdin], [], [], _PASTE_SECONDS)[0]:
            line += "\n" + input()
        return line

    def _plain_line(self, prompt: str) -> str:
        """Without a terminal to draw on: the prompt goes to stderr, as stdout holds only answers."""
        self._terminal.err.write(prompt)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        self._terminal.err.column_zero = True
        return line.rstrip("\n")


def _load_readline() -> ModuleType | None:
    _use_utf8_locale()
    try:
        import readline  # not part of every Python
    except ImportError:
        return None
    return readline


def _use_utf8_locale() -> None:
    """Name a UTF-8 locale in the environment unless it names one: readline looks there at each line.

    In another locale it takes the bytes of a Chinese character for keys held down with Meta.
    """
    try:
        locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:
        pass  # LANG names a locale that is not installed
    else:
        if locale.nl_langinfo(locale.CODESET).upper() in ("UTF-8", "UTF8"):
            return
    for name in ("C.UTF-8", "en_US.UTF-8", "UTF-8"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, name)
            os.environ["LC_ALL"] = name
            return
