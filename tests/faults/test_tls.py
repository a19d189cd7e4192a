"""RELIABILITY C1 rows 3 and 20: TLS that must be refused, and TLS that ends badly."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
from collections.abc import Callable

import pytest
from tests.faults import certificates
from tests.faults.doors import Door
from tests.faults.hostile import HostileServer, Line, Script, read_request, reset, send, silence, vanish
from tests.faults.wire import FIRST, FIRST_TEXT, TEXT, WHOLE, chunk, head

from slipstream.errors import ConnectionFailedError, StreamInterruptedError, StreamTimeoutError, TLSError

GOOD: Script = [read_request, send(WHOLE)]


def test_a_trusted_server_streams(door: Door) -> None:
    with HostileServer(GOOD, tls=certificates.good()) as server:
        outcome = door(server.url, settings={"ssl_context": certificates.trusting()})
        assert outcome.error is None


SCRIPT = """
import sys, slipstream
with slipstream.Client(base_url=sys.argv[1], api_key="k") as client:
    print(client.stream("hi", timeout=5, max_retries=0).get_final_text())
"""


def test_the_environment_may_name_the_certificates() -> None:
    """Python's `ssl` reads it when a process begins, so this takes a process."""
    with certificates.authority().cert_pem.tempfile() as file, HostileServer(GOOD, tls=certificates.good()) as server:
        command = [sys.executable, "-c", SCRIPT, server.url]
        environment = {**os.environ, "SSL_CERT_FILE": file, "PYTHONIOENCODING": "utf-8"}
        found = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=30)
        assert found.stdout.decode().strip() == TEXT, found.stderr.decode()


BAD: dict[str, tuple[Callable[[], ssl.SSLContext], str]] = {
    "self-made": (certificates.self_made, "unable to get local issuer|self.signed"),
    "wrong host": (certificates.wrong_host, "IP address mismatch|doesn't match|not valid for"),
    "expired": (certificates.expired, "expired"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_certificate_is_refused_and_never_tried_again(door: Door, kind: str) -> None:
    make, why = BAD[kind]
    with HostileServer(GOOD, tls=make()) as server:
        outcome = door(server.url, settings={"ssl_context": certificates.trusting()})
        assert isinstance(outcome.error, TLSError)
        assert not outcome.error.retryable
        assert outcome.metrics.attempts == 1
        assert server.requests == [], "the key was not sent"
        assert re.search(why, str(outcome.error)), str(outcome.error)


ALERTS = {"protocol version": b"\x46", "handshake failure": b"\x28", "unknown ca": b"\x30"}


async def read_hello(line: Line) -> None:
    await line.reader.read(1)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_server_that_will_not_shake_hands_is_not_asked_again(door: Door, alert: str) -> None:
    """A fatal alert (RFC 8446 section 6): an old protocol, no cipher in common, a client certificate missing."""
    with HostileServer([read_hello, send(b"\x15\x03\x03\x00\x02\x02" + ALERTS[alert]), silence]) as server:
        outcome = door(server.url.replace("http:", "https:"))
        assert isinstance(outcome.error, TLSError)
        assert outcome.metrics.attempts == 1


def test_a_server_without_tls_is_not_spoken_to_in_plain_text(door: Door) -> None:
    with HostileServer([send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), silence]) as server:
        outcome = door(server.url.replace("http:", "https:"), max_retries=0)
        assert isinstance(outcome.error, ConnectionFailedError)
        assert server.requests == []


def test_a_handshake_that_never_answers_is_the_connect_timeout(door: Door) -> None:
    with HostileServer([silence]) as server:
        outcome = door(server.url.replace("http:", "https:"), timeout={"connect": 0.2}, max_retries=0)
        assert isinstance(outcome.error, StreamTimeoutError)
        assert outcome.error.clock == "connect"
        assert 0.2 <= outcome.seconds < 0.5
        server.wait_gone()


def test_a_handshake_that_is_cut_is_tried_again(door: Door) -> None:
    with HostileServer([vanish], tls=None) as server:
        outcome = door(server.url.replace("http:", "https:"), max_retries=1)
        assert isinstance(outcome.error, ConnectionFailedError)
        assert outcome.metrics.attempts == 2


@pytest.mark.parametrize("end", [vanish, reset])
@pytest.mark.parametrize("chunked", [True, False])
def test_tls_that_ends_without_its_goodbye_is_a_cut(door: Door, end: object, chunked: bool) -> None:
    body = chunk(FIRST) if chunked else FIRST
    script = [read_request, send(head(chunked=chunked) + body), end]
    with HostileServer(script, tls=certificates.good()) as server:  # type: ignore[arg-type]
        outcome = door(server.url, settings={"ssl_context": certificates.trusting()})
        assert isinstance(outcome.error, StreamInterruptedError)
        assert FIRST_TEXT.startswith(outcome.text)
