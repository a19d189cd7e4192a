"""google-genai, Gemini."""

from __future__ import annotations

from google import genai
from google.genai import types
from tests.clients.programs._run import WEATHER, Seen, main


def ask(url: str, scenario: str, seen: Seen) -> None:
    client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=url))
    tool = types.Tool(function_declarations=[types.FunctionDeclaration(name="weather", parameters_json_schema=WEATHER)])
    config = types.GenerateContentConfig(
        tools=[tool], automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
    )
    for chunk in client.models.generate_content_stream(model="scripted", contents=scenario, config=config):
        usage = chunk.usage_metadata
        if usage and usage.prompt_token_count is not None:
            output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
            seen |= {"input": usage.prompt_token_count, "output": output}
        for candidate in chunk.candidates or ():
            for part in (candidate.content.parts if candidate.content else None) or ():
                seen.add("reasoning" if part.thought else "text", part.text)
                if part.function_call:
                    seen |= {"name": part.function_call.name, "arguments": part.function_call.args}


main(ask)
