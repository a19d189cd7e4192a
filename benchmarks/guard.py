"""The guard's engine: 10,000 words and five patterns over ordinary text. CPU time a character, and what is held.

The text comes in pieces as small as tokens, so the cost of a piece is in the figures. The words are made up: Chinese
ones of two to four common characters, English ones of syllables, one in three of the list. The English ones must stand
alone, as such lists have it ("ass" is not in "class"); the row with "inside" finds them within words too: there
every letter of an ordinary text may start one, so about a character and a half is held whatever the method.
"""

from __future__ import annotations

import itertools
import random
import statistics
import time

from benchmarks.table import Row, limit
from slipstream.flow.guard.screen import Pattern, Rules, Word

CHARACTERS = 20_000
RUNS = 5
WORDS = 10_000

CHINESE = (
    "今天我们来聊一聊几个有趣的冷知识。章鱼有三颗心脏,其中两颗负责把血液送到鳃部,另一颗负责全身的循环。"
    "蜂蜜几乎不会变质,考古学家曾在古埃及的墓葬中发现过三千年前的蜂蜜,据说仍然可以食用。"
    "香蕉从植物学的角度看是一种浆果,而草莓却不是。世界上最短的战争只持续了大约三十八分钟。"
    "如果你想学习一门新的编程语言,建议先从简单的例子开始,逐步理解变量、函数和数据结构,然后再尝试写一个完整的项目。"
    "天气预报说明天下午有小雨,出门的时候请记得带伞;周末气温回升,适合和家人一起去公园散步。"
)
ENGLISH = (
    "Here are a few things that people rarely know. An octopus has three hearts: two of them pump blood to the gills, "
    "and the third keeps it moving through the rest of the body. Honey hardly ever spoils, and pots of it have been "
    "found in tombs that are thousands of years old. If you would like to learn a new programming language, start with "
    "small examples, get used to variables, functions and data structures, and then try to finish a whole project. "
    "The forecast for tomorrow says light rain in the afternoon, so please remember to take an umbrella with you. "
)
# Common and rare characters; all those of the text are among them, so each may start a word.
_HAN = [chr(code) for code in range(0x4E00, 0x9FA5, 12)] + sorted(set(CHINESE) - set("，。、；"))
_ONSETS = (*"bcdfghjklmnprstvw", "bl", "br", "ch", "cl", "dr", "fl", "gr", "pl", "pr", "sh", "st", "tr")
_VOWELS = ("a", "e", "i", "o", "u", "ea", "ou", "ai")
_CODAS = ("", "", "", "n", "r", "s", "t", "ck", "ng", "ll")

PATTERNS = (
    Pattern(r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?!\w)", "email"),
    Pattern(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)", "phone"),
    Pattern(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)", "id card"),
    Pattern(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)", "bank card", lambda text: _luhn(text)),
    Pattern(r"\b(?:sk|pk|ghp|xox[bp])[-_][A-Za-z0-9_-]{16,128}\b", "key"),
)


def _luhn(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    return sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]) % 10 == 0


def words(count: int, *, whole: bool) -> list[Word]:
    """A made-up list, the same each time."""
    chance = random.Random(7)
    chinese = {"".join(chance.choices(_HAN, k=chance.choice((2, 2, 3, 4)))) for _ in range(count)}
    english = {"".join(_syllable(chance) for _ in range(chance.choice((2, 2, 3)))) for _ in range(count)}
    third = count // 3
    return [
        *(Word(text) for text in itertools.islice(sorted(chinese, key=hash_of), count - third)),
        *(Word(text, whole=whole) for text in itertools.islice(sorted(english, key=hash_of), third)),
    ]


def hash_of(text: str) -> int:
    """An order that is the same in each process."""
    return random.Random(text).getrandbits(32)


def _syllable(chance: random.Random) -> str:
    return f"{chance.choice(_ONSETS)}{chance.choice(_VOWELS)}{chance.choice(_CODAS)}"


def pieces(text: str, sizes: tuple[int, ...]) -> list[str]:
    """A long text in pieces of these sizes, in turn."""
    whole = text * (CHARACTERS // len(text) + 1)
    out: list[str] = []
    at = 0
    for size in itertools.cycle(sizes):
        if at >= CHARACTERS:
            return out
        out.append(whole[at : at + size])
        at += size
    return out


def measure(rules: Rules, parts: list[str]) -> tuple[float, float]:
    """CPU microseconds a character, and the characters held after each piece on average."""
    count = sum(map(len, parts))
    times = []
    for _ in range(RUNS):
        scanner = rules.scanner()
        began = time.process_time()
        for part in parts:
            scanner.feed(part)
        times.append((time.process_time() - began) / count * 1e6)
    scanner = rules.scanner()
    held = 0
    for part in parts:
        scanner.feed(part)
        held += scanner.held
    return statistics.median(times), held / len(parts)


def run() -> list[Row]:
    """All rows."""
    chinese, english = pieces(CHINESE, (1, 2, 2, 1, 3)), pieces(ENGLISH, (4, 5, 3, 6, 2, 8))
    mixed, all_inside = words(WORDS, whole=True), words(WORDS, whole=False)
    began = time.process_time()
    listed = Rules(mixed)
    rows = [limit(f"guard: compile {WORDS} words", time.process_time() - began, 0.5, "s")]
    inside, patterns = Rules(all_inside), Rules((), PATTERNS)
    for name, parts in (("Chinese", chinese), ("English", english)):
        cost, held = measure(listed, parts)
        rows.append(limit(f"guard: {WORDS} words, {name}, a character", cost, 2, "us"))
        rows.append(limit(f"guard: {WORDS} words, {name}, held on average", held, 1, "characters"))
        cost, held = measure(inside, parts)
        rows.append(Row(f"  words inside words too, {name}", f"{cost:.3g} us, {held:.3g} held"))
        cost, held = measure(patterns, parts)
        rows.append(Row(f"  five patterns, {name}", f"{cost:.3g} us, {held:.3g} held"))
    return rows
