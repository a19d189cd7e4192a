"""Who is asked: names, environment and arguments to one address and key."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream.client.endpoint import Endpoint, check_key, check_url, choose_model, client_headers, resolve
from slipstream.errors import InvalidRequestError, MissingKeyError
from slipstream.models import Registry

REGISTRY = Registry.default()


def find(
    model: str | None = None, provider: str | None = None, base_url: str | None = None, api_key: str | None = None
) -> Endpoint:
    return resolve(REGISTRY, model=model, provider=provider, base_url=base_url, api_key=api_key)


def test_a_provider_and_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    found = find(provider="openai")
    assert (found.provider.name, found.base_url, found.api_key) == ("openai", "https://api.openai.com/v1", "sk-env")
    assert found.model.id == found.provider.default_model
    assert "sk-env" not in repr(found)


def test_the_key_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    assert find(provider="openai", api_key="sk-arg").api_key == "sk-arg"


def test_an_address_alone_is_any_compatible_host_and_gets_nobodys_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    found = find(base_url="http://localhost:8000/v1/", model="qwen3")
    assert (found.provider.dialect, found.model.id, found.api_key) == ("openai_chat", "qwen3", None)
    assert found.base_url == "http://localhost:8000/v1"


def test_a_provider_at_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example/openai")
    assert find(provider="openai", api_key="k").base_url == "https://gateway.example/openai"
    assert find(provider="openai", api_key="k", base_url="https://x.example").base_url == "https://x.example"


@pytest.mark.parametrize("url", ["https://proxy.example", "https://proxy.example/v1"])
def test_anthropics_base_url_is_good_with_and_without_its_version(url: str) -> None:
    assert find(provider="anthropic", api_key="k", base_url=url).base_url == "https://proxy.example/v1"


@pytest.mark.parametrize(
    ("provider", "path"),
    [
        ("ollama", "/api"), ("ollama-openai", "/v1"), ("gemini", "/v1beta"), ("gemini-interactions", "/v1beta"),
        ("slipstream", "/v1"), ("vllm", "/v1"), ("sglang", "/v1"), ("lmstudio", "/v1"), ("llamacpp", "/v1"),
    ],
)  # fmt: skip
def test_a_bare_host_gets_the_providers_path(monkeypatch: pytest.MonkeyPatch, provider: str, path: str) -> None:
    for url in ("http://127.0.0.1:8731", "http://127.0.0.1:8731/", f"http://127.0.0.1:8731{path}"):
        assert find("any", provider, url, "k").base_url == f"http://127.0.0.1:8731{path}"
    assert find("any", provider, "http://127.0.0.1:8731/mine", "k").base_url == "http://127.0.0.1:8731/mine"
    monkeypatch.setenv(f"{provider.upper().replace('-', '_')}_BASE_URL", "http://host.example")
    assert find("any", provider, api_key="k").base_url == f"http://host.example{path}"
    monkeypatch.undo()
    assert REGISTRY.provider(provider).base_url.endswith(path)


def test_our_own_server_chooses_the_model_and_its_key_chooses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(provider="slipstream").model.id == "default"
    monkeypatch.setenv("SLIPSTREAM_KEY", "k")
    assert choose_model(REGISTRY, None, None).provider == "local", "a server would ask itself"
    assert find(provider="slipstream").api_key == "k"


def test_the_key_chooses_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAI_API_KEY", "k")
    assert find(provider="zhipu").base_url == "https://api.z.ai/api/paas/v4"
    monkeypatch.setenv("ZHIPUAI_API_KEY", "k2")
    assert find(provider="zhipu").base_url == "https://open.bigmodel.cn/api/paas/v4"


def test_without_a_name_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_model(REGISTRY, None, None).provider == "local"
    monkeypatch.setenv("DEEPSEEK_API_KEY", "k")
    assert choose_model(REGISTRY, None, None).provider == "deepseek"
    monkeypatch.setenv("ZHIPUAI_API_KEY", "k")
    assert choose_model(REGISTRY, None, None).provider == "zhipu", "the order of the registry"
    monkeypatch.setenv("SLIPSTREAM_MODEL", "anthropic/claude-opus-5")
    assert choose_model(REGISTRY, None, None).provider == "anthropic"
    assert choose_model(REGISTRY, "glm-4.6", None).provider == "zhipu"


def test_an_empty_variable_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "  ")
    with pytest.raises(MissingKeyError, match="no API key for openai"):
        find(provider="openai")


def test_the_local_model_is_a_plug_in_that_starts_later() -> None:
    found = find(model="local")
    assert found.base_url == ""
    assert found.plugin == "slipstream.local:endpoint"
    assert "a plug-in" in repr(found)
    assert find(model="local", base_url="http://127.0.0.1:1").plugin is None


@pytest.mark.parametrize("key", ["", " ", "a b", "a\tb", "a\n", "é", "\x7f", 5, b"k"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(key: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check_key(key)
    if isinstance(key, str) and key.strip():
        assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        (" http://127.0.0.1:8000/ ", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_a_good_address(url: str, clean: str) -> None:
    assert check_url(url) == clean


BAD = [
    "", "api.example.com", "ftp://x", "http://", "http://x:0", "http://x:99999", "http://x:p", "http://u:secret@h",
    "http://h?a=1", "http://h#a", "http://h/\x00", "http://a b", "http://[::1", None, 5, "http://h/a\nb",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD)
def test_a_bad_address_is_refused_by_name_and_shows_no_password(url: Any) -> None:
    with pytest.raises(InvalidRequestError, match="base_url") as caught:
        check_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "headers", [{"": "x"}, {"a b": "x"}, {"a": 5}, {"a": "x\n"}, {"a": "é"}, {"a:": "x"}, {5: "x"}]
)
def test_a_header_that_could_smuggle_is_refused(headers: Any) -> None:
    with pytest.raises(InvalidRequestError, match="is no HTTP header"):
        client_headers(headers)


def test_good_headers_are_lower_case() -> None:
    assert client_headers({"X-Team_1": "a b"}) == {"x-team_1": "a b"}
    assert client_headers(None) == {}
