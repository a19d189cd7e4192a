"""What the terminal at the other end of a stream can do: asked of the stream and of the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Final, TextIO

from slipstream.sinks.terminal import Images, Look

_LINKS: Final = (
    ("TERM_PROGRAM", ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio")),
    ("TERM", ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "wezterm", "contour")),
)
"""Terminals that show OSC 8 links. Any other might swallow the URL, so it is written there as text."""

_LINKS_BY_PRESENCE: Final = ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM")
_VTE_WITH_LINKS: Final = 5000  # VTE 0.50
_TMUX_WITH_LINKS: Final = (3, 4)

_IMAGES: Final[tuple[tuple[str, str, Images], ...]] = (
    ("TERM", "xterm-kitty", "kitty"),
    ("TERM", "xterm-ghostty", "kitty"),
    ("TERM_PROGRAM", "ghostty", "kitty"),
    ("TERM_PROGRAM", "iTerm.app", "iterm"),
    ("TERM_PROGRAM", "WezTerm", "iterm"),
)

FALLBACK: Final = (80, 24)


def is_terminal(stream: TextIO) -> bool:
    """True if a person looks at the stream."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # closed
        return False


def is_dumb(env: Mapping[str, str] = os.environ) -> bool:
    """True if the terminal obeys no cursor control."""
    return env.get("TERM", "") == "dumb"


def look_of(stream: TextIO, env: Mapping[str, str] = os.environ) -> Look:
    """How an answer may look there. `NO_COLOR` (no-color.org) switches colours off."""
    colour = not env.get("NO_COLOR")
    return Look(colour=colour, links=_has_links(env), highlight=colour, unicode=is_utf8(stream))


def is_utf8(stream: TextIO) -> bool:
    """True if every character can be written."""
    encoding = getattr(stream, "encoding", None) or "utf-8"  # a stream of text alone has none
    return encoding.lower().replace("_", "-").replace("utf8", "utf-8").startswith("utf-")


def images_of(env: Mapping[str, str] = os.environ) -> Images | None:
    """The protocol that draws pictures there; None under a multiplexer, which would swallow it."""
    if _is_multiplexed(env):
        return None
    if env.get("KITTY_WINDOW_ID"):
        return "kitty"
    return next((protocol for name, value, protocol in _IMAGES if env.get(name) == value), None)


def size_of(stream: TextIO, env: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """Columns and rows as of now. `COLUMNS` may ask for fewer columns than a terminal has.

    What is no terminal, a pager or a log, has the columns that `COLUMNS` says, or of the terminal behind stderr.
    """
    live = is_terminal(stream)
    found = _size_of_terminal(stream if live else sys.stderr)
    wanted = env.get("COLUMNS", "")
    asked = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 0
    width = min(asked, found[0]) if live and asked and found[0] else asked or found[0]
    return width or FALLBACK[0], found[1] or FALLBACK[1]


def _size_of_terminal(stream: TextIO) -> tuple[int, int]:
    try:
        return os.get_terminal_size(stream.fileno())
    except (AttributeError, OSError, ValueError):  # no descriptor, or no terminal behind it
        return (0, 0)


def _is_multiplexed(env: Mapping[str, str]) -> bool:
    return bool(env.get("TMUX") or env.get("STY")) or env.get("TERM", "").startswith(("screen", "tmux"))


def _has_links(env: Mapping[str, str]) -> bool:
    if _is_multiplexed(env):
        return env.get("TERM_PROGRAM") == "tmux" and _version(env) >= _TMUX_WITH_LINKS
    vte = env.get("VTE_VERSION", "")
    return (
        any(env.get(name) in values for name, values in _LINKS)
        or any(env.get(name) for name in _LINKS_BY_PRESENCE)
        or (vte.isascii() and vte.isdigit() and int(vte) >= _VTE_WITH_LINKS)
    )


def _version(env: Mapping[str, str]) -> tuple[int, ...]:
    parts = env.get("TERM_PROGRAM_VERSION", "").split(".")
    digits = ["".join(char for char in part if char in "0123456789") for part in parts]
    return tuple(int(part or 0) for part in digits)
