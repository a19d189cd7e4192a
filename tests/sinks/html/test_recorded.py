"""Recorded answers, delta by delta."""

from __future__ import annotations

from pathlib import Path

from tests.flow.made import recordings
from tests.sinks.html.cases import Law, patches
from tests.sinks.html.reference import page
from tests.sinks.html.test_append import balanced
from tests.sinks.html.test_safety import Reader

from slipstream.events import TextDelta
from slipstream.sinks.html import HTMLStream, apply


def deltas(corpora: Path) -> list[list[str]]:
    """The pieces of text of each recorded answer that has some."""
    found = [[event.text for event in events if isinstance(event, TextDelta)] for events in recordings(corpora)]
    return [pieces for pieces in found if pieces]


def test_patches_make_the_whole_page(corpora: Path) -> None:
    answers = deltas(corpora)
    assert len(answers) > 20
    for pieces in answers:
        found = patches(pieces, images=True)
        Law(late=True).check(found)
        assert apply(found) == page("".join(pieces))


def test_the_page_that_grows_is_the_same_in_any_pieces(corpora: Path) -> None:
    for pieces in deltas(corpora):
        stream, whole = HTMLStream(), HTMLStream()
        grown = "".join([*map(stream.feed, pieces), stream.end()])
        assert grown == whole.feed("".join(pieces)) + whole.end()
        balanced(grown)
        Reader().feed(grown)
