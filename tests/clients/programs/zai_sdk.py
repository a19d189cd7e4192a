"""zai-sdk, GLM's chat completions."""

from __future__ import annotations

from tests.clients.programs._run import WEATHER, Seen, main
from zai import ZhipuAiClient


def ask(url: str, scenario: str, seen: Seen) -> None:
    client = ZhipuAiClient(base_url=f"{url}/api/paas/v4/", api_key="id.secret", max_retries=0)
    stream = client.chat.completions.create(
        model="glm-4.6",
        messages=[{"role": "user", "content": scenario}],
        tools=[{"type": "function", "function": {"name": "weather", "description": "", "parameters": WEATHER}}],
        stream=True,
    )
    for chunk in stream:
        if chunk.usage:
            seen |= {"input": chunk.usage.prompt_tokens, "output": chunk.usage.completion_tokens}
        for choice in chunk.choices:
            seen.add("text", choice.delta.content)
            seen.add("reasoning", choice.delta.reasoning_content)
            for call in choice.delta.tool_calls or ():
                assert call.function is not None
                seen.add("name", call.function.name)
                seen.add("arguments", call.function.arguments)
            if choice.finish_reason in ("network_error", "sensitive"):
                seen["raised"] = True  # how GLM itself tells a failed answer in mid-stream


main(ask)
