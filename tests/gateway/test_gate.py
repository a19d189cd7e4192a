"""Web pages and a server without keys."""

from __future__ import annotations

import pytest

from slipstream.errors import AuthenticationError, PermissionDeniedError
from slipstream.gateway.gate import Gate, host_of, is_loopback
from slipstream.gateway.keys import Keys


def scope(**headers: str) -> dict[str, object]:
    return {"scheme": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "127.1.2.3", "a.localhost"]
)
def test_names_of_this_machine_are_let_in(host: str) -> None:
    assert Gate(None).enter(scope(host=host)) == ""


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example", "[::2]", "0"])
def test_a_name_that_was_made_to_point_here_is_refused(host: str) -> None:
    with pytest.raises(PermissionDeniedError, match="no keys") as caught:
        Gate(None).enter(scope(host=host))
    assert caught.value.code == "host_not_allowed"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000", ""])
def test_pages_of_other_origins_are_refused(origin: str) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        Gate(None).enter(scope(host="localhost:8000", origin=origin))
    assert caught.value.code == "origin_not_allowed"


def test_our_own_pages_and_those_that_were_allowed_are_let_in() -> None:
    gate = Gate(None, ["https://chat.example.com"])
    gate.enter(scope(host="localhost:8000", origin="http://localhost:8000"))
    gate.enter(scope(host="localhost:8000", origin="https://chat.example.com"))


def test_http_1_0_needs_no_host() -> None:
    Gate(None).enter(scope())


def test_with_keys_the_key_decides() -> None:
    gate = Gate(Keys({"a": "12345678"}))
    assert gate.enter(scope(host="api.example.com", origin="https://any.example", **{"x-api-key": "12345678"})) == "a"
    with pytest.raises(AuthenticationError):
        gate.enter(scope(host="localhost"))


@pytest.mark.parametrize(
    ("value", "host"), [("[::1]:80", "::1"), ("a:80", "a"), ("::1", "::1"), ("A", "a"), ("", ""), ("[::1", "::1")]
)
def test_the_host_of_a_header(value: str, host: str) -> None:
    assert host_of(value) == host


def test_every_other_address_is_not_loopback() -> None:
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.0.1", "example.com", "", "127.0.0.1.example.com")))
