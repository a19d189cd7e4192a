"""The stage `sentences()`: every text for itself, in order, and nothing lost."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from slipstream import dialects, flow
from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Abort,
    Error,
    Event,
    Finish,
    Order,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    RefusalDelta,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
    ToolCall,
    ToolInputEnd,
    ToolInputStart,
    Usage,
)
from slipstream.flow.sentences import sentences

ENGINES = pytest.mark.parametrize("engine", ["rules", "sentencex"])

CHINESE = """# 冷知识

你好！下面是几个“冷知识”：

1. 章鱼有三颗心脏。其中两颗负责鳃，另一颗负责全身；游泳时，主心脏会停跳……
2. 圆周率约等于3.14159，不是3.15。
3. **香蕉**是浆果。草莓却不是！

他问：“真的吗？”她答：「是的。」然后给了他一个链接：https://example.com/a.html?x=1。

```python
print("你好。世界！")
```

希望你喜欢😄！"""
CHINESE_PIECES = [
    "# 冷知识\n\n", "你好！", "下面是几个“冷知识”：\n\n", "1. 章鱼有三颗心脏。", "其中两颗负责鳃，另一颗负责全身；",
    "游泳时，主心脏会停跳……\n",
    "2. 圆周率约等于3.14159，不是3.15。\n", "3. **香蕉**是浆果。", "草莓却不是！\n\n", "他问：“真的吗？”",
    "她答：「是的。」",
    "然后给了他一个链接：https://example.com/a.html?x=1。\n\n", '```python\nprint("你好。世界！")\n```\n\n',
    "希望你喜欢😄！",
]  # fmt: skip


def texts(events: list[Event], kind: type[Event] = TextDelta) -> list[str]:
    return [event.text for event in events if type(event) is kind]  # type: ignore[attr-defined]


@ENGINES
@pytest.mark.parametrize("size", [1, 2, 3, 4, 1000])
def test_a_chinese_answer(engine: Any, size: int) -> None:
    pieces = [TextDelta(CHINESE[at : at + size]) for at in range(0, len(CHINESE), size)]
    assert texts(flow.apply(sentences(engine=engine), [*pieces, TextEnd()])) == CHINESE_PIECES


def test_each_text_has_its_own_sentences() -> None:
    events: list[Event] = [
        Start(), StepStart(), StepStart(1), ReasoningStart(), ReasoningDelta("Hm. W"), TextStart(), TextDelta("One. T"),
        TextStart("text-1", choice=1), ReasoningDelta("ell. "), TextDelta("好。不", id="text-1", choice=1),
        TextDelta("wo. "),
        RefusalDelta("Sorry. N"), ReasoningEnd(), TextEnd(), TextEnd("text-1", choice=1), Usage(output_tokens=9),
        StepEnd(),
        StepEnd(choice=1), Finish(),
    ]  # fmt: skip
    out = flow.apply(sentences(), events)
    Order().check_all(out)
    assert texts(out) == ["One. ", "好。", "Two. ", "不"]
    assert texts(out, ReasoningDelta) == ["Hm. ", "Well. "]
    assert texts(out, RefusalDelta) == ["Sorry. ", "N"]
    assert [event.choice for event in out if isinstance(event, TextDelta)] == [0, 1, 0, 1]
    assert [event for event in out if not hasattr(event, "text")] == [e for e in events if not hasattr(e, "text")]


@pytest.mark.parametrize(
    "last", [TextEnd(), StepEnd(), ToolInputStart("c", "f"), ToolCall("c", "f"), Error("x"), Abort()]
)
def test_what_is_held_comes_right_before_what_must_not_overtake_it(last: Event) -> None:
    assert flow.apply(sentences(), [TextDelta("So. And then"), last])[:3] == [
        TextDelta("So. "),
        TextDelta("And then"),
        last,
    ]


def test_a_restart_voids_what_is_held() -> None:
    out = flow.apply(sentences(), [TextDelta("So. And"), Restart(), TextDelta("New. ")])
    assert out == [TextDelta("So. "), Restart(), TextDelta("New. ")]


def test_tool_arguments_pass() -> None:
    events: list[Event] = [ToolInputStart("c", "f"), ToolInputEnd("c"), Usage()]
    assert flow.apply(sentences(), events) == events


def test_the_time_bound_needs_nothing_to_arrive() -> None:
    stage = sentences(seconds=0.5)
    assert list(stage.on_event(TextDelta("Well, "), 10.0)) == []
    assert stage.wake_at() == 10.5
    assert list(stage.on_wake(10.5)) == [TextDelta("Well, ")]
    assert stage.wake_at() is None


def test_time_counts_from_the_first_held_character() -> None:
    events = [TextDelta("One. Tw"), TextDelta("o. Th"), TextDelta("r"), TextDelta("ee"), TextDelta("!")]
    out = flow.apply(sentences(seconds=1.0), events, times=[0.0, 0.9, 1.2, 1.8, 3.0])
    assert texts(out) == ["One. ", "Two. ", "Three", "!"]


def test_pieces_carry_what_came_with_them() -> None:
    out = flow.apply(
        sentences(),
        [TextDelta("So. A", id="b", choice=2, raw={"n": 1}), TextDelta("!", id="b", choice=2, raw={"n": 2})],
    )
    assert [(event.id, event.choice, event.raw) for event in out if isinstance(event, TextDelta)] == [
        ("b", 2, {"n": 1}), ("b", 2, {"n": 2}),
    ]  # fmt: skip


def test_lengths() -> None:
    stage = sentences(min_length=6, max_length=12)
    out = flow.apply(stage, [TextDelta("Hi. So. This is long, too long for one. 好。")])
    assert texts(out) == ["Hi. So. ", "This is ", "long, too ", "long for ", "one. 好。"]


@ENGINES
def test_recorded_streams(corpora: Path, engine: Any) -> None:
    """Recorded answers as they came, and joined: the same pieces."""
    seen = 0
    for path in sorted((corpora / "streams").glob("*/*.sse")):
        name = {"glm": "zhipu", "anthropic": "anthropic", "openai_chat": "openai_chat"}.get(path.parent.name)
        if name is None:
            continue
        decoder = dialects.get(name).decoder()
        events = [*decoder.feed(path.read_bytes()), *decoder.end()]
        out = flow.apply(sentences(engine=engine), events)
        Order().check_all(out)
        for kind in (TextDelta, ReasoningDelta):
            text = "".join(texts(events, kind))
            assert "".join(texts(out, kind)) == text
            blocks = {event.id for event in events if isinstance(event, kind)}
            if len(blocks) == 1 and text:
                seen += 1
                assert texts(out, kind) == texts(flow.apply(sentences(engine=engine), [kind(text)]), kind)
    assert seen >= 20


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"min_length": 0}, "min_length"), ({"min_length": True}, "min_length"), ({"min_length": 1.5}, "min_length"),
        ({"max_length": 0}, "max_length"), ({"max_length": "9"}, "max_length"),
        ({"min_length": 9, "max_length": 8}, "max_length"),
        ({"seconds": 0}, "seconds"), ({"seconds": -1.0}, "seconds"), ({"seconds": float("nan")}, "seconds"),
        ({"seconds": float("inf")}, "seconds"), ({"engine": "nltk"}, "engine.*auto, rules, sentencex"),
        ({"engine": None}, "engine"),
        ({"language": ""}, "language"), ({"language": 7}, "language"),
        ({"engine": "rules", "language": "fr"}, "language: 'fr'.*accepted: de, en, zh"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        sentences(**options)


def test_a_language_is_for_sentencex() -> None:
    text = [TextDelta("Das gilt bzgl. Steuern. Gut so.")]
    assert texts(flow.apply(sentences(engine="sentencex", language="de"), text)) == [
        "Das gilt bzgl. Steuern. ",
        "Gut so.",
    ]


@ENGINES
def test_the_german_of_either_engine(engine: Any) -> None:
    text = [TextDelta("Er sagte: „Am 3. Mai kommt die 2. Auflage.“ Dann ging er.")]
    assert texts(flow.apply(sentences(engine=engine, language="de"), text)) == [
        "Er sagte: „Am 3. Mai kommt die 2. Auflage.“ ",
        "Dann ging er.",
    ]


def test_without_sentencex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentencex", None)
    assert texts(flow.apply(sentences(), [TextDelta("Dr. Lee. So.")])) == ["Dr. Lee. ", "So."]
    for language in ("de", "en", "zh", "de-AT", "zh-Hans"):
        assert texts(flow.apply(sentences(language=language), [TextDelta("Dr. Lee. So.")])) == ["Dr. Lee. ", "So."]
    with pytest.raises(InvalidRequestError, match=r"language: 'fr'.*accepted: de, en, zh") as refused:
        sentences(language="fr")
    assert "pip install" in str(refused.value)
    with pytest.raises(InvalidRequestError, match="sentencex") as refused:
        sentences(engine="sentencex")
    assert "pip install" in str(refused.value)


def test_the_rules_do_not_load_sentencex(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def watched(name: str, *rest: Any) -> Any:
        assert name != "sentencex"
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "sentencex", raising=False)
    monkeypatch.setattr(builtins, "__import__", watched)
    sentences(engine="rules")
    assert "sentencex" not in sys.modules
