"""Take the caller's secrets out of a provider's words: providers echo keys they refuse and prompts they dislike.

Strategy: a key is replaced wherever it stands, by its literal. A prompt is found by its pieces: every stretch of the
words that also stands in the prompt and is at least `SPAN` characters long is replaced, so that a quotation cut short
is found too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from slipstream.events import Error

SPAN = 12
"""Characters that words and prompt must share to count as a quotation: shorter runs are common phrases."""

MAX_PROMPT = 200_000
"""Characters of a prompt that are searched, from its start and its end: an error quotes one of them, if any."""

KEY = "[key]"
PROMPT = "[prompt]"


HARMLESS_HEADERS = frozenset(
    ("content-type", "accept", "accept-encoding", "user-agent", "anthropic-version", "openai-beta", "anthropic-beta")
)
"""Headers of a request whose values are no secret; every other one may be."""

SHORTEST_SECRET = 4
"""Characters: replacing shorter header values would only make holes into common words."""


def secrets_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The values of a request's headers that must not come back in an error, with and without `Bearer`."""
    values = [value for name, value in headers.items() if name.lower() not in HARMLESS_HEADERS]
    bare = [value.partition(" ")[2] for value in values if value[:7].lower() in ("bearer ", "basic ")]
    return tuple(value for value in (*values, *bare) if len(value) >= SHORTEST_SECRET)


def scrubbed(error: Error, *, secrets: Iterable[str], prompt: Callable[[], str]) -> Error:
    """The error without the caller's key or prompt.

    Args:
        error: a provider's error.
        secrets: the literals that must not appear: the key, and header values made from it.
        prompt: gives the text of the request.
    """
    known = [secret for secret in secrets if secret]
    message = without_secrets(error.message, known)
    if len(message) >= SPAN:
        message = without_quotations(message, prompt())
    code = without_secrets(error.code, known) if error.code is not None else None
    if message == error.message and code == error.code:
        return error
    return replace(error, message=message, code=code, raw=None)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret replaced; the longest first, as one may hold another."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, KEY)
    return text


def without_quotations(text: str, prompt: str) -> str:
    """The text with every stretch of `SPAN` or more characters that stands in the prompt replaced."""
    half = MAX_PROMPT // 2
    searched = prompt if len(prompt) <= MAX_PROMPT else f"{prompt[:half]}\0{prompt[-half:]}"
    pieces, at, start = [], 0, 0
    while at + SPAN <= len(text):
        if text[at : at + SPAN] not in searched:
            at += 1
            continue
        end = at + SPAN
        while end < len(text) and text[at : end + 1] in searched:
            end += 1
        pieces += [text[start:at], PROMPT]
        at = start = end
    return "".join((*pieces, text[start:]))
