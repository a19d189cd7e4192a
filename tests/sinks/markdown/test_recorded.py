"""Recorded answers of real models, in the pieces they came in: comrak's page of the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from tests.conftest import Require
from tests.contract.recordings import recordings
from tests.sinks.markdown.oracles import GFM, by_comrak, ours
from tests.sinks.markdown.page import parse, tree

from slipstream.events import Event, TextDelta


@cache
def answers() -> list[tuple[str, list[str]]]:
    """The name and the pieces of every text in the recordings."""
    return [(record.name, pieces) for record in recordings() for pieces in texts(record.decoded()) if any(pieces)]


def texts(events: list[Event]) -> Iterator[list[str]]:
    choices: dict[int, list[str]] = defaultdict(list)
    for event in events:
        if isinstance(event, TextDelta):
            choices[event.choice].append(event.text)
    yield from choices.values()


def test_answers_are_there(require: Require) -> None:
    require(recordings(), "the recorded streams are not there")
    assert len(answers()) > 50


def test_recorded_answers() -> None:
    for name, pieces in answers():
        text = "".join(pieces)
        assert tree(parse(pieces).root) == tree(parse([text]).root), name
        assert ours(text, GFM) == by_comrak(text, GFM), name
