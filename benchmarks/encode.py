"""Every dialect, both ways: an event's way out of a body, into a body, and both. CPU time an event, median of runs."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.decode import median_us
from benchmarks.table import Row, limit
from slipstream import dialects
from slipstream.dialects import Dialect
from slipstream.events import Event, Finish, Start, StepEnd, StepStart, TextDelta, TextEnd, TextStart, Usage

DELTAS = 5000
WORDS = ("Streams ", "carry ", "one ", "word ", "each", ", ", "一个", "字一个字地。", "\n", "done. ")


def events() -> list[Event]:
    """An answer of one block of text, in small pieces."""
    deltas = [TextDelta(WORDS[i % len(WORDS)]) for i in range(DELTAS)]
    usage = Usage(input_tokens=9, output_tokens=DELTAS, total_tokens=DELTAS + 9)
    begin = (Start(id="answer-1", model="scripted", created=1_790_000_000), StepStart(), TextStart())
    return [*begin, *deltas, TextEnd(), usage, StepEnd(), Finish()]


def frames_of(dialect: Dialect, answer: list[Event]) -> list[bytes]:
    """The body of the answer, in the pieces that it is written in."""
    encoder = dialect.encoder()
    return [piece for piece in (*map(encoder.feed, answer), encoder.end()) if piece]


def encoding(dialect: Dialect, answer: list[Event]) -> Callable[[], int]:
    def work() -> int:
        encoder = dialect.encoder()
        size = sum(len(encoder.feed(event)) for event in answer)
        assert size > DELTAS
        return len(answer)

    return work


def decoding(dialect: Dialect, pieces: list[bytes]) -> Callable[[], int]:
    def work() -> int:
        decoder = dialect.decoder()
        count = sum(len(decoder.feed(piece)) for piece in pieces) + len(decoder.end())
        assert count >= DELTAS, count
        return count

    return work


def run() -> list[Row]:
    """All rows."""
    answer = events()
    rows = []
    for name in dialects.names():
        dialect = dialects.get(name)
        pieces = frames_of(dialect, answer)
        joined = [b"".join(pieces[i : i + 50]) for i in range(0, len(pieces), 50)]
        decode, encode = median_us(decoding(dialect, joined)), median_us(encoding(dialect, answer))
        rows += [
            limit(f"{name}: decode, an event", decode, 2.5, "us"),
            limit(f"{name}: encode, an event", encode, 2.0, "us"),
            limit(f"{name}: both", decode + encode, 4.0, "us"),
        ]
    return rows
