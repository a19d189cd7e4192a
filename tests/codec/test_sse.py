"""The SSE decoder: the standard, however the body is cut; then its own promises: the end, limits, linear work."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings, strategies as st
from tests.codec import whatwg
from tests.codec.cuts import PLACES, cut, pieces

from slipstream.codec import Frame, SSEDecoder, limits
from slipstream.errors import EventTooLargeError, InvalidRequestError, StreamClosedError

LONG = b"y" * 400

FRAGMENTS = st.sampled_from(
    [
        *[b"data", b"event", b"id", b"retry", b":", b": ", b" ", b"x", b"5", b"\0", b"[", b"]"],
        *[b"\n", b"\n\n", b"\r", b"\r\n", b"\r\r", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xff", b"\xf0\x9f", b"\x98\x80"],
        *[b"data: {}\n\n", b"data:{}\n\n", b"event: e\ndata: {}\n\n", b"id: 1\ndata: {}\n\n", b": c\n\n"],
        *[b"data: a\rdata: b\n\n", b"data: a\r", b"event: e\rdata: a\r\n\r", b"data: a\r\n\r\n"],
        *[b"data: " + LONG + b"\n\n", b"event: e\ndata: " + LONG + b"\n\n", b"data: " + LONG + b"\r\n\r\n"],
    ]
)
PARTS = st.lists(FRAGMENTS, max_size=30)
BODIES = PARTS.map(b"".join)


def decode(chunks: Iterable[bytes], decoder: SSEDecoder | None = None) -> list[whatwg.Dispatched]:
    decoder = decoder or SSEDecoder()
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
    return [(frame.event, frame.data, frame.id, frame.retry) for frame in frames]


def texts(frames: Iterable[Frame]) -> list[str]:
    return [frame.data for frame in frames]


@settings(max_examples=300, deadline=None)
@given(BODIES, PLACES)
@example(b"data: a\r\r\ndata: b\n\n", [8])
@example(b"\xef\xbb\xbfdata: a\n\n", [1, 2])
@example((b"event: e\ndata: " + LONG + b"\n\n") * 3 + b"event: f\ndata: x\n\n" + b"data: " + LONG + b"\n\n", [])
@example((b"data: " + LONG + b"\n\n") * 2 + b"\n\ndata: a\ndata: b\n\n" + (b"data: " + LONG + b"\n\n") * 2, [])
def test_any_body_cut_anywhere_is_what_the_standard_says(body: bytes, places: list[int]) -> None:
    expected = whatwg.decode(body)
    assert decode([body]) == expected
    assert decode(cut(body, places)) == expected
    assert decode(pieces(body, 1)) == expected


@settings(max_examples=200, deadline=None)
@given(PARTS)
@example([b"data: a\n\n", b"data: b\r", b"\n", b"data: c\n\n"])
@example([b"data: a\n\n", b"data: b\rdata: c\n\n"])
@example([b"data: a\r\r", b"data: b\n\n", b"\ndata: c\n", b"\n"])
def test_reads_that_end_where_events_and_lines_do(parts: list[bytes]) -> None:
    warm = b"event: e\ndata: warm\n\n"  # so that the fast path is open from the start
    assert decode([warm, *parts]) == whatwg.decode(warm + b"".join(parts))


@settings(max_examples=60, deadline=None)
@given(BODIES, PLACES, st.sampled_from([b"\r", b"\r\n"]))
def test_line_ends_are_alike(body: bytes, places: list[int], line_end: bytes) -> None:
    body = body.replace(b"\r", b"")
    rewritten = body.replace(b"\n", line_end)
    assert decode(cut(rewritten, places)) == decode([body])


def test_an_event_ended_with_cr_is_given_at_once() -> None:
    decoder = SSEDecoder()
    assert texts(decoder.feed(b"data: a\r\r")) == ["a"]
    assert decoder.feed(b"\n") == []  # the rest of a CRLF, no blank line
    assert texts(decoder.feed(b"data: b\r")) == []
    assert texts(decoder.feed(b"\n\r\n")) == ["b"]


def test_the_line_feed_after_a_cr_is_skipped_in_any_later_read() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r") == []
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\n") == []  # not the blank line
    assert texts(decoder.feed(b"data: b\n\n")) == ["a\nb"]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_any_kind(kind: type[bytes] | type[bytearray] | type[memoryview]) -> None:
    decoder = SSEDecoder()
    for _ in range(2):  # the second goes by the fast path where it may
        assert decoder.feed(kind(b"data: a\n\n")) == [Frame(b"a")]


@pytest.mark.parametrize("data", ["data: a\n\n", None, 5, [b"a"]])
def test_anything_else_is_refused_by_name(data: object) -> None:
    with pytest.raises(InvalidRequestError, match=f"bytes, bytearray or memoryview, not {type(data).__name__}"):
        SSEDecoder().feed(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "9", None])
def test_a_bad_limit_is_refused(limit: object) -> None:
    with pytest.raises(InvalidRequestError, match="max_event_bytes"):
        SSEDecoder(max_event_bytes=limit)  # type: ignore[arg-type]


# --- what a frame and the decoder tell -----------------------------------------------------------------------------


def test_ids_persist_and_count_from_the_blank_line() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\n\n")[0].id is None
    assert decoder.feed(b"id: 1\ndata: b\n\n")[0].id == "1"
    assert decoder.feed(b"data: c\n\n")[0].id == "1"
    decoder.feed(b"id: 2\ndata: d\n")
    assert decoder.last_event_id == "1"  # a reader that resumes now must get d again
    assert decoder.feed(b"\n")[0].id == "2"
    decoder.feed(b"id: 3\n\n")
    assert decoder.last_event_id == "3"  # also without data
    decoder.feed(b"id: 4\0\n\n")
    assert decoder.last_event_id == "3"
    assert decoder.feed(b"id\ndata: e\n\n")[0].id == ""


def test_retry() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"retry: 10\n\n") == []
    assert decoder.retry == 10
    frames = decoder.feed(b"retry: 20\ndata: a\n\ndata: b\n\n")
    assert [frame.retry for frame in frames] == [20, None]
    for bogus in ["", "1x", "-1", "+1", "1.5", " 7", "٣", "²", "9" * 5000]:
        decoder.feed(f"retry: {bogus}\n\n".encode())
    assert decoder.retry == 20


def test_comments_are_told_when_their_line_ends() -> None:
    decoder = SSEDecoder()
    assert (decoder.comments, decoder.last_comment) == (0, "")
    decoder.feed(b"data: a\n: keep-alive")
    assert decoder.comments == 0
    decoder.feed(b"\n")
    assert (decoder.comments, decoder.last_comment) == (1, "keep-alive")
    decoder.feed(b":\n:  two spaces\r:OPENROUTER PROCESSING\r\n")
    assert (decoder.comments, decoder.last_comment) == (4, "OPENROUTER PROCESSING")
    assert texts(decoder.feed(b"\n")) == ["a"]


def test_pending() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"\xef")
    assert decoder.pending == 1
    decoder.feed(b"\xbb\xbfdata: abc\ndat")
    assert decoder.pending == 3 + 3
    decoder.feed(b"a: def\n")
    assert decoder.pending == len("abc\ndef")
    decoder.feed(b"\n")
    assert decoder.pending == 0


def test_an_event_name_longer_than_the_fast_path_remembers() -> None:
    name = "n" * (limits.MAX_NAME_BYTES + 1)
    body = f"event: {name}\ndata: {'x' * 300}\n\n".encode() * 4
    assert decode([body]) == whatwg.decode(body)


# --- the end ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "data", "truncated"),
    [
        (b"", [], False),
        (b"data: {}\n\n", ["{}"], False),
        (b"data: [DONE]", ["[DONE]"], False),
        (b"data: [DONE]\n", ["[DONE]"], False),
        (b"data: [DONE]\r", ["[DONE]"], False),
        (b'data: {"a": 1}', ['{"a": 1}'], False),
        (b'data: {"a":\ndata: 1}', ['{"a":\n1}'], False),
        (b'data: "\\ud800"', ['"\\ud800"'], False),  # a lone surrogate is JSON all the same
        (b"data: 12\n", ["12"], False),
        (b"data: 12", [], True),  # it may have been 123
        (b'data: {"a": 1', [], True),
        (b"data: [DON", [], True),
        (b"data: hello\n", [], True),
        (b"data", [], True),
        (b"dat", [], True),
        (b"event: ping\n", [], True),
        (b"\xef\xbb", [], True),
        (b"data: {}\nid: 1", [], True),  # it may have been 12, and a resume from 1 would repeat
        (b"data: " + b"[" * 100_000, [], True),
        (b"data: {}\n\n: bye", ["{}"], False),
        (b": bye\n", [], False),
        (b"data: {}\n\n \t", ["{}"], False),
        (b"data: {}\n: bye", ["{}"], False),
    ],
)
def test_the_end_of_the_body(body: bytes, data: list[str], truncated: bool) -> None:
    for chunks in ([body], list(pieces(body, 1)) if len(body) < 1000 else [body]):
        decoder = SSEDecoder()
        frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
        assert texts(frames + decoder.end()) == data
        assert decoder.truncated is truncated
        assert decoder.end() == []
        assert decoder.truncated is truncated


def test_the_last_event_keeps_its_fields() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"event: done\nid: 9\nretry: 5\ndata: {}")
    assert decoder.last_event_id is None
    assert decoder.end() == [Frame(b"{}", "done", "9", 5)]
    assert decoder.last_event_id == "9"


@pytest.mark.parametrize("before", [[], [b"data: a\n\n"] * 2, [b"data: a"]])
def test_feeding_after_the_end_is_refused(before: list[bytes]) -> None:
    decoder = SSEDecoder()
    for chunk in before:
        decoder.feed(chunk)
    decoder.end()
    with pytest.raises(StreamClosedError, match="after end"):
        decoder.feed(b"data: a\n\n")


# --- limits ----------------------------------------------------------------------------------------------------------

TOO_LARGE = [
    b"data: " + b"x" * 95 + b"\n\n",  # a line of 101
    b"data: " + b"x" * 95,
    b"x" * 101 + b"\n",
    b"data: " + b"x" * 50 + b"\ndata: " + b"x" * 50 + b"\n\n",  # a payload of 101
]
JUST_FITS = [
    b"data: " + b"x" * 94 + b"\n\n",
    b"data: " + b"x" * 50 + b"\ndata: " + b"x" * 49 + b"\n\n",
    b"data: " + b"x" * 50 + b"\n\ndata: " + b"x" * 50 + b"\n\n",
    b":" + b"x" * 5000 + b"\ndata: a\n\n",
]


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
@pytest.mark.parametrize("body", TOO_LARGE)
def test_beyond_the_limit_nothing_before_it_is_lost(body: bytes, size: int) -> None:
    decoder = SSEDecoder(max_event_bytes=100)
    frames: list[Frame] = []

    def feed_all() -> None:
        for chunk in [*pieces(b"data: a\n\ndata: b\n\n" + body + b"data: c\n\n", size), b""]:
            frames.extend(decoder.feed(chunk))

    with pytest.raises(EventTooLargeError, match="max_event_bytes=100"):
        feed_all()
    assert texts(frames) == ["a", "b"]
    assert decoder.pending == 0
    with pytest.raises(EventTooLargeError) as caught:
        decoder.feed(b"data: a\n\n")
    assert caught.value is decoder.error
    with pytest.raises(EventTooLargeError):
        decoder.end()


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
@pytest.mark.parametrize("body", JUST_FITS)
def test_up_to_the_limit_all_is_well(body: bytes, size: int) -> None:
    assert decode(pieces(body, size), SSEDecoder(max_event_bytes=100)) == whatwg.decode(body)


def test_the_error_in_a_read_with_whole_events_waits_for_the_next_call() -> None:
    decoder = SSEDecoder(max_event_bytes=100)
    assert texts(decoder.feed(b"data: a\n\n" + TOO_LARGE[0])) == ["a"]
    assert isinstance(decoder.error, EventTooLargeError)
    with pytest.raises(EventTooLargeError):
        decoder.end()


def test_the_last_line_counts_too() -> None:
    decoder = SSEDecoder(max_event_bytes=100)
    decoder.feed(b"data: " + b"x" * 90 + b"\ndata: " + b"x" * 90)
    with pytest.raises(EventTooLargeError):
        decoder.end()
    assert decoder.error is not None


def peak(chunks: Iterable[bytes], decoder: SSEDecoder) -> int:
    """The most memory that decoding took, in bytes, beyond what was there before."""
    tracemalloc.start()
    try:
        for chunk in chunks:
            decoder.feed(chunk)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "chunk", [b":" + b"x" * 65_535 + b"\n", b": keep-alive\n\n" * 500, b": keep-alive\n" * 500, b"unknown: x\n" * 500]
)
def test_endless_comments_take_no_memory(chunk: bytes) -> None:
    decoder = SSEDecoder(max_event_bytes=1000)
    first, more = peak([chunk] * 2, decoder), peak([chunk] * 50, decoder)
    assert more < first + 64 * 1024
    assert decoder.error is None


def test_a_comment_that_never_ends_takes_no_memory() -> None:
    decoder = SSEDecoder(max_event_bytes=1000)
    piece = b"x" * 65_536
    decoder.feed(b":")
    assert peak([piece] * 200, decoder) < 2 * len(piece)
    assert decoder.pending == limits.MAX_COMMENT_BYTES
    assert texts(decoder.feed(b"\ndata: a\n\n")) == ["a"]
    assert decoder.comments == 1
    assert decoder.last_comment == "x" * (limits.MAX_COMMENT_BYTES - 1)


def test_a_line_of_100_mb_is_refused_early() -> None:
    decoder = SSEDecoder()
    piece = b"x" * 65_536
    fed = 0

    def endless() -> Iterable[bytes]:
        nonlocal fed
        yield b"data: "
        while fed < 100_000_000:
            fed += len(piece)
            yield piece

    tracemalloc.start()
    with pytest.raises(EventTooLargeError):
        decode(endless(), decoder)
    grown = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fed <= limits.MAX_EVENT_BYTES + len(piece)
    assert grown < 2 * limits.MAX_EVENT_BYTES


# --- work ------------------------------------------------------------------------------------------------------------


def ratio(one: list[bytes], many: list[bytes]) -> float:
    """How much more time `many` takes; the best of some rounds, taken in turn, as the machine's speed changes."""
    best = [float("inf"), float("inf")]
    for turn in range(6):
        decoder = SSEDecoder()
        start = time.process_time()
        for chunk in (one, many)[turn % 2]:
            decoder.feed(chunk)
        best[turn % 2] = min(best[turn % 2], time.process_time() - start)
    return best[1] / best[0]


@pytest.mark.parametrize(
    ("size", "line", "total"),
    [
        (1024, b"x", 1_500_000),
        (1, b"x", 30_000),
        (1024, b"x" * 20 + b"\ndata: ", 200_000),
        (64, b"\ndata: ", 50_000),
        (1024, b"\n: c\ndata: ", 100_000),
    ],
    ids=["one line in 1 KiB", "one line byte by byte", "many lines", "empty lines", "with comments"],
)
def test_a_large_event_costs_in_proportion(size: int, line: bytes, total: int) -> None:
    times = total // len(line)
    one = list(pieces(b"data: " + line * times + b"\n\n", size))
    eight = list(pieces(b"data: " + line * times * 8 + b"\n\n", size))
    # Linear gives 8, quadratic 64; between them is room for a noisy machine.
    assert ratio(one, eight) < 30


def test_the_largest_picture_passes() -> None:
    picture = b"x" * 10_000_000
    body = b'data: {"b64_json":"' + picture + b'"}\n\n'
    decoder = SSEDecoder()
    frames = [frame for chunk in pieces(body, 1024) for frame in decoder.feed(chunk)]
    assert [len(frame.payload) for frame in frames] == [len(body) - 8]


def ids_and_data(body: bytes, *, cut: int = 10**9, **options: bool) -> list[tuple[str | None, str]]:
    decoder = SSEDecoder(**options)
    frames = [frame for i in range(0, len(body), cut) for frame in decoder.feed(body[i : i + cut])]
    return [(frame.id, frame.data) for frame in frames]


REPEATED = b"id: 1\ndata: A\n\nid: 1\ndata: A\n\nid: 2\ndata: B\n\n"


@pytest.mark.parametrize("cut", [1, 7, 10**9])
def test_an_event_sent_again_is_left_out_if_asked(cut: int) -> None:
    assert ids_and_data(REPEATED, cut=cut, drop_repeats=True) == [("1", "A"), ("2", "B")]
    assert ids_and_data(REPEATED, cut=cut) == [("1", "A"), ("1", "A"), ("2", "B")]


def test_an_event_without_an_id_of_its_own_is_never_left_out() -> None:
    body = b"id: 1\ndata: A\n\ndata: A\n\ndata: A\n\n"
    assert ids_and_data(body, drop_repeats=True) == [("1", "A")] * 3


def test_an_id_that_every_event_bears_drops_nothing() -> None:
    body = b"".join(b"id: r\ndata: %c\n\n" % letter for letter in b"abccd")
    assert [data for _, data in ids_and_data(body, drop_repeats=True)] == list("abccd")
