"""Refusals in the words of the client's API."""

from __future__ import annotations

import pytest

from slipstream import dialects
from slipstream.dialects.common.checks import wrong
from slipstream.errors import InvalidRequestError, ServerError
from slipstream.gateway.naming import renamed


@pytest.mark.parametrize(
    ("dialect", "argument", "said"),
    [
        ("openai_chat", "messages[1].content[0]", "messages[1].content[0]"),
        ("openai_chat", "thinking", "reasoning_effort"),
        ("openai_responses", "messages[1].content[0]", "input"),
        ("openai_responses", "max_tokens", "max_output_tokens"),
        ("anthropic", "messages[1].content[0]", "messages"),
        ("anthropic", "stop", "stop_sequences"),
        ("gemini", "messages[1]", "contents"),
        ("gemini", "tools[0].name", "tools[0].name"),
        ("ollama", "seed", "options.seed"),
    ],
)
def test_a_field_is_named_as_the_client_named_it(dialect: str, argument: str, said: str) -> None:
    told = renamed(wrong(argument, "no good", "better"), dialects.get(dialect))
    assert isinstance(told, InvalidRequestError)
    assert told.argument == said
    assert told.message == f"{said}: no good; accepted: better"


def test_what_names_no_field_stays() -> None:
    for error in (ServerError("down"), InvalidRequestError("no")):
        assert renamed(error, dialects.get("gemini")) is error
