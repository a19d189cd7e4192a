"""Ready patterns for personal data and secrets.

They run on text in which full width, zero width and homoglyph forms have been undone. Every part that must be held
before a match is sure is bounded; what follows a match that is already sure may go on for ever, because it leaves
masked.

Sources: RFC 5321 section 4.5.3.1 (e-mail lengths), ITU-T E.164 (15 digits), GB 11643-1999 (identity number and its
check digit), ISO/IEC 7812-1 (card numbers, Luhn), ISO 13616-1 and SWIFT's IBAN registry as of 2025, RFC 791 (IPv4),
RFC 6750 (bearer tokens), RFC 7468 (PEM), and the key formats that the providers document.
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


_IBANS: Final = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24
    FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
    LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24
    RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
_IBAN_LENGTHS: Final = {entry[:2]: int(entry[2:]) for entry in _IBANS.split()}


def iban(text: str) -> bool:
    """Whether letters and digits make an account number: the length of its country, and a remainder of 1 by 97."""
    number = _SEPARATORS.sub("", text).upper()
    if len(number) != _IBAN_LENGTHS.get(number[:2]):
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def ipv4(text: str) -> bool:
    """Whether each of the numbers between full stops fits in eight bits."""
    return all(int(octet) <= 255 for octet in text.strip(".").split("."))


_LOCAL: Final = r"[A-Za-z0-9._%+'-]{1,64}"
_LABEL: Final = r"[A-Za-z0-9-]{1,63}"
_DATE: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
# Lines may be broken by real line ends, by the escapes that stand for them in source code, or by spaces.
_BREAK: Final = r"(?:\s|\\[nr]){1,4}"
_PEM: Final = "[A-Z ]{0,32}PRIVATE KEY-----"
_PEM_HEADER: Final = "(?:Proc-Type|DEK-Info): ?[A-Za-z0-9,-]{1,80}"
_FOUR: Final = "[A-Za-z0-9]{4}"
_LAST: Final = "[A-Za-z0-9]{1,3}"
_NUMBERS: Final = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
# A full stop before them, of an ellipsis, is masked too, because no look-around sees past it to the digit of a version.
_ADDRESS: Final = rf"(?:(?<![0-9.vV])|(?<![0-9])\.){_NUMBERS}"
_NOT_AFTER: Final = r"(?<![A-Za-z0-9])"

_Valid = Callable[[str], bool] | None
_Source = tuple[str, _Valid] | tuple[str, _Valid, int]
_SOURCES: Final[dict[str, tuple[_Source, ...]]] = {
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
    "iban": ((rf"{_NOT_AFTER}[A-Za-z]{{2}}[0-9]{{2}}(?:[ -]?{_FOUR}){{2,7}}(?:[ -]?{_LAST})?(?![A-Za-z0-9])", iban),),
    # No part of a longer number with full stops; the one that ends a sentence is only looked at.
    "ip": ((rf"{_ADDRESS}(?![0-9.])", ipv4), (rf"{_ADDRESS}\.(?![0-9])", ipv4, 1)),
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
    return [
        Pattern(source, name, valid, tail=tail[0] if tail else 0)
        for name in names
        for source, valid, *tail in _SOURCES[name]
    ]
