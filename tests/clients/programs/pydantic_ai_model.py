"""pydantic-ai, by Chat Completions, Responses and Messages."""

from __future__ import annotations

import asyncio
import sys

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelRequest,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.tools import ToolDefinition
from tests.clients.programs._run import WEATHER, Seen, main


def model_of(form: str, url: str) -> Model:
    if form == "anthropic":
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicModel("scripted", provider=AnthropicProvider(api_key="none", base_url=url))
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    kind = OpenAIResponsesModel if form == "responses" else OpenAIChatModel
    return kind("scripted", provider=OpenAIProvider(api_key="none", base_url=f"{url}/v1"))


async def _ask(url: str, scenario: str, seen: Seen) -> None:
    parameters = ModelRequestParameters(function_tools=[ToolDefinition(name="weather", parameters_json_schema=WEATHER)])
    model = model_of(sys.argv[2], url)
    request = ModelRequest.user_text_prompt(scenario)
    async with model_request_stream(model, [request], model_request_parameters=parameters) as stream:
        async for event in stream:
            if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart | ThinkingPart):
                seen.add("text" if isinstance(event.part, TextPart) else "reasoning", event.part.content)
            elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta | ThinkingPartDelta):
                kind = "text" if isinstance(event.delta, TextPartDelta) else "reasoning"
                seen.add(kind, event.delta.content_delta)
        final = stream.get()
    for part in final.parts:
        if isinstance(part, ToolCallPart):
            seen |= {"name": part.tool_name, "arguments": part.args_as_dict()}
    seen |= {"input": final.usage.input_tokens, "output": final.usage.output_tokens}


def ask(url: str, scenario: str, seen: Seen) -> None:
    asyncio.run(_ask(url, scenario, seen))


main(ask)
