"""Structured answers while they come: 4,000 deltas of JSON, against the helpers of the official SDKs on the same ones.

Strategy: only the work on a delta is measured: CPU time, the best of several runs taken in turn (the machine's speed
changes). The peers are driven through their own accumulators, with chunk objects made beforehand: openai's
`ChatCompletionStreamState.handle_chunk` with a `response_format`, anthropic's `MessageStream` with a tool's input. Both
parse all the text again at every delta. Ours is asked for the value after every delta too. The lengths of the deltas
are those of recorded streams of each provider: about 7 characters at OpenAI's, 10 at Anthropic's (its service sends
several tokens together); half of that for Chinese.

What anthropic's helper gives are plain dicts; to have typed objects, as `partial(T)` gives them, each of its snapshots
must be validated (pydantic's `experimental_allow_partial`). That is the peer of `partial(T)`; the helper alone is shown
beside it.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.recordings import CORPORA
from benchmarks.table import Row, limit, ratio

DELTAS = 4000
RUNS = 5
PEER_RUNS = 2

_ENGLISH = [
    "stir", "the", "onions", "slowly", "until", "they", "are", "golden", "and", "soft", "then", "add", "salt", "pepper",
    "cream", "butter", "serve", "with", "fresh", "bread", "while", "oven", "heats",
]  # fmt: skip
_CHINESE = "先把洋葱切成细丝放入锅中小火慢炒至金黄柔软再加盐胡椒奶油黄油最后配新鲜面包趁热上桌即可享用"


class Step(msgspec.Struct):
    """A part of a recipe."""

    title: str
    text: str
    minutes: int
    optional: bool = False


class Recipe(msgspec.Struct):
    """What a model is often asked for: short fields, lists, a dict, a little prose."""

    name: str
    serves: int
    rating: float
    tags: list[str]
    ingredients: dict[str, str]
    steps: list[Step]
    note: str | None = None


class Book(msgspec.Struct):
    """The whole answer."""

    recipes: list[Recipe]


def book(words: Callable[[int], str], size: int, rng: random.Random) -> Iterator[str]:
    """The text of the answer, recipe by recipe, without end.

    Args:
        words: so many words.
        size: how many of them the text of a step has.
        rng: the source of numbers.
    """
    yield '{"recipes": ['
    while True:
        recipe = {
            "name": words(3), "serves": rng.randint(1, 9), "rating": rng.randint(1, 50) / 10,
            "tags": [words(1) for _ in range(3)], "ingredients": {words(1): words(2) for _ in range(3)},
            "steps": [
                {"title": words(2), "text": words(size), "minutes": rng.randint(1, 90), "optional": rng.random() < 0.5}
                for _ in "123"
            ],
            "note": None,
        }  # fmt: skip
        yield json.dumps(recipe, ensure_ascii=False) + ", "


def english(rng: random.Random) -> Callable[[int], str]:
    """English words."""
    return lambda count: " ".join(rng.choice(_ENGLISH) for _ in range(count))


def chinese(rng: random.Random) -> Callable[[int], str]:
    """Chinese words of two characters."""
    return lambda count: "".join(rng.choice(_CHINESE) for _ in range(2 * count))


KINDS = {
    "recipes, English": (english, 10),
    "recipes, Chinese": (chinese, 10),
    "long prose, English": (english, 600),
    "long prose, Chinese": (chinese, 600),
}


def deltas(kind: str, lengths: list[int], count: int) -> list[str]:
    """The first deltas of an answer; the same ones at every call."""
    rng = random.Random(1)
    make, length = KINDS[kind]
    parts = book(make(rng), length, rng)
    divisor = 2 if make is chinese else 1
    out: list[str] = []
    text, at = "", 0
    for _ in range(count):
        size = max(1, rng.choice(lengths) // divisor)
        while len(text) - at < size:
            text, at = text[at:] + next(parts), 0
        out.append(text[at : at + size])
        at += size
    return out


def recorded_lengths(folder: str, field: str) -> list[int]:
    """How long the deltas of a provider's recorded streams are, in characters."""
    found = [len(text) for path in sorted((CORPORA / folder).glob("*")) for text in _texts(path, field)]
    return found or {"content": [2, 3, 5, 6, 6, 8, 9, 16], "partial_json": [2, 3, 4, 6, 8, 11, 17, 29]}[field]


def _texts(path: Path, field: str) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        line = line.removeprefix("data:").strip()
        if not line.startswith("{") or f'"{field}"' not in line:
            continue
        chunk = json.loads(line)
        for delta in [chunk.get("delta"), *(choice.get("delta") for choice in chunk.get("choices") or [])]:
            text = delta.get(field) if isinstance(delta, dict) else None
            if isinstance(text, str) and text:
                yield text


# ---- ours


def json_stream(pieces: list[str]) -> Callable[[], object]:
    """Feed and look, for every delta."""
    from slipstream.codec import JSONStream

    def work() -> object:
        stream = JSONStream()
        for piece in pieces:
            stream.feed(piece)
            value = stream.value
        return value

    return work


def typed(pieces: list[str]) -> Callable[[], object]:
    """The stage `partial(Book)`: a `Partial` for every delta that changes it."""
    from slipstream.events import Event, Partial, TextDelta
    from slipstream.flow.partial import partial

    events: list[Event] = [TextDelta(piece) for piece in pieces]

    def work() -> object:
        on_event = partial(Book).on_event
        for event in events:
            last = on_event(event, 0.0)
        return last

    stage = partial(Book)
    told = sum(type(out) is Partial for event in events for out in stage.on_event(event, 0.0))
    assert told > len(events) / 4, told  # the others were keys and punctuation
    return work


# ---- peers


def openai_helper(pieces: list[str]) -> Callable[[], object]:
    """What `client.chat.completions.stream(response_format=...)` does with each chunk."""
    from openai.lib.streaming.chat import ChatCompletionStreamState
    from openai.types.chat import ChatCompletionChunk
    from pydantic import BaseModel

    class Answer(BaseModel):
        recipes: list[dict[str, Any]]

    first = {"role": "assistant", "content": ""}
    chunks = [
        ChatCompletionChunk.model_validate(
            {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
             "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        )
        for delta in (first, *({"content": piece} for piece in pieces))
    ]  # fmt: skip

    def work() -> object:
        state = ChatCompletionStreamState(response_format=Answer)
        for chunk in chunks:
            state.handle_chunk(chunk)
        parsed: Any = state.current_completion_snapshot.choices[0].message.parsed
        assert parsed["recipes"]
        return parsed

    return work


class _Recorded:
    """Events in memory, as the stream that anthropic's helper reads."""

    def __init__(self, events: list[Any]) -> None:
        self._events = events

    def __iter__(self) -> Iterator[Any]:
        return iter(self._events)


def anthropic_helper(pieces: list[str], look: Callable[[Any], object] | None = None) -> Callable[[], object]:
    """What `client.messages.stream(tools=...)` does with each `input_json_delta`.

    Args:
        pieces: the deltas.
        look: what is done with each snapshot.
    """
    from anthropic import types
    from anthropic._types import NOT_GIVEN
    from anthropic.lib.streaming import MessageStream

    message: dict[str, Any] = {
        "id": "m", "type": "message", "role": "assistant", "model": "c", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    events: list[Any] = [
        types.RawMessageStartEvent.model_validate({"type": "message_start", "message": message}),
        types.RawContentBlockStartEvent.model_validate(
            {"type": "content_block_start", "index": 0, "content_block": block}
        ),
    ]
    events += (
        types.RawContentBlockDeltaEvent.model_validate(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}
        )
        for piece in pieces
    )

    def work() -> object:
        raw: Any = _Recorded(events)
        stream = MessageStream(raw, NOT_GIVEN)
        for _ in stream:
            if look is not None and stream.current_message_snapshot.content:
                look(stream.current_message_snapshot.content[0])
        content: Any = stream.current_message_snapshot.content[0]
        assert content.input["recipes"]
        return content

    return work


def typed_by_pydantic() -> Callable[[Any], object]:
    """What makes typed objects of a snapshot: the recipes that are there, the last one left out until it is whole."""
    from pydantic import BaseModel, TypeAdapter

    class OneStep(BaseModel):
        title: str
        text: str
        minutes: int
        optional: bool = False

    class OneRecipe(BaseModel):
        name: str
        serves: int
        rating: float
        tags: list[str]
        ingredients: dict[str, str]
        steps: list[OneStep]
        note: str | None = None

    validate = TypeAdapter(list[OneRecipe]).validate_python
    return lambda content: validate(content.input.get("recipes", []), experimental_allow_partial=True)


# ---- figures


def best_us(works: dict[str, Callable[[], object]], runs: dict[str, int]) -> dict[str, float]:
    """CPU microseconds a run of each, the best of its runs, taken in turn."""
    best = dict.fromkeys(works, float("inf"))
    for turn in range(max(runs.values())):
        for name, work in works.items():
            if turn < runs[name]:
                began = time.process_time()
                work()
                best[name] = min(best[name], (time.process_time() - began) * 1e6)
    return best


def against_openai(kind: str, lengths: list[int]) -> list[Row]:
    """Ours and openai's helper on the same deltas."""
    pieces = deltas(kind, lengths, DELTAS)
    works = {"peer": openai_helper(pieces), "json": json_stream(pieces), "typed": typed(pieces)}
    peer, ours, ours_typed = _us_a_delta(works, {"peer": PEER_RUNS, "json": RUNS, "typed": RUNS})
    return [
        ratio(f"JSONStream, {_described(kind, pieces)}, a delta", ours, peer, "openai", 50),
        ratio("  partial(T), the same", ours_typed, peer, "openai", 50),
    ]


def against_anthropic(kind: str, lengths: list[int]) -> list[Row]:
    """Ours and anthropic's helper on the same deltas."""
    pieces = deltas(kind, lengths, DELTAS)
    helper = {"peer": anthropic_helper(pieces), "typed peer": anthropic_helper(pieces, typed_by_pydantic())}
    works = {**helper, "json": json_stream(pieces), "typed": typed(pieces)}
    runs = {"peer": PEER_RUNS, "typed peer": 1, "json": RUNS, "typed": RUNS}
    peer, typed_peer, ours, ours_typed = _us_a_delta(works, runs)
    alone = Row(
        "    against the helper alone", f"{ours_typed:.3g} us", f"anthropic {peer:.3g} us", f"{peer / ours_typed:.1f}x"
    )
    return [
        ratio(f"JSONStream, {_described(kind, pieces)}, a delta", ours, peer, "anthropic", 50),
        ratio("  partial(T), the same", ours_typed, typed_peer, "anthropic, validated", 50),
        alone,
    ]


def _us_a_delta(works: dict[str, Callable[[], object]], runs: dict[str, int]) -> list[float]:
    best = best_us(works, runs)
    return [best[name] / DELTAS for name in works]


def _described(kind: str, pieces: list[str]) -> str:
    return f"{kind}, {sum(map(len, pieces)) / 1000:.0f}k characters"


def linear(kind: str, lengths: list[int]) -> list[Row]:
    """What twice the deltas cost."""
    one, two = deltas(kind, lengths, DELTAS), deltas(kind, lengths, 2 * DELTAS)
    works = {"json": json_stream(one), "json2": json_stream(two), "typed": typed(one), "typed2": typed(two)}
    best = best_us(works, dict.fromkeys(works, RUNS))
    return [
        limit(f"JSONStream, {kind}: twice the deltas cost", best["json2"] / best["json"], 2.2, "x"),
        limit(f"partial(T), {kind}: twice the deltas cost", best["typed2"] / best["typed"], 2.2, "x"),
    ]


def run() -> list[Row]:
    """All rows."""
    openai = recorded_lengths("openai_chat", "content")
    anthropic = recorded_lengths("anthropic", "partial_json")
    rows = [row for kind in KINDS for row in against_openai(kind, openai)]
    rows += [row for kind in KINDS for row in against_anthropic(kind, anthropic)]
    return rows + [row for kind in KINDS for row in linear(kind, openai)]
