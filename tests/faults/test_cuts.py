"""RELIABILITY C1 rows 1 to 3: the stream is cut, at every byte, in every manner. Never a silent "complete"."""

from __future__ import annotations

import pytest
from tests.faults.doors import Door, ask_async, ask_sync
from tests.faults.hostile import (
    HostileServer,
    Script,
    Step,
    dribble,
    half_close,
    reached,
    read_request,
    reset,
    send,
    silence,
    vanish,
    wait_for,
)
from tests.faults.wire import BODY, DONE, FIRST, FIRST_TEXT, FRAMES, LAST_CHUNK, WHOLE, chunk, head

from slipstream.errors import ConnectionFailedError, ProtocolError, StreamInterruptedError

RECORDED = head() + b"".join(map(chunk, [*FRAMES, DONE])) + LAST_CHUNK
HEAD_END = len(head())
CONTENT = RECORDED.index("章".encode())
"""Up to here no content can have arrived."""
ANSWERED = RECORDED.index(b'"stop"}]}') + len(b'"stop"}]}')
"""From here on the finish reason has come: a cut loses nothing (WIRE section 0.5)."""


def cut_at(offset: int, *, end: Step | None = None) -> Script:
    return [read_request, send(RECORDED[:offset]), *([end] if end else [])]


@pytest.mark.parametrize("ask", [ask_sync, ask_async])
def test_a_cut_at_every_byte_is_never_taken_for_the_end(ask: Door) -> None:
    offsets = list(range(len(RECORDED) + 1))
    with HostileServer(*map(cut_at, offsets)) as server:
        for offset in offsets:
            outcome = ask(server.url, max_retries=0)
            where = f"cut at {offset}: {RECORDED[max(0, offset - 20) : offset]!r}"
            assert (outcome.error is None) == (offset >= ANSWERED), f"{where}: {outcome.error!r}"
            if offset < HEAD_END:
                assert isinstance(outcome.error, ConnectionFailedError), where
            elif offset < ANSWERED:
                assert isinstance(outcome.error, StreamInterruptedError), where
                assert outcome.message.finish_reason == "interrupted"
        assert len(server.lines) == len(offsets), "nothing was sent twice"


def test_a_reset_has_the_same_errors_as_a_cut() -> None:
    """An RST may throw away what the client has not read yet, so that less may arrive; never a raw exception."""
    offsets = range(0, len(RECORDED) + 1, 5)
    with HostileServer(*(cut_at(offset, end=reset) for offset in offsets)) as server:
        for offset in offsets:
            outcome = ask_async(server.url, max_retries=0)
            assert outcome.error is None or isinstance(outcome.error, (ConnectionFailedError, StreamInterruptedError))
            assert outcome.error is not None or offset >= ANSWERED, f"reset at {offset}"


@pytest.mark.parametrize("offset", [0, 10, HEAD_END, HEAD_END + 2, CONTENT - 1])
@pytest.mark.parametrize("end", [vanish, reset])
def test_before_the_first_content_a_cut_is_retried_and_nobody_sees_it(door: Door, offset: int, end: Step) -> None:
    with HostileServer(cut_at(offset, end=end), [read_request, send(WHOLE)]) as server:
        outcome = door(server.url)
        assert outcome.error is None
        assert outcome.metrics.attempts == 2
        assert outcome.kinds().count("start") == 1
        first, second = server.requests
        assert first.body == second.body


def test_after_the_first_content_nothing_is_sent_again(door: Door) -> None:
    with HostileServer([read_request, send(head() + chunk(FIRST)), vanish], [read_request, send(WHOLE)]) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, StreamInterruptedError)
        assert outcome.text == FIRST_TEXT
        assert outcome.error.partial.text == FIRST_TEXT
        assert not outcome.error.resumable
        assert len(server.lines) == 1


@pytest.mark.parametrize("clean", [True, False])
def test_the_error_names_the_last_event_that_came_whole(door: Door, clean: bool) -> None:
    body = b"".join(b"id: e%d\n%s" % (i, part) for i, part in enumerate(FRAMES[:3])) + b"id: e9\ndata: {"
    end = LAST_CHUNK if clean else b""
    with HostileServer([read_request, send(head() + chunk(body) + end)]) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, StreamInterruptedError)
        assert outcome.error.last_event_id == "e2"


@pytest.mark.parametrize("framing", ["chunked", "content-length", "until closed"])
@pytest.mark.parametrize("frames", [0, 1, 3, len(FRAMES) - 1])
def test_a_clean_end_without_the_end_mark_is_no_success(door: Door, framing: str, frames: int) -> None:
    body = b"".join(FRAMES[:frames])
    responses = {
        "chunked": head() + (chunk(body) if body else b"") + LAST_CHUNK,
        "content-length": head(chunked=False, content_length=len(body)) + body,
        "until closed": head(chunked=False) + body,
    }
    with HostileServer([read_request, send(responses[framing])]) as server:
        outcome = door(server.url, max_retries=0)
        assert isinstance(outcome.error, (StreamInterruptedError, ProtocolError))
        assert outcome.message.finish_reason == "interrupted"


@pytest.mark.parametrize("end", ["chunked", "content-length", "until closed"])
def test_a_finish_reason_without_the_end_mark_is_a_success(door: Door, end: str) -> None:
    body = b"".join(FRAMES)
    responses = {
        "chunked": head() + chunk(body) + LAST_CHUNK,
        "content-length": head(chunked=False, content_length=len(body)) + body,
        "until closed": head(chunked=False) + body,
    }
    with HostileServer([read_request, send(responses[end])]) as server:
        assert door(server.url).error is None


def test_a_body_shorter_than_its_content_length_is_a_cut(door: Door) -> None:
    with HostileServer([read_request, send(head(chunked=False, content_length=10_000) + FIRST)]) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, StreamInterruptedError)
        assert outcome.text == FIRST_TEXT


def test_a_half_closed_server_that_waits_for_us_is_a_cut(door: Door) -> None:
    script = [read_request, send(head(chunked=False) + FIRST), half_close, silence]
    with HostileServer(script) as server:
        outcome = door(server.url)
        assert isinstance(outcome.error, StreamInterruptedError)
        server.wait_gone()


def test_the_answer_ends_with_its_end_mark_though_the_server_keeps_the_line_open(door: Door) -> None:
    with HostileServer([read_request, send(head() + chunk(BODY)), silence]) as server:
        outcome = door(server.url)
        assert outcome.error is None
        assert outcome.seconds < 0.3, "it waited for the end of the body"
        server.wait_gone()


def test_events_after_the_end_mark_are_ignored(door: Door) -> None:
    with HostileServer(
        [read_request, send(head() + chunk(BODY + FRAMES[1]) + chunk(FRAMES[1]) + LAST_CHUNK)]
    ) as server:
        assert door(server.url).error is None


def test_garbage_after_the_end_mark_harms_nobody(door: Door) -> None:
    more = [wait_for("read"), send(b"zz\r\nthis is no chunk\r\n"), silence]
    with HostileServer([read_request, send(head() + chunk(BODY)), reached("sent"), *more]) as server:
        outcome = door(server.url)
        server.go("read")
        assert outcome.error is None


def test_a_cut_in_a_dribbled_head_is_no_silence(door: Door) -> None:
    with HostileServer([read_request, dribble(head()[:40])]) as server:
        outcome = door(server.url, max_retries=0)
        assert isinstance(outcome.error, ConnectionFailedError)
        assert outcome.seconds < 1
