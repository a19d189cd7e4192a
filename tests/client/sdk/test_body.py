"""What is sent: as the caller wrote it, and refused by name where no provider takes it."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from tests.client.sdk import recorded as r

from slipstream import sdk
from slipstream.client.sdk.body import (
    KNOWN,
    NOT_GIVEN,
    check,
    check_spelling,
    encode,
    given,
    prompt_text,
    without_data_prefix,
)
from slipstream.client.sdk.chat_objects import ChatCompletionMessage
from slipstream.client.sdk.vendors import ANTHROPIC, OPENAI, RESPONSES
from slipstream.errors import InvalidRequestError

GOOD: dict[str, Any] = {"model": "m", "messages": r.MESSAGES}
SECRET = "a very secret prompt"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": None}, "model is missing"),
        ({"model": ""}, "model is empty"),
        ({"model": 3}, "model is a int"),
        ({"messages": None}, "messages is missing"),
        ({"messages": []}, "messages is empty"),
        ({"messages": SECRET}, "messages is a str"),
        ({"messages": {"role": "user", "content": SECRET}}, "messages is a dict"),
        ({"messages": [{"content": SECRET}]}, r"messages\[0\] is a dict without a role"),
        ({"messages": [*r.MESSAGES, SECRET]}, r"messages\[1\] is a str"),
        ({"stream": "yes"}, "stream is 'yes'"),
        ({"stream": 1}, "stream is 1"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"max_tokens": True}, "max_tokens is True"),
        ({"max_tokens": "9"}, "max_tokens is '9'"),
    ],
)
def test_what_no_provider_takes_is_refused_by_name(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRequestError, match=says) as caught:
        check({**GOOD, **change}, OPENAI.route)
    assert SECRET not in str(caught.value)


def test_what_a_vendor_requires() -> None:
    with pytest.raises(InvalidRequestError, match="max_tokens is missing"):
        check(GOOD, ANTHROPIC.route)
    check({**GOOD, "max_tokens": 9}, ANTHROPIC.route)


def test_messages_may_be_objects_and_any_series() -> None:
    message = ChatCompletionMessage(role="assistant", content="x")
    theirs = openai.types.chat.ChatCompletionMessage(role="assistant", content="x")
    check({**GOOD, "messages": (message, theirs)}, OPENAI.route)
    body = json.loads(encode({"messages": [message, theirs], "tools": (tool for tool in [{"type": "function"}])}))
    assert body["messages"] == [{"role": "assistant", "content": "x"}] * 2
    assert body["tools"] == [{"type": "function"}]


@pytest.mark.parametrize("value", [object(), {"a": object()}, [print], 1j])
def test_what_is_no_json_is_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="metadata cannot be written as JSON"):
        encode({**GOOD, "metadata": value})


def test_half_a_character_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequestError, match="user holds a lone surrogate"):
        encode({**GOOD, "user": "half an emoji \ud83d"})


def test_what_was_left_out_is_not_sent() -> None:
    assert given({"a": 1, "b": NOT_GIVEN, "c": openai.NOT_GIVEN, "d": openai.omit, "e": None}) == {"a": 1, "e": None}
    assert not NOT_GIVEN
    assert repr(sdk.NOT_GIVEN) == "NOT_GIVEN"


def test_only_pictures_lose_their_prefix() -> None:
    def content(url: str) -> list[Any]:
        return [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
                    {"type": "text", "text": "x"},
                ],
            }
        ]

    assert without_data_prefix(content("data:image/png;base64,AAAA")) == content("AAAA")
    assert without_data_prefix(content("https://example.com/a.png")) == content("https://example.com/a.png")
    odd = [
        {"role": "user", "content": "data:image/png;base64,AAAA"},
        {"role": "user", "content": [3, {"image_url": 3}]},
        "x",
    ]
    assert without_data_prefix(odd) == odd
    assert without_data_prefix("text") == "text"


def test_the_text_of_a_request() -> None:
    messages: list[Any] = [
        *r.MESSAGES,
        {"role": "user", "content": [{"type": "text", "text": "more"}, {"type": "image"}]},
    ]
    messages.append(ChatCompletionMessage(role="assistant", content="said"))
    assert prompt_text(messages) == "讲几个冷知识\nmore\nsaid"
    assert prompt_text(iter(messages)) == ""


@pytest.mark.parametrize(("typo", "meant"), [("max_token", "max_tokens"), ("temprature", "temperature")])
def test_a_misspelt_argument_is_refused_as_the_sdks_do(typo: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"'{typo}'; did you mean '{meant}'"):
        check_spelling({"model": "m", typo: 1})


def test_known_and_quite_new_arguments_pass() -> None:
    check_spelling(dict.fromkeys(KNOWN, 1))
    check_spelling({"brand_new_feature": 1})


RESPONSE: dict[str, Any] = {"model": "m", "input": "Hi"}


@pytest.mark.parametrize(
    "change",
    [
        {"input": [{"role": "user", "content": "Hi"}]},
        {"input": None, "previous_response_id": "resp_1"},
        {"input": None, "model": None, "prompt": {"id": "pmpt_1"}},
        {"max_output_tokens": 16},
    ],
)
def test_requests_of_the_responses_api(change: dict[str, Any]) -> None:
    check({**RESPONSE, **change}, RESPONSES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": None}, "model is missing"),
        ({"input": None}, "input is missing; it takes text or a list"),
        ({"input": ""}, "input is empty"),
        ({"input": []}, "input is empty"),
        ({"input": {"role": "user"}}, "input is a dict"),
        ({"input": 3}, "input is a int"),
        ({"input": ["secret"]}, r"input\[0\] is a str; it takes an item"),
        ({"max_output_tokens": 0}, "max_output_tokens is 0"),
        ({"stream": "yes"}, "stream is 'yes'"),
    ],
)
def test_a_response_nobody_makes_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message) as caught:
        check({**RESPONSE, **change}, RESPONSES)
    assert "secret" not in str(caught.value)
