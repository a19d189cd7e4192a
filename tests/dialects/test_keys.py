"""Keys are recognised by their form, and words that only look like them are not."""

from __future__ import annotations

import pytest

from slipstream.dialects.common.keys import REPLACEMENT, redact

# Invented keys in the forms that providers give out, put together here so that no scanner takes them for real ones.
KEYS = [
    "sk-" + "a1B2" * 8,
    "sk-ant-api03-" + "a1-_" * 6,
    "sk-or-v1-" + "0123456789abcdef" * 2,
    "0123456789abcdef" * 2 + "." + "AbCd1234" * 2,
    "AIza" + "Sy0_-" * 7,
    "gsk_" + "a1b2c3d4" * 3,
    "xai-" + "a1b2c3d4" * 3,
    "nvapi-" + "a1b2c3d4" * 3,
    "hf_" + "a1b2c3d4" * 3,
    "AKIA" + "ABCDEFGH12345678",
    "eyJhbGciOiJIUzI1NiJ9.eyJhcGlfa2V5IjoiYSJ9.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "form", ["{}", "Bearer {}", "the key {}, which", '{{"key": "{}"}}', "key={}&x=1", "x-api-key: {}"]
)
def test_keys_are_replaced(key: str, form: str) -> None:
    text = redact(form.format(key))
    assert key not in text
    assert REPLACEMENT in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bearer short-token-1", "[redacted]"),
        ("Incorrect API key provided: mykey. See", "Incorrect API key provided: [redacted] See"),
        ("https://host/v1?key=abc&alt=sse", "https://host/v1?key=[redacted]&alt=sse"),
        ('{"api_key": "abc"}', '{"api_key": "[redacted]"}'),
    ],
)
def test_labels_tell_keys_of_any_form(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize(
    "text",
    ["no bearer token was sent", "invalid x-api-key", "a task-oriented plan", "risk-assessment-model",
     "API key not valid.", "version 1.2.3", "sk-", "deadbeef.txt"],
)  # fmt: skip
def test_words_are_not_keys(text: str) -> None:
    assert redact(text) == text
