"""What is sent to each host: WIRE section 8 from the request's side, and the hosts' pages. Data in, body out.

Each row is one fact of a host; the sources stand beside the entries of the registry and in docs/models.md.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.client import made_media as m
from tests.dialects.chat_wire import recorded

from slipstream import dialects
from slipstream.client import Client
from slipstream.client.endpoint import Endpoint, resolve
from slipstream.client.prepare import build_call, build_request
from slipstream.errors import InvalidRequestError, MissingKeyError, UnsupportedError
from slipstream.events import Error, Message
from slipstream.models import Registry
from slipstream.run.timeouts import Timeouts
from slipstream.run.transport import HTTPRequest

REGISTRY = Registry.default()
KEY = "a-key"
HOSTS = (
    "deepseek", "qwen", "moonshot", "mistral", "groq", "xai", "openrouter", "together", "vllm", "sglang", "lmstudio",
    "llamacpp", "fireworks", "cerebras", "siliconflow", "volcengine", "minimax", "stepfun", "hunyuan", "perplexity",
    "nvidia", "huggingface", "github", "novita",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in REGISTRY.providers():
        own = f"{provider.name.upper().replace('-', '_')}_BASE_URL"
        for name in (*provider.keys, *provider.url_keys, *provider.version_keys, own):
            monkeypatch.delenv(name, raising=False)


def endpoint_of(model: str, **where: Any) -> Endpoint:
    return resolve(REGISTRY, **{"model": model, "provider": None, "base_url": None, "api_key": KEY, **where})


def sent(model: str, where: dict[str, Any] | None = None, **options: Any) -> HTTPRequest:
    """The HTTP request that these options make."""
    endpoint = endpoint_of(model, **(where or {}))
    messages = options.pop("messages", None)
    given = {"messages": messages or [{"role": "user", "content": "Hi"}], **options}
    request = build_request(endpoint, None, given, streaming=True)
    call = build_call(endpoint, request, given, timeouts=Timeouts(), max_retries=0, headers={})
    return call.prepare()


def body_of(model: str, **options: Any) -> dict[str, Any]:
    """The body without what all have."""
    body: dict[str, Any] = json.loads(sent(model, **options).body)
    return {name: value for name, value in body.items() if name not in ("model", "messages", "stream")}


ASK_USAGE = {"stream_options": {"include_usage": True}}


@pytest.mark.parametrize("name", HOSTS)
def test_each_host_gets_a_plain_request_of_its_own(name: str) -> None:
    request = sent(f"{name}/some-model")
    provider = REGISTRY.provider(name)
    assert request.url == f"{provider.base_url.rstrip('/')}/chat/completions"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert json.loads(request.body)["model"] == "some-model"
    asks = provider.stream_usage == "ask"
    assert body_of(f"{name}/some-model") == (ASK_USAGE if asks else {})


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("openai/gpt-5.4-mini", "max_completion_tokens"),
        ("groq/llama-3.3-70b-versatile", "max_completion_tokens"),
        ("xai/grok-4.3", "max_completion_tokens"),
        ("cerebras/llama3.1-8b", "max_completion_tokens"),
        ("minimax/MiniMax-M2.7", "max_completion_tokens"),
        ("mistral/mistral-large-latest", "max_tokens"),  # refuses the other: "extra inputs are not permitted"
        ("deepseek/deepseek-chat", "max_tokens"),
        ("qwen/qwen-plus", "max_tokens"),
        ("vllm/any", "max_tokens"),
        ("openai/gpt-5.2-pro", "max_output_tokens"),
    ],
)
def test_the_bound_of_the_answer(model: str, field: str) -> None:
    assert body_of(model, max_tokens=99)[field] == 99


THINKING = {"reasoning_effort": "medium"}
TEMPLATE = {"chat_template_kwargs": {"enable_thinking": True, "thinking": True}}


@pytest.mark.parametrize(
    ("model", "asked", "fields"),
    [
        ("deepseek/deepseek-flash", True, {"thinking": {"type": "enabled"}}),
        ("moonshot/kimi-k2.6", False, {"thinking": {"type": "disabled"}}),
        ("volcengine/doubao-seed-2.0-pro", True, {"thinking": {"type": "enabled"}}),
        ("qwen/qwen-plus", True, {"enable_thinking": True}),
        ("siliconflow/Qwen/Qwen3-32B", False, {"enable_thinking": False}),
        ("openrouter/z-ai/glm-4.6", True, {"reasoning": {"enabled": True}}),
        ("together/zai-org/GLM-5", False, {"reasoning": {"enabled": False}}),
        ("vllm/Qwen3-8B", True, TEMPLATE),
        ("sglang/deepseek-v3.2", True, TEMPLATE),
        ("llamacpp/any", False, {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}}),
        ("nvidia/some-model", "none", {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}}),
        ("groq/openai/gpt-oss-20b", "low", {"reasoning_effort": "low"}),
        ("groq/openai/gpt-oss-20b", True, THINKING),
        ("fireworks/some-model", True, THINKING),
        ("mistral/mistral-small-latest", True, {"reasoning_effort": "high"}),  # it knows `none` and `high`
        ("mistral/mistral-small-latest", False, {"reasoning_effort": "none"}),
        ("xai/grok-4.3", False, {"reasoning_effort": "none"}),
        ("xai/grok-4.5", True, THINKING),
        ("xai/grok-3-mini", True, {"reasoning_effort": "high"}),
    ],
)
def test_how_thinking_is_switched(model: str, asked: Any, fields: dict[str, Any]) -> None:
    body = body_of(model, thinking=asked)
    body.pop("stream_options", None)
    assert body == fields


@pytest.mark.parametrize(
    ("model", "asked", "said"),
    [
        ("xai/grok-4.5", False, "always thinks"),
        ("xai/grok-3-mini", "medium", "cannot think with the effort 'medium'; it takes low, high"),
        ("mistral/mistral-small-latest", "low", "it takes none, high"),
        ("vllm/any", "high", "to think or not to, not how hard"),
    ],
)
def test_thinking_that_a_host_has_no_word_for_is_refused(model: str, asked: Any, said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        body_of(model, thinking=asked)


def test_the_callers_template_arguments_stay() -> None:
    body = body_of("vllm/any", thinking=True, extra={"chat_template_kwargs": {"thinking": False, "x": 1}})
    assert body["chat_template_kwargs"] == {"enable_thinking": True, "thinking": False, "x": 1}


@pytest.mark.parametrize(
    ("model", "options", "field"),
    [
        ("groq/llama", {"n": 2}, "n"),
        ("openai/o3", {"temperature": 0.2}, "temperature"),
        ("openai/gpt-5", {"top_p": 0.5}, "top_p"),
        ("openai/o4-mini", {"stop": ["END"]}, "stop"),
        ("xai/grok-4.5", {"stop": "END"}, "stop"),
    ],
)
def test_what_an_api_answers_with_an_error_is_refused_by_name(model: str, options: dict[str, Any], field: str) -> None:
    with pytest.raises(UnsupportedError, match=f"takes no {field}") as caught:
        body_of(model, **options)
    assert caught.value.argument == field


@pytest.mark.parametrize(
    ("model", "options"), [("groq/llama", {"n": 1}), ("openai/o3", {"temperature": 1, "top_p": 1})]
)
def test_what_every_api_does_anyway_is_no_reason_to_refuse(model: str, options: dict[str, Any]) -> None:
    assert options.items() <= body_of(model, **options).items()


@pytest.mark.parametrize(
    ("name", "given", "sent_id"), [("mistral", "abcDEF123", "abcDEF123"), ("openai", "toolu_1", "toolu_1")]
)
def test_ids_of_calls_that_a_host_takes_stay(name: str, given: str, sent_id: str) -> None:
    assert ids_sent(name, given) == {sent_id}


def test_ids_of_calls_become_such_as_mistral_takes_and_those_of_one_call_the_same() -> None:
    (first,), (again,), (other,) = (ids_sent("mistral", id) for id in ("toolu_1", "toolu_1", "toolu_2"))
    assert len(first) == 9
    assert first.isalnum()
    assert first == again != other


def ids_sent(name: str, id: str) -> set[str]:
    """The ids of a call and of its result, as they are sent."""
    call = {"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": id, "content": "1"},
    ]
    messages = json.loads(sent(f"{name}/some-model", messages=asked).body)["messages"]
    return {messages[1]["tool_calls"][0]["id"], messages[2]["tool_call_id"]}


@pytest.mark.parametrize(("name", "kept"), [("openai", False), ("groq", False), ("gemini-openai", True)])
def test_what_another_api_keeps_beside_a_call_goes_to_hosts_that_take_it(name: str, kept: bool) -> None:
    extra = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [{**call, **extra}]},
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
    ]
    messages = json.loads(sent(f"{name}/some-model", messages=asked).body)["messages"]
    assert messages[1]["tool_calls"] == [{**call, **extra} if kept else call]


@pytest.mark.parametrize(("name", "kept"), [("mistral", False), ("groq", False), ("deepseek", True)])
def test_names_of_messages_where_they_are_an_error(name: str, kept: bool) -> None:
    asked = [{"role": "user", "content": "Hi", "name": "Ann"}]
    (message,) = json.loads(sent(f"{name}/any", messages=asked).body)["messages"]
    assert message == {"role": "user", "content": "Hi", **({"name": "Ann"} if kept else {})}


def test_mistrals_seed() -> None:
    assert body_of("mistral/mistral-large-latest", seed=7) == {"random_seed": 7}
    assert body_of("groq/any", seed=7)["seed"] == 7


@pytest.mark.parametrize(
    ("model", "mark", "url"),
    [  # row 34
        ("deepseek/deepseek-chat", "prefix", "https://api.deepseek.com/beta/chat/completions"),
        ("mistral/mistral-large-latest", "prefix", "https://api.mistral.ai/v1/chat/completions"),
        ("moonshot/moonshot-v1-8k", "partial", "https://api.moonshot.cn/v1/chat/completions"),
        ("qwen/qwen-plus", "partial", "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions"),
        ("llamacpp/any", None, "http://127.0.0.1:8080/v1/chat/completions"),
    ],
)
def test_a_trailing_assistant_message_is_continued(model: str, mark: str | None, url: str) -> None:
    asked = [{"role": "user", "content": "Count."}, {"role": "assistant", "content": "1, 2,"}]
    request = sent(model, messages=asked)
    last = json.loads(request.body)["messages"][-1]
    assert last == {"role": "assistant", "content": "1, 2,", **({mark: True} if mark else {})}
    assert request.url == url


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("deepseek", "reasoning_content"),
        ("moonshot", "reasoning_content"),
        ("qwen", "reasoning_content"),
        ("openrouter", "reasoning"),
        ("mistral", None),  # refuses it: "extra inputs are not permitted"
        ("groq", None),
        ("vllm", None),
    ],
)
def test_earlier_thinking_goes_back_where_it_is_wanted(name: str, field: str | None) -> None:
    """Row 33."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "reasoning_content": "Hm.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "7"},
    ]
    _, message, _ = json.loads(sent(f"{name}/any", messages=asked).body)["messages"]
    assert {key: value for key, value in message.items() if key not in ("role", "content", "tool_calls")} == (
        {field: "Hm."} if field else {}
    )


# ---- which API


@pytest.mark.parametrize(
    "model",
    ["gpt-5-pro", "gpt-5.2-pro-2025-12-11", "o1-pro", "o3-pro-2025-06-10", "gpt-5-codex", "gpt-5.1-codex-max",
     "codex-mini-latest", "o3-deep-research", "o4-mini-deep-research-2025-06-26", "computer-use-preview"],
)  # fmt: skip
def test_models_that_the_responses_api_alone_serves_go_there(model: str) -> None:
    for name in (model, f"openai/{model}"):
        request = sent(name)
        assert request.url == "https://api.openai.com/v1/responses"
        assert "input" in json.loads(request.body)


@pytest.mark.parametrize(
    "model", ["gpt-5", "gpt-5.4-mini", "gpt-4o", "o3-mini", "gpt-5-chat-latest", "gpt-4o-audio-preview"]
)
def test_other_models_go_to_chat_completions(model: str) -> None:
    assert sent(model).url == "https://api.openai.com/v1/chat/completions"


# ---- Azure

RESOURCE = "https://mine.openai.azure.com"


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("azure/my-gpt", f"{RESOURCE}/openai/v1/chat/completions"),
        ("azure-responses/my-gpt", f"{RESOURCE}/openai/v1/responses"),
        ("azure-deployments/my gpt",
         f"{RESOURCE}/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["", "/"])
def test_azure_by_its_endpoint_and_its_key(monkeypatch: pytest.MonkeyPatch, model: str, url: str, ending: str) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE + ending)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "azure-key")
    request = sent(model, {"api_key": None})
    assert request.url == url
    assert request.headers["api-key"] == "azure-key"
    assert "Authorization" not in request.headers
    assert "azure-key" not in repr(request)


def test_azures_versions_and_other_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE)
    monkeypatch.setenv("OPENAI_API_VERSION", "2025-04-01-preview")
    assert sent("azure-deployments/x").url.endswith("?api-version=2025-04-01-preview")
    assert "api-version" not in sent("azure/x").url  # that surface has no dated versions
    foundry = {"base_url": "https://mine.services.ai.azure.com/openai/v1", "provider": "azure"}
    assert sent("x", foundry).url == "https://mine.services.ai.azure.com/openai/v1/chat/completions"
    monkeypatch.setenv("AZURE_BASE_URL", "https://gateway.example/azure")
    assert sent("azure/x").url == "https://gateway.example/azure/chat/completions"


def test_azure_without_an_address_or_a_key_says_which_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRequestError, match="no address for azure\n  set AZURE_OPENAI_ENDPOINT") as caught:
        sent("azure/x")
    assert KEY not in str(caught.value)
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE)
    with pytest.raises(MissingKeyError, match="AZURE_OPENAI_API_KEY"):
        sent("azure/x", {"api_key": None})


def test_a_token_in_place_of_azures_key() -> None:
    where = {"base_url": f"{RESOURCE}/openai/v1", "provider": "azure", "api_key": None}
    request = sent("x", where, headers={"Authorization": "Bearer entra"})
    assert request.headers["authorization"] == "Bearer entra"
    assert "api-key" not in request.headers


@pytest.mark.parametrize("version", ["a b", "1&x=2", "?"])
def test_a_version_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", RESOURCE)
    monkeypatch.setenv("OPENAI_API_VERSION", version)
    with pytest.raises(InvalidRequestError, match="OPENAI_API_VERSION"):
        sent("azure-deployments/x")


# ---- media


def media(model: str, *files: Any) -> list[dict[str, Any]]:
    request = sent(model, files=list(files))
    parts: list[dict[str, Any]] = json.loads(request.body)["messages"][-1]["content"]
    return parts[:-1]


WAV = base64.b64encode(m.wav()).decode()
FILM = base64.b64encode(m.MP4).decode()
REPORT = base64.b64encode(m.PDF).decode()


@pytest.mark.parametrize(
    ("model", "file", "part"),
    [
        ("openai/gpt-5.4-mini", ("r.pdf", m.PDF),
         {"type": "file", "file": {"filename": "r.pdf", "file_data": f"data:application/pdf;base64,{REPORT}"}}),
        ("openai/gpt-audio", m.wav(), {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}),
        ("vllm/any", m.wav(), {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}),
        ("vllm/any", m.MP4, {"type": "video_url", "video_url": {"url": f"data:video/mp4;base64,{FILM}"}}),
        ("moonshot/kimi-k2.6", "https://x.org/f.mp4",
         {"type": "video_url", "video_url": {"url": "https://x.org/f.mp4"}}),
        ("sglang/any", "https://x.org/a.flac", {"type": "audio_url", "audio_url": {"url": "https://x.org/a.flac"}}),
        ("openrouter/any", "https://x.org/r.pdf",
         {"type": "file", "file": {"filename": "r.pdf", "file_data": "https://x.org/r.pdf"}}),
        ("qwen/qwen3-omni-flash", m.wav(),
         {"type": "input_audio", "input_audio": {"data": f"data:;base64,{WAV}", "format": "wav"}}),
        ("qwen/qwen3-omni-flash", "https://x.org/a.mp3",
         {"type": "input_audio", "input_audio": {"data": "https://x.org/a.mp3", "format": "mp3"}}),
        ("zhipu/glm-4.6v", "https://x.org/f.mp4",
         {"type": "video_url", "video_url": {"url": "https://x.org/f.mp4"}}),
    ],
)  # fmt: skip
def test_files_in_each_hosts_form(model: str, file: Any, part: dict[str, Any]) -> None:
    assert media(model, file) == [part]


@pytest.mark.parametrize(
    ("model", "file"),
    [("openai/gpt-5.4-mini", m.wav()), ("openai/gpt-5.4-mini", "https://x.org/f.mp4"), ("groq/any", m.PDF),
     ("anthropic/claude-haiku-5-5", m.wav()), ("glm-4.7-flash", m.PDF), ("local", m.PDF)],
)  # fmt: skip
def test_files_that_a_model_does_not_take_are_refused(model: str, file: Any) -> None:
    with pytest.raises(UnsupportedError, match="of files it takes"):
        media(model, file)


def test_files_are_refused_where_there_is_no_question() -> None:
    with pytest.raises(InvalidRequestError, match="files need a user message") as caught:
        sent("openai/gpt-4o", messages=[{"role": "system", "content": "x"}], files=[m.PDF])
    assert caught.value.argument == "files"


@pytest.mark.parametrize("files", [m.PDF, "report.pdf", 5])
def test_files_take_a_list(files: Any) -> None:
    with (
        Client(provider="openai", api_key=KEY) as client,
        pytest.raises(InvalidRequestError, match="files takes a list"),
    ):
        client.stream("Hi", files=files)


# ---- recorded: each body is read under its host's own name

RECORDED = {
    1: "xai", 2: "groq", 3: "groq", 4: "groq", 5: "custom", 6: "custom", 7: "llamacpp", 8: "mistral", 9: "openrouter",
    10: "deepseek", 11: "ollama-openai", 12: "perplexity", 13: "xai",
}  # fmt: skip
"""Number of the recording -> who sent it; Snowflake (5) and a gateway (6) are nobody in the registry."""


@pytest.mark.parametrize("number", RECORDED)
def test_a_recorded_answer_is_read_under_its_hosts_name(corpora: Path, number: int) -> None:
    name = RECORDED[number]
    where = {"base_url": "http://127.0.0.1:1"} if name == "custom" else {"provider": name}
    endpoint = endpoint_of("any", **where)
    decoder = dialects.get(endpoint.dialect).decoder()
    events = [*decoder.feed(recorded(corpora, "openai_compat", number)), *decoder.end()]
    message = Message.of(events)
    if number == 2:  # its answer is an error inside the stream
        assert isinstance(events[-1], Error)
    else:
        assert message.complete
        assert message.text or message.tool_calls or message.refusal
