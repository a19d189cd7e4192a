"""The guard: 10,000 words and five patterns over ordinary text. CPU time a character, and what is held.

The rows with a bar are those of the stage as it is used, `flow.guard(words=...)` with no other argument, event by
event; the engine alone stands beside them. The text comes in deltas as small as tokens, so the cost of an event is in
the figures. The words are made up: Chinese ones of two to four common characters, English ones of syllables, one in
three of the list.

Without other arguments a word is found inside others too, and what may still become one is held. In English every
letter starts a word of such a list, so at least the last letter of a delta that ends in one must be held, whatever the
method: no guard can hold less than about one character there. `whole_words=True` ("ass" is not in "class") has to
hold only words that begin like a listed one; its row has the bar that the default cannot meet.
"""

from __future__ import annotations

import itertools
import random
import statistics
import time

from benchmarks.table import Row, limit
from slipstream.events import Event, Start, StepStart, TextDelta, TextStart
from slipstream.flow import GuardRules, guard
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


def words(count: int) -> list[str]:
    """A made-up list, the same each time."""
    chance = random.Random(7)
    chinese = {"".join(chance.choices(_HAN, k=chance.choice((2, 2, 3, 4)))) for _ in range(count)}
    english = {"".join(_syllable(chance) for _ in range(chance.choice((2, 2, 3)))) for _ in range(count)}
    third = count // 3
    return [
        *itertools.islice(sorted(chinese, key=hash_of), count - third),
        *itertools.islice(sorted(english, key=hash_of), third),
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


def stage_cost(rules: GuardRules, parts: list[str]) -> float:
    """CPU microseconds a character of the stage, delta by delta."""
    deltas = [TextDelta(part) for part in parts]
    before: tuple[Event, ...] = (Start(), StepStart(), TextStart())
    times = []
    for _ in range(RUNS):
        stage = guard(rules)
        for event in before:
            stage.on_event(event, 0.0)
        take = stage.on_event
        began = time.process_time()
        for delta in deltas:
            take(delta, 0.0)
        times.append((time.process_time() - began) / sum(map(len, parts)) * 1e6)
    return statistics.median(times)


def engine(rules: Rules, parts: list[str]) -> tuple[float, float]:
    """CPU microseconds a character of the engine alone, and the characters held after each piece on average."""
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


def _rows(name: str, parts: list[str], substrings: GuardRules, whole: GuardRules) -> list[Row]:
    """The rows of a language."""
    label = f"guard(words=) of {WORDS} words, {name}"
    cost, held = engine(substrings.compiled, parts)
    cost_whole, held_whole = engine(whole.compiled, parts)
    rows = [limit(f"{label}, a character", stage_cost(substrings, parts), 2, "us")]
    if name == "Chinese":
        rows.append(limit(f"{label}, held on average", held, 1, "characters"))
    else:
        rows.append(Row(f"{label}, held on average (every letter starts a word)", f"{held:.3g} characters"))
    rows.append(limit(f"{label}, whole_words=True, a character", stage_cost(whole, parts), 2, "us"))
    rows.append(limit(f"{label}, whole_words=True, held on average", held_whole, 1, "characters"))
    rows.append(Row(f"  its engine alone, {name}", f"{cost:.3g} us, {cost_whole:.3g} us with whole_words=True"))
    cost, held = engine(Rules((), PATTERNS), parts)
    rows.append(Row(f"  five patterns, engine alone, {name}", f"{cost:.3g} us, {held:.3g} held"))
    return rows


def run() -> list[Row]:
    """All rows."""
    listed = words(WORDS)
    began = time.process_time()
    Rules([Word(word) for word in listed])
    rows = [limit(f"guard: compile {WORDS} words", time.process_time() - began, 0.5, "s")]
    substrings, whole = GuardRules(listed), GuardRules(listed, whole_words=True)
    for name, text, sizes in (("Chinese", CHINESE, (1, 2, 2, 1, 3)), ("English", ENGLISH, (4, 5, 3, 6, 2, 8))):
        rows += _rows(name, pieces(text, sizes), substrings, whole)
    return rows
