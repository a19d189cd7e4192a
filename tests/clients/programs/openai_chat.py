"""openai, Chat Completions."""

from __future__ import annotations

from openai import OpenAI
from tests.clients.programs._run import WEATHER, Seen, main


def ask(url: str, scenario: str, seen: Seen) -> None:
    client = OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    stream = client.chat.completions.create(
        model="scripted",
        messages=[{"role": "user", "content": scenario}],
        tools=[{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}],
        stream=True,
        stream_options={"include_usage": True},
    )
    for chunk in stream:
        if chunk.usage:
            seen |= {"input": chunk.usage.prompt_tokens, "output": chunk.usage.completion_tokens}
        for choice in chunk.choices:
            seen.add("text", choice.delta.content)
            seen.add("reasoning", getattr(choice.delta, "reasoning_content", None))
            for call in choice.delta.tool_calls or ():
                assert call.function is not None
                seen.add("name", call.function.name)
                seen.add("arguments", call.function.arguments)


main(ask)
