"""A failure flows as an event and is raised as an exception: nothing is lost between the two."""

from __future__ import annotations

import inspect

import pytest

from slipstream import errors
from slipstream.errors import APIError, RateLimitError, SlipstreamError, StreamTimeoutError
from slipstream.events import Error
from slipstream.run import failures
from slipstream.run.transport import BrokenConnectionError

CLASSES = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, SlipstreamError) and kind.__module__ == errors.__name__
]  # fmt: skip


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_comes_out_of_its_event(kind: type[SlipstreamError]) -> None:
    event = Error("no", kind=kind.__name__, code="gap", status=429, retryable=True, request_id="r")
    error = failures.exception(event, {}, provider="p", model="m")
    assert type(error) is kind
    assert (error.message, error.retryable, error.request_id) == ("no", True, "r")
    assert (error.provider, error.model) == ("p", "m")
    back = failures.event(error)
    assert (back.kind, back.message, back.retryable, back.request_id) == (kind.__name__, "no", True, "r")


@pytest.mark.parametrize("kind", ["", "NoSuchError", "Any", "annotations", "__doc__"])
def test_an_unknown_kind_is_an_api_error(kind: str) -> None:
    assert type(failures.exception(Error("no", kind=kind), {})) is APIError


def test_codes_and_statuses_survive() -> None:
    error = failures.exception(Error("no", kind="RateLimitError", code="1302", status=429), {"retry-after": "3"})
    assert isinstance(error, RateLimitError)
    assert (error.code, error.status, error.retry_at) == ("1302", 429, 3.0)
    assert failures.event(error).code == "1302"


def test_a_timeout_keeps_the_name_of_its_clock() -> None:
    event = failures.event(StreamTimeoutError("late", clock="gap", seconds=5))
    assert event.code == "gap"
    error = failures.exception(event, {})
    assert isinstance(error, StreamTimeoutError)
    assert error.clock == "gap"


@pytest.mark.parametrize(
    ("status", "advice", "retryable"),
    [(500, "false", False), (400, "true", True), (200, "true", False), (500, "", True)],
)
def test_the_header_decides_about_retries_but_not_for_an_error_inside_a_stream(
    status: int, advice: str, retryable: bool
) -> None:
    event = Error("no", kind="APIError", status=status, retryable=status == 500)
    assert failures.exception(event, {"x-should-retry": advice}).retryable is retryable


@pytest.mark.parametrize("header", failures.REQUEST_ID_HEADERS)
def test_the_request_id_is_found_in_any_of_its_headers(header: str) -> None:
    assert failures.request_id({header: "r-1"}) == "r-1"
    assert failures.exception(Error("no"), {header: "r-1"}).request_id == "r-1"
    assert failures.exception(Error("no", request_id="own"), {header: "r-1"}).request_id == "own"


def test_the_internal_class_of_a_cut_is_named_like_none_of_the_public_ones() -> None:
    assert BrokenConnectionError not in CLASSES
    error = failures.interrupted("the connection broke", resumable=False, last_event_id="7", provider="p")
    assert str(error).startswith("the stream was interrupted: the connection broke (p)")
    assert error.last_event_id == "7"
