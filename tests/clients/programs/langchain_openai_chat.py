"""langchain-openai, by Chat Completions and by Responses."""

from __future__ import annotations

import sys
from typing import Any

from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from tests.clients.programs._run import WEATHER, Seen, main

WITH_RESPONSES = sys.argv[2] == "responses"


def ask(url: str, scenario: str, seen: Seen) -> None:
    options: dict[str, Any] = {"use_responses_api": True, "output_version": "responses/v1"} if WITH_RESPONSES else {}
    model = ChatOpenAI(
        model="scripted", base_url=f"{url}/v1", api_key=SecretStr("none"), max_retries=0, stream_usage=True, **options
    )
    tool = {"type": "function", "function": {"name": "weather", "description": "", "parameters": WEATHER}}
    for chunk in model.bind_tools([tool]).stream(scenario):
        for block in chunk.content_blocks:
            if block["type"] == "text":
                seen.add("text", block["text"])
            elif block["type"] == "reasoning":
                seen.add("reasoning", block.get("reasoning"))
        for call in getattr(chunk, "tool_call_chunks", ()):
            seen.add("name", call["name"])
            seen.add("arguments", call["args"])
        if chunk.usage_metadata:
            usage = chunk.usage_metadata
            seen |= {"input": usage["input_tokens"], "output": usage["output_tokens"]}


main(ask)
