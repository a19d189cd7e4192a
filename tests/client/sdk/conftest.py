"""What the tests of the SDK shapes share: a server, and an environment in which programs find it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from tests.replay_server import ReplayServer

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ZHIPUAI_API_KEY", "ZAI_API_KEY")
URLS = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "ZHIPUAI_BASE_URL", "ZAI_BASE_URL")
OTHERS = ("ANTHROPIC_AUTH_TOKEN", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "SLIPSTREAM_MODEL", "SLIPSTREAM_MODELS")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, address or proxy of this machine plays a part."""
    proxies = [name for name in os.environ if name.lower().endswith("_proxy")]
    for name in (*KEYS, *URLS, *OTHERS, *proxies):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="module")
def _nothing_left() -> Iterator[None]:
    """Programs leave their clients to the collector; what stays in a cycle is collected before the next file."""
    yield
    gc.collect()


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A server of recorded bodies."""
    with ReplayServer() as running:
        yield running


@pytest.fixture
def at_server(server: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> ReplayServer:
    """The server, with every SDK's key and address in the environment, as programs expect them."""
    for name in KEYS:
        monkeypatch.setenv(
            name, "0123456789abcdef0123456789abcdef.secretsecret" if "Z" in name else "sk-test-0123456789"
        )
    for name in URLS:
        monkeypatch.setenv(name, server.url)
    return server
