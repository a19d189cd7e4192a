"""Characters that look like others: data for the guard's folding.

Each word below is a character followed by what a reader takes it for. The facts are those of Unicode's confusables
(UTS 39), cut down to what reads as a Latin letter in running text. Letters stand in their case-folded form, which
stands for both cases; a capital that looks like another Latin letter than its small one does (Greek nu: N and v) has a
word of its own. Latin letters and digits themselves are never mixed (1 and l, 0 and o), as that would forbid too much.
"""

from __future__ import annotations

from typing import Final

_CYRILLIC = "аa вb гr ґr еe єe іi иu јj кk ӏl мm нh оo пn рp сc тt уy үy ұy хx һh шw ѕs ԁd ԛq ԝw ьb ѵv ѡw ӕae"
_GREEK = "αa βb γy εe ζz ηn ιi κk μu νv οo ρp σo τt υu χx ωw ϲc ϳj"
_GREEK_CAPITALS = "Μm Ηh Νn Υy Ϻm Ϝf"
_ARMENIAN = "աw հh յj ոn ցg սu զq օo Լl Տs"
_COPTIC = "ⲁa ⲃb ⲇd ⲉe ⲍz ⲏh ⲓi ⲕk ⲙm ⲛn ⲟo ⲣp ⲥc ⲧt ⲩy ⲭx ⲱw"
_LISU = "ꓐb ꓑp ꓒd ꓓd ꓔt ꓖg ꓗk ꓙj ꓚc ꓜz ꓝf ꓟm ꓠn ꓡl ꓢs ꓣr ꓦv ꓧh ꓪw ꓫx ꓬy ꓮa ꓰe ꓲi ꓳo ꓴu"
# Its case folding goes to the capitals.
_CHEROKEE = "Ꭺa Ᏼb Ꮯc Ꭰd Ꭼe Ᏻg Ꮋh Ꭵi Ꭻj Ꮶk Ꮮl Ꮇm Ꮲp Ꮢr Ꮪs Ꭲt Ꮩv Ꮃw Ꭹy Ꮓz Ꭱr Ꮍy Ꮐg Ꮒh Ꮟb Ꮤw Ꮥs Ꮷd"
# Latin letters that do not decompose: dotless, small capitals, with strokes, hooks and tails, ligatures.
_LATIN = (
    "ıi ɩi ɪi ɑa ɡg ɢg ʙb ʜh ʟl ɴn ʀr ʏy ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ꜱs "
    "øo đd ħh łl ŧt ɨi ʉu ƀb ɓb ƈc ɗd ɛe əe ƒf ɠg ɦh ƙk ɱm ɲn ŋn ƥp ʂs ƭt ʋv ƴy ƶz ȷj ʐz ĸk ðd þp æae œoe ƅb"
)
# What a number, an address or a quotation may be written with.
_MARKS = "‐- ‒- –- —- ―- −- ⁃- ➖- ‘' ’' ‛' ʼ' ʹ' ′' “\" ”\" ‟\" ⁄/ ∕/ ∶: ∗* ∨v ⋁v ∪u ⋃u"
_SCRIPTS: Final = (
    _CYRILLIC, _GREEK, _GREEK_CAPITALS, _ARMENIAN, _COPTIC, _LISU, _CHEROKEE, _LATIN, _MARKS,
)  # fmt: skip
# Forms of Chinese characters as parts of others, which NFKD leaves alone, each with the character itself.
_RADICALS = (
    "⺁厂 ⺄乙 ⺈刀 ⺎兀 ⺒巳 ⺓幺 ⺛旡 ⺜日 ⺝月 ⺠民 ⺧牛 ⺩王 ⺫目 ⺬示 ⺯糹 ⺰纟 ⺶羊 ⺻聿 "
    "⻁虎 ⻄西 ⻅见 ⻆角 ⻈讠 ⻉贝 ⻋车 ⻐钅 ⻑長 ⻓长 ⻔门 ⻗雨 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 "
    "⻠饣 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻪黾 ⻫斉 ⻬齐 ⻭歯 ⻮齿 ⻯竜 ⻰龙 ⻱龜 ⻲亀"
)
# Letters in boxes and discs that do not decompose, each run from A to Z: negative discs, negative squares, flags.
_ENCLOSED: Final[tuple[int, ...]] = (0x1F150, 0x1F170, 0x1F1E6)


def _table() -> dict[str, str]:
    words = " ".join(_SCRIPTS).split()
    pairs = {word[0]: word[1:] for word in words}
    return pairs | {chr(first + i): chr(ord("a") + i) for first in _ENCLOSED for i in range(26)}


LOOKS: Final[dict[str, str]] = _table()
"""What each character is taken for, in small letters."""
RADICALS: Final[dict[str, str]] = {word[0]: word[1] for word in _RADICALS.split()}
"""Parts of Chinese characters that stand alone, and the characters they are."""

# Beside Mn, Me and Cf: code points that are drawn as nothing (Unicode's Default_Ignorable_Code_Point): fillers of
# Hangul, reserved places, the rest of the tags' block.
UNSEEN: Final[frozenset[str]] = frozenset(
    map(chr, (0x115F, 0x1160, 0x3164, 0xFFA0, 0x2065, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)))
)
