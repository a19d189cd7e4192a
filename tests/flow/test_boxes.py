"""Boxes in text: every notation, every cut, and the text untouched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from slipstream import flow
from slipstream.errors import InvalidRequestError
from slipstream.events import (
    Box,
    Error,
    Event,
    Finish,
    Heartbeat,
    Order,
    ReasoningDelta,
    Restart,
    Start,
    StepEnd,
    StepStart,
    TextDelta,
    TextEnd,
    TextStart,
)
from slipstream.flow.box_scanner import MAX_LABEL, MAX_NOTATION, BoxScanner
from slipstream.flow.boxes import BoxFinder


def stream(*parts: str) -> list[Event]:
    deltas = [TextDelta(part) for part in parts]
    return [Start(), StepStart(), TextStart(), *deltas, TextEnd(), StepEnd(), Finish()]


def found(*parts: str, **options: Any) -> list[Box]:
    """The boxes in a text that came in these parts; the stream stays legal and the text the same."""
    given = stream(*parts)
    events = flow.apply(flow.boxes(**options), given)
    Order().check_all(events)
    assert [event for event in events if not isinstance(event, Box)] == given
    return [event for event in events if isinstance(event, Box)]


def places(text: str, **options: Any) -> list[tuple[str, str, tuple[float, ...]]]:
    """Kind, label and points; the same whole and character by character."""
    boxes = found(text, **options)
    assert found(*text, **options) == boxes
    return [(box.kind, box.label, tuple(round(point * 1000) for point in box.points)) for box in boxes]


CAT = (100, 200, 300, 400)


@pytest.mark.parametrize(
    "bracket",
    ["[100,200,300,400]", "[[100, 200, 300, 400]]", "(100,200,300,400)", "((100,200,300,400))", "{100,200,300,400}",
     "<100,200,300,400>", "[ 100 ,200,\n300, 400 ]", "[(100,200,300,400)]", "[100 200 300 400]",
     "<|begin_of_box|>[100,200,300,400]<|end_of_box|>", "<|begin_of_box|>[[100,200,300,400]]<|end_of_box|>",
     "<|begin_of_box|>{100,200,300,400}<|end_of_box|>"],
)  # fmt: skip
def test_bracket_styles(bracket: str) -> None:
    assert places(bracket) == [("box", "", CAT)]
    assert places(f"cat: {bracket}.") == [("box", "cat", CAT)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"label":"cat","bbox_2d":[100,200,300,400]}]', [("box", "cat", CAT)]),
        ('{"bbox_2d": [100, 200, 300, 400], "label": "cat"}', [("box", "cat", CAT)]),
        ('{"bbox_2d":[100,200,300,400]}', [("box", "", CAT)]),
        ('{"label":"a {b} \\" ]","bbox_2d":[100,200,300,400]}', [("box", 'a {b} " ]', CAT)]),
        ('```json\n[\n\t{"box_2d": [200, 100, 400, 300], "label": "cat"}\n]\n```', [("box", "cat", CAT)]),
        ('{"bbox_2d":[[100,200,300,400],[1,2,3,4]],"label":"x"}', [("box", "x", CAT), ("box", "x", (1, 2, 3, 4))]),
        ('[{"label":"a","bbox_2d":[1,2,3,4]},{"label":"b","bbox_2d":[5,6,7,8]}]',
         [("box", "a", (1, 2, 3, 4)), ("box", "b", (5, 6, 7, 8))]),
        ('{"0":[{"label":"a","bbox_2d":[1,2,3,4]}],"1":[{"label":"a","bbox_2d":[2,3,4,5]}]}',
         [("box", "a", (1, 2, 3, 4)), ("box", "a", (2, 3, 4, 5))]),
        ('{"point_2d":[10,20],"label":"p"}', [("point", "p", (10, 20))]),
        ('{"point":[20,10],"label":"gemini"}', [("point", "gemini", (10, 20))]),
        ('{"points":[[10,20],[30,40]],"label":"p"}', [("point", "p", (10, 20)), ("point", "p", (30, 40))]),
        ('{"polygon":[[1,2],[3,4],[5,6]],"label":"p"}', [("polygon", "p", (1, 2, 3, 4, 5, 6))]),
        ('{"poly":[1,2,3,4,5,6],"label":"p"}', [("polygon", "p", (1, 2, 3, 4, 5, 6))]),
    ],
)  # fmt: skip
def test_objects(text: str, expected: list[Any]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[10, 20]]", [("point", "", (10, 20))]),
        ("[[10,20],[30,40]]", [("point", "", (10, 20)), ("point", "", (30, 40))]),
        ("[[1,2],[3,4],[5,6]]", [("polygon", "", (1, 2, 3, 4, 5, 6))]),
        ("[1,2,3,4,5,6,7,8]", [("polygon", "", (1, 2, 3, 4, 5, 6, 7, 8))]),
        ("[[1,2,3,4],[5,6,7,8]]", [("box", "", (1, 2, 3, 4)), ("box", "", (5, 6, 7, 8))]),
        ("[0.1, 0.2, 0.3, 0.4]", [("box", "", CAT)]),
        ("[10.5,20,30,40.5]", [("box", "", (10, 20, 30, 40))]),
    ],
)
def test_numbers(text: str, expected: list[Any]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("cat: [1,2,3,4], dog: [5,6,7,8]", ["cat", "dog"]),
        ("1. **cat** [1,2,3,4]\n2. **dog** [5,6,7,8]\n", ["cat", "dog"]),
        ("[1,2,3,4] cat\n[5,6,7,8] dog\n", ["cat", "dog"]),
        ("[1,2,3,4] cat", ["cat"]),
        ("[1,2,3,4]\ncat", [""]),
        ("猫：[1,2,3,4]。狗：[5,6,7,8]", ["猫", "狗"]),
        ("猫<|begin_of_box|>[1,2,3,4]<|end_of_box|>", ["猫"]),
        ("| cat | [1,2,3,4] |", [""]),
        ("[1,2,3,4] " + "word " * 40, [""]),
        ("[1,2,3,4]" + " " * 70 + "cat\n", [""]),
        ("[1,2,3,4]" + " " * 50 + "cat\n", ["cat"]),
        ("word " * 40 + "[1,2,3,4]", [""]),
    ],
)
def test_labels_before_and_behind(text: str, labels: list[str]) -> None:
    assert [label for _, label, _ in places(text)] == labels


@pytest.mark.parametrize(
    "text",
    ["[1,2,3,4]5", "[1,2,3]", "a[0]", "(2, 3)", "[text](https://h)", "3 < 4, 5 > 2", "<div>1,2,3,4</div>",
     "[4,3,2,1]", "[1,2,1,4]", "[-1,2,3,4]", "f(a, 1, 2, 3)", "[1, 2, 3, 4", '{"bbox_2d":[1,2,3,4]',
     '{"bbox_3d":[1,2,3,4,5,6,7,8,9]}', '{"bbox_2d":"none"}', '{"bbox_2d":[1,2,3]}', '{"bbox_2d":[true,2,3,4]}',
     '{"a":1}', "{}", "[]", "[[]]", "[1,2,3,4)", "", "[1000,2,1000,4]", '{"bbox_2d":[1,2,3,4],}'],
)  # fmt: skip
def test_what_is_no_box(text: str) -> None:
    assert places(text) == []


HUGE = "9" * 400


@pytest.mark.parametrize("size", [None, (100, 100)])
@pytest.mark.parametrize(
    "text",
    [f'[{{"bbox_2d": [1, 2, {HUGE}, {HUGE}], "label": "x"}}]', f"<|begin_of_box|>[[1,2,{HUGE},{HUGE}]]<|end_of_box|>",
     f"[1, 2, {HUGE}, {HUGE}.5]", f"[[{HUGE}, {HUGE}]]", f'{{"point": [1, {HUGE * 20}]}}',
     f'{{"box": [-{HUGE},1,2,3]}}',
     '{"bbox_2d": [1, 2, 1e308, 1e308]}', '{"polygon": [[1, 2], [3, 4], [1e300, 5]]}', "[1, 2, 3, 1000001]"],
)  # fmt: skip
def test_a_number_that_no_picture_has_is_no_place(text: str, size: tuple[int, int] | None) -> None:
    assert places(text, size=size) == []


def test_a_bracket_around_words_does_not_hide_a_box() -> None:
    assert places("(see [1,2,3,4] there)") == [("box", "see", (1, 2, 3, 4))]
    assert places('{"a": {"bbox_2d": [1,2,3,4]}}') == [("box", "", (1, 2, 3, 4))]


def test_y_first_by_choice() -> None:
    assert places("[200,100,400,300]", notation="yxyx") == [("box", "", CAT)]
    assert places('{"bbox_2d":[200,100,400,300]}', notation="yxyx") == [("box", "", CAT)]
    assert places('{"box_2d":[100,200,300,400]}', notation="xyxy") == [("box", "", CAT)]
    assert places("[[20,10]]", notation="yxyx") == [("point", "", (10, 20))]


def test_pixels_where_the_size_is_known() -> None:
    (box,) = found("[100,200,300,400]", size=(640, 480))
    assert box.pixels == (64, 96, 192, 192)
    assert box.points == (0.1, 0.2, 0.3, 0.4)


def test_a_model_that_answers_in_pixels() -> None:
    (box,) = found("[960,270,1440,540]", size=(1920, 1080))
    assert box.pixels == (960, 270, 1440, 540)
    assert box.points == (0.5, 0.25, 0.75, 0.5)
    (unknown,) = found("[960,270,1440,540]")
    assert unknown.pixels == (960, 270, 1440, 540)
    assert unknown.points == ()


def test_pixels_beyond_the_picture_are_cut_or_no_place_at_all() -> None:
    (box,) = found("[500,0,1200,1000]", size=(1000, 1000))
    assert box.points == (0.5, 0.0, 1.0, 1.0)
    assert found("in the years [2019, 2020, 2021, 2022]", size=(640, 480)) == []


def test_the_source_is_what_stood_in_the_text() -> None:
    text = 'x [{"label": "cat", "bbox_2d": [1, 2, 3, 4]}] y (1, 2,3,4).'
    assert [box.source for box in found(text)] == ['{"label": "cat", "bbox_2d": [1, 2, 3, 4]}', "(1, 2,3,4)"]


def test_a_box_follows_the_delta_that_makes_it_sure() -> None:
    stage = flow.boxes()
    assert list(stage.on_event(TextDelta("cat: [1,2,3,"), 0.0)) == [TextDelta("cat: [1,2,3,")]
    assert list(stage.on_event(TextDelta("4]"), 0.0)) == [TextDelta("4]")]
    delta, box = stage.on_event(TextDelta(" and"), 0.0)
    assert (delta, box) == (
        TextDelta(" and"),
        Box(points=(0.001, 0.002, 0.003, 0.004), label="cat", source="[1,2,3,4]"),
    )


def test_each_object_is_given_as_soon_as_it_closes() -> None:
    stage = flow.boxes()
    events = [*stage.on_event(TextDelta('[{"label":"a","bbox_2d":[1,2,3,4]},'), 0.0)]
    assert [event.label for event in events if isinstance(event, Box)] == ["a"]


def test_blocks_and_choices_are_read_apart() -> None:
    events = flow.apply(
        flow.boxes(),
        [
            TextDelta("a: [1,2,", "text-0"), TextDelta("b: [5,6,", "text-1", 1), TextDelta("3,4] ", "text-0"),
            TextDelta("7,8] ", "text-1", 1), ReasoningDelta("[1,2,3,4] "),
        ],
    )  # fmt: skip
    boxes = [(event.label, event.choice) for event in events if isinstance(event, Box)]
    assert boxes == [("a", 0), ("b", 1)]


def test_what_is_held_comes_at_the_end_and_not_after_a_restart() -> None:
    assert found("[1,2,3,4]")
    held = TextDelta("[1,2,3,4]")
    assert [type(event) for event in flow.apply(flow.boxes(), [held])] == [TextDelta, Box]
    assert Box not in [type(event) for event in flow.apply(flow.boxes(), [held, Restart()])]


def test_other_events_pass() -> None:
    events: list[Event] = [Heartbeat("x"), Error("boom")]
    assert flow.apply(flow.boxes(), events) == events


def test_the_stage_needs_no_clock() -> None:
    stage = flow.boxes()
    assert isinstance(stage, flow.Stage)
    assert isinstance(stage, BoxFinder)
    assert stage.wake_at() is None
    assert list(stage.on_wake(1.0)) == []


PIECES = ["[", "]", "(", ")", "{", "}", "<", ">", ",", " ", "\n", "1", "20", "300", "1200", ".5", "-", '"', ":", "\\",
          '"bbox_2d":', '"label":"a"', "cat", "[1,2,3,4]", "[[5,6],[7,8],[9,9]]", '{"label":"x","bbox_2d":[1,2,3,4]}',
          "<|begin_of_box|>"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=24), st.lists(st.integers(1, 9), max_size=40), st.booleans())
def test_cuts_do_not_matter(pieces: list[str], sizes: list[int], known: bool) -> None:
    text = "".join(pieces)
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    parts.append(text[at:])
    size_of_picture = (640, 480) if known else None
    assert found(*parts, size=size_of_picture) == found(text, size=size_of_picture)


@given(st.lists(st.sampled_from(PIECES), max_size=24))
def test_every_box_has_a_meaning(pieces: list[str]) -> None:
    for box in found("".join(pieces), size=(640, 480)):
        assert box.pixels is not None
        assert len(box.points) == len(box.pixels)
        assert all(0 <= point <= 1 for point in box.points)
        if box.kind == "box":
            assert len(box.points) == 4


@pytest.mark.parametrize("filling", ["[", "1,", '{"', "{", "(", "a", " ", '{"a":"', "[1,2,3,4] "])
def test_memory_is_bounded(filling: str) -> None:
    scanner = BoxScanner(None, "auto")
    for _ in range(200):
        scanner.feed(filling * 100)
    assert len(scanner._text) <= MAX_NOTATION + 8 * MAX_LABEL + 100 * len(filling)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"size": 640}, "size"), ({"size": (640,)}, "size"), ({"size": (0, 480)}, "size"), ({"size": (6.5, 4)}, "size"),
        ({"size": "640x480"}, "size"),
        ({"notation": "xywh"}, "notation: 'xywh' is unknown; accepted: auto, xyxy, yxyx"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_by_name(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidRequestError, match=where):
        flow.boxes(**options)
