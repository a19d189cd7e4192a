"""Every recorded stream: cut every way, folded, told on in every dialect."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from tests.contract import carrying, providers
from tests.contract.recordings import Recording, recordings

from slipstream import dialects
from slipstream.events import Error, Event, Finish, Message, Order, ReasoningDelta, TextDelta, ToolCall

RECORDINGS = recordings()
BYTE_BY_BYTE = 40_000
"""Bytes: a longer recording is cut byte by byte in its first part only, and at random behind it."""

pytestmark = pytest.mark.usefixtures("corpora")
every = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: Path(recording.name).name[:40])


def message_of(events: Iterable[Event]) -> Message:
    message = Message()
    message.fold_all(events)
    return message


def cut_at_random(body: bytes, seed: int) -> list[bytes]:
    rng = random.Random(seed)
    places = sorted(rng.sample(range(len(body) + 1), min(len(body), 60)))
    return [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]


def test_all_are_here(corpora: Path) -> None:
    assert len(RECORDINGS) >= 81
    assert {recording.folder for recording in RECORDINGS} == {
        path.name for path in (corpora / "streams").iterdir() if path.is_dir() and path.name[0] != "_"
    } - {"http_errors"}


@every
def test_it_decodes_in_legal_order_to_an_end(recording: Recording) -> None:
    events = recording.decoded()
    Order().check_all(events)
    assert type(events[-1]) in (Finish, Error)


@every
def test_however_it_is_cut_the_events_are_the_same(recording: Recording) -> None:
    body, whole = recording.body, recording.decoded()
    head = [body[i : i + 1] for i in range(min(len(body), BYTE_BY_BYTE))]
    for pieces in ([*head, body[BYTE_BY_BYTE:]], *(cut_at_random(body, seed) for seed in range(3))):
        assert recording.decoded(pieces) == whole


COUNTED: dict[str, Callable[[Message], object]] = {
    "text": lambda message: message.text,
    "d_text_delta": lambda message: message.text,
    "item_message": lambda message: message.text or message.refusal,
    "refusal": lambda message: message.refusal,
    "reasoning": lambda message: message.reasoning,
    "d_thinking_delta": lambda message: message.reasoning,
    "usage": lambda message: message.usage,
    "tool_calls": lambda message: message.tool_calls,
    "functionCall": lambda message: message.tool_calls,
    "blk_tool_use": lambda message: message.tool_calls,
    "parallel_tools": lambda message: len(message.tool_calls) > 1,
    "multi_choice": lambda message: len(message.choices) > 1,
    "citations": lambda message: message.sources or message.metadata,
    "d_citations_delta": lambda message: message.sources,
    "fin_stop": lambda message: message.finish_reason in ("stop", "content_filter"),
    "fin_length": lambda message: message.finish_reason == "length" or len(message.choices) > 1,
    "stop_max_tokens": lambda message: message.finish_reason == "length",
    "status_failed": lambda message: message.error,
}
"""What was counted in a recording -> where the fold has it."""


@every
def test_the_fold_has_all_that_was_counted(recording: Recording) -> None:
    message = message_of(recording.decoded())
    counted = recording.features.keys() & COUNTED.keys()
    if "functionCall" in counted:
        counted -= {"text"}  # Gemini's empty text that carries a signature
    for feature in counted:
        assert COUNTED[feature](message), feature
    assert message.complete != (message.error is not None)


@every
@pytest.mark.parametrize("name", dialects.names())
def test_it_is_told_on_in_every_dialect(recording: Recording, name: str) -> None:
    """From any provider to any client: the text is whole, calls are, and a failure stays one."""
    events = recording.decoded()
    dialect = dialects.get(name)
    encoder, decoder = dialect.encoder(), dialect.decoder()
    body = b"".join([*map(encoder.feed, events), encoder.end()])
    told = [*decoder.feed(body), *decoder.end()]
    Order().check_all(told)
    before, after = message_of(events), message_of(told)
    assert isinstance(told[-1], Error) == isinstance(events[-1], Error), told[-1]
    assert words(after, name) == words(before, name)
    assert own_calls(after) == own_calls(before)


def words(message: Message, name: str) -> str:
    """All that was said: a refusal is text where a dialect has no other form, and GLM's box marks are no text."""
    text = message.text + message.refusal
    return re.sub(r"<\|(?:begin|end)_of_box\|>", "", text) if name == "zhipu" else text


def own_calls(message: Message) -> list[tuple[str, object]]:
    """The calls for us to run with an object as arguments.

    Some APIs tell of half a call as if it were one that cannot be read, and the free text of OpenAI's custom tools has
    no place where arguments can only be objects.
    """
    own = [call for call in message.tool_calls if not call.provider_executed]
    objects = [call for call in own if isinstance(call.input, dict) and "INVALID_JSON" not in call.input]
    return [(call.name, call.input) for call in objects]


def test_the_table_of_providers_is_that_of_the_recordings() -> None:
    assert providers.on_page() == providers.table(RECORDINGS), "run `python -m tests.contract.providers`"


def test_the_kinds_that_matter_occur() -> None:
    seen = {type(event) for recording in RECORDINGS for event in recording.decoded()}
    assert {TextDelta, ReasoningDelta, ToolCall, Error, Finish} <= seen


def test_the_documentation_says_how_every_event_is_carried() -> None:
    assert carrying.on_page() == carrying.made(), "run `python -m tests.contract.carrying`"
