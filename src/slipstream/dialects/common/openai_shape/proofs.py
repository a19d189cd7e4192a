"""Proofs of thinking that OpenRouter has no form for, told in its `reasoning_details` so that a client echoes them.

A client of this shape knows one place for what a provider wants back: the list `reasoning_details`, which it returns as
it came. OpenRouter's own entries pass as they are. A signature (Anthropic's) becomes an entry of the type
`reasoning.text`; encrypted thinking becomes one of the type `reasoning.encrypted`, and so do the typed pieces of
another API, as JSON. The `format` of all three says that they are ours. One such entry is one whole block of thinking,
its text included, as what is echoed must be whole.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from slipstream.dialects.common.openai_shape.frames import written

FORMAT: Final = "slipstream"
DETAILS: Final = "slipstream-details"
_OURS: Final = (FORMAT, DETAILS)

TEXT: Final = "reasoning.text"
ENCRYPTED: Final = "reasoning.encrypted"


class Proof(Struct, frozen=True):
    """A block of thinking and what its provider wants back; see `events.ReasoningEnd`."""

    text: str = ""
    signature: str | None = None
    redacted: str | None = None
    details: list[Any] | None = None


NO_PROOF: Final = Proof()


def entries_of(proof: Proof, start: int) -> list[dict[str, Any]]:
    """The `reasoning_details` of a block; none if there is nothing to prove.

    Args:
        proof: the block.
        start: the `index` of the first entry. OpenAI's SDK joins the entries of a list by it and raises without.
    """
    foreign = [entry for entry in proof.details or () if not _is_openrouters(entry)]
    found = [dict(entry) for entry in proof.details or () if _is_openrouters(entry)]
    if foreign:
        found.append({"type": ENCRYPTED, "format": DETAILS, "data": written(foreign).decode()})
    if proof.redacted is not None:
        found.append({"type": ENCRYPTED, "format": FORMAT, "data": proof.redacted})
    if proof.signature is not None:
        found.append({**plain_entry(proof.text), "signature": proof.signature})
    for number, entry in enumerate(found, start):
        if type(entry.get("index")) is not int:
            entry["index"] = number
    return found


def plain_entry(text: str) -> dict[str, Any]:
    """The entry of a block that has no proof, where it stands beside some that have."""
    return {"type": TEXT, "format": FORMAT, "text": text}


def proof_of(entry: Any) -> Proof | None:
    """The block that an entry of ours tells; None for any other entry."""
    if not isinstance(entry, dict) or entry.get("format") not in _OURS:
        return None
    if entry.get("type") == TEXT:
        return Proof(text=_text(entry, "text") or "", signature=_text(entry, "signature"))
    data = _text(entry, "data")
    return Proof(redacted=data) if entry["format"] == FORMAT else Proof(details=_foreign(data or ""))


def _foreign(data: str) -> list[Any] | None:
    try:
        found = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _text(entry: dict[str, Any], name: str) -> str | None:
    value = entry.get(name)
    return value if isinstance(value, str) else None


def _is_openrouters(entry: Any) -> bool:
    """True for a piece in OpenRouter's form."""
    kind = entry.get("type") if isinstance(entry, dict) else None
    return isinstance(kind, str) and kind.startswith("reasoning.") and entry.get("format") not in _OURS
