"""JSON while it comes: any cut gives the value of the whole, each moment shows a part of it, errors are ours."""

from __future__ import annotations

import copy
import json
import re
import sys
import time
from typing import Any

import jiter
import msgspec
import pytest
from hypothesis import example, given, settings, strategies as st
from tests.codec.cuts import PLACES, cut, pieces

from slipstream.codec import JSONStream, limits
from slipstream.errors import InvalidRequestError, MalformedChunkError, StreamClosedError

TEXTS = st.text(st.sampled_from('ab "\\/\b\n\t\u2028讲é\U0001f600\x7f{}[]:,')) | st.text(max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**40), 10**40)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)
FORMS = st.sampled_from(
    [{}, {"indent": 2}, {"ensure_ascii": False}, {"separators": (",", ":")}, {"separators": (" , ", "\t:\r\n ")}]
)


def fed(parts: list[str], *, strict: bool = True) -> JSONStream:
    stream = JSONStream(strict=strict)
    for part in parts:
        stream.feed(part)
    return stream


def error_of(text: str, **options: bool) -> str:
    with pytest.raises(MalformedChunkError) as caught:
        fed([text], **options).end()
    return caught.value.message


@given(VALUES, FORMS, PLACES)
@example({"a": "\U0001f600"}, {}, [8, 10, 12, 14, 16])
@example(-0.0, {}, [1, 2])
@example([], {}, [])
def test_any_cut_gives_the_same(value: Any, form: dict[str, Any], places: list[int]) -> None:
    text = json.dumps(value, **form)
    for parts in ([text], list(pieces(text, 1)), cut(text, places)):
        stream = fed(parts)
        assert stream.text == text
        assert stream.end() == value
        assert json.dumps(stream.value) == json.dumps(value)  # 1 is not 1.0, and keys keep their order
        assert stream.complete


def is_part(part: Any, whole: Any) -> bool:
    """True if `part` may be shown on the way to `whole`."""
    if isinstance(whole, dict):
        return isinstance(part, dict) and all(key in whole and is_part(part[key], whole[key]) for key in part)
    if isinstance(whole, list):
        return isinstance(part, list) and len(part) <= len(whole) and all(map(is_part, part, whole))
    if isinstance(whole, str):
        return isinstance(part, str) and whole.startswith(part)
    if isinstance(whole, bool) or whole is None:
        return part is whole
    return isinstance(part, int | float)


@settings(deadline=None)
@given(VALUES, FORMS)
def test_each_moment_shows_a_part_and_looking_changes_nothing(value: Any, form: dict[str, Any]) -> None:
    stream = JSONStream()
    for char in json.dumps(value, **form):
        stream.feed(char)
        if stream.started:
            assert is_part(stream.value, value)
            assert stream.snapshot() == stream.value
    assert stream.end() == value


OPEN_TOKEN = re.compile(r"[-+.eE0-9a-z]*\Z")
WHOLE_TOKEN = re.compile(r"|-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null")


def comparable(prefix: str) -> bool:
    """False where jiter shows less than we: it leaves an unfinished number or literal out."""
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', prefix, flags=re.DOTALL)
    if outside.count('"') % 2:
        return True
    token = OPEN_TOKEN.search(outside)
    return token is not None and WHOLE_TOKEN.fullmatch(token[0]) is not None


@settings(deadline=None)
@given(st.lists(VALUES, max_size=3) | st.dictionaries(TEXTS, VALUES, max_size=4), FORMS)
def test_every_prefix_shows_what_jiter_shows(value: Any, form: dict[str, Any]) -> None:
    stream = JSONStream()
    text = json.dumps(value, **form)
    for end, char in enumerate(text, 1):
        stream.feed(char)
        prefix = text[:end]
        if prefix.strip() and comparable(prefix):
            assert stream.value == jiter.from_json(prefix.encode(), partial_mode="trailing-strings")


# --- what is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"a', "a"),
        ('"a\\', "a"),
        ('"a\\u12', "a"),
        ('"a\\ud83d', "a"),
        ('"a\\ud83d\\u', "a"),
        ('"a\\ud83d\\ude0', "a"),
        ('"a\\ud83d\\ude00', "a\U0001f600"),
        ('"a\\ud83dx', "a\ufffdx"),
        ("12", 12),
        ("12.", 12),
        ("12.5e", 12.5),
        ("12.5e-", 12.5),
        ("12.5e-1", 1.25),
        ("-0", 0),
        ("t", True),
        ("fal", False),
        ("[n", [None]),
        ("[-", []),
        ("[1,-", [1]),
        ('{"a', {}),
        ('{"a"', {}),
        ('{"a":', {}),
        ('{"a":-', {}),
        ('{"a":"', {"a": ""}),
        ('{"a":1,"b', {"a": 1}),
        ('{"a":1,"a":', {"a": 1}),
        ('{"a":1,"a":[', {"a": []}),
    ],
)
def test_shown(text: str, shown: Any) -> None:
    for parts in ([text], list(pieces(text, 1))):
        stream = JSONStream()
        for part in parts:
            stream.feed(part)
            stream.value  # noqa: B018  looking on the way changes nothing
        assert stream.value == shown
        assert type(stream.value) is type(shown)
        assert not stream.complete


@pytest.mark.parametrize("text", ["", " ", "-"])
def test_nothing_yet(text: str) -> None:
    stream = fed([text])
    assert stream.value is None
    assert not stream.started
    assert fed(["n"]).started


def test_the_value_is_live_and_a_snapshot_stays() -> None:
    stream = fed(['{"a": {"b": "x'])
    value, snapshot = stream.value, stream.snapshot()
    stream.feed('y", "c": [1')
    assert stream.value is value
    assert value == {"a": {"b": "xy", "c": [1]}}
    assert snapshot == {"a": {"b": "x"}}


# --- complete ------------------------------------------------------------------------------------------------------


def test_a_value_that_parses_is_not_complete() -> None:
    stream = JSONStream()
    for text, complete in [('{"a": 1', False), ("2", False), ("}", True), (" \n", True)]:
        stream.feed(text)
        assert stream.complete is complete
    assert stream.end() == {"a": 12}


@pytest.mark.parametrize(
    ("text", "complete"), [("12", False), ("12 ", True), ("true", True), ('"a"', True), ("nul", False), ("[]", True)]
)
def test_complete_at_the_top(text: str, complete: bool) -> None:
    assert fed([text]).complete is complete


@pytest.mark.parametrize("text", ["0", "-1", "12.5", "1e5", " 7\n"])
def test_end_closes_a_number(text: str) -> None:
    for parts in ([text], list(pieces(text, 1))):
        stream = fed(parts)
        assert stream.end() == json.loads(text)
        assert stream.complete
        assert stream.text == text
        assert stream.end() == json.loads(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "1.", "1e", "tru", '"a', '"a\\', '"a\\ud83d', "[", "[1", "[1,", '{"a', '{"a":', '{"a":1', "[]"[:1]],
)
def test_end_before_the_end(text: str) -> None:
    stream = fed([text])
    shown = stream.snapshot()
    for _ in range(2):
        with pytest.raises(MalformedChunkError):
            stream.end()
    assert stream.value == shown
    assert not stream.complete


@pytest.mark.parametrize("more", ["x", "}", ",", "{}", "1", '"'])
def test_more_after_the_end_is_an_error(more: str) -> None:
    stream = fed(['{"a":1}', " "])
    with pytest.raises(MalformedChunkError, match="character 8: expected nothing after the end") as caught:
        stream.feed(more)
    assert not stream.complete
    assert stream.value == {"a": 1}
    for call in (lambda: stream.feed(""), stream.end):
        with pytest.raises(MalformedChunkError) as again:
            call()
        assert again.value is caught.value


def test_feeding_after_end_is_refused() -> None:
    stream = fed(["[]"])
    stream.end()
    with pytest.raises(StreamClosedError, match="after end"):
        stream.feed(" ")


@pytest.mark.parametrize("text", [b"{}", None, 5])
def test_other_than_text_is_refused(text: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"takes str, not {type(text).__name__}"):
        JSONStream().feed(text)
    with pytest.raises(InvalidRequestError, match="strict takes True or False"):
        JSONStream(strict=text)


# --- errors and limits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("a", 0, "expected a value"),
        ("[1 2]", 3, "expected , or ]"),
        ("[,", 1, "expected a value or ]"),
        ("[1,]", 3, "expected a value"),
        ("{1", 1, "expected a key in quotes or }"),
        ('{"a":1,}', 7, "expected a key in quotes"),
        ('{"a" 1', 5, "expected a colon"),
        ('{"a":1 "b"', 7, "expected , or }"),
        ("[01]", 1, "no valid number"),
        ("--", 0, "no valid number"),
        ("[1.e5]", 1, "no valid number"),
        ("trux", 0, "expected true"),
        ('["\\x', 2, "no valid escape"),
        ('["\\u12G', 2, "no valid escape"),
        ('["a\nb', 3, "a bare control character in a string"),
        ("\ufeff[]", 0, "expected a value"),
    ],
)
def test_an_error_names_the_place(text: str, at: int, why: str) -> None:
    for parts in ([text], list(pieces(text, 1))):
        with pytest.raises(MalformedChunkError) as caught:
            fed(parts)
        assert caught.value.message == f"the text is not JSON at character {at}: {why}"


def test_no_content_in_a_message() -> None:
    assert "sk-1234" not in error_of('{"key": "sk-1234", x')
    assert "sk-1234" not in error_of('{"key": "sk-1234')


def test_depth() -> None:
    deep = limits.MAX_JSON_DEPTH
    assert fed(["[" * deep + "]" * deep]).complete
    assert f"more than {deep} levels" in error_of("[" * (deep + 1))
    assert f"more than {deep} levels" in error_of('{"a":' * (deep + 1))
    value = fed(["[" * deep]).value
    assert copy.deepcopy(value) == value
    assert msgspec.json.decode(msgspec.json.encode(value)) == json.loads(json.dumps(value))


@pytest.mark.parametrize("start", ["", "-", "[", "1.", "0.5e"])
def test_long_numbers(start: str) -> None:
    for parts in ([start + "1" * 5000 + " "], [start, *["1" * 100] * 50]):
        with pytest.raises(MalformedChunkError, match="number"):
            fed(parts)


def test_the_longest_number() -> None:
    digits = "9" * limits.MAX_JSON_NUMBER
    for parts in ([digits], list(pieces(digits, 99))):
        assert fed(parts).end() == int(digits)


def test_a_lower_limit_of_digits_set_by_the_user() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert "more digits than Python is set to take" in error_of("[" + "1" * 1000 + "]")
        assert fed(["[1, " + "1" * 1000]).value == [1]
    finally:
        sys.set_int_max_str_digits(before)


def test_strict_or_not() -> None:
    text = '{"code": "a\n\tb"}'
    assert "bare control character" in error_of(text)
    for parts in ([text], list(pieces(text, 1))):
        assert fed(parts, strict=False).end() == {"code": "a\n\tb"}


# --- lone surrogates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83d"', "\ufffd"),
        ('"\\ude00"', "\ufffd"),
        ('"\\ud83d\\ud83d\\ude00"', "\ufffd\U0001f600"),
        ('"\\ud83d\\u0041"', "\ufffdA"),
        ('"\\ud83d\\n"', "\ufffd\n"),
        ('{"\\ud83d": 1}', {"\ufffd": 1}),
        ('"\\ude00\\ud83d"', "\ufffd\ufffd"),
        ('"\\ude00\\ude00"', "\ufffd\ufffd"),
        ('"\ud83d\ude00"', "\U0001f600"),  # not escaped: what a decoder that keeps lone surrogates hands over
        ('"\ud83d"', "\ufffd"),
        ('"\ude00x"', "\ufffdx"),
    ],
)
def test_lone_surrogates(text: str, value: Any) -> None:
    for parts in ([text], list(pieces(text, 1)), list(pieces(text, 3))):
        stream = fed(parts)
        assert stream.end() == value
        stream.text.encode()
        assert msgspec.json.decode(msgspec.json.encode(stream.value)) == value


def test_a_high_surrogate_at_the_end() -> None:
    with pytest.raises(MalformedChunkError):
        fed(['"a\ud83d']).end()
    with pytest.raises(MalformedChunkError):
        fed(["[]", "\ud83d"]).end()


# --- work ------------------------------------------------------------------------------------------------------------


def ratio(one: list[str], many: list[str]) -> float:
    """How much more time `many` takes; the best of some rounds, taken in turn, as the machine's speed changes."""
    best = [float("inf"), float("inf")]
    for turn in range(6):
        start = time.process_time()
        fed((one, many)[turn % 2])
        best[turn % 2] = min(best[turn % 2], time.process_time() - start)
    return best[1] / best[0]


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("x" * 80, 8),
        ("x" * 80, 1),
        ("\\n\\u4f60" * 10, 7),
        ('", "', 8),
        ('", 12345, {"a": true}, "', 8),
        (" ", 100),
    ],
    ids=["string", "string byte by byte", "escapes", "many strings", "structure", "spaces"],
)
def test_a_piece_costs_the_same_however_much_came_before(unit: str, size: int) -> None:
    times = 16_000 // len(unit)
    one, eight = (list(pieces('["' + unit * times * factor + '"]', size)) for factor in (1, 8))
    assert ratio(one, eight) < 30  # linear is 8, quadratic 64


def test_much_faster_than_parsing_again() -> None:
    items = [{"id": at, "name": f"讲 {at}", "ok": True} for at in range(700)]
    parts = list(pieces(json.dumps(items, ensure_ascii=False), 8))[:3000]
    start = time.process_time()
    text = b""
    for part in parts:
        text += part.encode()
        jiter.from_json(text, partial_mode="trailing-strings")
    again = time.process_time() - start
    start = time.process_time()
    assert fed(parts).value
    assert time.process_time() - start < again / 10  # measured: about 50 times faster
