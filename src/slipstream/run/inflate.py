"""Undo a `content-encoding` that a server applied although we ask for `identity`.

Strategy: a decompressor is fed piece by piece with a bound on what each piece may become, and the ratio of output to
input is held under a cap, so that a few kilobytes cannot fill the memory.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from slipstream.errors import ProtocolError

MAX_RATIO = 200
"""Output bytes per input byte, over the whole body. Repetitive SSE packs at 20 to 60; zlib's worst bomb reaches 1,032.
"""

FREE_OUTPUT = 1 << 20
"""Bytes of output before the ratio counts, as a small body of equal lines may well pack better than any limit."""

WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Inflater(Protocol):
    """Packed bytes in, plain bytes out."""

    def feed(self, data: bytes) -> bytes:
        """Unpack the next bytes of the body."""
        ...


class _Zlib:
    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._bits = WINDOW_BITS[encoding]
        self._unpack = zlib.decompressobj(self._bits)
        self._packed = 0
        self._plain = 0

    def feed(self, data: bytes) -> bytes:
        if not self._packed and self._encoding == "deflate" and data[:1] and data[0] & 0x0F != 8:
            self._bits = -15  # raw deflate: many servers leave the zlib header out (RFC 9110 8.4.1.2)
            self._unpack = zlib.decompressobj(self._bits)
        self._packed += len(data)
        plain = b""
        while data:
            if self._unpack.eof:  # another member of a gzip series (RFC 1952 section 2.2)
                self._unpack = zlib.decompressobj(self._bits)
            plain += self._member(data)
            data = self._unpack.unused_data
        return plain

    def _member(self, data: bytes) -> bytes:
        room = max(FREE_OUTPUT, self._packed * MAX_RATIO) - self._plain
        try:
            plain = self._unpack.decompress(data, room + 1)
        except zlib.error:
            raise ProtocolError(f"the body is labelled {self._encoding} and is not") from None
        self._plain += len(plain)
        if len(plain) > room:
            raise ProtocolError(f"the {self._encoding} body grows more than {MAX_RATIO} times when unpacked; refused")
        return plain


class _Identity:
    def feed(self, data: bytes) -> bytes:
        return data


def inflater(encoding: str) -> Inflater:
    """The decompressor for a `content-encoding`; it gives back what it takes where there is nothing to undo.

    Raises:
        ProtocolError: the encoding is not one of gzip and deflate; we asked for none.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Identity()
    if name not in WINDOW_BITS:
        raise ProtocolError(
            f"the server packed the stream as {name[:40]!r}; Slipstream asks for identity and reads gzip and deflate"
        )
    return _Zlib(name)
