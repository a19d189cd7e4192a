"""Sentences, cut while the text arrives: the same however it comes, with either engine."""

from __future__ import annotations

import re
from itertools import accumulate

import pytest
from hypothesis import given, settings, strategies as st
from wcwidth import iter_graphemes

from slipstream.flow.segment import SentenceCutter
from slipstream.flow.sentence_ends import LOOK_BEHIND, MAX_RUN, Engine, choose_engine

RULES = choose_engine("rules", None)
SENTENCEX = choose_engine("sentencex", None)
GERMAN_RULES = choose_engine("rules", "de")
ENGINES = pytest.mark.parametrize("engine", [RULES, SENTENCEX], ids=["rules", "sentencex"])
ALL_ENGINES = pytest.mark.parametrize(
    "engine", [RULES, SENTENCEX, GERMAN_RULES], ids=["rules", "sentencex", "german rules"]
)

# The bar stands where a piece ends.
CASES = [
    # English
    "Hello world. |How are you? |Fine!",
    "One.  |Two.\n|Three.",
    "It costs 3.14 dollars. |Or 1,000.50 euros.",
    "Version v1.2.3 is out. |Python 3.12 too.",
    "Dr. Smith met Mrs. Jones. |They talked.",
    "She works at St. Mary's with Prof. Lee. |Good.",
    "Use fruit, e.g. apples. |Or i.e. this one.",
    "Cats vs. dogs is old. |Truly.",
    "See No. 5 and Fig. 3 on p. 12. |Then go on.",
    "I said no. |He left.",
    "We met at 5 p.m. on Monday. |It rained.",
    "We met at 5 p.m. |It rained.",
    "Apples, pears, etc. are fruit. |Yes.",
    "We have apples, pears, etc. |They are fruit.",
    "I live in the U.S. |The weather is fine.",
    "The U.S. Army came. |It left.",
    "The U.S. is big. |Is it?",
    "Acme Inc. makes it. |Acme Inc. |The rest is silence.",
    "J. R. R. Tolkien wrote it. |I read it.",
    "So did I. |Then he went.",
    "She has a Ph.D. in physics. |Wow.",
    "Wait... what? |No... |Really.",
    "Well… maybe. |Well… |Yes.",
    "What?! |No way!!! |Stop.",
    '"Really?" he said. |"Yes." |She left.',
    "“Really?” he said. |“Yes.” |She left.",
    "He said “go.” |Then he went.",
    "(He left.) |She stayed (why?) and cried.",
    "Is it? |“No,” he said. |\"Is it?\" |'No.' |Fine.",
    "See https://example.com/a.b?q=1.5&x=y!z. |Then go on.",
    "Mail me at first.last@example.co.uk. |Thanks.",
    "Open www.example.com. |Or example.com/index.html, please. |Done.",
    "Node.js and file.txt are names. |So is a.out.",
    "This is **bold.** |That is *not.* |End.",
    "He wrote it.[1] |She read it.[2][3] |End.",
    "It ended in 2020. |Then came 2021.",
    "Is npm good? |it is. |npm install works.",
    "Great! |🎉 Next one 👨‍👩‍👧. |Yes 👍🏽! |Ok.",
    "El niño come. |¿Qué? |¡Sí! |Bien.",
    "Это тест. |Ещё один? |Да!",
    "यह एक है। |यह दो है।",
    "هل أنت بخير؟ |نعم.",
    # Chinese, Japanese, mixed
    "你好。|世界！|真的？|是的；|好。",
    "他走了……|她也走了…|完。",
    "什么？！|不会吧！！！|好。",
    "“真的吗？”|他说。|“好！”，她答。|完",
    "他说：「好。」|然后走了。|『是。』|完",
    "（他走了。）|她没走。|【完。】|好",
    '他说："好。"|然后走了。|"新的"开始了。|完',
    "重点。|**加粗**的字。|**完。**|好",
    "圆周率是3.14。|版本v1.2.3发布了。|好",
    "我用Python 3.11。|你用Node.js吗？|是",
    "请看 https://a.cn/b.html?x=1。|谢谢！",
    "请看https://a.cn/b.html。|谢谢！",
    "邮箱是a.b@c.cn。|谢谢。",
    "他说OK.|然后走了。",
    "Great!|太好了。|Dr.王来了。",
    "He said 你好。|Then he left. |再见。",
    "这是 U.S. 的规定。|好的。",
    "我喜欢 Dr. Wang 的课。|你呢？",
    "太好了！|🎉下一个👨‍👩‍👧。|好👍🏽！|完",
    "これは本です。|「はい。」|そうですか？|ええ。",
    "안녕하세요. |반갑습니다! |네.",
    "引用【1】。|再引用。[2]|完",
    "全角．|半角｡|好",
    # German and French quotes, dates
    "Er sagte: „Guten Tag.“ |Dann ging er.",
    "„Guten Tag.“, sagte er. |„Ja!“ |„Nein?“ rief er. |Gut.",
    "„Ich kam. |Ich sah.“ |Er ging. |„Wer?“",
    "Er sagte: ‚Ja.‘ |Dann ging er.",
    "Er sagte: »Guten Tag.« |Dann ging er. |»Ja.« |»Nein?« rief er.",
    "Er ging. |»Wohin?« |Er: »Dorthin.«",
    "Il dit : «Oui.» |«Non !» dit-elle. |Bon.",
    "« Bonjour. » |Il part. |« Ça va ? » demanda-t-il. |«\xa0Oui.\xa0» |Bon.",
    "(Er sagte „Ja.“) |Sie ging. |„**Fett.**“ |So.",
    "他说„好。”|“你好。”|他走了。|“再见。”",
    "他说OK.|“你好。”|完",
    "Er ging am 3. Mai 2024 nach Hause. |Dann kam der 1. Juni.",
    "Vom 3. bis 5. März und am 24. Dezember ist zu. |Danach nicht.",
    "Am 7. August 2024 und am 12. jeden Monats. |So.",
    "Es geschah 1999. |Mai war es. |Er war 12. |Maria kam. |Am 31. Jänner?",
    "Version 1.2. |May it work. |I have 12. |My dog has 10.",
    "Am (3. August) und 1.–3. Juli. |So.",
    # lines, lists, headings, code
    "A title\n\n|A paragraph\n\n\n|Another",
    "roses are red\nviolets are blue. |End",
    "床前明月光，\n疑是地上霜。\n|举头望明月",
    "- one\n|- two. |Still two\n|* three\n\n|Text",
    "1. First. |More\n|2. Second\n|10. Tenth",
    "Steps:\n|1) go\n|2) stop\n|Done. |End",
    "1. 苹果。|好\n|2.梨\n|3、桃\n|（4）瓜\n|完",
    "一、开始\n|二、结束\n|完",
    "# Title\n|Body. |More\n|## Second v1.2\n|Body",
    "    - deep\n|      - deeper\n|text",
    "Code `a. B` and ``c`. D`` here. |Next.",
    "A lone ` tick. Hidden.\n\n|Shown. |Yes",
    "Look:\n|```python\nprint('a. B')\n\nx = 1! \n```\n\n|After. |End",
    "~~~\na. B\n```\n~~~\n|After. |End",
    "- item\n|  ```\n  a. B\n  ```\n|- item",
    "Use ```a. B``` in line. |Yes.",
    "看：\n|```\n你好。世界。\n```\n|好。|完",
    "```\nnever closed. Really. \n\nYes",
    "Dr.\nSmith. |Dr.\n\n|Smith.",
    "3.5 is a number. |-5 is one. |#tag is none",
]

# With language="de".
GERMAN = [
    "Die 2. Auflage kam im 19. Jahrhundert. |Gut.",
    "Der 1. FC Köln liegt auf dem 3. Platz. |Es waren 12. |Dann ging er. |Er ist 12. |Maria auch.",
    "Siehe Seite 12. |Kapitel 3. |Dort steht es. |Sie hat 5. |Hunde bellen.",
    "Am 3. Mai. |Um 1999. |Ja.",
]
# By the rules, with language="de" or none.
ABBREVIATED = [
    "Das gilt bzw. Steuern. |Er kam z.B. Montag, d.h. ca. Mai. |Nr. 5 und Hauptstr. 7 u.a. Orte. |Gut.",
    "Äpfel, Birnen usw. sind da. |Er mag Äpfel, Birnen usw. |Sie nicht.",
    "Am 7. Okt. 2024 und im Dez. 2023. |So.",
    "In der Str. des 17. Juni. |Er wohnt in der Hauptstr. |Dann nicht.",
    "Obst, z. B. Äpfel, d. h. Birnen u. a. Kirschen. |Gut.",
    "Obst, z.\xa0B. Äpfel, i. d. R. Birnen. |Gut.",
    "Löse nach x. |Dann y. |Und z. |B ist groß.",
]

TABLE = "Table:\n\n", "| a. B | c |\n", "|---|---|\n", "| d | e |\n\n", "After."


LONGEST_WAIT = 400
"""Characters that may wait to be judged; far below a text, which is what makes the cost linear."""

PIECES = (
    "Hello", " world", ". ", ".", "! ", "?", "…", "...", "\n", "\n\n", "  ", "Dr", "U.S.", "e.g.", " The", " the",
    "3.14", "1. ",
    "- ", "# ", "| a", "`", "``", "```", "```py\n", "~~~\n", "\n```\n", '"', "'", "“", "”", "**", "*", "[1]", "[",
    "【1】", "(", ")",
    "你好", "。", "！", "？", "；", "，", "、", "」", "「", "）", "（", "https://a.b/c.d?e=f", " www.a.b ", "a@b.c",
    "👨\u200d👩\u200d👧", "🎉",
    "👍🏽", "🇨🇳", "e\u0301", "\u0301", "\r\n", "\r", "\u3000", "x" * 30, "." * 70, " " * 70, "`" * 70, ", ", ": ", "No",
    " 5", "„", "‚", "‘", "»", "«", " »", " 3. ", " Mai", "Mai", " M", " B.", " z.", "12.", " Auflage", "Die", " d. h. ",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=8)
BOUNDS = st.tuples(st.integers(1, 12), st.integers(0, 30)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def cut(text: str, sizes: list[int], engine: Engine = RULES, least: int = 1, most: int | None = None) -> list[str]:
    """The pieces of a text that comes in pieces of these sizes, over and over."""
    cutter = SentenceCutter(engine, least, most)
    out: list[str] = []
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out += cutter.feed(text[at : at + size], 0.0)
        assert len(cutter._rest) <= LONGEST_WAIT
        assert len(cutter._behind) <= LOOK_BEHIND
        at, turn = at + size, turn + 1
    return out + cutter.end(0.0)


@ENGINES
@pytest.mark.parametrize("case", CASES)
def test_cases(case: str, engine: Engine) -> None:
    text = case.replace("|", "")
    for sizes in ([len(text)], [1], [2], [3, 1], [7]):
        assert cut(text, sizes, engine) == case.split("|")


@pytest.mark.parametrize("engine", [choose_engine("rules", "de"), choose_engine("sentencex", "de")])
@pytest.mark.parametrize("case", GERMAN)
def test_german(case: str, engine: Engine) -> None:
    text = case.replace("|", "")
    for sizes in ([len(text)], [1], [2], [3, 1], [7]):
        assert cut(text, sizes, engine) == case.split("|")


@pytest.mark.parametrize("case", ABBREVIATED)
@pytest.mark.parametrize("language", [None, "de"])
def test_german_abbreviations(case: str, language: str | None) -> None:
    text = case.replace("|", "")
    for sizes in ([len(text)], [1], [2], [3, 1], [7]):
        assert cut(text, sizes, choose_engine("rules", language)) == case.split("|")


def test_in_english_a_number_is_no_date() -> None:
    for engine in ("rules", "sentencex"):
        assert cut("He is 12. August came.", [1], choose_engine(engine, "en")) == ["He is 12. ", "August came."]


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 80


@ENGINES
def test_a_table_goes_by_rows(engine: Engine) -> None:
    assert cut("".join(TABLE), [1], engine) == list(TABLE)


@ALL_ENGINES
@settings(deadline=None)
@given(text=TEXTS, sizes=SIZES)
def test_the_cuts_do_not_matter(engine: Engine, text: str, sizes: list[int]) -> None:
    whole = cut(text, [len(text) + 1], engine)
    assert "".join(whole) == text
    assert cut(text, sizes, engine) == whole
    assert cut(text, [1], engine) == whole


@settings(deadline=None)
@given(TEXTS, SIZES, BOUNDS)
def test_the_cuts_do_not_matter_with_bounds(text: str, sizes: list[int], bounds: tuple[int, int]) -> None:
    whole = cut(text, [len(text) + 1], RULES, *bounds)
    assert "".join(whole) == text
    assert all(0 < len(piece) <= bounds[1] for piece in whole)
    assert cut(text, sizes, RULES, *bounds) == whole
    assert cut(text, [1], RULES, *bounds) == whole


@settings(deadline=None)
@given(TEXTS)
def test_no_character_is_torn_and_no_piece_is_blank(text: str) -> None:
    pieces = cut(text, [len(text) + 1])
    assert set(accumulate(map(len, pieces))) <= {0, *accumulate(len(cluster) for cluster in iter_graphemes(text))}
    assert (
        all(piece.strip() for piece in pieces) or not text.strip() or max(map(len, re.findall(r"\s*", text))) > MAX_RUN
    )


@settings(deadline=None)
@given(st.text(), SIZES)
def test_any_text_comes_through(text: str, sizes: list[int]) -> None:
    assert "".join(cut(text, sizes)) == text


@pytest.mark.parametrize(
    ("text", "least", "pieces"),
    [
        ("Hi. I am. Here now. Ok.", 8, ["Hi. I am. ", "Here now. ", "Ok."]),
        ("好。是的。就这样吧。", 5, ["好。是的。", "就这样吧。"]),
        ("Hi.\n\nThere you are.", 8, ["Hi.\n\nThere you are."]),
        ("Hi:\n```\nx\n```\nThere.", 50, ["Hi:\n", "```\nx\n```\n", "There."]),
    ],
)
def test_short_sentences_go_together(text: str, least: int, pieces: list[str]) -> None:
    assert cut(text, [1], least=least) == cut(text, [99], least=least) == pieces


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("One two, three four five. Six.", 20, ["One two, three four ", "five. ", "Six."]),
        ("One two three, four five six", 20, ["One two three, ", "four five six"]),
        ("It costs 1,000,000 now and here", 20, ["It costs 1,000,000 ", "now and here"]),
        ("Exactly ten. Yes.", 12, ["Exactly ten.", " Yes."]),
        ("abcdefghijklmno", 6, ["abcdef", "ghijkl", "mno"]),
        ("今天天气很好，我们去公园散步", 10, ["今天天气很好，", "我们去公园散步"]),
        ("今天天气很好我们去公园散步", 10, ["今天天气很好我们去公", "园散步"]),
        ("他说“今天天气，”很好我们去", 10, ["他说“今天天气，”", "很好我们去"]),
        ("go 👨\u200d👩\u200d👧👨\u200d👩\u200d👧👨\u200d👩\u200d👧", 8, ["go ", *["👨\u200d👩\u200d👧"] * 3]),
        ("see https://example.com/x now", 23, ["see ", "https://example.com/x ", "now"]),
        ("please run `a b c d e` at once", 18, ["please run ", "`a b c d e` at ", "once"]),
        ("```\naa\nbb\ncc\n```\nend", 8, ["```\naa\n", "bb\ncc\n", "```\n", "end"]),
        ("```\nabcdefghijkl\nm\n```", 6, ["```\n", "abcdef", "ghijkl", "\nm\n```"]),
    ],
)  # fmt: skip
def test_long_sentences_are_cut_at_the_best_place(text: str, most: int, pieces: list[str]) -> None:
    assert cut(text, [1], most=most) == cut(text, [99], most=most) == pieces


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("It is so. ", "T"), ("It is so.\n", "T"), ("你好。", "世"), ("“你好。”", "他"), ("Really?! ", "y"),
        ("A title\n\n", "T"),
        ("In the U.S. The", " "), ("We met at 5 p.m. ", "I"), ("See Fig. ", "T"), ("- one\n", "T"),
    ],
)  # fmt: skip
def test_one_character_decides_and_no_more_is_waited_for(text: str, more: str) -> None:
    cutter = SentenceCutter()
    assert cutter.feed(text, 0.0) == []
    assert len(cutter.feed(more, 0.0)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a", "hello world ", " ", "\n", ".", "`", '"', '."', "。”", "U.S. ", "Mr. ", "a.[", "![1]", "```\n", "```\nx\n",
        "- ", "1. ", "| ",
        "e\u0301", "\u0301", "👨\u200d", "https://a.b/", "``` `\n", "~~~ ", "（一",
    ],
)  # fmt: skip
def test_a_long_text_without_an_end_waits_for_little(text: str) -> None:
    """What waits to be judged stays small (asserted in `cut`), so no text is read over and over."""
    long = text * (40_000 // len(text))
    assert "".join(cut(long, [4])) == long
    assert max(map(len, cut(long, [4], most=500))) <= 500


def test_the_time_bound_lets_go_what_is_held() -> None:
    cutter = SentenceCutter(seconds=1.0)
    assert (cutter.feed("Dr", 0.0), cutter.due()) == ([], 1.0)
    assert (cutter.feed(". Who", 0.5), cutter.due()) == ([], 1.0)
    assert (cutter.wake(1.0), cutter.due()) == (["Dr. Who"], None)
    assert (cutter.feed(" came. ", 2.0), cutter.due()) == ([], 3.0)
    assert (cutter.feed("He", 2.25), cutter.due()) == ([" came. "], 3.25)
    assert cutter.end(2.5) == ["He"]


def test_what_went_at_a_time_bound_is_not_said_again() -> None:
    cutter = SentenceCutter(seconds=1.0)
    cutter.feed("So. ", 0.0)
    assert cutter.wake(1.0) == ["So. "]
    assert cutter.feed("It is. ", 1.5) == []
    assert cutter.feed("Y", 1.5) == ["It is. "]
    assert cutter.wake(3.0) == ["Y"]
    assert cutter.end(3.0) == []


def test_the_time_bound_waits_once_more_for_half_a_character() -> None:
    cutter = SentenceCutter(seconds=1.0)
    cutter.feed("good 👍", 0.0)
    assert (cutter.wake(1.0), cutter.due()) == (["good "], 2.0)
    assert cutter.feed("🏽! ", 1.5) == []
    assert cutter.feed("Y", 1.6) == ["👍🏽! "]
    cutter.feed("es 👍", 2.0)
    assert (cutter.wake(2.6), cutter.wake(3.6), cutter.due()) == (["Yes "], ["👍"], None)


@settings(deadline=None)
@given(TEXTS, SIZES, st.sets(st.integers(0, 30)))
def test_nothing_is_lost_or_said_twice_at_time_bounds(text: str, sizes: list[int], wakes: set[int]) -> None:
    cutter = SentenceCutter(RULES, 1, 20, 1.0)
    out: list[str] = []
    at = turn = 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out += cutter.feed(text[at : at + size], float(turn))
        if turn in wakes:
            out += cutter.wake(float(turn))
        held = at + size - sum(map(len, out))
        assert (cutter.due() is None) == (held <= 0 or (at + size > len(text) and len(text) == sum(map(len, out))))
        at, turn = at + size, turn + 1
    assert "".join(out + cutter.end(99.0)) == text
