"""Characters that look like others: data for the guard's folding.

Each word below is a character followed by what a reader takes it for. The facts are those of Unicode's confusables
(UTS 39), cut down to what reads as a Latin letter in running text. Letters stand in their case-folded form. Where the
capital and the small letter look like different Latin letters (Greek nu: N and v), the small one decides, as most text
is small; so the rule stays one to one, and words of that script still match in any case. Latin letters and digits
themselves are never mixed (1 and l, 0 and o), as that would forbid too much.
"""

from __future__ import annotations

from typing import Final

_CYRILLIC = "аa вb гr ґr еe єe іi иu јj кk ӏl мm нh оo пn рp сc тt уy үy ұy хx һh шw ѕs ԁd ԛq ԝw ьb ѵv ѡw ӕae"
_GREEK = "αa βb γy εe ζz ηn ιi κk μu νv οo ρp σo τt υu χx ωw ϲc ϳj"
_ARMENIAN = "աw հh յj ոn ցg սu զq օo"
# Its case folding goes to the capitals.
_CHEROKEE = "Ꭺa Ᏼb Ꮯc Ꭰd Ꭼe Ᏻg Ꮋh Ꭵi Ꭻj Ꮶk Ꮮl Ꮇm Ꮲp Ꮢr Ꮪs Ꭲt Ꮩv Ꮃw Ꭹy Ꮓz"
# Latin letters that do not decompose: dotless, small capitals, with strokes, hooks and tails, ligatures.
_LATIN = (
    "ıi ɩi ɪi ɑa ɡg ɢg ʙb ʜh ʟl ɴn ʀr ʏy ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ꜱs "
    "øo đd ħh łl ŧt ɨi ʉu ƀb ɓb ƈc ɗd ɛe əe ƒf ɠg ɦh ƙk ɱm ɲn ŋn ƥp ʂs ƭt ʋv ƴy ƶz ȷj ʐz ĸk ðd þp æae œoe"
)
# What a number, an address or a quotation may be written with.
_MARKS = "‐- ‒- –- —- ―- −- ⁃- ➖- ‘' ’' ‛' ʼ' ʹ' ′' “\" ”\" ‟\" ⁄/ ∕/ ∶: ∗*"
# Letters in boxes and discs that do not decompose, each run from A to Z: negative discs, negative squares, flags.
_ENCLOSED: Final[tuple[int, ...]] = (0x1F150, 0x1F170, 0x1F1E6)


def _table() -> dict[str, str]:
    words = " ".join((_CYRILLIC, _GREEK, _ARMENIAN, _CHEROKEE, _LATIN, _MARKS)).split()
    pairs = {word[0]: word[1:] for word in words}
    return pairs | {chr(first + i): chr(ord("a") + i) for first in _ENCLOSED for i in range(26)}


LOOKS: Final[dict[str, str]] = _table()
"""What each character is taken for, in small letters."""

# Beside Mn, Me and Cf: code points that are drawn as nothing (Unicode's Default_Ignorable_Code_Point): fillers of
# Hangul, reserved places, the rest of the tags' block.
UNSEEN: Final[frozenset[str]] = frozenset(
    map(chr, (0x115F, 0x1160, 0x3164, 0xFFA0, 0x2065, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)))
)
