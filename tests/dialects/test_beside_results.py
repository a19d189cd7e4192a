"""Pictures in what tools returned: where they go."""

from __future__ import annotations

import pytest

from slipstream.dialects.common.beside_results import put_behind
from slipstream.dialects.common.request import ChatMessage, ImagePart, Part, TextPart, ToolResultPart

ONE, TWO = ImagePart(url="https://a.b/1.png"), ImagePart(url="https://a.b/2.png")
RESULT = ChatMessage("tool", [ToolResultPart("c", "x")])
ASKED, SAID = ChatMessage("user", [TextPart("q")]), ChatMessage("assistant", [TextPart("a")])
Piece = tuple[ChatMessage, list[Part]]


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([], []),
        ([(ASKED, []), (SAID, [])], [ASKED, SAID]),
        ([(RESULT, [ONE]), (RESULT, [TWO])], [RESULT, RESULT, ChatMessage("user", [ONE, TWO])]),
        ([(RESULT, [ONE]), (RESULT, []), (SAID, [])], [RESULT, RESULT, ChatMessage("user", [ONE]), SAID]),
        ([(RESULT, [ONE]), (ASKED, []), (ASKED, [])], [RESULT, ChatMessage("user", [ONE, TextPart("q")]), ASKED]),
    ],
)
def test_they_stand_behind_the_results_in_a_row(pieces: list[Piece], found: list[ChatMessage]) -> None:
    assert put_behind(pieces) == found


def test_what_was_given_stays_as_it_was() -> None:
    beside: list[Part] = [ONE]
    put_behind([(RESULT, beside), (ASKED, [])])
    assert (beside, ASKED.parts) == ([ONE], [TextPart("q")])
