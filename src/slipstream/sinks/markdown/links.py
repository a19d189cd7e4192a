"""Destinations, titles, labels and link reference definitions (CommonMark 4.7, 6.3)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from slipstream.sinks.markdown.entities import unescape

MAX_PARENTHESES: Final = 32  # nesting in a destination; CommonMark asks for three at least, cmark allows 32
MAX_LABEL: Final = 999  # characters, CommonMark 6.3

label_at: Final = re.compile(rf"\[((?:[^\[\]\\]|\\.){{0,{MAX_LABEL}}})\]", re.DOTALL).match
_angle: Final = re.compile(r"<((?:[^<>\n\\]|\\.)*)>").match
_title: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|\(((?:[^()\\]|\\.)*)\)", re.DOTALL).match
_half_angle: Final = re.compile(r"<(?:[^<>\n\\]|\\.)*\\?\Z").match
_half_title: Final = re.compile(r"(?:\"(?:[^\"\\]|\\.)*|'(?:[^'\\]|\\.)*|\((?:[^()\\]|\\.)*)\\?\Z", re.DOTALL).match
half_address: Final = re.compile(r"\([ \t\n]*<?[A-Za-z][A-Za-z0-9+.\-]{1,31}:[\x21-\x7e]*\Z").match
_white: Final = re.compile(r"[ \t\n\r]*").match
_white_runs: Final = re.compile(r"[ \t\n]+").sub
_blank: Final = re.compile(r"[ \t]*").match
_line_end: Final = re.compile(r"[ \t]*(?:\n|$)").match
_half_label: Final = re.compile(rf"\[(?:[^\[\]\\]|\\.){{0,{MAX_LABEL}}}\\?\Z", re.DOTALL).match
_TITLES: Final = frozenset({"", '"', "'", "("})  # how a title begins, that may follow
_bare_stop: Final = re.compile(r"[\x00-\x20\x7f()\\]").search


class Target(NamedTuple):
    """Where a link goes."""

    url: str
    title: str


def normalise(label: str) -> str:
    """A label as it is compared: case folded, white space collapsed."""
    return _white_runs(" ", label).strip(" ").casefold()


class Destinations:
    """The destinations in a text.

    Strategy: one without `<>` may hold parentheses, and in `[a]([a]([a](` each of them begins a link's target. One walk
    notes for all of them where they end; a walk for each would look at every parenthesis 32 times.
    """

    __slots__ = ("_bare", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._bare: dict[int, tuple[int, int]] = {}

    def at(self, at: int) -> tuple[str, int] | None:
        """The destination at a place, and where it ends."""
        text = self.text
        if text.startswith("<", at):
            found = _angle(text, at)
            return (unescape(found[1]), found.end()) if found else None
        end, depth = self.bare(at)
        return None if depth else (unescape(text[at:end]), end)

    def bare(self, at: int) -> tuple[int, int]:
        """Where one without `<>` stops - at white space, a parenthesis that it did not open, or the text's end - and
        how many parentheses are open there; more than `MAX_PARENTHESES` if ever so many are.
        """
        if at not in self._bare:
            stop = _bare_stop(self.text, at)
            if stop is None or stop[0] not in "(\\":
                return (stop.start() if stop else len(self.text)), 0
            self._walk(at)
        return self._bare[at]

    def _walk(self, at: int) -> None:
        """Note where what begins at a place ends, and what begins behind each parenthesis in it."""
        text = self.text
        starts, depths = [at], [0]  # of what is open; how deep it was nested so far
        while starts and (found := _bare_stop(text, at)):
            mark, at = found[0], found.start()
            if mark == "\\":
                at += 2 if text[at + 1 : at + 2] > " " else 1
            elif mark == "(":
                at += 1
                starts.append(at)
                depths.append(0)
            elif mark == ")":
                self._note(starts, depths, at, 0)
                at += 1
            else:
                break
        else:
            at = len(text)
        for open_ in range(len(starts)):
            self._note(starts, depths, at, open_)

    def _note(self, starts: list[int], depths: list[int], end: int, open_: int) -> None:
        start, depth = starts.pop(), depths.pop()
        self._bare[start] = end, open_ if depth <= MAX_PARENTHESES else depth
        if depths:
            depths[-1] = max(depths[-1], depth + 1)


def title(text: str, at: int) -> tuple[str, int] | None:
    """The title at a place, and where it ends."""
    found = _title(text, at)
    return (unescape(found[0][1:-1]), found.end()) if found else None


def skip_white(text: str, at: int) -> int:
    """Where white space, line ends too, is over."""
    found = _white(text, at)
    return found.end() if found else at


def inline_target(destinations: Destinations, at: int) -> tuple[Target, int] | None:
    """What stands in parentheses behind a link's text: `(url "title")`; `at` is the place of the first one."""
    text = destinations.text
    where = destinations.at(skip_white(text, at + 1))
    if where is None:
        return None
    url, at = where
    named, end = "", skip_white(text, at)
    if end > at and (words := title(text, end)):
        named, end = words[0], skip_white(text, words[1])
    return (Target(url, named), end + 1) if text.startswith(")", end) else None


def half_target(destinations: Destinations, at: int) -> bool:
    """Whether more text may make a target of what begins with a parenthesis at a place and is none yet."""
    text = destinations.text
    start = skip_white(text, at + 1)
    if text.startswith("<", start):
        found = _angle(text, start)
        if found is None:
            return _half_angle(text, start) is not None
        end = found.end()
    else:
        end, depth = destinations.bare(start)
        if end == len(text) or depth:
            return end == len(text) and depth <= MAX_PARENTHESES
    behind = skip_white(text, end)
    if behind == len(text) or behind == end:
        return behind == len(text)
    words = _title(text, behind)
    return skip_white(text, words.end()) == len(text) if words else _half_title(text, behind) is not None


def definition(text: str, at: int) -> tuple[str, Target, int] | None:
    """A link reference definition at a place: its normalised label, its target, where the next line begins."""
    label = label_at(text, at)
    if label is None or not text.startswith(":", label.end()) or not (name := normalise(label[1])):
        return None
    start = skip_white(text, label.end() + 1)
    where = Destinations(text).at(start)
    if where is None or (where[1] == start):
        return None
    url, end = where
    bare = _line_end(text, end)
    behind = skip_white(text, end)
    if behind > end and (words := title(text, behind)) and (stop := _line_end(text, words[1])):
        return name, Target(url, words[0]), stop.end()
    return (name, Target(url, ""), bare.end()) if bare else None


class Leading(NamedTuple):
    """What a paragraph begins with.

    Attributes:
        found: its definitions, each with the place where the next line begins.
        sure: whether more text changes nothing of it; else the last one may still change.
        looks: whether the rest looks like one more definition.
    """

    found: list[tuple[str, Target, int]]
    sure: bool
    looks: bool

    @property
    def end(self) -> int:
        """Where the rest begins."""
        return self.found[-1][2] if self.found else 0


def leading_definitions(text: str) -> Leading:
    """The definitions that a paragraph begins with."""
    found: list[tuple[str, Target, int]] = []
    at = 0
    while text.startswith("[", at) and (one := definition(text, at)):
        at = _skip_blank(text, one[2])
        found.append((one[0], one[1], at))
    if not text.startswith("[", at):
        return Leading(found, text[at : at + 1] not in _TITLES, False)
    label = label_at(text, at)
    looks = label is not None and text.startswith(":", label.end())
    return Leading(found, not _may_define(text, at), looks)


def _skip_blank(text: str, at: int) -> int:
    found = _blank(text, at)
    return found.end() if found else at


def _may_define(text: str, at: int) -> bool:
    """Whether more text may make a definition of what begins with a bracket and is none yet."""
    label = label_at(text, at)
    if label is None:
        return _half_label(text, at) is not None
    if not text.startswith(":", label.end()):
        return label.end() == len(text)
    where = Destinations(text).at(skip_white(text, label.end() + 1))
    if where is None:
        return True
    behind = _skip_blank(text, where[1])
    return text[behind : behind + 1] in _TITLES or text[behind] == "\n"
