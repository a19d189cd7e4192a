"""What is done about matches, and the masks that stand for them."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.reaction import Hit, Part, Reaction, Writer
from slipstream.flow.guard.screen import Piece


def writer(on_match: str = "mask", mask: Any = None, **options: Any) -> tuple[Writer, Reaction]:
    reaction = Reaction(on_match, mask, None)
    return Writer(reaction, "text", 0, **options), reaction


def test_one_mask_a_span() -> None:
    write, _ = writer()
    assert write.write([Piece("a", None), Piece("b", "r"), Piece("c", "r", False)]) == [
        Part(1, "a", False), Part(1, "***", True), Part(1, "", True),
    ]  # fmt: skip
    assert write.write([Piece("d", "r", False), Piece("e", "r", True)]) == [Part(1, "", True), Part(1, "***", True)]
    assert write.end() == []


def test_a_span_that_began_before_it_was_watched_has_a_mask() -> None:
    write, _ = writer()
    assert write.write([Piece("den", "r", False), Piece(" ", None)]) == [Part(3, "***", True), Part(1, " ", False)]


def test_a_mask_made_of_the_length_waits_for_it() -> None:
    write, _ = writer(mask=lambda rule, length: f"{rule}{length}")
    assert write.write([Piece("ab", "r")]) == []
    assert write.pending == 2
    assert write.write([Piece("c", "r", False)]) == []
    assert write.write([Piece("d", "s"), Piece("e", None)]) == [
        Part(3, "r3", True), Part(1, "s1", True), Part(1, "e", False),
    ]  # fmt: skip
    assert write.write([Piece("f", "r")]) == []
    assert write.end() == [Part(1, "r1", True)]
    assert write.pending == 0


def test_drop_leaves_nothing() -> None:
    write, _ = writer("drop")
    assert write.write([Piece("ab", "r"), Piece("c", None)]) == [Part(2, "", True), Part(1, "c", False)]


@pytest.mark.parametrize("on_match", ["stop", "retract"])
def test_what_ends_the_stream_is_the_last_thing_written(on_match: str) -> None:
    write, reaction = writer(on_match)
    assert write.write([Piece("a", None), Piece("b", "r"), Piece("c", None)]) == [Part(1, "a", False)]
    assert reaction.stopped == Hit("r", 0)
    assert reaction.retracts == (on_match == "retract")


def test_what_may_not_end_the_stream_is_masked() -> None:
    write, reaction = writer("stop", ends=False)
    assert write.write([Piece("b", "r")]) == [Part(1, "***", True)]
    assert reaction.stopped is None


def test_who_is_told() -> None:
    told: list[tuple[str, str]] = []
    reaction = Reaction("mask", None, lambda *about: told.append(about))
    reaction.hit("r", "text", 0)
    reaction.silent = True
    reaction.hit("r", "tool_input", 0)
    (job,) = reaction.callbacks.jobs()
    job.call()
    assert told == [("r", "text")]


def test_a_mask_that_is_no_text_is_refused_when_it_comes() -> None:
    write, _ = writer(mask=lambda rule, length: length)
    write.write([Piece("a", "r")])
    with pytest.raises(TypeError, match="int"):
        write.end()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("hide", None, None), "on_match"),
        ((None, None, None), "on_match"),
        (("mask", 1, None), "mask"),
        (("drop", "***", None), "mask"),
        (("stop", "***", None), "mask"),
        (("retract", str, None), "mask"),
        (("mask", None, "print"), "on_hit"),
    ],
)
def test_refused_by_name(arguments: tuple[Any, Any, Any], word: str) -> None:
    with pytest.raises(InvalidRequestError, match=word):
        Reaction(*arguments)
