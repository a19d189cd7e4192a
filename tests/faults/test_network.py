"""RELIABILITY C1 rows 20 and 24: names, connections, proxies, and connections that went stale in the pool."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.faults import certificates
from tests.faults.doors import KEY, PROMPT, Door
from tests.faults.hostile import (
    HostileServer,
    Line,
    Script,
    full_backlog,
    reached,
    read_request,
    refused,
    reset,
    send,
    wait_for,
)
from tests.faults.wire import TEXT, WHOLE, head, refusal

from slipstream import AsyncClient, Client
from slipstream.errors import BadRequestError, ConnectionFailedError, InvalidRequestError, StreamTimeoutError

GOOD: Script = [read_request, send(WHOLE)]
TWICE: Script = [read_request, send(WHOLE), read_request, send(WHOLE)]


def test_a_port_where_nobody_listens_is_tried_again_and_then_typed(door: Door) -> None:
    outcome = door(refused(), max_retries=1)
    assert isinstance(outcome.error, ConnectionFailedError)
    assert outcome.metrics.attempts == 2
    assert "127.0.0.1" in str(outcome.error)


def test_a_connection_that_hangs_is_the_connect_timeout(door: Door) -> None:
    with full_backlog() as url:
        outcome = door(url, timeout={"connect": 0.2}, max_retries=0)
    assert isinstance(outcome.error, StreamTimeoutError)
    assert outcome.error.clock == "connect"
    assert 0.2 <= outcome.seconds < 0.5


def test_a_name_that_does_not_exist(door: Door) -> None:
    outcome = door("http://no-such-host.invalid/v1", max_retries=0, timeout={"connect": 3})
    assert isinstance(outcome.error, (ConnectionFailedError, StreamTimeoutError)), "a name server may not answer at all"
    assert isinstance(outcome.error, StreamTimeoutError) or "no-such-host.invalid" in str(outcome.error)
    assert outcome.seconds < 4


def test_a_name_server_that_hangs_is_the_connect_timeout_and_holds_nobody_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()

    def hang(*_args: Any, **_kwargs: Any) -> Any:
        answer.wait(5)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.perf_counter()
    timer = threading.Timer(1.0, answer.set)
    timer.start()
    outcome = door("http://slow-name.test/v1", timeout={"connect": 0.2}, max_retries=0)
    assert isinstance(outcome.error, (StreamTimeoutError, ConnectionFailedError))
    assert outcome.seconds < 0.5
    answer.set()
    timer.join()
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://[::1", "http://a b/", "ftp://host", "http://"])
def test_an_address_that_is_none_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(InvalidRequestError, match="base_url"):
        Client(base_url=url, api_key=KEY)


# ---- the pool


def test_two_streams_share_one_connection() -> None:
    with HostileServer(TWICE) as server, Client(base_url=server.url, api_key=KEY) as client:
        for _ in range(2):
            assert client.stream(PROMPT).get_final_text() == TEXT
        assert len(server.lines) == 1


def test_two_streams_share_one_connection_in_a_loop() -> None:
    async def scene(url: str) -> None:
        async with AsyncClient(base_url=url, api_key=KEY) as client:
            for _ in range(2):
                assert await client.stream(PROMPT).get_final_text() == TEXT

    with HostileServer(TWICE) as server:
        asyncio.run(scene(server.url))
        assert len(server.lines) == 1


async def stop_reading_requests(line: Line) -> None:
    """Take the next request, and close without a word: the FIN crosses the request on its way."""
    await read_request(line)


STALE: dict[str, Script] = {
    "closed": [read_request, send(WHOLE)],
    "closed while we ask": [read_request, send(WHOLE), stop_reading_requests],
    "reset while we ask": [read_request, send(WHOLE), stop_reading_requests, reset],
}


@pytest.mark.parametrize("name", STALE)
def test_a_pooled_connection_that_went_stale_is_replaced_without_a_word(name: str) -> None:
    with HostileServer(STALE[name], GOOD) as server, Client(base_url=server.url, api_key=KEY, max_retries=0) as client:
        assert client.stream(PROMPT).get_final_text() == TEXT
        stream = client.stream(PROMPT)
        began = time.perf_counter()
        assert stream.get_final_text() == TEXT
        assert stream.metrics.attempts == 1
        assert time.perf_counter() - began < 0.2
        assert len(server.lines) == 2


def test_only_one_replacement_is_made_though_the_pool_holds_more() -> None:
    """What was sent twice for nothing need not be sent a third time: the policy of retries decides then."""
    stale: Script = [read_request, reached("asked"), wait_for("both"), send(WHOLE), stop_reading_requests]
    with HostileServer(stale) as server, Client(base_url=server.url, api_key=KEY, max_retries=0) as client:
        readers = [threading.Thread(target=client.stream(PROMPT).get_final_text) for _ in range(3)]
        for reader in readers:
            reader.start()
        while len(server.requests) < 3:
            time.sleep(0.001)
        server.go("both")
        for reader in readers:
            reader.join(5)
        with pytest.raises(ConnectionFailedError):
            client.stream(PROMPT).get_final_text()
        assert len(server.requests) == 3 + 2


def test_only_one_new_connection_is_made() -> None:
    with (
        HostileServer(STALE["closed while we ask"], [read_request]) as server,
        Client(base_url=server.url, api_key=KEY, max_retries=0) as client,
    ):
        client.stream(PROMPT).get_final_text()
        with pytest.raises(ConnectionFailedError):
            client.stream(PROMPT).get_final_text()
        assert len(server.lines) == 2


def test_a_connection_that_got_half_a_head_is_not_replaced_in_silence() -> None:
    half: Script = [read_request, send(WHOLE), read_request, send(head()[:20])]
    with HostileServer(half, GOOD) as server, Client(base_url=server.url, api_key=KEY, max_retries=0) as client:
        client.stream(PROMPT).get_final_text()
        with pytest.raises(ConnectionFailedError):
            client.stream(PROMPT).get_final_text()
        assert len(server.lines) == 1


def test_a_refused_request_gives_no_connection_that_is_broken_to_the_next() -> None:
    first: Script = [read_request, send(refusal(400)), read_request, send(WHOLE)]
    with HostileServer(first, GOOD) as server, Client(base_url=server.url, api_key=KEY) as client:
        with pytest.raises(Exception, match="refused with 400"):
            client.stream(PROMPT).get_final_text()
        assert client.stream(PROMPT).get_final_text() == TEXT


# ---- proxies


def test_the_proxy_of_the_environment_is_used_and_gets_its_password(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HostileServer(GOOD) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//user:secret@"))
        assert door("http://provider.test/v1").error is None
        request = proxy.requests[0]
        assert request.path == "http://provider.test/v1/chat/completions"
        assert request.headers["proxy-authorization"] == "Basic dXNlcjpzZWNyZXQ="


@pytest.mark.parametrize("bypass", ["127.0.0.1", "*"])
def test_no_proxy_goes_straight(door: Door, monkeypatch: pytest.MonkeyPatch, bypass: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", refused())
    monkeypatch.setenv("NO_PROXY", bypass)
    with HostileServer(GOOD) as server:
        assert door(server.url).error is None


def tunnel(port: int) -> Script:
    """A proxy that connects to a port of ours, whatever it is asked for."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def step(line: Line) -> None:
        await read_request(line)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await line.send(b"HTTP/1.1 200 Connected\r\n\r\n")
            await asyncio.gather(pump(line.reader, writer), pump(reader, line.writer))
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    return [step]


def test_tls_goes_through_a_tunnel_and_the_proxy_never_sees_the_key(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HostileServer(GOOD, tls=certificates.good()) as server, HostileServer(tunnel(server.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        url = f"https://provider.test:{server.port}"
        assert door(url, settings={"ssl_context": certificates.trusting()}).error is None
        assert proxy.requests[0].method == "CONNECT"
        assert KEY not in str(proxy.requests[0])
        assert KEY in str(server.requests[0])


@pytest.mark.parametrize("status", [407, 403, 502])
def test_a_proxy_that_refuses_is_named_without_its_password(
    door: Door, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with HostileServer([read_request, send(refusal(status))]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:hunter2hunter2@"))
        outcome = door("https://provider.test/v1", max_retries=0)
        assert isinstance(outcome.error, ConnectionFailedError)
        assert str(status) in str(outcome.error)
        assert "proxy" in str(outcome.error)
        assert "hunter2" not in repr(vars(outcome.error))


def test_a_proxy_that_is_not_there(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", refused())
    outcome = door("http://provider.test/v1", max_retries=0)
    assert isinstance(outcome.error, ConnectionFailedError)
    assert "proxy" in str(outcome.error)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_of_a_kind_we_cannot_use_is_refused_and_not_gone_around(
    door: Door, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "socks5://127.0.0.1:1080")
    outcome = door("http://provider.test/v1", max_retries=0)
    assert isinstance(outcome.error, ConnectionFailedError)
    assert "socks5" in str(outcome.error)


def test_a_netrc_entry_for_the_host_does_not_replace_the_key(
    door: Door, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with HostileServer(GOOD) as server:
        assert door(server.url).error is None
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_cookies_are_not_kept() -> None:
    first = [read_request, send(head(set_cookie="session=1; Path=/") + WHOLE.partition(b"\r\n\r\n")[2]), read_request]
    with HostileServer([*first, send(WHOLE)]) as server, Client(base_url=server.url, api_key=KEY) as client:
        for _ in range(2):
            client.stream(PROMPT).get_final_text()
        assert "cookie" not in server.requests[1].headers


def test_the_happy_path_of_two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a dead IPv6 address and a good IPv4 one: the good one answers (RFC 8305)."""
    real = socket.getaddrinfo

    def both(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "two.test":
            return real(host, port, *args, **kwargs)
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("100::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]

    async def scene(port: int) -> str:
        async with AsyncClient(base_url=f"http://two.test:{port}", api_key=KEY, timeout={"connect": 2.0}) as client:
            return await client.stream(PROMPT, max_retries=0).get_final_text()

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with HostileServer(GOOD) as server:
        assert asyncio.run(scene(server.port)) == TEXT


def test_a_server_that_waits_for_the_end_of_the_request_body_gets_it() -> None:
    """A prompt larger than every socket buffer must not deadlock with a server that answers late."""
    prompt = "x" * 20_000_000
    with HostileServer(GOOD) as server, Client(base_url=server.url, api_key=KEY) as client:
        assert client.stream(prompt).get_final_text() == TEXT
        assert len(server.requests[0].body) > 20_000_000


def test_a_server_that_refuses_a_large_prompt_before_reading_it_is_understood() -> None:
    with (
        HostileServer([send(refusal(413)), wait_for("never")]) as server,
        Client(base_url=server.url, api_key=KEY, max_retries=0) as client,
        pytest.raises(BadRequestError, match="refused with 413"),
    ):
        client.stream("x" * 20_000_000, timeout=5).get_final_text()
