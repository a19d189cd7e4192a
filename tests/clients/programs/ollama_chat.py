"""ollama, its own chat API."""

from __future__ import annotations

from ollama import Client
from tests.clients.programs._run import WEATHER, Seen, main


def ask(url: str, scenario: str, seen: Seen) -> None:
    stream = Client(host=url).chat(
        model="scripted",
        messages=[{"role": "user", "content": scenario}],
        tools=[{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}],
        stream=True,
        think=True,
    )
    for chunk in stream:
        seen.add("text", chunk.message.content)
        seen.add("reasoning", chunk.message.thinking)
        for call in chunk.message.tool_calls or ():
            seen |= {"name": call.function.name, "arguments": dict(call.function.arguments)}
        if chunk.done:
            seen |= {"input": chunk.prompt_eval_count, "output": chunk.eval_count}


main(ask)
