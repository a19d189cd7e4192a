"""German dates and ordinals: `am 3. Mai`, `die 2. Auflage`, whose full stop ends nothing.

Before the name of a month or a small letter this is so in any text; English, where a sentence may begin with August,
can say that it is English. Before another noun only German is written so: `Die 2. Auflage`, but `I have 2. Mary has 3.`
"""

from __future__ import annotations

import re
from typing import Final

from slipstream.flow.abbreviations import BEFORE_CARDINAL, GERMAN_STARTERS, MONTHS

_number: Final = re.compile(r"(?:(?P<before>[^\W\d_]+)\.?\s+|(?:^|[\s(\[„“‚»«*_–-]))[0-9]{1,2}[*_]{0,3}\Z").search
_word: Final = re.compile(r"[^\W\d_]{0,24}").match

LONGEST: Final = 24
"""Letters that are looked at on either side: the words of the tables are shorter."""


def is_ordinal(text: str, at: int, next_at: int, final: bool, german: bool) -> bool | None:
    """Whether a full stop stands behind an ordinal.

    Args:
        text: what is known.
        at: where the full stop stands.
        next_at: where the next word begins, behind white space; it is inside the text.
        final: True if no more text will come.
        german: True if the text is known to be German.

    Returns:
        True if it does and ends nothing; False if it is not known to; None if it takes more text to say.
    """
    found = _number(text[max(at - LONGEST - 8, 0) : at])
    if found is None:
        return False
    if text[next_at].islower():
        return True
    word, ended = _next(text, next_at, final)
    if word in MONTHS and ended:
        return True
    if not word or (ended and not german):
        return False
    if not ended:
        return None if german or any(month.startswith(word) for month in MONTHS) else False
    return word not in GERMAN_STARTERS and (found["before"] or "").lower() not in BEFORE_CARDINAL


def _next(text: str, at: int, final: bool) -> tuple[str, bool]:
    """The word that begins here in lower case, and whether all of it is known."""
    found = _word(text, at)
    word = "" if found is None else found[0]
    return word.lower(), final or len(word) >= LONGEST or at + len(word) < len(text)
