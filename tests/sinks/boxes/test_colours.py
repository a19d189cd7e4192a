"""Colours of labels: steady, told apart, and readable."""

from __future__ import annotations

from hypothesis import given, strategies as st

from slipstream.sinks.boxes.colours import PALETTE, ColourTable, colour_of, hexadecimal, readable_on


def test_as_many_labels_as_there_are_colours_all_differ() -> None:
    table = ColourTable()
    assert len({table.of(f"label {index}") for index in range(len(PALETTE))}) == len(PALETTE)


def test_more_labels_than_colours_share_them() -> None:
    table = ColourTable()
    assert len({table.of(f"label {index}") for index in range(50)}) == len(PALETTE)
    assert table.of("label 3") == table.of("label 3")


@given(st.lists(st.text(max_size=5), max_size=12))
def test_more_labels_change_no_colour(labels: list[str]) -> None:
    first, whole = ColourTable(), ColourTable()
    before = [first.of(label) for label in labels[: len(labels) // 2]]
    assert [whole.of(label) for label in labels][: len(before)] == before


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_letters_have_the_greater_contrast(colour: tuple[int, int, int]) -> None:
    def luminance(rgb: tuple[int, int, int]) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (channel / 255 for channel in rgb)
        ]
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])

    light = luminance(colour)
    black, white = (light + 0.05) / 0.05, 1.05 / (light + 0.05)
    chosen = black if readable_on(colour) == (0, 0, 0) else white
    assert chosen >= max(black, white) - 0.01
    assert colour_of(hexadecimal(colour), "colour") == colour
