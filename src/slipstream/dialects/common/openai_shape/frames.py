"""Frames of streamed chat completions as bytes.

Strategy: id, model and time stand in every chunk and do not change, so the start of a chunk is made once for each
choice; a piece of text costs its own JSON and one joining of bytes.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from slipstream.dialects.common.stream_encoder import json_bytes

TAIL: Final = b',"finish_reason":null}]}\n\n'
"""What stands behind the delta of a chunk that ends nothing."""

END_MARK: Final = b"data: [DONE]\n\n"

NOTHING: Final = b"{}"

_encode: Final = msgspec.json.Encoder().encode


def quote(text: str) -> bytes:
    """The text as JSON."""
    try:
        return _encode(text)
    except UnicodeEncodeError:
        return json_bytes(text)


def written(value: Any) -> bytes:
    """The value as JSON; an empty object where it is nested deeper than any encoder goes."""
    try:
        return json_bytes(value)
    except RecursionError:
        return NOTHING


class Frames:
    """The frames of one answer.

    Attributes:
        stamp: what stands in every chunk: id, object, created, model, and what else is told of the whole answer.
    """

    __slots__ = ("_heads", "_start", "stamp")

    def __init__(self) -> None:
        self.stamp: dict[str, Any] = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": ""}
        self.restamp({})

    def restamp(self, fields: dict[str, Any]) -> None:
        """Have these fields in every chunk from now on."""
        stamp = written(self.stamp | fields)
        if stamp == NOTHING:
            return  # one of them cannot be written
        self.stamp |= fields
        self._start = b"data: " + stamp[:-1] + b',"choices":['
        self._heads: dict[int, bytes] = {}

    def head(self, choice: int) -> bytes:
        """A chunk of this choice, up to its delta."""
        head = self._heads.get(choice)
        if head is None:
            head = self._heads[choice] = self._start + b'{"index":%d,"delta":' % choice
        return head

    def delta(self, choice: int, delta: dict[str, Any]) -> bytes:
        """A whole chunk with this delta."""
        return self.head(choice) + written(delta) + TAIL

    def choice(self, choice: int, fields: dict[str, Any], beside: dict[str, Any] | None = None) -> bytes:
        """A whole chunk whose delta is empty: these fields in the choice, those beside the choices."""
        wire = {"index": choice, "delta": {}, "finish_reason": None, **fields}
        return self._start + written(wire) + self._rest(beside)

    def alone(self, fields: dict[str, Any]) -> bytes:
        """A whole chunk without choices."""
        return self._start + self._rest(fields)

    @staticmethod
    def _rest(fields: dict[str, Any] | None) -> bytes:
        beside = written(fields or {})
        return b"]}\n\n" if beside == NOTHING else b"]," + beside[1:] + b"\n\n"
