"""`apply`."""

from __future__ import annotations

import pytest

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
