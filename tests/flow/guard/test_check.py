"""What a check is asked, and what its answers mean."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.check import MAX_SENTENCE, Cuts, Sentences, Whole, Windows, check_of, read_verdict

from .streams import cut


def pieces(cuts: Cuts, parts: list[str]) -> list[str]:
    """A text in the pieces that these cuts make of it."""
    out = [""]
    for part in parts:
        start = 0
        for end in cuts.feed(part):
            assert 0 <= end <= len(part)
            assert end >= start
            out[-1] += part[start:end]
            out.append("")
            start = end
        out[-1] += part[start:]
    return [piece for piece in out if piece]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", " Two!", " Three?", " Four"]),
        ("第一句。第二句！第三句？还有", ["第一句。", "第二句！", "第三句？", "还有"]),
        ("a line\nanother\n", ["a line\n", "another\n"]),
        ("version 3.11 of x.y", ["version 3.11 of x.y"]),
        ("What?! Yes.", ["What?!", " Yes."]),
        ("One.\nTwo", ["One.\n", "Two"]),
        ("。。", ["。", "。"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert pieces(Sentences(), [text]) == expected
    assert pieces(Sentences(), [*text]) == expected


def test_a_sentence_without_end_is_cut() -> None:
    text = "a" * (2 * MAX_SENTENCE + 5)
    for parts in ([text], [*text], [text[:399], text[399:]]):
        assert [len(piece) for piece in pieces(Sentences(), parts)] == [MAX_SENTENCE, MAX_SENTENCE, 5]


@given(st.text("ab.! 。\n", max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_sentences_do_not_depend_on_the_cut(text: str, places: list[int]) -> None:
    whole = pieces(Sentences(), [text])
    assert pieces(Sentences(), cut(text, places)) == whole
    assert "".join(whole) == text


@given(st.text(max_size=60), st.lists(st.integers(0, 60), max_size=6), st.integers(1, 20))
def test_windows_have_their_size(text: str, places: list[int], size: int) -> None:
    expected = [text[at : at + size] for at in range(0, len(text), size)]
    assert pieces(Windows(size), cut(text, places)) == expected


def test_whole_is_never_cut() -> None:
    assert pieces(Whole(), ["One. ", "Two.\n"]) == ["One. Two.\n"]


class Result:
    """As moderation SDKs answer."""

    def __init__(self, flagged: Any) -> None:
        self.flagged = flagged


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (False, None),
        (True, "check"),
        ("", None),
        ("violence", "violence"),
        ("x" * 100, "x" * 64),
        ({"flagged": False, "reason": "violence"}, None),
        ({"flagged": True}, "check"),
        ({"flagged": True, "reason": "violence"}, "violence"),
        ({"flagged": True, "category": "hate"}, "hate"),
        ({"flagged": True, "reason": 3}, "check"),
        (Result(False), None),
        (Result(True), "check"),
    ],
    ids=repr,
)
def test_verdicts(answer: Any, verdict: str | None) -> None:
    assert read_verdict(answer) == verdict


@pytest.mark.parametrize(
    "answer",
    [None, 0, 1, 0.9, [], ["violence"], {}, {"flagged": None}, {"flagged": "no"}, Result(1), Result(None), object()],
)
def test_what_says_neither_yes_nor_no_is_a_failure(answer: Any) -> None:
    with pytest.raises(TypeError, match="neither"):
        read_verdict(answer)


def test_a_failure_quotes_nothing() -> None:
    with pytest.raises(TypeError) as caught:
        read_verdict(["a secret"])
    assert "secret" not in str(caught.value)


def sync(text: str) -> bool:
    return not text


async def coroutine(text: str) -> bool:
    return not text


class Callable:
    """A checker that is an object."""

    async def __call__(self, text: str) -> bool:
        return not text


@pytest.mark.parametrize(
    ("call", "blocking"),
    [(sync, True), (coroutine, False), (Callable(), False), (partial(coroutine), False), (partial(sync), True)],
)
def test_a_sync_function_gets_a_thread(call: Any, blocking: bool) -> None:
    check = check_of(call)
    assert check is not None
    assert check.blocking == blocking


def test_defaults() -> None:
    check = check_of(sync)
    assert check is not None
    assert (check.mode, check.timeout, check.on_failure, check.max_parallel) == ("sentence", 2.0, "closed", 4)
    window = check_of(sync, mode="window")
    assert window is not None
    assert (window.window, window.overlap) == (200, 50)
    small = check_of(sync, mode="window", window=20)
    assert small is not None
    assert small.overlap < 20
    assert check_of(None) is None


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"call": None, "mode": "sentence"}, "mode"),
        ({"call": None, "check_timeout": 1}, "check_timeout"),
        ({"call": None, "on_failure": "open"}, "on_failure"),
        ({"call": None, "max_parallel": 2}, "max_parallel"),
        ({"call": None, "window": 100}, "window"),
        ({"call": 3}, "check"),
        ({"mode": "page"}, "mode"),
        ({"window": 100}, "window"),
        ({"overlap": 10}, "overlap"),
        ({"mode": "whole", "window": 100}, "window"),
        ({"mode": "window", "window": 0}, "window"),
        ({"mode": "window", "window": True}, "window"),
        ({"mode": "window", "overlap": -1}, "overlap"),
        ({"mode": "window", "window": 10, "overlap": 10}, "overlap"),
        ({"check_timeout": 0}, "check_timeout"),
        ({"check_timeout": float("nan")}, "check_timeout"),
        ({"check_timeout": float("inf")}, "check_timeout"),
        ({"max_parallel": 0}, "max_parallel"),
        ({"on_failure": "shut"}, "on_failure"),
    ],
    ids=repr,
)
def test_refused_by_name(arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidRequestError, match=word):
        check_of(**{"call": sync, **arguments})
