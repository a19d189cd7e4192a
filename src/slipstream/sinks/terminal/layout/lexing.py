"""Pygments' lexers, one line at a time.

Strategy: Pygments lexes whole texts only; lexing a block again for every line would cost a square. Most of its lexers
are state machines: a table of regular expressions for each state (`RegexLexer`). Here these tables are driven line by
line, and the stack of states is kept between the lines. What a lexer takes by one expression over several lines - the
block comment of many languages - never matches within one line; a small table of marks stands in for it. So does one
of languages within others (scripts in HTML), which Pygments hands to another lexer as a whole.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

Token = tuple[Any, str]  # a Pygments token type and its text

MAX_IDLE: Final = 50  # matches of nothing at one place; more is a lexer that turns in a circle

_COMMENTS: Final = (("/*", "*/"), ("<!--", "-->"), ("(*", "*)"), ("{-", "-}"), ("--[[", "]]"), ("<![CDATA[", "]]>"))
_STRINGS: Final = (("`", "`"), ('"""', '"""'), ('@"', '"'))
"""Marks of what an expression may take over several lines, begin and end. Of a lexer those count that it takes so."""

_STRINGS_OF: Final = {"BashLexer": (("'", "'"),)}  # elsewhere a lone quote is a typing error or an apostrophe

_HEREDOCS: Final = frozenset({"BashLexer"})
_heredoc: Final = re.compile(r"(?<!<)<<-?\s*[\"'\\]?([A-Za-z_]\w*)").search

_STARTS: Final = {"PhpLexer": ("<?", "php")}  # without this mark in its first line, the code begins in that state

_EMBEDDED: Final = {
    ("HtmlLexer", "script-content"): ("javascript", "</script"),
    ("HtmlLexer", "style-content"): ("css", "</style"),
}
"""A lexer's state -> the language of the text within it, and what ends it."""

_LINEWISE: Final = frozenset({"BashSessionLexer", "JsonLexer", "MakefileLexer", "PythonConsoleLexer"})
"""No tables of states, but no token of theirs that matters reaches over a line end."""

_ALIASES: Final = {
    "json5": "json",
    "jsonc": "json",
    "node": "javascript",
    "shell": "bash",
    "vue": "html",
    "zsh": "bash",
}


class Lexer(Protocol):
    """What reads code line by line."""

    def line(self, text: str) -> list[Token]:
        """The tokens of the next line, its line end included."""

    def save(self) -> Any:
        """Where it is."""

    def back(self, state: Any) -> None:
        """Go back to where it was."""


def lexer_for(language: str) -> Lexer | None:
    """A lexer of the language at its beginning; None if there is none, or none that can go line by line."""
    found = _pygments_lexer(language.lower())
    if found is None:
        return None
    name = type(found).__name__
    if name in _LINEWISE:
        return Linewise(found)
    from pygments.lexer import ExtendedRegexLexer, RegexLexer

    if isinstance(found, ExtendedRegexLexer):
        return Extended(found)
    return Machine(found) if isinstance(found, RegexLexer) else None


@lru_cache(maxsize=64)
def _pygments_lexer(language: str) -> Any:
    try:
        from pygments.lexers import get_lexer_by_name
        from pygments.util import ClassNotFound
    except ImportError:
        return None
    try:
        return get_lexer_by_name(_ALIASES.get(language, language))
    except ClassNotFound:
        return None


class Linewise:
    """A lexer that begins anew in each line."""

    def __init__(self, lexer: Any) -> None:
        self._lexer = lexer

    def line(self, text: str) -> list[Token]:
        """See `Lexer`."""
        return [(kind, value) for _, kind, value in self._lexer.get_tokens_unprocessed(text)]

    def save(self) -> Any:
        """See `Lexer`."""

    def back(self, state: Any) -> None:
        """See `Lexer`."""


class Extended:
    """A lexer whose rules share a context, such as YAML's indentation: the context is kept between lines."""

    def __init__(self, lexer: Any) -> None:
        self._lexer = lexer
        self._context = _context_of(lexer)

    def line(self, text: str) -> list[Token]:
        """See `Lexer`."""
        context = self._context
        context.text, context.pos, context.end = text, 0, len(text)
        return [(kind, value) for _, kind, value in self._lexer.get_tokens_unprocessed(context=context)]

    def save(self) -> Any:
        """See `Lexer`."""
        return deepcopy(self._context)

    def back(self, state: Any) -> None:
        """See `Lexer`."""
        self._context = state


def _context_of(lexer: Any) -> Any:
    make: Any
    if type(lexer).__name__ == "YamlLexer":
        from pygments.lexers import data

        make = data.YamlLexerContext
    else:
        from pygments import lexer as base

        make = base.LexerContext
    return make("", 0)


class Long(NamedTuple):
    """What goes on until its end mark, over lines."""

    begin: str
    end: str
    kind: Any
    whole: bool = False  # the end is a line of its own


class Machine:
    """A lexer that is a table of states."""

    def __init__(self, lexer: Any, probed: bool = True) -> None:
        self._lexer = lexer
        self._tables: Any = lexer._tokens
        self._name = type(lexer).__name__
        self._stack: list[str] = []  # of states, until the first line none
        self._long: Long | None = None  # what the text is within
        self._guest: Lexer | None = None  # of the language within this one
        self._longs: tuple[Long, ...] = _longs_of(lexer) if probed else ()
        self._signs = frozenset(long.begin[0] for long in self._longs)

    def save(self) -> Any:
        """See `Lexer`."""
        return self._stack[:], self._long, self._guest, self._guest.save() if self._guest else None

    def back(self, state: Any) -> None:
        """See `Lexer`."""
        self._stack, self._long, self._guest, inner = state
        if self._guest is not None:
            self._guest.back(inner)

    def line(self, text: str) -> list[Token]:
        """See `Lexer`."""
        if not self._stack:
            mark, state = _STARTS.get(self._name, ("", ""))
            self._stack = ["root"] if mark in text else ["root", state]
        out: list[Token] = []
        at = idle = 0
        while at < len(text):
            begun = at
            at = self._step(text, at, out)
            idle = idle + 1 if at == begun else 0
            if idle > MAX_IDLE:
                raise ValueError(f"{self._name} turns in a circle")
        if self._name in _HEREDOCS and self._long is None and (found := _heredoc(text)):
            self._long = Long("", found[1], _token("String"), whole=True)
        return out

    def _step(self, text: str, at: int, out: list[Token]) -> int:
        """Take what comes next; return the place behind it."""
        if self._long is not None:
            return self._go_on(text, at, out)
        inner = _EMBEDDED.get((self._name, self._stack[-1]))
        if inner is not None and (stop := self._visit(text, at, *inner, out)) > at:
            return stop
        found, action, then = self._match(text, at)
        if text[at] in self._signs and (long := self._long_at(text, at, action)) is not None:
            self._long = long
            out.append((long.kind, long.begin))
            return at + len(long.begin)
        if found is None:
            return self._stray(text, at, out)
        if action is not None:
            self._act(action, found, out)
        if then is not None:
            self._go(then)
        return int(found.end())

    def _match(self, text: str, at: int) -> tuple[Any, Any, Any]:
        for match, action, then in self._tables[self._stack[-1]]:
            if found := match(text, at):
                return found, action, then
        return None, None, None

    def _act(self, action: Any, found: Any, out: list[Token]) -> None:
        if callable(action):
            out.extend((kind, value) for _, kind, value in action(self._lexer, found))
        elif value := found.group():
            out.append((action, value))

    def _go(self, then: Any) -> None:
        """Change the state, in one of the forms that tables have it: how many to leave, or what to enter."""
        stack = self._stack
        if isinstance(then, int):
            del stack[max(1, len(stack) - abs(then)) :]
            return
        for state in (then,) if isinstance(then, str) else then:
            if state == "#pop":
                del stack[max(1, len(stack) - 1) :]
            else:
                stack.append(stack[-1] if state == "#push" else state)

    def _stray(self, text: str, at: int, out: list[Token]) -> int:
        """Nothing matches: a line end leaves all states, a character stands for itself."""
        if text[at] == "\n":
            self._stack = ["root"]
        out.append((None, text[at]))
        return at + 1

    def _long_at(self, text: str, at: int, action: Any) -> Long | None:
        """What begins here and does not end in this line; not within a string, as the lexer sees it."""
        for long in self._longs:
            if text.startswith(long.begin, at) and text.find(long.end, at + len(long.begin)) < 0:
                return None if _is_string(action) and not _is_string(long.kind) else long
        return None

    def _go_on(self, text: str, at: int, out: list[Token]) -> int:
        """Take what belongs to a long comment or string."""
        assert self._long is not None
        _, end, kind, whole = self._long
        stop = text.find(end, at) if not whole or text.strip() == end else -1
        if stop >= 0:
            self._long = None
        stop = stop + len(end) if stop >= 0 else len(text)
        out.append((kind, text[at:stop]))
        return stop

    def _visit(self, text: str, at: int, language: str, end: str, out: list[Token]) -> int:
        """Take what belongs to the language within this one."""
        stop = text.lower().find(end, at)
        if stop < 0:
            stop = len(text)
        if self._guest is None:
            self._guest = lexer_for(language)
        if stop > at and self._guest is not None:
            out.extend(self._guest.line(text[at:stop]))
        if stop < len(text):
            self._guest = None
        return stop


def _token(name: str) -> Any:
    from pygments.token import string_to_tokentype

    return string_to_tokentype(name)


def _is_string(action: Any) -> bool:
    return action is not None and not callable(action) and action in _token("String")


@lru_cache(maxsize=64)
def _longs_of(lexer: Any) -> tuple[Long, ...]:
    """The marks whose text a lexer takes as one comment or string."""
    strings = _STRINGS + _STRINGS_OF.get(type(lexer).__name__, ())
    found = [_probe(lexer, "", *marks, "Comment") for marks in _COMMENTS]
    found += [_probe(lexer, "x = ", *marks, "String") for marks in strings]  # at the beginning they may be docstrings
    return tuple(long for long in found if long is not None)


def _probe(lexer: Any, before: str, begin: str, end: str, name: str) -> Long | None:
    sample = f"{begin} x\n{end}"  # over two lines, or a comment up to the line's end would do
    tokens = Machine(lexer, probed=False).line(f"{before}{sample}\n")
    return next((Long(begin, end, kind) for kind, text in tokens if text == sample and kind in _token(name)), None)
