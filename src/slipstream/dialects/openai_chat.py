"""OpenAI Chat Completions, and everybody who speaks it: `POST chat/completions` (WIRE sections 2 and 8).

How a provider differs is data: `Traits` for requests, and for answers the tolerance of the shared shape. The API's own
reference: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from slipstream.dialects.common.openai_shape.decoder import OpenAIShapeDecoder
from slipstream.dialects.common.openai_shape.dialect import OpenAIShapeDialect
from slipstream.dialects.common.openai_shape.encoder import ChatEncoder


class OpenAIChatDecoder(OpenAIShapeDecoder):
    """Decodes a stream of OpenAI's shape, whoever sent it."""


class OpenAIChatEncoder(ChatEncoder):
    """Encodes a stream for clients of OpenAI's shape; what it adds to OpenAI's own fields they pass over."""


class OpenAIChat(OpenAIShapeDialect):
    """OpenAI's Chat Completions; see `face.Dialect`."""

    name = "openai_chat"
    DECODER = OpenAIChatDecoder
    ENCODER = OpenAIChatEncoder
