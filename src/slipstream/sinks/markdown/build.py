"""Tokens become a tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from slipstream.sinks.markdown import autolinks
from slipstream.sinks.markdown.brackets import Bracket, LinkEnd
from slipstream.sinks.markdown.delimiters import Run
from slipstream.sinks.markdown.tree import Emphasis, Link, Node, Strike, Strong, Text

Token = str | Node | Run | Bracket | LinkEnd
Make = Callable[[tuple[Node, ...]], Node]

MAX_NESTING: Final = 100  # deeper content is shown without its wrapping: readers of the tree recurse

_MAKERS: Final[dict[str, Make]] = {"emphasis": Emphasis, "strong": Strong, "strike": Strike}


class Builder:
    """Puts tokens into nodes, the innermost open one last.

    Args:
        mails: whether bare mail addresses are links.
    """

    __slots__ = ("_links", "_mails", "_nodes", "_open", "_words")

    def __init__(self, mails: bool) -> None:
        self._mails = mails
        self._nodes: list[Node] = []
        self._words: list[str] = []
        self._open: list[tuple[Make | None, list[Node]]] = []
        self._links = 0  # how many of the open ones are links

    def build(self, tokens: list[Token]) -> tuple[Node, ...]:
        """The tree; what is still open at the end ends there."""
        words = self._words
        for token in tokens:
            if type(token) is str:
                words.append(token)
            elif type(token) is Run:
                self._run(token)
            else:
                self._take(token)
        while self._open:
            self._pop()
        if words:
            self._flush()
        return tuple(self._nodes)

    def _take(self, token: Token) -> None:
        if isinstance(token, Bracket):
            self._bracket(token)
        elif isinstance(token, LinkEnd):
            self._pop()
            self._links -= 1
        elif isinstance(token, Node):
            self._flush()
            self._nodes.append(token)

    def _run(self, run: Run) -> None:
        for _ in run.closes:
            self._pop()
        if run.left:
            self._words.append(run.char * run.left)
        for kind in reversed(run.opens):
            self._push(_MAKERS[kind])

    def _bracket(self, bracket: Bracket) -> None:
        if bracket.target is None:
            if not bracket.hidden:
                self._words.append(bracket.text)
            return
        url, title = bracket.target
        maker = bracket.maker
        self._push(lambda children: maker(children, url, title))
        self._links += 1

    def _push(self, make: Make) -> None:
        self._flush()
        if len(self._open) < MAX_NESTING:
            self._open.append((make, self._nodes))
            self._nodes = []
        else:
            self._open.append((None, self._nodes))

    def _pop(self) -> None:
        self._flush()
        make, around = self._open.pop()
        if make is not None:
            around.append(make(tuple(self._nodes)))
            self._nodes = around

    def _flush(self) -> None:
        """The words since the last node become a text, with the mail addresses in it."""
        words = self._words
        if not words:
            return
        text = words[0] if len(words) == 1 else "".join(words)
        words.clear()
        if self._mails and "@" in text and not self._links:
            self._nodes.extend(_with_mails(text))
        elif text:
            self._nodes.append(Text(text))


def _with_mails(text: str) -> list[Node]:
    nodes: list[Node] = []
    done = 0
    for start, end, url in autolinks.addresses(text):
        if start > done:
            nodes.append(Text(text[done:start]))
        nodes.append(Link((Text(text[start:end]),), url))
        done = end
    if done < len(text):
        nodes.append(Text(text[done:]))
    return nodes
