"""Tokens by the length of a text: no vocabulary, no whole text to read again, and fair on prose."""

from __future__ import annotations

import re
from typing import Final

WIDE: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
"""Chinese, Japanese and Korean characters."""
_all_wide: Final = re.compile(f"(?:{WIDE.pattern})+").fullmatch  # most pieces of a Chinese answer

TOKENS_PER_WIDE: Final = 0.7
"""Tokens a Chinese, Japanese or Korean character takes, on average of today's vocabularies (0.6 GLM to 0.8 cl100k)."""

CHARACTERS_PER_TOKEN: Final = 4.0
"""Characters of other scripts in a token, on average of English text and code."""

TOKEN_WEIGHT: Final = 20
WIDE_WEIGHT: Final = round(TOKEN_WEIGHT * TOKENS_PER_WIDE)
NARROW_WEIGHT: Final = round(TOKEN_WEIGHT / CHARACTERS_PER_TOKEN)
"""The same as whole numbers, so that a sum over pieces is exact: a token weighs 20, a wide character 14, another 5."""


def by_length(text: str) -> int:
    """Tokens in the text, from its length: within some 20 % on prose."""
    return tokens_of(weight_of(text))


def weight_of(text: str) -> int:
    """The weight of a text. Weights of pieces add up to that of the whole, however it is cut."""
    if text.isascii():
        return NARROW_WEIGHT * len(text)
    wide = len(text) if _all_wide(text) else len(WIDE.findall(text))
    return WIDE_WEIGHT * wide + NARROW_WEIGHT * (len(text) - wide)


def tokens_of(weight: int) -> int:
    """The tokens that a weight stands for; what has begun is a token."""
    return -(-weight // TOKEN_WEIGHT)
