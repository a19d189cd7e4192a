"""`svg_overlay`: well-formed, to scale, and nothing but shapes."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings, strategies as st

from slipstream import Box, InvalidRequestError
from slipstream.sinks.boxes import svg_overlay

SVG = "{http://www.w3.org/2000/svg}"
PNG = b"\x89PNG\r\n\x1a\n...."
TAGS = {"svg", "title", "g", "rect", "polygon", "path", "text", "image"}


def parsed(*boxes: Box, **options: Any) -> ET.Element:
    return ET.fromstring(svg_overlay(boxes, 200, 100, **options))


def test_a_box_in_the_pixels_of_the_picture() -> None:
    svg = parsed(Box(points=(0.1, 0.2, 0.5, 0.8), label="cat"))
    assert svg.get("viewBox") == "0 0 200 100"
    rect = svg.find(f"{SVG}g/{SVG}rect")
    assert rect is not None
    assert [rect.get(name) for name in ("x", "y", "width", "height")] == ["20", "20", "80", "60"]
    assert rect.get("vector-effect") == "non-scaling-stroke"


def test_points_and_polygons() -> None:
    svg = parsed(Box(points=(0.25, 0.5), kind="point"), Box(points=(0.5, 0.1, 0.9, 0.1, 0.9, 0.9), kind="polygon"))
    assert [path.get("d") for path in svg.iter(f"{SVG}path")] == ["M50 50h0"] * 2
    assert {line.get("points") for line in svg.iter(f"{SVG}polygon")} == {"100,10 180,10 180,90"}


def test_it_says_what_is_to_be_seen() -> None:
    svg = parsed(*(Box(points=(0.1, 0.2, 0.5, 0.8), label=name) for name in ("cat", "dog", "cat")))
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == svg.findtext(f"{SVG}title") == "3 places: cat, dog"
    assert parsed(title="Two cats").get("aria-label") == "Two cats"
    assert parsed(Box(points=(0, 0), kind="point")).findtext(f"{SVG}title") == "1 place"


def test_labels_stand_inside_the_picture_and_can_be_left_out() -> None:
    box = Box(points=(0.9, 0.0, 1.0, 0.1), label="a label longer than its box")
    svg = parsed(box)
    (text,) = svg.iter(f"{SVG}text")
    plate = svg.findall(f"{SVG}g/{SVG}rect")[-1]
    left, width = float(plate.get("x") or -1), float(plate.get("width") or 0)
    assert 0 <= left < left + width <= 200
    assert float(text.get("x") or 0) == pytest.approx(left + width / 2, abs=0.01)
    assert not list(parsed(box, labels=False).iter(f"{SVG}text"))


def test_letters_are_set_as_the_font_has_them_on_a_plate_that_is_wide_enough() -> None:
    labels = ["\u5927\u56fe\uff08\u62ec\u53f7\uff09", "iii", "WWW", "ordinary words", "e\u0301"]
    svg = parsed(*(Box(points=(0.4, i / 5, 0.9, i / 5 + 0.1), label=label) for i, label in enumerate(labels)))
    groups = [group for group in svg.findall(f"{SVG}g") if group.find(f"{SVG}text") is not None]
    plates = [float(rect.get("width") or 0) for group in groups for rect in group.findall(f"{SVG}rect")]
    assert not any("textLength" in text.attrib for text in svg.iter(f"{SVG}text"))
    six, narrow, wide, words, accent = (width / 12 for width in plates)  # in letters: the font has 12 pixels here
    assert six == pytest.approx(6.5)
    assert narrow < 2 < 3 < wide < 4
    assert 7 < words < 10
    assert accent < 1.3


@pytest.mark.parametrize("image", [PNG, bytearray(PNG), "data:image/png;base64," + base64.b64encode(PNG).decode()])
def test_the_picture_may_stand_inside(image: Any) -> None:
    picture = parsed(image=image).find(f"{SVG}image")
    assert picture is not None
    assert picture.get("href") == "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert (picture.get("width"), picture.get("height")) == ("200", "100")


def test_the_type_of_a_picture_is_that_of_its_bytes() -> None:
    lying = "data:image/jpeg;base64," + base64.b64encode(PNG).decode()
    picture = parsed(image=lying).find(f"{SVG}image")
    assert picture is not None
    assert (picture.get("href") or "").startswith("data:image/png;")


@settings(max_examples=150, deadline=None)
@given(label=st.text(max_size=30), title=st.text(max_size=30))
def test_nothing_gets_out_of_a_label(label: str, title: str) -> None:
    svg = parsed(Box(points=(0.1, 0.2, 0.5, 0.8), label=label), title=title)
    for element in svg.iter():
        assert element.tag.removeprefix(SVG) in TAGS
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)


@pytest.mark.parametrize(
    "attack", ["</text><script>alert(1)</script>", '" onload="alert(1)', "]]><x/>", "\x00\x1b[31m\ud800"]
)
def test_named_attacks_are_text(attack: str) -> None:
    text = svg_overlay([Box(points=(0.1, 0.2, 0.9, 0.8), label=attack)], 2000, 1000, title=attack)
    svg = ET.fromstring(text)
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= TAGS
    assert "<script" not in text
    assert "\x00" not in text
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"width": 0}, "width"),
        ({"height": 10.5}, "height"),
        ({"width": True}, "width"),
        ({"width": 10**400}, "width"),
        ({"height": 2**31}, "height"),
        ({"title": 5}, "title"),
        ({"boxes": [Box(points=(), pixels=(10**400, 1, 2, 3))]}, "boxes[0]"),
        ({"labels": None}, "labels"),
        ({"image": "https://example.org/cat.png"}, "image"),
        ({"image": "data:image/svg+xml;base64,PHN2Zy8+"}, "image"),
        ({"image": "data:text/html;base64," + base64.b64encode(PNG).decode()}, "image"),
        ({"image": 'data:image/png;base64,AA"onload="'}, "image"),
        ({"image": b"<svg onload='alert(1)'/>"}, "image"),
        ({"image": 7}, "image"),
        ({"boxes": [1]}, "boxes[0]"),
        ({"colours": ["url(#x)"]}, "colours[0]"),
    ],
)
def test_what_is_wrong_is_refused_by_name(options: dict[str, Any], named: str) -> None:
    arguments = {"boxes": [Box(points=(0, 0, 1, 1))], "width": 200, "height": 100, **options}
    with pytest.raises(InvalidRequestError) as refusal:
        svg_overlay(**arguments)
    assert refusal.value.argument == named
