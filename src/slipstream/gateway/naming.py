"""Refusals that were made of the neutral request, in the words of the API that the client speaks.

The place inside a conversation is left out: where another API has the system prompt elsewhere, or items for messages,
the same number means another place.
"""

from __future__ import annotations

import copy
import re
from typing import Final

from slipstream.dialects.common.face import Dialect
from slipstream.errors import InvalidRequestError

_GENERATION: Final = "generationConfig"
_SETTINGS: Final = ("temperature", "seed")

THINKING: Final = {
    "openai_chat": "reasoning_effort", "openai_responses": "reasoning", "ollama": "think",
    "gemini": f"{_GENERATION}.thinkingConfig",
}  # fmt: skip
"""What the dialects call thinking; all others say `thinking`."""

NAMES: Final[dict[str, dict[str, str]]] = {
    "openai_chat": {},
    "openai_responses": {
        "messages": "input", "max_tokens": "max_output_tokens", "response_format": "text.format",
    },
    "anthropic": {"stop": "stop_sequences", "response_format": "output_config.format"},
    "gemini": {
        "messages": "contents", "max_tokens": f"{_GENERATION}.maxOutputTokens", "stop": f"{_GENERATION}.stopSequences",
        "top_p": f"{_GENERATION}.topP", "n": f"{_GENERATION}.candidateCount", "tool_choice": "toolConfig",
        "response_format": f"{_GENERATION}.responseSchema", **{name: f"{_GENERATION}.{name}" for name in _SETTINGS},
    },
    "ollama": {
        "max_tokens": "options.num_predict", "stop": "options.stop", "top_p": "options.top_p",
        "response_format": "format", **{name: f"options.{name}" for name in _SETTINGS},
    },
}  # fmt: skip
"""By dialect: the neutral name of a field -> what the dialect calls it, where that is another."""

AS_NEUTRAL: Final = ("openai_chat", "zhipu", "slipstream")
"""Dialects whose messages are counted as the neutral ones are."""

_PATH: Final = re.compile(r"([a-z_]+)([\[.].*)?", re.DOTALL)


def renamed(error: Exception, dialect: Dialect) -> Exception:
    """The error as a client of this dialect should hear of it: another one if it names a field of the neutral form."""
    argument = getattr(error, "argument", None)
    if not isinstance(error, InvalidRequestError) or not isinstance(argument, str):
        return error
    found = _PATH.fullmatch(argument)
    said = argument if found is None else _name(found[1], found[2] or "", dialect.name)
    if said == argument:
        return error
    told = copy.copy(error)
    told.argument, told.message = said, error.message.replace(argument, said, 1)
    return told


def _name(root: str, path: str, dialect: str) -> str:
    if root == "thinking":
        return THINKING.get(dialect, "thinking")
    known = NAMES.get(dialect, {}).get(root, root)
    return known if root == "messages" and dialect not in AS_NEUTRAL else known + path
