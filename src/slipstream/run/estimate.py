"""Count tokens when no provider did: with a tokenizer where `slipstream[tokens]` is installed, else by the length."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Final

from slipstream.events import Message, Usage
from slipstream.flow.tokens import by_length

Counter = Callable[[str], int]

MAX_COUNTED: Final = 100_000
"""Characters that the tokenizer is given: 20 ms of its time, which the reader waits for. It refuses very long texts."""


_loading: Final = threading.Lock()
_counter: Counter | None = None


def counter() -> Counter:
    """The best counter there is: the o200k vocabulary of `bpe-openai` if installed, else `by_length`.

    The first call takes a second where it is installed: `loaded` says whether that is over.
    """
    global _counter
    with _loading:
        if _counter is None:
            _counter = _load()
    return _counter


def loaded() -> bool:
    """Whether `counter` answers at once."""
    return _counter is not None


def _load() -> Counter:
    with warnings.catch_warnings():  # it opens its data by a deprecated function, which is not the reader's concern
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            import bpe_openai
        except ImportError:
            return by_length
        encode = bpe_openai.get_encoding("o200k_base").encode_ordinary

    def count(text: str) -> int:
        if len(text) > MAX_COUNTED:
            return by_length(text)
        return len(encode(text))

    return count


def estimate(prompt: str | None, message: Message) -> Usage:
    """The usage of an answer whose provider gave none; it says `estimated`.

    Args:
        prompt: the text of the request; None if it is not known (a wrapped stream), and its tokens are not either.
        message: the answer so far. One that was stopped is counted by its length if the tokenizer is not loaded yet:
            who stops an answer does not want to wait.
    """
    count = by_length if message.finish_reason == "cancelled" and not loaded() else counter()
    reasoning = count(message.reasoning)
    calls = "".join(block.text for choice in message.choices for block in choice.blocks if block.kind == "tool-call")
    answers = sum(count(choice.text) + count(choice.refusal) for choice in message.choices)
    output = answers + reasoning + count(calls)
    given = count(prompt) if prompt is not None else None
    total = given + output if given is not None else None
    return Usage(given, output, total, reasoning_tokens=reasoning, estimated=True)
