"""Reading recordings: every form, whole and cut anywhere, and what is broken."""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import CORPORA, Require
from tests.contract.recordings import STREAMS, recordings
from tests.record.conftest import Put
from tests.record.recordings import EVENTS, TIMES, event_lines, timed_lines

from slipstream import record
from slipstream.errors import InvalidRequestError, UnknownModelError
from slipstream.events import Error, Event, Finish, Message, Raw, Start, StepEnd, StepStart, TextDelta
from slipstream.record import lines as limits


class Cut(io.RawIOBase):
    """A file that gives its bytes in pieces, as a pipe does."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def read(self, size: int = -1, /) -> bytes:
        """The next piece."""
        return self._pieces.pop(0) if self._pieces else b""


def cut(body: bytes, seed: int) -> Cut:
    chance = random.Random(seed)
    pieces = []
    while body:
        size = chance.choice((1, 2, 7, 100, 4096))
        pieces.append(body[:size])
        body = body[size:]
    return Cut(pieces)


def bytewise(body: bytes) -> Cut:
    return Cut([body[i : i + 1] for i in range(len(body))])


def until_broken(rows: Iterator[record.Row]) -> tuple[list[Event], str]:
    """The events before the error, and what it says."""
    events: list[Event] = []
    with pytest.raises(InvalidRequestError) as caught:
        events.extend(event for _, event in rows)  # which keeps what came before the error
    return events, caught.value.message


def test_our_recording_gives_its_events_and_times(put: Put) -> None:
    body = b"".join(timed_lines())
    for source in (put(body), io.BytesIO(body), bytewise(body), cut(body, 1)):
        rows = list(record.read(source))
        assert [event for _, event in rows] == EVENTS
        assert [at for at, _ in rows] == pytest.approx(TIMES)


def test_events_as_lines_have_no_times(put: Put) -> None:
    body = b"\xef\xbb\xbf" + b"\r\n".join(event_lines())
    for source in (put(body), bytewise(body), put(body.rstrip())):
        rows = list(record.read(source))
        assert [at for at, _ in rows] == [None] * len(EVENTS)
        assert [event for _, event in rows][4:] == EVENTS[4:]


def test_every_recorded_stream_plays_as_its_decoder_gives_it(require: Require) -> None:
    require(CORPORA.is_dir(), "no corpora")
    assert len(recordings()) >= 81
    for number, recording in enumerate(recordings()):
        path = STREAMS / recording.name
        looked = record.Recording(path)
        assert looked.form.dialect == recording.dialect.name, recording.name
        assert [event for _, event in record.read(path)] == recording.decoded(), recording.name
        body = path.read_bytes()
        if len(body) < 5000:
            assert [event for _, event in record.read(cut(body, number))] == recording.decoded(), recording.name


def test_a_named_dialect_is_taken(require: Require, put: Put) -> None:
    require(CORPORA.is_dir(), "no corpora")
    found = next(recording for recording in recordings() if recording.folder == "glm")
    events = [event for _, event in record.read(STREAMS / found.name, dialect="openai")]
    assert Message.of(events).text == Message.of(found.decoded()).text
    with pytest.raises(UnknownModelError, match="no dialect is named 'x'"):
        record.read(put(b"data: {}\n\n"), dialect="x")
    bare = put(b'data: {"choices":[]}\n\n')
    assert record.Recording(bare, dialect="zhipu").form.dialect == "zhipu"


def test_a_local_models_lines_say_when_they_were_made(require: Require) -> None:
    require(CORPORA.is_dir(), "no corpora")
    found = next(recording for recording in recordings() if recording.folder == "ollama")
    times = [at for at, _ in record.read(STREAMS / found.name)]
    assert all(at is not None for at in times)
    assert times == sorted(times, key=lambda at: at or 0.0)
    assert 1.0 < (times[-1] or 0.0) < 3.0  # created_at runs from 21:02:00.855 to 21:02:02.6


def test_every_recorded_http_error_is_told_as_such(require: Require) -> None:
    require(CORPORA.is_dir(), "no corpora")
    paths = sorted((STREAMS / "http_errors").glob("*.body"))
    assert len(paths) >= 34
    for path in paths:
        (row,) = record.read(path)
        assert isinstance(row[1], Error), path.name
        assert row[1].message.startswith("an HTTP error, no stream: "), path.name
        assert len(row[1].message) > len("an HTTP error, no stream: "), path.name


def test_the_page_of_a_proxy_is_told_as_an_error(put: Put) -> None:
    page = put(b"<html><head><title>502 Bad Gateway</title></head></html>", "body.sse")
    (row,) = record.read(page)
    assert isinstance(row[1], Error)
    assert "502 Bad Gateway" in row[1].message


def test_our_own_protocol_and_the_web_ones_are_told_apart(put: Put) -> None:
    from slipstream import dialects

    for name in ("slipstream", "ui", "ag_ui", "anthropic", "openai_responses", "gemini", "ollama"):
        encoder = dialects.get(name).encoder()
        plain = [event for event in EVENTS if not getattr(event, "text", "").endswith("\ud83d")]
        body = b"".join(map(encoder.feed, plain)) + encoder.end()
        path = put(body, f"{name}.sse")
        assert record.Recording(path).form.dialect == name
        assert Message.of(event for _, event in record.read(path)).text == "天空 is blue.\n"


def test_text_by_suffix_and_by_wish(put: Put) -> None:
    text = "# 标题\r\n\nA *long* text" + " and more" * 10_000
    for path in (put(text.encode(), "a.md"), put(text.encode(), "a.txt")):
        rows = list(record.read(path))
        assert "".join(event.text for _, event in rows if isinstance(event, TextDelta)) == text
        assert isinstance(rows[-1][1], Finish)
    assert Message.of(e for _, e in record.read(bytewise("né 天".encode()), text=True)).text == "né 天"
    json = b'{"a": 1}\n'
    assert Message.of(e for _, e in record.read(put(json, "a.txt"))).text == json.decode()
    body = b"".join(event_lines())
    assert record.Recording(put(body, "b.txt")).form.kind == "events"
    assert record.Recording(put(body, "b.txt"), text=True).form.kind == "text"
    with pytest.raises(InvalidRequestError, match=r"a\.txt: is one JSON document|unknown|dialect"):
        record.read(put(json, "a.txt"), text=False)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (b"{oops}\n", "it is no JSON"),
        (b"3\n", "it is no object with `at` and `event`"),
        (b'{"at": "x", "event": {"type": "finish"}}\n', "`at` is no number"),
        (b'{"at": null, "event": {"type": "finish"}}\n', "`at` is no number"),
        (b'{"at": -1, "event": {"type": "finish"}}\n', "`at` is no number of seconds from 0 on"),
        (b'{"at": NaN, "event": {"type": "finish"}}\n', "`at` is no number of seconds from 0 on"),
        (b'{"at": 1%b, "event": {"type": "finish"}}\n' % (b"0" * 400), "`at` is no number of seconds from 0 on"),
        (b'{"at": 1, "event": {"type": "nosuch"}}\n', "there is no event type 'nosuch'"),
        (b'{"at": 1, "event": {"text": "secret"}}\n', "`type` is missing"),
        (b'{"at": 1, "event": {"type": ["secret"]}}\n', "`type` is no text"),
        (b'{"at": 1, "event": "secret"}\n', "`event` is no object"),
        (b'{"at": 1, "event": {"type": "text-delta"}}\n', "`text` of 'text-delta' is missing"),
        (
            b'{"at": 1, "event": {"type": "text-delta", "text": ["secret"]}}\n',
            "`text` of 'text-delta' has a wrong value",
        ),
        (b'{"at": 1, "event": {"type": "finish", "reason": "secret"}}\n', "`reason` of 'finish' has a wrong value"),
        (
            b'{"at": 1, "event": {"type": "file", "media_type": "a", "data": {"$bytes": "secret"}}}\n',
            "a field of 'file' has a value that cannot be read",
        ),
        (
            b'{"at": 1, "event": {"type": "raw", "data": {"$dict": 5}}}\n',
            "a field of 'raw' has a value that cannot be read",
        ),
        (
            b'{"at": 1, "event": {"type": "raw", "data": {"$int": "secret"}}}\n',
            "a field of 'raw' has a value that cannot be read",
        ),
        (
            b'{"at": 1%b, "event": {"type": "finish"}}\n' % (b"0" * 5000),
            "a number in it has more digits than Python is set to read",
        ),
        (b'{"event": {"type": "finish"}}\n', "`at` is missing"),
        (b'{"at": 1}\n', "`event` is missing"),
        (b"[" * 100_000 + b"\n", "it is nested too deep"),
        (b"\xff\xff\n", "it is no UTF-8 text"),
    ],
)
def test_a_broken_line_is_named_after_what_came_before_it(put: Put, broken: bytes, words: str) -> None:
    lines = timed_lines()
    events, message = until_broken(record.read(put(b"".join((*lines[:7], b"\n", broken, *lines[7:])))))
    assert events == EVENTS[:7]
    assert message.endswith(f"answer.jsonl: line 9 is no event: {words}")


def test_a_broken_line_without_times_is_named_too(put: Put) -> None:
    for broken, words in (
        (b"{oops}\n", "it is no JSON"),
        (b"3\n", "it is no object"),
        (b'{"type": "step-end", "reason": {"at": "secret"}}\n', "`reason` of 'step-end' has a wrong value"),
    ):
        _, message = until_broken(record.read(put(b"".join((*event_lines()[:3], broken)))))
        assert message.endswith(f"answer.jsonl: line 4 is no event: {words}")


def test_a_time_that_runs_backwards_is_refused(put: Put) -> None:
    lines = timed_lines()
    for at in (5, len(lines) - 1):  # in the middle, and the end of the answer
        back = b'{"at": 0.05' + lines[at][lines[at].index(b",") :]
        events, message = until_broken(record.read(put(b"".join((*lines[:at], back, *lines[at + 1 :])))))
        assert events == EVENTS[:at]
        assert message.endswith(f"line {at + 1}: `at` runs backwards, from {(at - 1) / 10:g} to 0.05")
    same = [b'{"at": 1.5' + line[line.index(b",") :] for line in lines]
    assert [at for at, _ in record.read(put(b"".join(same)))] == [1.5] * len(lines)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"# Title\n", "it is no recording; it begins: '# Title'"),
        (b"", "it is empty"),
        (b"{not json\n", "it begins like JSON"),
    ],
)
def test_the_dialect_that_was_asked_for_is_named(put: Put, body: bytes, words: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        record.read(put(body, "tiny.md"), dialect="anthropic")
    assert f"tiny.md: is no body of the dialect anthropic: {words}" in caught.value.message


def test_a_broken_frame_of_a_body_is_named_too(put: Put) -> None:
    frame = b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
    rows = [event for _, event in record.read(put(frame * 2 + b"data: {oops\n\n" + frame))]
    assert isinstance(rows[-1], Error)
    assert rows[-1].message.startswith("line 5: a frame of 5 bytes is no JSON")
    assert sum(isinstance(event, TextDelta) for event in rows) == 2


def test_what_follows_the_end_and_what_has_none(put: Put) -> None:
    lines = timed_lines()
    events, message = until_broken(record.read(put(b"".join(lines * 2))))
    assert events == EVENTS[:-1]  # the end is not believed
    assert message.endswith(f"line {len(lines) + 1}: the answer has ended on line {len(lines)}")
    events, message = until_broken(record.read(put(b"".join(lines[:-1]))))
    assert events == EVENTS[:-1]
    assert message.endswith(f"ends on line {len(lines) - 1}, before the answer does")


def test_a_line_that_is_too_large(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_LINE_BYTES", 1 << 20)
    lines = timed_lines()
    body = b"".join(lines[:3]) + b'{"at": 1, "event": ' + b" " * (1 << 20)
    events, message = until_broken(record.read(put(body)))
    assert events == EVENTS[:3]
    assert message.endswith("line 4 is longer than 1 MiB")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "holds only blanks"),
        (b"\x7fELF\x02\x00\x00", "is binary"),
        (b"\x89PNG\r\n\x1a\n\x00", "is binary"),
        ("text".encode("utf-16"), "is binary, or text in another encoding than UTF-8"),
        (b"hello, this is a note", "is no recording; it begins: 'hello, this is a note'"),
        (b"data: hello\n\n", "is of no known dialect"),
        (b": ping\n\n", "is of no known dialect"),
        (b'{"a": 1, "b": 2}', "'a', 'b'"),
        (b'{\n  "a": 1\n}', "is one JSON document, no stream: an object with the fields 'a'"),
        (b"{not json\n", "begins like JSON"),
        (b"[1, 2]", "is of no known dialect; it holds a int"),
    ],
)
def test_what_is_no_recording_is_refused_by_name(put: Put, body: bytes, words: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        record.read(put(body, "it.bin"))
    assert "it.bin: " in caught.value.message
    assert words in caught.value.message
    assert "text=True" in (caught.value.hint or "")


def test_what_cannot_be_opened_is_refused_by_name(tmp_path: Path, put: Put) -> None:
    for source, words in (
        (tmp_path, "it is a folder"),
        (tmp_path / "none", "No such file"),
        ("a\0b", "is no path"),
        (3, "source is a int; accepted: a path, or a file open for bytes"),
        (io.StringIO("x"), "source is a StringIO"),
    ):
        with pytest.raises(InvalidRequestError, match=words):
            record.read(source)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="a text is of no dialect"):
        record.read(put(b"x"), text=True, dialect="ollama")
    with pytest.raises(InvalidRequestError, match="text is a str; accepted: True, False or None"):
        record.read(put(b"x"), text="yes")  # type: ignore[arg-type]
    for body, words in ((b"a\0b", r"is binary \(byte 1\)"), (b"ab\xff\xff", "no UTF-8 text")):
        with pytest.raises(InvalidRequestError, match=words):
            list(record.read(put(body, "a.md")))


def test_files_that_give_no_bytes_are_refused(put: Put, tmp_path: Path) -> None:
    closed = put(b"".join(timed_lines())).open("rb")
    closed.close()
    with tempfile.NamedTemporaryFile("w+", dir=tmp_path) as text, (tmp_path / "w").open("wb") as unreadable:
        text.write("text")
        text.seek(0)
        for source, words in (
            (closed, "cannot be read (it is closed)"),
            (text, "gives a str; accepted: a path, or a file open for bytes"),
            (unreadable, "cannot be read (read"),
        ):
            with pytest.raises(InvalidRequestError) as caught:
                record.replay(source)
            assert words in caught.value.message


def test_an_integer_of_any_length_comes_back(put: Put) -> None:
    events = [Start(), StepStart(), Raw(data=-(10**5000)), StepEnd(), Finish()]
    assert [event for _, event in record.read(put(b"".join(timed_lines(events))))] == events


def test_a_long_first_line_is_looked_at_in_linear_time(put: Put) -> None:
    lines = timed_lines([TextDelta("x" * 3_000_000), Finish()])
    assert len(list(record.read(put(b"".join(lines))))) == 2
