"""`apply`."""

from __future__ import annotations

import pytest
from tests.cost import cpu

from slipstream.errors import InvalidRequestError
from slipstream.sinks.html import Patch, apply


def test_patches_are_applied_in_their_order() -> None:
    patches = [
        Patch("append", 0, '<p data-block="1">a</p>'),
        Patch("append", 1, " <em>b</em>"),
        Patch("close", 1),
        Patch("append", 0, '\n<ul data-block="2">\n<li data-block="3"><span data-block="4">x</span></li>\n</ul>'),
        Patch("replace", 4, '\n<p data-block="4">y</p>\n'),
        Patch("append", 4, "z"),
        Patch("replace", 1, ""),
        Patch("close", 1),
    ]
    assert apply(patches) == "\n<ul>\n<li>\n<p>yz</p>\n</li>\n</ul>"


def test_handles_leave_no_trace() -> None:
    assert apply([Patch("append", 0, '<p data-block="1">a <span data-block="-1">b</span></p>')]) == "<p>a b</p>"
    assert apply([Patch("append", 0, '<span class="math inline">x</span>')]) == '<span class="math inline">x</span>'


def test_the_page_itself_can_be_replaced() -> None:
    patches = [Patch("append", 0, '<p data-block="1">a</p>'), Patch("replace", 0, "<hr />"), Patch("append", 0, "b")]
    assert apply(patches) == "<hr />b"


def test_a_patch_of_a_block_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="patches: no block 7 is there to append"):
        apply([Patch("append", 7, "x")])


def test_a_block_that_was_replaced_many_times_leaves_nothing_behind() -> None:
    found = [Patch("append", 0, '<p data-block="1">a</p>')]
    for number in range(5_000):  # deeper than Python goes
        found += [Patch("replace", 1, f'<p data-block="1">{number} <span data-block="-{number + 1}">b</span></p>')]
        found += [Patch("replace", -number - 1, f'<em data-block="-{number + 1}">c</em>')]
    assert apply([*found, Patch("append", 0, "<hr />")]) == "<p>4999 <em>c</em></p><hr />"


@pytest.mark.parametrize("gate", [0, -1], ids=["the page", "before the footnotes"])
def test_a_definition_that_patches_the_whole_page_costs_its_length(gate: int) -> None:
    """Four times as many blocks, all replaced at the end, cost about four times as much: a search costs 16 times."""
    small, large = _late(1_500, gate), _late(6_000, gate)
    assert apply(large).count('<p><a href="/u">k</a></p>') == 6_000
    assert min(_cost(large) / _cost(small) for _ in range(3)) < 8


def _late(count: int, gate: int) -> list[Patch]:
    """Blocks that come to the page or before a handle, and are links in the end."""
    found = [Patch("append", 0, f'<span data-block="{gate}"></span><section>notes</section>')] if gate else []
    for block in range(1, count + 1):
        html = f'<p data-block="{block}">[k]</p>\n'
        handle = f'<span data-block="{gate}"></span>'
        found.append(Patch("replace", gate, html + handle) if gate else Patch("append", 0, html))
    return found + [
        Patch("replace", block, f'<p data-block="{block}"><a href="/u">k</a></p>') for block in range(1, count + 1)
    ]


def _cost(found: list[Patch]) -> float:
    return cpu(lambda: apply(found))
