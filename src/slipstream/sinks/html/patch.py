"""What changes on the page."""

from __future__ import annotations

from typing import Literal

import msgspec

Op = Literal["append", "replace", "close"]


class Patch(msgspec.Struct, frozen=True):
    """A change of one block; as JSON `{"op": ..., "block": ..., "html": ...}`.

    Args:
        op: `append` puts the HTML at the end of the inside of the block's element; `replace` puts it in the place of
            the whole element, `""` takes it away; `close` says that nothing in it changes any more, but for a late
            definition. The items of a tight list, and what they hold without an element, close with the list.
        block: the element's `data-block`; 0 is the page. The parser's blocks count up from 1, what the page needs
            beside them (a table's body, the footnotes' list) counts down from -1.
        html: whole tags only, attributes quoted, everything from the model escaped.
    """

    op: Op
    block: int
    html: str = ""
