"""The characters that no terminal gets from a model, and what is written instead.

Strategy: a terminal obeys control characters, and a model (or a web page it quotes) can write them: to move the cursor,
hide text, change the title, or fill the clipboard. No sequence is parsed, because every terminal knows others; instead
no control character passes at all, but for tab and line feed. The rest of a sequence is then only text. Characters that
are shown as nothing, or that change the order in which others are shown, go too: what is seen is what was said. The
joiners that real text needs stay: ZWJ makes one emoji of several, ZWNJ parts letters of Persian.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Final

_REPLACEMENT: Final = 0xFFFD
_KEPT: Final = (0x09, 0x0A)
_C0: Final = {code: 0x2400 + code for code in range(0x20) if code not in _KEPT} | {0x7F: 0x2421}  # as their pictures
_C1: Final = dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT)  # among them CSI and OSC in one character
_OVERRIDES: Final = dict.fromkeys((0x202D, 0x202E), _REPLACEMENT)  # they show text in another order than it has
_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT)  # they cannot be written as UTF-8
_SPACES: Final = {0x2028: 0x20, 0x2029: 0x20}  # line ends that no terminal knows
_UNSEEN: Final[dict[int, None]] = dict.fromkeys(
    chain(
        (0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF),  # soft hyphen, marks of direction, zero-width spaces
        range(0x202A, 0x202D),  # embeddings
        range(0x2060, 0x2070),  # joiners, invisible operators, isolates
        range(0xFFF9, 0xFFFC),  # annotations
    )
)
_SIGNS: Final[dict[int, int | None]] = {**_C0, **_C1, **_OVERRIDES, **_SURROGATES, **_SPACES, **_UNSEEN}

_harmful: Final = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb]"
).search


def harmless(text: str) -> str:
    """The text without these characters; CR LF becomes LF.

    Args:
        text: any text.
    """
    return text.replace("\r\n", "\n").translate(_SIGNS) if _harmful(text) else text
