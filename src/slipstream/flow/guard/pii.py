"""Ready patterns for personal data and secrets.

They run on text in which full width, zero width and homoglyph forms have been undone. Every part that must be held
before a match is sure is bounded; what follows a match that is already sure may go on for ever, because it leaves
masked.

Sources: RFC 5321 section 4.5.3.1 (e-mail lengths), ITU-T E.164 (15 digits), GB 11643-1999 (identity number and its
check digit), ISO/IEC 7812-1 (card numbers, Luhn), RFC 6750 (bearer tokens), RFC 7468 (PEM), and the key formats that
the providers document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from slipstream.flow.guard.screen import Pattern

_SEPARATORS: Final = re.compile(r"[ -]")


def luhn(text: str) -> bool:
    """Whether digits, spaces and hyphens make a card number: its last digit checks the others."""
    digits = [int(char) for char in _SEPARATORS.sub("", text)]
    doubled = (2 * digit - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"


def id_number(text: str) -> bool:
    """Whether 18 characters make a Chinese identity number; the 15 digits issued until 1999 have no check digit."""
    number = _SEPARATORS.sub("", text).upper()
    if len(number) == 15:
        return True
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECK_DIGITS[total % 11] == number[17]


_LOCAL: Final = r"[A-Za-z0-9._%+'-]{1,64}"
_LABEL: Final = r"[A-Za-z0-9-]{1,63}"
_DATE: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
# Lines may be broken by real line ends, by the escapes that stand for them in source code, or by spaces.
_BREAK: Final = r"(?:\s|\\[nr]){1,4}"
_PEM: Final = "[A-Z ]{0,32}PRIVATE KEY-----"
_PEM_HEADER: Final = "(?:Proc-Type|DEK-Info): ?[A-Za-z0-9,-]{1,80}"
_NOT_AFTER: Final = r"(?<![A-Za-z0-9])"

_Valid = Callable[[str], bool] | None
_SOURCES: Final[dict[str, tuple[tuple[str, _Valid], ...]]] = {
    # ASCII only: with the letters of all scripts every Chinese sentence might become an address, and would be held.
    "email": ((rf"{_LOCAL}@(?:{_LABEL}\.){{1,4}}[A-Za-z]{{2,24}}", None),),
    "phone": (
        # China: mobile, with or without the country's code; fixed lines with their area.
        (r"(?<![0-9])(?:(?:\+|00)?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])", None),
        (r"(?<![0-9])(?:\(0[0-9]{2,3}\) ?|0[0-9]{2,3}-)[0-9]{7,8}(?![0-9])", None),
        # International, which says so with a plus or 00; North America, which has its separators to be known by.
        (r"(?<![0-9])(?:\+|00)[1-9](?:[ .()-]{0,2}[0-9]){6,14}(?![0-9])", None),
        (r"(?<![0-9])(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}(?![0-9])", None),
    ),
    "id_card": (
        (
            rf"(?<![0-9])[1-9][0-9]{{5}}[ -]?(?:18|19|20)[0-9]{{2}}{_DATE}[ -]?[0-9]{{3}}[0-9Xx](?![0-9])",
            id_number,
        ),
        (rf"(?<![0-9])[1-9][0-9]{{7}}{_DATE}[0-9]{{3}}(?![0-9])", id_number),
    ),
    "bank_card": (
        (r"(?<![0-9])[2-69][0-9]{12,18}(?![0-9])", luhn),
        (r"(?<![0-9])[2-69][0-9]{3}(?:[ -][0-9]{4}){3}(?:[ -][0-9]{1,3})?(?![0-9])", luhn),
        (r"(?<![0-9])3[0-9]{3}[ -][0-9]{6}[ -][0-9]{5}(?![0-9])", luhn),
        (r"(?<![0-9])6[0-9]{5}[ -][0-9]{10,13}(?![0-9])", luhn),
    ),
    "key": (
        (rf"{_NOT_AFTER}sk-[A-Za-z0-9_-]{{16,}}", None),  # OpenAI, Anthropic, DeepSeek, and their like
        (rf"{_NOT_AFTER}(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{{16,}}", None),  # Stripe
        (rf"{_NOT_AFTER}[0-9a-f]{{32}}\.[A-Za-z0-9]{{16,}}", None),  # Zhipu: id.secret
        (rf"{_NOT_AFTER}(?:AKIA|ASIA)[A-Z0-9]{{16}}", None),  # AWS
        (rf"{_NOT_AFTER}(?:LTAI|AKID)[A-Za-z0-9]{{12,}}", None),  # Alibaba Cloud, Tencent Cloud
        (rf"{_NOT_AFTER}AIza[A-Za-z0-9_-]{{35}}", None),  # Google
        (rf"{_NOT_AFTER}gh[pousr]_[A-Za-z0-9]{{36,}}", None),  # GitHub
        (rf"{_NOT_AFTER}github_pat_[A-Za-z0-9_]{{22,}}", None),
        (rf"{_NOT_AFTER}xox[abeoprs]-[A-Za-z0-9-]{{10,}}", None),  # Slack
        (rf"{_NOT_AFTER}hf_[A-Za-z0-9]{{30,}}", None),  # Hugging Face
        (rf"{_NOT_AFTER}eyJ[A-Za-z0-9_-]{{16,}}(?:\.[A-Za-z0-9_-]*){{0,4}}", None),  # JWT: `{"` in base64url begins it
        (rf"{_NOT_AFTER}[Bb]earer {{1,4}}[A-Za-z0-9._~+/=-]{{20,}}", None),
        (
            rf"-----BEGIN {_PEM}(?:{_BREAK}{_PEM_HEADER}){{0,2}}"
            rf"(?:{_BREAK}[A-Za-z0-9+/=]+)*(?:{_BREAK}-----END {_PEM})?",
            None,
        ),
    ),
}

NAMES: Final[tuple[str, ...]] = tuple(_SOURCES)
"""What `pii=` accepts."""


def patterns_of(names: tuple[str, ...]) -> list[Pattern]:
    """The patterns of these kinds of data, each under the name of its kind."""
    return [Pattern(source, name, valid) for name in names for source, valid in _SOURCES[name]]
