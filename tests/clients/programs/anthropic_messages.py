"""anthropic, Messages."""

from __future__ import annotations

from anthropic import Anthropic
from tests.clients.programs._run import WEATHER, Seen, main


def ask(url: str, scenario: str, seen: Seen) -> None:
    client = Anthropic(base_url=url, api_key="none", max_retries=0)
    with client.messages.stream(
        model="scripted",
        max_tokens=1000,
        messages=[{"role": "user", "content": scenario}],
        tools=[{"name": "weather", "input_schema": WEATHER}],
    ) as stream:
        for event in stream:
            if event.type == "text":
                seen.add("text", event.text)
            elif event.type == "thinking":
                seen.add("reasoning", event.thinking)
        final = stream.get_final_message()
    for block in final.content:
        if block.type == "tool_use":
            seen |= {"name": block.name, "arguments": block.input}
        elif block.type == "thinking":
            assert block.signature == "c2lnbmVk", block.signature
    usage = final.usage
    cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    seen |= {"input": usage.input_tokens + cached, "output": usage.output_tokens}


main(ask)
