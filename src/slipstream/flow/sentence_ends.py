"""Whether a full stop, an exclamation or a question mark ends a sentence, from the text around it.

Strategy: Chinese and Japanese marks end one by themselves. Latin marks are asked only where white space or a CJK
character follows, which settles decimals, versions, addresses and file names; what is left are abbreviations, initials,
ellipses and quotes inside a sentence, and those need the first character of what follows, or its first word. A question
that the text cannot answer yet is answered None: the answer never depends on how much more has come.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, Literal, get_args

from slipstream.errors import InvalidRequestError
from slipstream.flow.abbreviations import BEFORE_LOWER, BEFORE_STARTER, NEVER, NUMBERED, STARTERS
from slipstream.flow.ordinals import is_ordinal

EngineName = Literal["auto", "rules", "sentencex"]
ENGINES: Final[tuple[str, ...]] = get_args(EngineName)

RULED: Final = ("de", "en", "zh")
"""The languages that the rules know."""

MAX_RUN: Final = 64
"""Marks, or white space, that are read as one end. More in a row is no prose; without a bound a stream of nothing but
spaces would be read again with every piece."""
LOOK_BEHIND: Final = 128
"""Characters before a mark that an engine may see: abbreviations are far shorter, and most quotes are too."""
MAX_WORD: Final = 24
"""Letters of the next word that an engine may wait for."""

CJK_ENDS: Final = "。！？；｡．"
LATIN_ENDS: Final = ".!?…؟۔।॥។։"
CLOSERS: Final = "”’」』）】》〉］｝〗〙〛\"')]}»›*_~"
SAME_BOTH_SIDES: Final = "\"'*_~"
LOW_CLOSERS: Final = "“‘«"
"""What closes in German („so“, ‚so‘, »so«) and opens elsewhere: it closes where no word follows at once, and never
behind a Chinese mark (`好。“你好”`)."""
WHITE: Final = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CJK_RANGES: Final = "\u2e80-\u2fff\u3001-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"

_NO_WORD: Final = rf"(?=[{WHITE},;:.!?…)\]{re.escape(CLOSERS + LOW_CLOSERS)}]|\Z)"
END: Final = re.compile(
    rf"(?P<marks>[{CJK_ENDS}{LATIN_ENDS}]{{1,{MAX_RUN}}})"
    rf"(?P<close>(?:[{re.escape(CLOSERS)}]|(?<![{CJK_ENDS}”’」』）】])[{LOW_CLOSERS}]{_NO_WORD}"
    rf"|[ \xa0\u202f]»{_NO_WORD}|\[\^?\d{{1,3}}\]|【\d{{1,3}}】){{0,16}})"
    rf"(?P<open>[\[【]\^?\d{{0,3}}\Z)?"  # perhaps a citation such as [1], which belongs to the sentence
    rf"(?P<white>[{WHITE}]{{0,{MAX_RUN}}})"
)
"""A mark with all that belongs to the sentence it may end, and the white space behind it."""

Engine = Callable[[str, int, "re.Match[str]", bool], "bool | None"]
"""Asked about a full stop with white space and a character behind it. Takes the text, where its sentence begins as far
as that is known, the match of `END`, and whether the text is complete; returns None if it needs to see more."""

_DIGITS: Final = frozenset("0123456789*_")  # or the emphasis of one
_is_cjk: Final = re.compile(f"[{_CJK_RANGES}]").match
_cjk_ends: Final = frozenset(CJK_ENDS)
_opens_cjk: Final = frozenset("“‘「『《（【〈")
_goes_on: Final = frozenset("，、,;:：；。！？!?.…)）】]」』”’》—–")
_word_back: Final = re.compile(r"(?:[^\W\u2e80-\ud7ff\uf900-\uffff_]|[.&'’-])*").match
_opening: Final = re.compile(r"(?:[\"'“‘«»„‚(\[*_]{1,3}[ \xa0\u202f]?)?").match
_word: Final = re.compile(rf"[^\W\d_]{{0,{MAX_WORD}}}").match
_letters: Final = re.compile(rf"(?:^|[^\w.])((?:[^\W\d_]\.[{WHITE}]?)+[^\W\d_])\Z").search
_white_in: Final = re.compile(rf"[{WHITE}]")
_consonants: Final = re.compile(r"[b-df-hj-np-tv-xz]+").fullmatch
_initials: Final = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}").fullmatch


def is_end(text: str, low: int, match: re.Match[str], final: bool, engine: Engine) -> bool | None:
    """Whether a mark ends a sentence.

    Args:
        text: what is known, from some place before the mark on.
        low: where the sentence begins in it, or 0.
        match: of `END`, and something follows it.
        final: True if no more text will come.
        engine: decides about single full stops before white space; all else is the same for every engine.

    Returns:
        True or False, or None if it takes more text to say.
    """
    following = text[match.end()]
    if following in _goes_on and not match["white"]:
        return False
    if _is_cjk_end(match["marks"], text, match.start(), following):
        return True
    if not match["white"]:
        return _before_cjk(text, match, following)
    if "\n" in match["white"]:
        return word_before(text, match.start()) not in NEVER or match["white"].count("\n") > 1
    if following in _goes_on:
        opens = following == "»" and _opens(text, match.end(), final)
        if not opens:
            return opens
    if match["close"].strip("*_~"):
        return not following.islower()  # "Really?" he said.
    if match["marks"] != ".":
        return not (following.islower() and _is_ellipsis(match["marks"]))
    return engine(text, low, match, final)


def _opens(text: str, at: int, final: bool) -> bool | None:
    """Whether the quote at `at`, with white space before it, opens the next sentence: a word follows at once."""
    if at + 1 == len(text):
        return False if final else None
    return not text[at + 1].isspace() and text[at + 1] not in _goes_on


def own_end(text: str, low: int, match: re.Match[str]) -> int:
    """Where a sentence really ends: behind the white space, or before a quote or an emphasis that opens the next one.

    Marks that look the same on both sides close what they opened in this sentence: `他说："好。"然后`, `好。"你好"`.
    """
    close: str = match["close"]
    if match["white"] or not close or close[0] not in SAME_BOTH_SIDES:
        return match.end()
    run = close[: len(close) - len(close.lstrip(close[0]))]
    opened = text.count(run, low, match.start()) % 2 == 1
    return match.end() if opened else match.end("marks")


def _is_cjk_end(marks: str, text: str, at: int, following: str) -> bool:
    """Chinese marks end a sentence by themselves; an ellipsis does among Chinese characters."""
    if not _cjk_ends.isdisjoint(marks):
        return True
    return marks[0] == "…" and at > 0 and bool(_is_cjk(text[at - 1])) and _starts_cjk(following)


def _is_ellipsis(marks: str) -> bool:
    return "." in marks or "…" in marks


def _starts_cjk(char: str) -> bool:
    return bool(_is_cjk(char)) or char in _opens_cjk


def _before_cjk(text: str, match: re.Match[str], following: str) -> bool:
    """A Latin mark right before a Chinese character; `1.苹果` is a list, `Dr.王` a name."""
    if not _starts_cjk(following):
        return False
    if match["marks"] != ".":
        return True
    word = word_before(text, match.start())
    return not (word.isdigit() or word in NEVER or word in NUMBERED or (len(word) == 1 and word.isalpha()))


def word_before(text: str, at: int) -> str:
    """The Latin word that ends at `at`, in lower case, without the quotes and brackets before it."""
    found = _word_back(text[max(at - 32, 0) : at].rstrip("*_")[::-1])
    return "" if found is None else found[0][::-1].strip("'’-&.").lower()


def rules(text: str, low: int, match: re.Match[str], final: bool) -> bool | None:  # noqa: ARG001
    """The engine of this library: tables of abbreviations, and the first character or word that follows."""
    at = match.end()
    following = text[at]
    word = word_before(text, match.start())
    if word in NEVER:
        return False
    if following.isdigit() and (word in NUMBERED or word.endswith("str")):  # Hauptstr. 5
        return False
    if len(word) == 1 and text[match.start() - 1].islower():
        spaced = _spaced(text, match.start(), at, final)
        if spaced is not False:
            return None if spaced is None else False
    if word in BEFORE_STARTER or (_initials(word) is not None and word not in BEFORE_LOWER):
        return _starts_sentence(text, at, final)
    return _ends_word(word, text[match.start() - 1 : match.start()], following)


def _spaced(text: str, at: int, next_at: int, final: bool) -> bool | None:
    """Whether a small letter with a full stop is a part of `z. B.`, and not the last, or the last of `d. h.`"""
    found = _letters(text[max(at - 12, 0) : at])
    if found is not None and _white_in.sub("", found[1]).lower() in NEVER:
        return True
    after = text[next_at : next_at + 2]
    if len(after) < 2 and after.isalpha() and not final:
        return None
    return after[:1].isalpha() and after[1:] == "."


def _ends_word(word: str, last: str, following: str) -> bool:
    """A word that is in no table but one."""
    if word in BEFORE_LOWER:
        return not (following.islower() or following.isdigit())
    if len(word) == 1 and word != "i" and last.isupper():
        return bool(_is_cjk(following))  # an initial: J. Smith
    # Four consonants before a small letter are more likely an abbreviation than the end of a careless sentence.
    return not (following.islower() and len(word) <= 4 and _consonants(word) is not None)


def _starts_sentence(text: str, at: int, final: bool) -> bool | None:
    """Whether the next word is one that sentences begin with."""
    following = text[at]
    if not following.isupper():
        return not (following.islower() or following.isdigit() or following in "([{&/-–—" or _is_cjk(following))
    word = _next_word(text, at, final)
    return None if word is None else word.lower() in STARTERS


def _next_word(text: str, at: int, final: bool) -> str | None:
    """The word that begins at `at`, without quotes before it; None if it may go on."""
    quotes = _opening(text, at)
    word = _word(text, at if quotes is None else quotes.end())
    if word is None:
        return ""
    return None if word.end() == len(text) and not final and len(word[0]) < MAX_WORD else word[0]


def sentencex(language: str) -> Engine:
    """The engine of the package `sentencex`, asked about one mark at a time.

    It is given the sentence so far (at most `LOOK_BEHIND` characters) and the first character that follows; if it sees
    no end there, once more with the whole next word. So it never sees more or less because of where the network cut.

    Args:
        language: its code of the language, such as `en`; an unknown one is English to it.

    Raises:
        InvalidRequestError: the package is not installed.
    """
    segment = _load()

    def asked(text: str, low: int, match: re.Match[str], final: bool) -> bool | None:
        begin, at = max(low, match.start() - LOOK_BEHIND), match.end()
        bounds = (match.end("marks") - begin, at - begin)
        if text[at].isalnum() and _splits(segment(language, text[begin : at + 1]), *bounds):
            return True
        word = _next_word(text, at, final)
        return word if word is None else _splits(segment(language, text[begin:at] + (word or text[at])), *bounds)

    return asked


def _splits(segments: Any, low: int, high: int) -> bool:
    """Whether one of these pieces begins within the bounds."""
    begin = 0
    for piece in segments:
        if low <= begin <= high:
            return True
        begin += len(piece)
    return False


def _load() -> Callable[[str, str], list[str]]:
    try:
        segment: Callable[[str, str], list[str]] = import_module("sentencex").segment
    except ImportError as error:
        hint = "pip install 'slipstream[sentences]', or engine='rules'"
        raise InvalidRequestError("engine: 'sentencex' needs the package of this name", hint=hint) from error
    return segment


def choose_engine(engine: str, language: str | None) -> Engine:
    """The engine by its name.

    Args:
        engine: `rules`, `sentencex`, or `auto`: sentencex where it is installed.
        language: its code; None for the rules' own mix, and `en` for sentencex. Of a code such as `de-AT` the rules
            read the first part.

    Raises:
        InvalidRequestError: no such engine, or it is not installed, or the rules do not know the language.
    """
    if engine not in ENGINES:
        raise InvalidRequestError(f"engine: {engine!r} is unknown; accepted: {', '.join(ENGINES)}")
    if language is not None and (not isinstance(language, str) or not language):
        raise InvalidRequestError(f"language: {language!r} is no code; accepted: one such as 'en' or 'zh', or None")
    if engine == "rules":
        return _with_dates(_rules_for(language), language)
    try:
        return _with_dates(sentencex(language or "en"), language)
    except InvalidRequestError:
        if engine == "sentencex":
            raise
        return _with_dates(_rules_for(language), language)


def _primary(language: str | None) -> str | None:
    return None if language is None else language.partition("-")[0].lower()


def _rules_for(language: str | None) -> Engine:
    """The rules, if they know the language."""
    if language is not None and _primary(language) not in RULED:
        raise InvalidRequestError(
            f"language: {language!r} is unknown to engine='rules'; accepted: {', '.join(RULED)}, or None",
            hint="pip install 'slipstream[sentences]' for engine='sentencex', which knows many languages",
        )
    return rules


def _with_dates(engine: Engine, language: str | None) -> Engine:
    """The engine, told of German ordinals where the text is German or may be."""
    german = _primary(language) == "de"
    if language is not None and not german:
        return engine

    def asked(text: str, low: int, match: re.Match[str], final: bool) -> bool | None:
        if text[match.start() - 1 : match.start()] in _DIGITS:
            ordinal = is_ordinal(text, match.start(), match.end(), final, german)
            if ordinal is not False:
                return None if ordinal is None else False
        return engine(text, low, match, final)

    return asked
