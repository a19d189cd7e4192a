"""The shapes of the official SDKs on our engine: programs move by changing one import.

What is here is what such programs use of streaming: `chat.completions.create` and `.stream`, `responses.create`,
`.stream`, `.parse`, `.retrieve` and `.cancel`, `messages.create` and `.stream`. The objects are the wire's own JSON
under the SDKs' attribute names.
"""

from __future__ import annotations

from slipstream.client.sdk.anthropic import Anthropic, AsyncAnthropic
from slipstream.client.sdk.body import NOT_GIVEN
from slipstream.client.sdk.glm import ZaiClient, ZhipuAI, ZhipuAiClient
from slipstream.client.sdk.openai import AsyncOpenAI, OpenAI
from slipstream.client.sdk.streams import AsyncChunkStream, ChunkStream

__all__ = [
    "NOT_GIVEN",
    "Anthropic",
    "AsyncAnthropic",
    "AsyncChunkStream",
    "AsyncOpenAI",
    "ChunkStream",
    "OpenAI",
    "ZaiClient",
    "ZhipuAI",
    "ZhipuAiClient",
]
