"""Packed bodies: unpacked whole, byte by byte, and never beyond reason."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, strategies as st

from slipstream.errors import ProtocolError
from slipstream.run.inflate import FREE_OUTPUT, MAX_RATIO, inflater

TEXT = b'data: {"choices": [{"delta": {"content": "\xe4\xbd\xa0\xe5\xa5\xbd"}}]}\n\n' * 40


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "x-gzip": ("X-GZIP ", gzip.compress(TEXT)),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "raw deflate": ("deflate", raw_deflate(TEXT)),
}


def unpack(encoding: str, pieces: list[bytes]) -> bytes:
    unpacker = inflater(encoding)
    return b"".join(map(unpacker.feed, pieces))


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_nothing_is_undone_where_nothing_was_done(encoding: str) -> None:
    assert unpack(encoding, [b"a", b"b"]) == b"ab"


@pytest.mark.parametrize("name", PACKED)
def test_a_body_unpacks_whole_and_byte_by_byte(name: str) -> None:
    encoding, packed = PACKED[name]
    assert unpack(encoding, [packed]) == TEXT
    assert unpack(encoding, [packed[i : i + 1] for i in range(len(packed))]) == TEXT


@given(st.binary(max_size=5000), st.data())
def test_any_body_unpacks_cut_anywhere(body: bytes, data: st.DataObject) -> None:
    encoding, packed = data.draw(st.sampled_from([("gzip", gzip.compress(body)), ("deflate", raw_deflate(body))]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(packed)), max_size=6)))
    pieces = [packed[a:b] for a, b in zip([0, *cuts], [*cuts, len(packed)], strict=True)]
    assert unpack(encoding, pieces) == body


def test_what_was_flushed_is_out_at_once() -> None:
    packer = zlib.compressobj(wbits=31)
    unpacker = inflater("gzip")
    for line in (b"data: 1\n\n", b"data: 2\n\n"):
        assert unpacker.feed(packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH)) == line


def test_several_gzip_members_are_one_body() -> None:
    """RFC 1952 section 2.2: a file is a series of members; servers that pack each event on its own send this."""
    members = [gzip.compress(b"data: 1\n\n"), gzip.compress(b"data: 2\n\n")]
    assert unpack("gzip", [b"".join(members)]) == b"data: 1\n\ndata: 2\n\n"
    assert unpack("gzip", members) == b"data: 1\n\ndata: 2\n\n"


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_a_bomb_is_refused_before_it_fills_the_memory(name: str) -> None:
    bomb = b"\0" * (64 * FREE_OUTPUT)
    packed = gzip.compress(bomb) if name == "gzip" else zlib.compress(bomb)
    unpacker = inflater(name)
    sizes = (len(unpacker.feed(packed[start : start + 1000])) for start in range(0, len(packed), 1000))
    size = 0
    with pytest.raises(ProtocolError, match=f"grows more than {MAX_RATIO} times"):
        size += sum(sizes)
    assert size <= FREE_OUTPUT


def test_a_small_body_may_pack_well() -> None:
    body = b"x" * FREE_OUTPUT
    assert unpack("gzip", [gzip.compress(body)]) == body


def test_a_wrong_label_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="labelled gzip and is not"):
        unpack("gzip", [TEXT])


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "nonsense"])
def test_what_was_not_asked_for_is_refused_by_name(encoding: str) -> None:
    with pytest.raises(ProtocolError, match=f"packed the stream as '{encoding}'"):
        inflater(encoding)
