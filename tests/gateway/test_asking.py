"""What a client's request becomes for the provider that answers, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from slipstream import dialects
from slipstream.client.endpoint import Endpoint
from slipstream.dialects.common.request import Thinking
from slipstream.errors import InvalidRequestError
from slipstream.gateway.asking import ignored_header, options_of
from slipstream.models import Registry

REGISTRY = Registry.default()
HI = [{"role": "user", "content": "Hi"}]


def endpoint_of(name: str) -> Endpoint:
    model = REGISTRY.resolve(name)
    return Endpoint(REGISTRY.provider(model.provider), model, "https://x", "key")


def options(dialect: str, model: str, **body: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    spoken = dialects.get(dialect)
    return options_of(spoken.read({"model": "m", **body}), endpoint_of(model), spoken)


def test_how_hard_to_think_is_said_in_the_words_of_hosts_that_speak_like_openai() -> None:
    given, ignored = options("openai_chat", "qwen/qwen-plus", messages=HI, reasoning_effort="low")
    assert (given["thinking"], ignored) == (Thinking(enabled=True), ())
    given, ignored = options("openai_chat", "openai/gpt-5.4-mini", messages=HI, reasoning_effort="low")
    assert (given["thinking"].effort, ignored) == ("low", ())


def test_thinking_is_left_out_and_named_where_the_model_does_not_think() -> None:
    given, ignored = options("openai_chat", "local", messages=HI, reasoning_effort="low")
    assert "thinking" not in given
    assert ignored == ("reasoning_effort",)
    assert options("openai_responses", "local", input="Hi", reasoning={"effort": "low"})[1] == ("reasoning",)
    assert options("ollama", "local", messages=HI, think=True)[1] == ("think",)


def test_a_bound_beyond_what_the_model_gives_is_lowered() -> None:
    given, _ = options("anthropic", "local", messages=HI, max_tokens=32000)
    assert given["max_tokens"] == REGISTRY.resolve("local").context


def test_what_is_left_of_nested_settings_is_named_one_by_one() -> None:
    settings = {"num_predict": 4, "num_ctx": 100, "mirostat": 1}
    given, ignored = options("ollama", "openai/gpt-4o", messages=HI, options=settings, keep_alive="5m")
    assert given["max_tokens"] == 4
    assert set(ignored) == {"options.num_ctx", "options.mirostat", "keep_alive"}
    assert ignored_header(ignored)["x-slipstream-ignored"].count("options.") == 2


def test_a_seed_is_ignored_and_named_where_there_is_none() -> None:
    given, ignored = options("ollama", "anthropic/claude-haiku-4-5", messages=HI, options={"seed": 7})
    assert "seed" not in given
    assert ignored == ("seed",)


def test_what_both_apis_of_openai_know_goes_on_to_openai_and_not_to_strict_hosts() -> None:
    body = {"messages": HI, "store": False, "prompt_cache_key": "k"}
    given, ignored = options("openai_chat", "openai-responses/gpt-5.4", **body)
    assert (given["extra"], ignored) == ({"store": False, "prompt_cache_key": "k"}, ())
    given, ignored = options("openai_responses", "groq/llama-3.3-70b-versatile", input="Hi", prompt_cache_key="k")
    assert "extra" not in given
    assert "prompt_cache_key" in ignored


@pytest.mark.parametrize(
    ("dialect", "body", "named"),
    [
        ("gemini", {"contents": [{"parts": [{"text": "Hi"}]}], "tools": [{"googleSearch": {}}]}, "googleSearch"),
        ("zhipu", {"messages": HI, "tools": [{"type": "web_search", "web_search": {"enable": True}}]}, "web_search"),
    ],
)
def test_a_tool_that_only_providers_of_the_dialect_run_is_refused(
    dialect: str, body: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidRequestError, match=named) as caught:
        options(dialect, "anthropic/claude-haiku-4-5", **body)
    assert caught.value.argument == "tools[0]"


def test_a_file_by_its_id_is_refused_elsewhere() -> None:
    file = {"type": "file", "file": {"file_id": "file-1"}}
    with pytest.raises(InvalidRequestError, match="only the provider that keeps it"):
        options("openai_chat", "anthropic/claude-haiku-4-5", messages=[{"role": "user", "content": [file]}])
