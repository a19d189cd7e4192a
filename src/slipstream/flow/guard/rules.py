"""What is forbidden: words, patterns and personal data, checked and compiled once for any number of streams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from slipstream.errors import InvalidRequestError
from slipstream.flow.arguments import flag, whole
from slipstream.flow.guard.pii import NAMES, patterns_of
from slipstream.flow.guard.screen import DEFAULT_MAX_HOLD, IGNORABLE, Pattern, Rules, Word

Words = str | Iterable[str] | Mapping[str, str | Iterable[str]]
Patterns = str | re.Pattern[str] | Iterable[str | re.Pattern[str]] | Mapping[str, str | re.Pattern[str]]
PII = bool | str | Iterable[str]

_Pairs = tuple[tuple[str, Any], ...]


class GuardRules:
    """What a guard looks for. Making one costs (0.1 s for 10,000 words); sharing one costs nothing.

    Args:
        words: words and phrases, found in any case, width, script variant and with invisible characters inside; or a
            mapping of categories to them. A match is reported under its category, `words` if there is none. A str is
            one word, here and below.
        patterns: regular expressions, as text or compiled; or a mapping of names to them. Without a name the first is
            `pattern-1`.
        pii: True for all ready patterns, or the names of some: `email`, `phone`, `id_card`, `bank_card`, `iban`, `ip`,
            `key`.
        ignore: what may stand inside a word without hiding it: `spaces`, `markdown`, `html`.
        whole_words: True finds words only where they stand alone: "cat" not in "concatenate".
        max_hold: characters after which what may still become a match is treated as one.

    Raises:
        InvalidRequestError: there is nothing to look for, or an argument is wrong; the message names it.

    Attributes:
        compiled: what the scanners run on.
    """

    __slots__ = ("compiled",)

    def __init__(
        self,
        words: Words | None = None,
        patterns: Patterns | None = None,
        pii: PII | None = None,
        *,
        ignore: str | Iterable[str] = (),
        whole_words: bool = False,
        max_hold: int | None = None,
    ) -> None:
        self.compiled: Rules = _compiled(*_checked(words, patterns, pii, ignore, whole_words, max_hold))

    @classmethod
    def shared(cls, *arguments: Any) -> GuardRules:
        """The rules for these arguments, in the order of the constructor: those of an earlier call with the same."""
        made = cls.__new__(cls)
        made.compiled = _shared(*_checked(*arguments))
        return made


def _compiled(
    words: _Pairs, patterns: _Pairs, pii: tuple[str, ...], ignore: frozenset[str], whole_words: bool,
    max_hold: int | None,
) -> Rules:  # fmt: skip
    listed = [Word(text, name, whole_words) for name, text in words]
    expressions = [Pattern(expression, name) for name, expression in patterns]
    if max_hold is None and pii:
        # Ours may end with an endless part: what stands there is masked already, and nothing is held for it. So they
        # need a bound that is said, and a user's own pattern must not pass for one of them.
        Rules((), expressions)
        max_hold = DEFAULT_MAX_HOLD
    return Rules(listed, [*expressions, *patterns_of(pii)], ignore=ignore, max_hold=max_hold)


# A handful: an application has a few lists, and a list of 10,000 words takes some 20 MB once it is compiled.
_shared: Final = lru_cache(maxsize=8)(_compiled)


def _checked(
    words: Any, patterns: Any, pii: Any, ignore: Any, whole_words: Any, max_hold: Any
) -> tuple[_Pairs, _Pairs, tuple[str, ...], frozenset[str], bool, int | None]:
    listed, expressions, kinds = _words(words), _patterns(patterns), _pii(pii)
    if not (listed or expressions or kinds):
        raise InvalidRequestError("guard: nothing to look for; accepted: words=, patterns=, pii=, or check= alone")
    ignored = frozenset(_names("ignore", ignore, IGNORABLE))
    if flag("whole_words", whole_words) and "spaces" in ignored:
        raise InvalidRequestError('ignore: "spaces" with whole_words=True: spaces are what a whole word is known by')
    bound = None if max_hold is None else whole("max_hold", max_hold, "characters")
    return listed, expressions, kinds, ignored, whole_words, bound


def _words(words: Any) -> _Pairs:
    if words is None:
        return ()
    if not isinstance(words, Mapping):
        return tuple(("words", _word("words", word)) for word in _listed("words", words, "words"))
    return tuple(
        (_category(name), _word(f"words[{name!r}]", word))
        for name, group in words.items()
        for word in _listed(f"words[{name!r}]", group, "words")
    )


def _listed(name: str, given: Any, what: str) -> list[Any]:
    """The items. A text is one of them, and never its letters."""
    if isinstance(given, (str, re.Pattern)):
        return [given]
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise InvalidRequestError(f"{name}: a {type(given).__name__}; accepted: one or a list of {what}, or a mapping")
    return list(given)


def _category(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"words: a category is a {type(name).__name__}; accepted: a name")
    return name


def _word(name: str, word: Any) -> str:
    if not isinstance(word, str):
        raise InvalidRequestError(f"{name}: it holds a {type(word).__name__}; accepted: words, each a str")
    if not word.strip():
        raise InvalidRequestError(f"{name}: it holds an empty word, which would match everywhere")
    return word


def _patterns(patterns: Any) -> _Pairs:
    if patterns is None:
        return ()
    if isinstance(patterns, Mapping):
        pairs = [(name, pattern, f"patterns[{name!r}]") for name, pattern in patterns.items()]
    else:
        listed = _listed("patterns", patterns, "regular expressions")
        pairs = [(f"pattern-{at}", pattern, f"patterns[{at - 1}]") for at, pattern in enumerate(listed, 1)]
    return tuple((name, _pattern(label, name, pattern)) for name, pattern, label in pairs)


def _pattern(label: str, name: Any, pattern: Any) -> str | re.Pattern[str]:
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"{label}: its name is a {type(name).__name__}; accepted: a name")
    source = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    if not isinstance(source, str):
        raise InvalidRequestError(f"{label}: a {type(source).__name__}; accepted: a regular expression of text")
    try:
        re.compile(source)
    except re.error as error:
        raise InvalidRequestError(f"{label}: no regular expression: {error.msg} at position {error.pos}") from None
    return pattern  # type: ignore[no-any-return]


def _pii(pii: Any) -> tuple[str, ...]:
    if pii is None or pii is False:
        return ()
    return NAMES if pii is True else _names("pii", pii, NAMES)


def _names(name: str, given: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    """Names out of a list of known ones, each once."""
    listed = _listed(name, given, f"names out of {', '.join(known)}")
    for item in listed:
        if item not in known:
            shown = repr(item[:40]) if isinstance(item, str) else f"a {type(item).__name__}"
            raise InvalidRequestError(f"{name}: {shown}; accepted: {', '.join(known)}")
    return tuple(item for item in known if item in listed)
