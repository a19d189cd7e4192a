"""Which proxy the environment names for an address."""

from __future__ import annotations

import os

import pytest

from slipstream.errors import ConnectionFailedError
from slipstream.run.proxies import proxy_for

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower() in VARIABLES:
            monkeypatch.delenv(name)


CASES: list[tuple[dict[str, str], str, str | None]] = [
    ({}, "https://api.example.com/v1", None),
    ({"HTTPS_PROXY": "http://proxy:3128"}, "https://api.example.com/v1", "http://proxy:3128"),
    ({"https_proxy": "http://proxy:3128"}, "https://api.example.com/v1", "http://proxy:3128"),
    ({"HTTPS_PROXY": "http://proxy:3128"}, "http://api.example.com/v1", None),
    ({"HTTPS_PROXY": "proxy:3128"}, "https://api.example.com/v1", "http://proxy:3128"),
    ({"HTTPS_PROXY": "http://me:pw@proxy:3128"}, "https://api.example.com", "http://me:pw@proxy:3128"),
    ({"ALL_PROXY": "http://proxy:1"}, "https://api.example.com", "http://proxy:1"),
    ({"ALL_PROXY": "http://proxy:1", "HTTPS_PROXY": "http://proxy:2"}, "https://api.example.com", "http://proxy:2"),
    ({"ALL_PROXY": "http://proxy:1", "NO_PROXY": "example.com"}, "https://api.example.com", None),
    ({"ALL_PROXY": "http://proxy:1", "NO_PROXY": "other.com"}, "https://api.example.com", "http://proxy:1"),
    ({"ALL_PROXY": "http://proxy:1", "NO_PROXY": "*"}, "https://api.example.com", None),
    ({"ALL_PROXY": "http://proxy:1"}, "http://127.0.0.1:8000/v1", None),
    ({"ALL_PROXY": "http://proxy:1"}, "http://[::1]:8000/v1", None),
    ({"ALL_PROXY": "http://proxy:1"}, "http://localhost:8000/v1", None),
    ({"ALL_PROXY": "http://proxy:1"}, "http://192.168.0.2:8000/v1", "http://proxy:1"),
]


@pytest.mark.parametrize(("environment", "url", "proxy"), CASES)
def test_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, proxy: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4"])
def test_a_proxy_we_cannot_speak_to_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:hunter2@proxy:1080")
    with pytest.raises(ConnectionFailedError, match=f"speaks {scheme}; only HTTP proxies") as caught:
        proxy_for("https://api.example.com/v1")
    assert "hunter2" not in str(caught.value)
    assert "NO_PROXY" in str(caught.value)
