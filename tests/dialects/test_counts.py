"""Usage across dialects: what any provider counted, told in any dialect and read there, counts the same."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest

from slipstream import dialects, events as e
from slipstream.dialects.common.counts import COUNTS, same_counts
from slipstream.events import Event, Message, Usage

_ALL: Final = frozenset(COUNTS)
PLACES: Final = {
    **dict.fromkeys(dialects.names(), _ALL),
    **dict.fromkeys(("gemini", "gemini_interactions"), _ALL - {"cache_write_tokens"}),
    "ollama": frozenset(("input_tokens", "output_tokens", "total_tokens")),
}
"""What each dialect has a place for."""

WORDS: Final = {
    "openai_chat": ("prompt_tokens", "completion_tokens"), "zhipu": ("prompt_tokens", "completion_tokens"),
    "anthropic": ("cache_read_input_tokens", "server_tool_use"),
    "openai_responses": ("input_tokens_details",),
    "gemini": ("promptTokenCount", "totalTokenCount"),
    "gemini_interactions": ("total_input_tokens", "total_thought_tokens"),
    "ollama": ("prompt_eval_count",),
}  # fmt: skip
"""Words that only these dialects have; the others hand on the provider's own object, and say that it is."""

FULL: Final = Usage(
    input_tokens=30, output_tokens=12, total_tokens=42, reasoning_tokens=5, cached_tokens=8, cache_write_tokens=3
)

TOLD: Final[dict[str, list[dict[str, Any]]]] = {
    "openai_chat": [
        {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        {"prompt_tokens": 9, "completion_tokens": 8, "total_tokens": 17,
         "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0},
         "completion_tokens_details": {"reasoning_tokens": 6, "accepted_prediction_tokens": 0}},
        {"prompt_tokens": 9, "completion_tokens": 8, "total_tokens": 17, "prompt_cache_hit_tokens": 4,
         "prompt_cache_miss_tokens": 5},  # DeepSeek
        {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 20, "reasoning_tokens": 9},  # xAI
        {"prompt_tokens": 9, "completion_tokens": 8, "total_tokens": 17, "cache_read_input_tokens": 4,
         "cache_creation_input_tokens": 2},  # LiteLLM
        {"input_tokens": 9, "output_tokens": 8, "total_tokens": 17, "output_tokens_details": {"reasoning_tokens": 1}},
    ],
    "anthropic": [
        {"input_tokens": 4, "output_tokens": 5},
        {"input_tokens": 4, "output_tokens": 5, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 2,
         "service_tier": "standard", "server_tool_use": {"web_search_requests": 1}},
        {"input_tokens": 4, "output_tokens": 5, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 0,
         "output_tokens_details": {"thinking_tokens": 2}},
    ],
    "openai_responses": [
        {"input_tokens": 4, "input_tokens_details": {"cached_tokens": 1}, "output_tokens": 5,
         "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 9},
        {"input_tokens": 4, "output_tokens": 5, "total_tokens": 9},  # llama.cpp
        {"input_tokens": 4, "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 2}},
    ],
    "gemini": [
        {"promptTokenCount": 4, "candidatesTokenCount": 5, "totalTokenCount": 9},
        {"promptTokenCount": 4, "toolUsePromptTokenCount": 3, "cachedContentTokenCount": 2, "candidatesTokenCount": 5,
         "thoughtsTokenCount": 6, "totalTokenCount": 18,
         "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 4}]},
    ],
    "gemini_interactions": [
        {"total_input_tokens": 4, "total_output_tokens": 5, "total_tokens": 9},
        {"total_input_tokens": 4, "total_cached_tokens": 2, "total_output_tokens": 5, "total_thought_tokens": 6,
         "total_tool_use_tokens": 3, "total_tokens": 18},
    ],
    "ollama": [{"prompt_eval_count": 4, "eval_count": 5}, {"eval_count": 5}],
}  # fmt: skip
TOLD["zhipu"] = TOLD["openai_chat"][:2]


def body(name: str, usage: dict[str, Any]) -> bytes:
    """A whole answer of this dialect, with the provider's own usage object in it."""
    message = {"role": "assistant", "content": "x"}
    text = {"type": "output_text", "text": "x", "annotations": []}
    part = {"role": "model", "parts": [{"text": "x"}]}
    chat = {"id": "a", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    wires: dict[str, dict[str, Any]] = {
        "openai_chat": {**chat, "usage": usage},
        "zhipu": {**chat, "usage": usage},
        "anthropic": {
            "id": "a", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "x"}],
            "stop_reason": "end_turn", "usage": usage,
        },
        "openai_responses": {
            "id": "a", "object": "response", "status": "completed", "model": "m", "usage": usage,
            "output": [{"type": "message", "id": "b", "role": "assistant", "status": "completed", "content": [text]}],
        },
        "gemini": {"candidates": [{"content": part, "finishReason": "STOP"}], "usageMetadata": usage},
        "gemini_interactions": {
            "id": "a", "object": "interaction", "model": "m", "status": "completed", "usage": usage,
            "steps": [{"type": "model_output", "content": [{"type": "text", "text": "x"}]}],
        },
        "ollama": {"model": "m", "message": message, "done": True, "done_reason": "stop", **usage},
    }  # fmt: skip
    return json.dumps(wires[name]).encode()


def usage_of(events: list[Event]) -> Usage:
    """The last count; the answer must have come whole."""
    assert type(events[-1]) is e.Finish
    return [event for event in events if isinstance(event, Usage)][-1]


def answer(usage: Usage) -> list[Event]:
    """A short answer with these counts."""
    return [
        e.Start(id="a", model="m"), e.StepStart(), e.TextStart(), e.TextDelta("x"), e.TextEnd(), usage,
        e.StepEnd("stop", "stop"), e.Finish("stop", "stop"),
    ]  # fmt: skip


def told(name: str, events: list[Event]) -> bytes:
    """The stream of these events."""
    encoder = dialects.get(name).encoder()
    return b"".join((*map(encoder.feed, events), encoder.end()))


def read(name: str, data: bytes) -> list[Event]:
    """The events of a stream."""
    decoder = dialects.get(name).decoder()
    return [*decoder.feed(data), *decoder.end()]


def _counted() -> list[Any]:
    """The usage that each dialect's decoder makes: of its providers' own objects, and of what its encoder writes."""
    own = [
        pytest.param(usage_of(dialects.get(name).decode_body(body(name, usage))), id=f"{name}-{number}")
        for name, usages in TOLD.items()
        for number, usage in enumerate(usages)
    ]
    return own + [
        pytest.param(usage_of(read(name, told(name, answer(FULL)))), id=f"{name}-full") for name in dialects.names()
    ]


COUNTED: Final = _counted()


def check(found: Usage, usage: Usage, name: str) -> None:
    """The same counts, where the dialect has a place for them; an API that must count says 0 for what nobody did."""
    for count in PLACES[name]:
        expected = getattr(usage, count)
        assert getattr(found, count) == expected or (expected is None and name in FILLED), (count, found, usage)


FILLED: Final = ("anthropic", "openai_responses")


@pytest.mark.parametrize("name", dialects.names())
@pytest.mark.parametrize("usage", COUNTED)
def test_any_usage_told_in_any_dialect(usage: Usage, name: str) -> None:
    if name in FILLED and usage.input_tokens is None:
        usage = msgspec.structs.replace(usage, input_tokens=0, output_tokens=usage.output_tokens or 0)
    if name == "anthropic":
        usage = msgspec.structs.replace(usage, total_tokens=None)  # it has no total, so the reader adds up
    data = told(name, answer(usage))
    check(usage_of(read(name, data)), usage, name)
    whole = dialects.get(name).encode_body(Message.of(answer(usage)))
    check(usage_of(dialects.get(name).decode_body(whole)), usage, name)
    assert [word for word in strange_to(name, usage) if f'"{word}"'.encode() in data + whole] == []


def strange_to(name: str, usage: Usage) -> set[str]:
    """The words of others; a provider that speaks this dialect may have added some itself (LiteLLM)."""
    if name not in WORDS:
        return set()
    own = usage.details or {}
    said = own if WORDS[name][0] in own else {}
    return {word for words in WORDS.values() for word in words}.difference(WORDS[name], said)


def test_one_shared_name_does_not_make_an_object_ones_own() -> None:
    usage = Usage(total_tokens=3, details={"prompt_tokens": None, "completion_tokens": None, "total_tokens": 3})
    data = told("gemini_interactions", answer(usage))
    assert b'"usage":{"total_tokens":3}' in data


@pytest.mark.parametrize("name", dialects.names())
@pytest.mark.parametrize("usage", COUNTED)
def test_counts_that_changed_since_are_told_as_they_are(usage: Usage, name: str) -> None:
    """An answer that was begun again has the counts of both, and the provider's object of the last."""
    sums = Usage(
        **{count: (getattr(usage, count) or 0) + getattr(FULL, count) for count in COUNTS},
        details=usage.details,
    )  # fmt: skip
    sums = msgspec.structs.replace(sums, total_tokens=(sums.input_tokens or 0) + (sums.output_tokens or 0))
    check(usage_of(read(name, told(name, answer(sums)))), sums, name)


@pytest.mark.parametrize("name", [name for name in TOLD if name != "ollama"])
def test_a_providers_own_object_stays_whole_in_its_dialect(name: str) -> None:
    rich = max(TOLD[name][:2], key=len)
    data = dialects.get(name).encode_body(Message.of(dialects.get(name).decode_body(body(name, rich))))
    found = json.loads(data)["usageMetadata" if name == "gemini" else "usage"]
    assert found.items() >= rich.items()


def test_the_same_counts() -> None:
    assert same_counts(FULL, msgspec.structs.replace(FULL, details={"a": 1}, estimated=True))
    assert not same_counts(None, FULL)
    for count in COUNTS:
        assert not same_counts(FULL, msgspec.structs.replace(FULL, **{count: None}))
