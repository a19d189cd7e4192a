"""litellm, as OpenAI's and as Anthropic's client."""

from __future__ import annotations

import sys

import litellm
from tests.clients.programs._run import WEATHER, Seen, main

FORMS = {
    "openai": ("openai/scripted", "/v1"),
    "anthropic": ("anthropic/claude-sonnet-4-5", ""),
}


def ask(url: str, scenario: str, seen: Seen) -> None:
    model, base = FORMS[sys.argv[2]]
    stream = litellm.completion(
        model=model,
        api_base=url + base,
        api_key="none",
        messages=[{"role": "user", "content": scenario}],
        tools=[{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}],
        stream=True,
        stream_options={"include_usage": True},
        num_retries=0,
    )
    for chunk in stream:
        usage = getattr(chunk, "usage", None)
        if usage:
            seen |= {"input": usage.prompt_tokens, "output": usage.completion_tokens}
        for choice in chunk.choices:
            seen.add("text", choice.delta.content)
            seen.add("reasoning", getattr(choice.delta, "reasoning_content", None))
            for call in choice.delta.tool_calls or ():
                seen.add("name", call.function.name)
                seen.add("arguments", call.function.arguments)


main(ask)
