"""The recorded streams, all of them, with the dialect that each is of."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final, NamedTuple

from tests.conftest import CORPORA

from slipstream import dialects
from slipstream.dialects import Decoder, Dialect
from slipstream.events import Event

STREAMS: Final = CORPORA / "streams"

DIALECT_OF: Final = {
    "anthropic": "anthropic",
    "gemini": "gemini",
    "glm": "zhipu",
    "glm_via_others": "openai_chat",
    "ollama": "ollama",
    "openai_chat": "openai_chat",
    "openai_compat": "openai_chat",
    "openai_responses": "openai_responses",
}
"""The folder of a recording -> its dialect."""


class Recording(NamedTuple):
    """One recorded body.

    Attributes:
        name: its path below the folder of recordings.
        folder: the first part of that.
        host: who answered, as the recording names it.
        features: what was counted in it, without a parser of ours.
    """

    name: str
    folder: str
    host: str
    features: dict[str, int]

    @property
    def dialect(self) -> Dialect:
        """The dialect that it is of."""
        return dialects.get(DIALECT_OF[self.folder])

    @property
    def body(self) -> bytes:
        """The body as it came over the wire; recordings that keep one payload a line get their frames back."""
        data = (STREAMS / self.name).read_bytes()
        if not self.name.endswith(".chunks.txt"):
            return data
        return b"".join(b"data: %b\n\n" % line for line in data.splitlines() if line)

    def decoded(self, pieces: list[bytes] | None = None) -> list[Event]:
        """The events of the body, whole or in these pieces."""
        decoder: Decoder = self.dialect.decoder()
        events = [event for piece in pieces or [self.body] for event in decoder.feed(piece)]
        return events + decoder.end()


@cache
def recordings() -> tuple[Recording, ...]:
    """Every recording; none where the corpora are absent."""
    index = STREAMS / "INDEX.json"
    rows: list[dict[str, Any]] = json.loads(index.read_text(encoding="utf-8")) if index.exists() else []
    return tuple(Recording(row["body"], row["provider"], row["host"], row["features"]) for row in rows)
