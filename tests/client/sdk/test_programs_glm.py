"""GLM by Zhipu's SDKs: EXAMPLES rows 1, 3, 9, 11, 12 and 14.

Each program runs with the official SDK and with ours, and prints the same: see `side_by_side.py`.
"""

# ruff: noqa: N803 - the argument is the class that a program would import
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import zai
from tests.client.sdk import recorded as r
from tests.client.sdk.side_by_side import printed, same_bodies
from tests.replay_server import ReplayServer

from slipstream import sdk

Capture = pytest.CaptureFixture[str]


def glm(delta: dict[str, Any], finish: str | None = None, **fields: Any) -> dict[str, Any]:
    """A chunk as GLM sends it: no `object`, the role in every delta."""
    choice = {"index": 0, "delta": {"role": "assistant", **delta}}
    ending = {"finish_reason": finish} if finish else {}
    return {"id": "g1", "created": 1, "model": "glm-4.6", "choices": [{**choice, **ending}], **fields}


GLM_ANSWER = r.sse(
    glm({"reasoning_content": "\n想一想"}),
    glm({"content": "冷知识"}),
    glm({"content": "：章鱼有三颗心。"}),
    glm({"content": ""}, "stop", usage=r.usage(9, 12, prompt_tokens_details={"cached_tokens": 4})),
)


# ---- row 1


def print_chunks(ZhipuAI: Any) -> None:
    client = ZhipuAI()
    stream = client.chat.completions.create(
        model="glm-4-plus",
        messages=[{"role": "user", "content": "讲几个冷知识"}],
        stream=True,
    )
    for chunk in stream:
        print(chunk)


@pytest.mark.parametrize("ours", [sdk.ZhipuAI, sdk.ZhipuAiClient, sdk.ZaiClient])
def test_row_1_print_the_chunks(at_server: ReplayServer, capsys: Capture, ours: Any) -> None:
    at_server.serve(body=GLM_ANSWER)
    out = printed(print_chunks, capsys, zai.ZhipuAiClient, ours)
    first, *_, last = out.strip().split("\n")
    assert first.startswith(
        "ChatCompletionChunk(id='g1', choices=[Choice(delta=ChoiceDelta(content=None, role='assistant'"
    )
    assert "finish_reason='stop', index=0" in last
    assert "usage=CompletionUsage(prompt_tokens=9," in last
    assert same_bodies(at_server)[0]["messages"] == [{"role": "user", "content": "讲几个冷知识"}]


def print_usage(client: Any) -> None:
    stream = client.chat.completions.create(
        model="glm-4.6", messages=[{"role": "user", "content": "Hi"}], stream=True, max_tokens=12
    )
    for chunk in stream:
        if chunk.usage:
            print(chunk.usage.prompt_tokens, chunk.usage.completion_tokens, chunk.usage.total_tokens)
        for choice in chunk.choices:
            if choice.finish_reason:
                print(choice.finish_reason)


def test_row_3_usage_on_the_finish_chunk(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=GLM_ANSWER)
    assert printed(lambda kind: print_usage(kind()), capsys, zai.ZhipuAiClient, sdk.ZhipuAI) == "9 12 21\nstop\n"


# ---- row 9


def glm_thinking(ZhipuAiClient: Any) -> None:
    client = ZhipuAiClient(api_key="0123456789abcdef0123456789abcdef.secretsecret")
    response = client.chat.completions.create(
        model="glm-4.6",
        messages=[{"role": "user", "content": "讲几个冷知识"}],
        thinking={"type": "enabled"},
        stream=True,
        max_tokens=4096,
        temperature=0.7,
    )
    full = ""
    for chunk in response:
        if not chunk.choices:
            continue
        delta = chunk.choices[0].delta
        if delta.reasoning_content:
            print(delta.reasoning_content, end="", flush=True)
        if delta.content:
            full += delta.content
            print(delta.content, end="", flush=True)
        if chunk.choices[0].finish_reason:
            print("\n", chunk.choices[0].finish_reason)
        if chunk.usage:
            print(chunk.usage.total_tokens, chunk.usage.prompt_tokens_details.cached_tokens)
    print(full)


def test_row_9_and_11_glm_thinks_then_answers(at_server: ReplayServer, capsys: Capture) -> None:
    at_server.serve(body=GLM_ANSWER, chunks=[3])
    out = printed(glm_thinking, capsys, zai.ZhipuAiClient, sdk.ZhipuAiClient)
    assert out == "\n想一想冷知识：章鱼有三颗心。\n stop\n21 4\n冷知识：章鱼有三颗心。\n"
    assert same_bodies(at_server)[0]["thinking"] == {"type": "enabled"}


# ---- row 12

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def describe_picture(url: str) -> Callable[[Any], None]:
    def program(ZhipuAiClient: Any) -> None:
        client = ZhipuAiClient()
        response = client.chat.completions.create(
            model="glm-4.6v-flash",
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": url}},
                        {"type": "text", "text": "图里有什么？"},
                    ],
                }
            ],
            stream=True,
        )
        for chunk in response:
            if chunk.choices and chunk.choices[0].delta.content:
                print(chunk.choices[0].delta.content, end="")

    return program


@pytest.mark.parametrize("url", ["https://example.com/cat.png", PICTURE, f"data:image/png;base64,{PICTURE}"])
def test_row_12_a_picture_is_described(at_server: ReplayServer, capsys: Capture, url: str) -> None:
    at_server.serve(body=GLM_ANSWER)
    assert printed(describe_picture(url), capsys, zai.ZhipuAiClient, sdk.ZhipuAiClient) == "冷知识：章鱼有三颗心。"
    sent = same_bodies(at_server)[0]["messages"][0]["content"][0]["image_url"]["url"]
    assert sent in ("https://example.com/cat.png", PICTURE)


def test_row_12_the_messages_of_the_program_stay_as_they_are(at_server: ReplayServer) -> None:
    at_server.serve(body=GLM_ANSWER)
    url = f"data:image/png;base64,{PICTURE}"
    messages = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
    with sdk.ZaiClient() as client:
        list(client.chat.completions.create(model="glm-4.6v-flash", messages=messages, stream=True))
    assert messages[0]["content"][0]["image_url"]["url"] == url  # type: ignore[index]


# ---- row 14


class GLM:
    """One small class: prints on the way, retries the network, streams or not by a switch."""

    def __init__(self, client: Any, model: str = "glm-4.6") -> None:
        self.client = client
        self.model = model

    def chat(self, prompt: str, *, stream: bool = True, retries: int = 3) -> tuple[str, str]:
        for attempt in range(retries):
            try:
                return self._chat(prompt, stream)
            except Exception:
                if attempt == retries - 1:
                    raise
        raise RuntimeError

    def _chat(self, prompt: str, stream: bool) -> tuple[str, str]:
        response = self.client.chat.completions.create(
            model=self.model, messages=[{"role": "user", "content": prompt}], stream=stream
        )
        if not stream:
            message = response.choices[0].message
            return message.content, message.reasoning_content or ""
        content = reasoning = ""
        for chunk in response:
            delta = chunk.choices[0].delta
            if delta.reasoning_content:
                reasoning += delta.reasoning_content
            if delta.content:
                content += delta.content
                print(delta.content, end="", flush=True)
        return content, reasoning


def client_class(ZhipuAiClient: Any) -> None:
    glm = GLM(ZhipuAiClient(max_retries=0))
    print(glm.chat("讲几个冷知识"))
    print(glm.chat("讲几个冷知识", stream=False))


def test_row_14_a_small_client_class(at_server: ReplayServer, capsys: Capture) -> None:
    failing = b'{"error": {"code": "1234", "message": "network"}}'
    for _ in range(2):
        at_server.serve(body=failing, status=500).serve(body=GLM_ANSWER).serve(body=r.WHOLE_ANSWER)
    at_server.serve(body=r.WHOLE_ANSWER)
    out = printed(client_class, capsys, zai.ZhipuAiClient, sdk.ZhipuAiClient)
    assert out == "冷知识：章鱼有三颗心。('冷知识：章鱼有三颗心。', '\\n想一想')\n('冷知识：章鱼有三颗心。', '')\n"
