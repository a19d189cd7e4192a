"""openai, Responses."""

from __future__ import annotations

from openai import OpenAI
from tests.clients.programs._run import WEATHER, Seen, main


def ask(url: str, scenario: str, seen: Seen) -> None:
    client = OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    with client.responses.stream(
        model="scripted",
        input=[{"role": "user", "content": scenario}],
        tools=[{"type": "function", "name": "weather", "parameters": WEATHER, "strict": False}],
    ) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                seen.add("text", event.delta)
            elif event.type in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
                seen.add("reasoning", event.delta)
            elif event.type == "response.failed" or event.type == "error":
                seen["raised"] = True
                return
        final = stream.get_final_response()
    if scenario == "text":
        assert final.output_text == seen["text"], final.output_text
    for item in final.output:
        if item.type == "function_call":
            seen |= {"name": item.name, "arguments": item.arguments}
    if final.usage:
        seen |= {"input": final.usage.input_tokens, "output": final.usage.output_tokens}


main(ask)
