"""The door `draw_boxes`: paths, bytes, and fonts for every label."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFont

from slipstream import Box, InvalidRequestError
from slipstream.client import pictures
from slipstream.client.pictures import FONTS, draw_boxes

BOX = Box(points=(0.1, 0.4, 0.5, 0.9))


def labelled(label: str) -> Box:
    return Box(points=BOX.points, label=label)


def picture() -> Image.Image:
    return Image.new("RGB", (200, 100), (90, 90, 90))


def test_a_path_bytes_and_an_image_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    picture().save(path)
    expected = draw_boxes(picture(), [BOX]).tobytes()
    assert draw_boxes(path, [BOX]).tobytes() == expected
    assert draw_boxes(str(path), BOX).tobytes() == expected
    assert draw_boxes(path.read_bytes(), (box for box in [BOX])).tobytes() == expected


def test_a_latin_label_looks_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with_fonts = draw_boxes(picture(), labelled("cat"))
    monkeypatch.setattr(pictures, "FONTS", ())
    assert draw_boxes(picture(), labelled("cat")).tobytes() == with_fonts.tobytes()


def test_a_chinese_label_finds_a_font_of_the_machine(require: Any) -> None:
    require(any(re.search("CJK|wqy", path) and Path(path).is_file() for path in FONTS), "a font with Chinese letters")
    assert draw_boxes(picture(), labelled("猫")).tobytes() != draw_boxes(picture(), labelled("狗")).tobytes()


def test_letters_that_no_font_has_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "FONTS", ("/no/such/font.ttf",))
    with pytest.warns(UserWarning, match=r"no font found for U\+732B in the labels"):
        draw_boxes(picture(), labelled("猫"))
    draw_boxes(picture(), labelled("猫"), labels=False)  # warnings are errors here


def test_a_damaged_font_of_the_machine_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    monkeypatch.setattr(pictures, "FONTS", (str(broken),))
    with pytest.warns(UserWarning, match="no font found"):
        draw_boxes(picture(), labelled("猫"))


def test_a_font_of_ones_own(tmp_path: Path, require: Any) -> None:
    found = next((path for path in FONTS if Path(path).is_file()), None)
    require(found, "a font in one of the usual places")
    plain = draw_boxes(picture(), labelled("cat"))
    by_path = draw_boxes(picture(), labelled("cat"), font=str(found))
    assert by_path.tobytes() != plain.tobytes()
    font = ImageFont.truetype(str(found), 12)
    assert draw_boxes(picture(), labelled("cat"), font=font).size == (200, 100)


@pytest.mark.parametrize(
    ("image", "options", "named"),
    [
        ("no/such/file.png", {}, "image"),
        ("nul\0l.png", {}, "image"),
        (b"GIF89a", {}, "image"),
        (7, {}, "image"),
        (picture(), {"boxes": "cat"}, "boxes"),
        (picture(), {"boxes": [None]}, "boxes[0]"),
        (picture(), {"font": "no/such/font.ttf"}, "font"),
        (picture(), {"font": 3}, "font"),
        (picture(), {"width": -1}, "width"),
    ],
)
def test_what_is_wrong_is_refused_by_name(image: Any, options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        draw_boxes(image, **{"boxes": [labelled("x")], **options})
    assert refusal.value.argument == named


def test_a_saved_picture_is_a_picture() -> None:
    file = io.BytesIO()
    draw_boxes(picture(), labelled("cat")).save(file, "PNG")
    assert Image.open(io.BytesIO(file.getvalue())).size == (200, 100)
