"""`draw_boxes` of the sink, looked at pixel by pixel."""

from __future__ import annotations

import io
import sys
import time
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageChops, ImageFont

from slipstream import Box, InvalidRequestError
from slipstream.sinks.boxes import default_font, draw_boxes, missing_glyphs

RED = (255, 0, 0)
GREY = (90, 90, 90)


def blank(width: int = 200, height: int = 100, mode: str = "RGB") -> Image.Image:
    return Image.new("RGB", (width, height), GREY).convert(mode)


def draw(*boxes: Box, on: Image.Image | None = None, **options: Any) -> Image.Image:
    options = {"colours": [RED], "width": 2, "labels": False, **options}
    return draw_boxes(on if on is not None else blank(), boxes, **options)


def changed(image: Image.Image) -> tuple[int, int, int, int] | None:
    """The rectangle of what is not grey any more."""
    return ImageChops.difference(image, blank(*image.size)).getbbox()


def test_a_box_stands_where_it_says_with_a_casing_around_its_line() -> None:
    drawn = draw(Box(points=(0.1, 0.2, 0.5, 0.8)))
    for at in ((20, 20), (21, 21), (99, 79), (98, 50), (60, 20), (60, 79)):
        assert drawn.getpixel(at) == RED, at
    for at in ((19, 19), (100, 80), (22, 50), (97, 50)):
        assert drawn.getpixel(at) == (0, 0, 0), at
    for at in ((18, 18), (101, 81), (60, 50)):
        assert drawn.getpixel(at) == GREY, at


def test_a_point_is_a_disc_and_a_polygon_a_closed_line() -> None:
    drawn = draw(
        Box(points=(0.25, 0.5), kind="point"),
        Box(points=(0.5, 0.1, 0.9, 0.1, 0.9, 0.9, 0.5, 0.9), kind="polygon"),
    )
    assert drawn.getpixel((50, 50)) == drawn.getpixel((48, 50)) == RED
    assert drawn.getpixel((60, 50)) == GREY
    for at in ((140, 10), (180, 50), (140, 90), (100, 50)):  # the middle of each side
        assert drawn.getpixel(at) == RED, at
    assert drawn.getpixel((140, 50)) == GREY


def test_numbers_in_pixels_serve_where_there_are_no_shares() -> None:
    drawn = draw(Box(points=(), pixels=(20, 20, 100, 80)))
    assert drawn.tobytes() == draw(Box(points=(0.1, 0.2, 0.5, 0.8))).tobytes()


@pytest.mark.parametrize("points", [(-5.0, -5.0, 9.0, 9.0), (0.9, 0.9, 1.5, 1.5), (1.2, 1.2, 1.4, 1.4)])
def test_what_lies_outside_is_moved_to_the_edge(points: tuple[float, ...]) -> None:
    drawn = draw(Box(points=points))
    assert drawn.size == (200, 100)
    assert changed(drawn) is not None


def test_the_given_picture_is_not_changed() -> None:
    given = blank()
    before = given.tobytes()
    drawn = draw(Box(points=(0, 0, 1, 1)), on=given)
    assert given.tobytes() == before != drawn.tobytes()
    assert draw(on=given) is not given


def test_a_picture_is_turned_upright_as_its_exif_says() -> None:
    sideways = blank(100, 200)
    exif = sideways.getexif()
    exif[0x0112] = 6  # turn by 90 degrees to see it upright
    stored = io.BytesIO()
    sideways.save(stored, "JPEG", exif=exif, quality=100)
    drawn = draw_boxes(stored.getvalue(), Box(points=(0.1, 0.2, 0.5, 0.8)), colours=["red"], width=2)
    assert drawn.size == (200, 100)
    assert drawn.getpixel((60, 20)) == RED
    assert 0x0112 not in drawn.getexif()


@pytest.mark.parametrize(
    ("mode", "result"),
    [
        ("RGB", "RGB"),
        ("RGBA", "RGBA"),
        ("L", "RGB"),
        ("1", "RGB"),
        ("P", "RGB"),
        ("CMYK", "RGB"),
        ("LA", "RGBA"),
        ("PA", "RGBA"),
    ],
)
def test_pictures_of_every_mode(mode: str, result: str) -> None:
    drawn = draw(Box(points=(0.1, 0.2, 0.5, 0.8)), on=blank(mode=mode))
    assert drawn.mode == result
    assert drawn.convert("RGB").getpixel((60, 20)) == RED


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_pictures_of_premultiplied_modes(mode: str) -> None:
    drawn = draw(Box(points=(0.1, 0.2, 0.5, 0.8)), on=Image.new(mode, (200, 100)))
    assert drawn.mode == "RGBA"
    assert drawn.getpixel((60, 20)) == (*RED, 255)
    assert drawn.getpixel((60, 50)) == (0, 0, 0, 0)


def test_a_picture_of_16_bits_is_seen_as_it_is() -> None:
    for mode in ("I;16", "I;16B"):  # Pillow's names of the two byte orders
        deep = Image.new(mode, (256, 1))
        for x in range(256):
            deep.putpixel((x, 0), 256 * x + 255 - x)
        drawn = draw(on=deep)
        assert [drawn.getpixel((x, 0)) for x in range(256)] == [(x, x, x) for x in range(256)], mode


@pytest.mark.parametrize("more", [{}, {"transparency": 40_000}], ids=["opaque", "with a level that is not seen"])
def test_a_png_of_16_bits_is_drawn_on(more: dict[str, int]) -> None:
    stored = io.BytesIO()
    Image.new("I;16", (200, 100), 40_000).save(stored, "PNG", **more)
    drawn = draw_boxes(stored.getvalue(), Box(points=(0.1, 0.2, 0.5, 0.8)), colours=["red"], width=2)
    assert drawn.mode == "RGB"
    assert drawn.getpixel((60, 50)) == (156, 156, 156)  # 40,000 / 256
    assert drawn.getpixel((60, 20)) == RED


def noisy_png() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((200, 100), 60).save(file, "PNG")
    return file.getvalue()


def test_an_image_that_was_opened_but_cannot_be_read_is_refused() -> None:
    cut = Image.open(io.BytesIO(noisy_png()[:3000]))
    closed = Image.open(io.BytesIO(noisy_png()))
    closed.close()
    for image in (cut, closed):
        with pytest.raises(InvalidRequestError, match=r"image: its pixels cannot be read; accepted") as refusal:
            draw(BOX, on=image)
        assert refusal.value.argument == "image"


@pytest.mark.parametrize("kind", ["box", "point", "polygon"])
def test_a_line_wider_than_the_picture_fills_it(kind: Any) -> None:
    points = {"box": (0, 0, 1, 1), "point": (0.5, 0.5), "polygon": (0, 0, 1, 1, 1, 0.5)}[kind]
    drawn = draw(Box(points=points, kind=kind), width=10**400)
    assert drawn.getpixel((100, 50)) == RED


def test_slanted_lines_have_no_steps_and_no_seams() -> None:
    slanted = Box(points=(0.1, 0.1, 0.9, 0.3, 0.5, 0.9), kind="polygon")
    drawn = draw(slanted, on=blank(400, 400), width=6)
    # The same, drawn four times as large in one piece.
    large = draw(slanted, on=blank(1600, 1600), width=24).reduce(4)
    assert len(drawn.getcolors(10_000) or []) > 20  # with steps there would be three
    differences = ImageChops.difference(drawn, large).convert("L").histogram()
    assert sum(differences[96:]) < 40  # the casing of the large one is not exactly four times as wide


def test_only_the_lines_of_a_shape_are_touched() -> None:
    boxes = [Box(points=(0.1, 0.1, 0.9, 0.9)), Box(points=(0.1, 0.1, 0.9, 0.2, 0.5, 0.9), kind="polygon")]
    given = Image.effect_noise((900, 900), 60).convert("RGB")
    drawn = draw(*boxes, on=given)
    for inside in ((200, 250, 300, 280), (95, 700, 300, 800)):
        assert drawn.crop(inside).tobytes() == given.crop(inside).tobytes()


def test_many_boxes_on_a_large_picture_cost_their_outlines_only() -> None:
    boxes = [Box(points=(i / 400, i / 500, 1 - i / 450, 1 - i / 550)) for i in range(150)]
    picture, began = blank(2400, 2400), time.process_time()
    draw(*boxes, on=picture)
    assert time.process_time() - began < 2  # less than 0.1 s; at the cost of their areas over 5 s


def test_a_transparent_picture_keeps_its_transparency() -> None:
    drawn = draw(Box(points=(0.1, 0.2, 0.5, 0.8)), on=Image.new("RGBA", (200, 100), (0, 0, 0, 0)))
    assert drawn.getpixel((60, 20)) == (*RED, 255)
    assert drawn.getpixel((60, 50)) == (0, 0, 0, 0)


def test_a_label_stands_on_a_plate_of_its_colour_in_letters_that_can_be_read() -> None:
    plain, labelled = (draw(Box(points=(0.3, 0.5, 0.6, 0.9), label="cat"), labels=on) for on in (False, True))
    above = labelled.crop((58, 34, 90, 48))
    assert changed(plain.crop((58, 34, 90, 48))) is None
    colours = {colour for _, colour in above.getcolors(10_000) or []}
    assert RED in colours
    assert (0, 0, 0) in {tuple(channel // 64 for channel in colour) for colour in colours if isinstance(colour, tuple)}


@pytest.mark.parametrize(
    "points", [(0.0, 0.0, 0.2, 0.2), (0.9, 0.0, 1.0, 0.1), (0.95, 0.95, 1.0, 1.0), (0, 0.5, 1, 0.6)]
)
def test_a_plate_stays_inside_the_picture(points: tuple[float, ...]) -> None:
    from slipstream.sinks.boxes.shapes import place_label, shapes_of

    (shape,) = shapes_of(Box(points=points, label="x"), 200, 100)
    rect = place_label(shape, (80, 20), (200, 100), ())
    assert rect.left >= 0
    assert rect.top >= 0
    assert rect.right <= 200
    assert rect.bottom <= 100
    assert rect.right - rect.left == 80


@pytest.mark.parametrize(
    ("box", "side"),
    [
        (Box(points=(0.4, 0.5, 0.45, 0.55), label="x"), "above"),
        (Box(points=(0.0, 0.0, 0.05, 0.05), label="x"), "below"),
        (Box(points=(0.0, 0.0, 0.1, 1.0), label="x"), "right"),
        (Box(points=(0.9, 0.0, 1.0, 1.0), label="x"), "left"),
        (Box(points=(0.5, 0.5), kind="point", label="x"), "above"),
        (Box(points=(0.5, 0.0), kind="point", label="x"), "below"),
        (Box(points=(0.1, 0.0, 0.9, 0.9), label="x"), "in"),
        (Box(points=(0.0, 0.0, 1.0, 1.0), label="x"), "in"),
    ],
)
def test_a_plate_stands_beside_a_shape_that_it_would_hide(box: Box, side: str) -> None:
    from slipstream.sinks.boxes.shapes import place_label, shapes_of

    (shape,) = shapes_of(box, 640, 420)
    plate, own = place_label(shape, (70, 20), (640, 420), (), 8.0), shape.bounds.grown(8.0)
    sides = {
        "above": plate.bottom <= own.top,
        "below": plate.top >= own.bottom,
        "right": plate.left >= own.right,
        "left": plate.right <= own.left,
        "in": plate.shared(shape.bounds) == 70 * 20,
    }
    assert [name for name, holds in sides.items() if holds] == [side]


def test_a_plate_without_room_beside_its_shape_hides_as_little_as_it_can() -> None:
    from slipstream.sinks.boxes.shapes import place_label, shapes_of

    (shape,) = shapes_of(Box(points=(0.1, 0.0, 0.5, 1.0), label="x"), 100, 20)
    plate = place_label(shape, (60, 20), (100, 20), ())
    assert plate.shared(shape.bounds) == 10 * 20


def test_a_small_box_and_a_point_are_seen_beside_their_labels() -> None:
    places = [Box(points=(0, 0, 0.05, 0.05)), Box(points=(0.5, 0.5), kind="point"), Box(points=(0.5, 0), kind="point")]
    for place in places:
        plain = draw(place, on=blank(640, 420))
        labelled = draw(msgspec.structs.replace(place, label="corner"), on=blank(640, 420), labels=True)
        box = changed(plain)
        assert box is not None
        assert labelled.crop(box).tobytes() == plain.crop(box).tobytes()


def test_labels_avoid_each_other_while_there_is_room() -> None:
    from slipstream.sinks.boxes.shapes import place_label, shapes_of

    taken: list[Any] = []
    for shape in shapes_of([Box(points=(0.3, 0.4, 0.7, 0.6), label=name) for name in "abc"], 800, 600):
        rect = place_label(shape, (60, 20), (800, 600), taken)
        assert not any(rect.meets(other) for other in taken)
        taken.append(rect)


def test_an_endless_label_is_shortened() -> None:
    drawn = draw(Box(points=(0.1, 0.5, 0.3, 0.9), label="word " * 10_000), labels=True)
    box = changed(drawn.crop((0, 20, 200, 45)))
    assert box is not None
    assert box[2] - box[0] <= 102  # half of the picture, where the shape is smaller


def test_a_label_keeps_its_colour_when_more_come() -> None:
    cat, dog = Box(points=(0.1, 0.1, 0.3, 0.9), label="cat"), Box(points=(0.5, 0.1, 0.7, 0.9), label="dog")
    at = (20, 50)
    one, both, turned = (draw(*boxes, colours=None) for boxes in ((cat,), (cat, dog), (dog, cat)))
    assert one.getpixel(at) == both.getpixel(at) == turned.getpixel(at)
    assert both.getpixel(at) != both.getpixel((100, 50))


def test_boxes_drawn_as_they_come_are_boxes_drawn_at_once() -> None:
    boxes = [Box(points=(i / 10, 0.3, i / 10 + 0.08, 0.8), label=name) for i, name in enumerate("abcdefg")]
    arrived: list[Box] = []
    for box in iter(boxes):
        arrived.append(box)
        drawn = draw_boxes(blank(), arrived)
    assert drawn.tobytes() == draw_boxes(blank(), iter(boxes)).tobytes()


def test_colours_by_label_names_and_numbers() -> None:
    boxes = [Box(points=(i / 4, 0.2, i / 4 + 0.2, 0.8), label=name) for i, name in enumerate("abc")]
    drawn = draw(*boxes, colours={"a": "#0f0", "b": (1, 2, 3), "c": "Blue"})
    assert [drawn.getpixel((i * 50 + 1, 50)) for i in range(3)] == [(0, 255, 0), (1, 2, 3), (0, 0, 255)]


def test_chinese_labels_with_a_font_that_has_them(require: Any) -> None:
    import re
    from pathlib import Path

    from slipstream.client.pictures import FONTS

    found = next((path for path in FONTS if re.search("CJK|wqy", path) and Path(path).is_file()), None)
    require(found, "a font with Chinese letters")
    font = ImageFont.truetype(str(found), 20)
    assert missing_glyphs(font, "猫 cat\u0301") == ""
    assert missing_glyphs(default_font(200, 100), "猫 cat") == "猫"
    chinese = draw(Box(points=(0.3, 0.5, 0.6, 0.9), label="猫"), labels=True, font=font)
    other = draw(Box(points=(0.3, 0.5, 0.6, 0.9), label="狗"), labels=True, font=font)
    assert chinese.tobytes() != other.tobytes()


def test_letters_that_the_font_lacks_are_drawn_as_an_empty_box_each() -> None:
    one, another = (draw(Box(points=(0.3, 0.5, 0.6, 0.9), label=name), labels=True) for name in ("猫", "狗"))
    assert one.tobytes() == another.tobytes() != draw(Box(points=(0.3, 0.5, 0.6, 0.9))).tobytes()


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=4, max_size=4),
    label=st.text(max_size=20),
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
)
def test_any_numbers_and_any_label_draw(points: list[float], label: str, size: tuple[int, int]) -> None:
    given_image = blank(*size)
    boxes = [Box(points=tuple(points), label=label), Box(points=tuple(points[:2]), kind="point", label=label)]
    boxes.append(Box(points=(*points, *points[::-1]), kind="polygon"))
    assert draw_boxes(given_image, boxes).size == size


BOX = Box(points=(0.1, 0.2, 0.5, 0.8))


@pytest.mark.parametrize(
    ("image", "boxes", "options", "named"),
    [
        ("cat.png", BOX, {}, "image"),
        (None, BOX, {}, "image"),
        (b"<svg/>", BOX, {}, "image"),
        (b"\x89PNG\r\n\x1a\n broken", BOX, {}, "image"),
        (Image.new("F", (3, 3)), BOX, {}, "image"),
        (Image.new("RGB", (0, 3)), BOX, {}, "image"),
        (blank(), 7, {}, "boxes"),
        (blank(), "boxes", {}, "boxes"),
        (blank(), {"points": (0, 0, 1, 1)}, {}, "boxes"),
        (blank(), [BOX, (0, 0, 1, 1)], {}, "boxes[1]"),
        (blank(), [Box(points=(0.1, 0.2, 0.3))], {}, "boxes[0]"),
        (blank(), [BOX, Box(points=(0.1, 0.2, 0.3, float("nan")))], {}, "boxes[1]"),
        (blank(), [Box(points=())], {}, "boxes[0]"),
        (blank(), [Box(points=(), pixels=(10**400, 1, 2, 3))], {}, "boxes[0]"),
        (blank(), [Box(points=(10**400, 0, 1, 1))], {}, "boxes[0]"),
        (blank(), [Box(points=cast(Any, ("a", "b", "c", "d")))], {}, "boxes[0]"),
        (blank(), [Box(points=cast(Any, ("1", "2", "3", "4")))], {}, "boxes[0]"),
        (blank(), [Box(points=cast(Any, (None, 0, 1, 1)))], {}, "boxes[0]"),
        (blank(), [Box(points=cast(Any, 7))], {}, "boxes[0]"),
        (blank(), [Box(points=(0, 0, 1, 1), kind=cast(Any, ["box"]))], {}, "boxes[0]"),
        (blank(), [Box(points=(0, 0, 1, 1), label=cast(Any, None))], {}, "boxes[0]"),
        (blank(), [Box(points=(0.1, 0.2), kind="polygon")], {}, "boxes[0]"),
        (blank(), BOX, {"width": 0}, "width"),
        (blank(), BOX, {"width": True}, "width"),
        (blank(), BOX, {"width": 1.5}, "width"),
        (blank(), BOX, {"labels": "yes"}, "labels"),
        (blank(), Box(points=(0, 0, 1, 1), label="x"), {"font": 12}, "font"),
        (blank(), BOX, {"colours": "red"}, "colours"),
        (blank(), BOX, {"colours": []}, "colours"),
        (blank(), BOX, {"colours": ["crimsonish"]}, "colours[0]"),
        (blank(), BOX, {"colours": {"cat": (1, 2, 256)}}, "colours['cat']"),
    ],
)
def test_what_is_wrong_is_refused_by_name(image: Any, boxes: Any, options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        draw_boxes(image, boxes, **options)
    assert refusal.value.argument == named
    assert named in str(refusal.value)
    assert "accepted" in str(refusal.value) or "no pixels" in str(refusal.value)


def test_a_picture_of_a_billion_pixels_is_refused() -> None:
    small = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(small, "PNG")
    assert len(small.getvalue()) < 100_000
    with pytest.raises(InvalidRequestError, match="pixels"):
        draw_boxes(small.getvalue(), BOX)


def test_without_pillow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(InvalidRequestError, match=r"pip install 'slipstream\[pictures\]'"):
        draw_boxes(b"", BOX)
