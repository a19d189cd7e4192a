"""Signatures of thoughts: what the API wants back with a `thought` step.

They are kept in `ReasoningEnd.details` under a type of their own: generateContent, Google's older API, has signatures
too, and each API takes its own alone. What other providers want back travels through a client of this dialect as a
signature (`gemini_wire.signatures`).
"""

from __future__ import annotations

from typing import Any, Final

from slipstream.dialects.common.gemini_wire.signatures import Proof, pack, unpack
from slipstream.events import ReasoningEnd

KIND: Final = "google.interaction_thought"


def proof_of(signature: str) -> Proof:
    """What a thought with this signature has to be echoed with; nothing if it has none."""
    if not signature:
        return None, None, None
    foreign = unpack(signature)
    if isinstance(foreign, list) and len(foreign) == 3:
        return foreign[0], foreign[1], foreign[2]
    return None, None, [{"type": KIND, "signature": signature}]


def own_signature(details: list[Any] | None) -> str | None:
    """The signature in `details`, if this API made the thought."""
    for entry in details or ():
        if isinstance(entry, dict) and entry.get("type") == KIND and isinstance(entry.get("signature"), str):
            return str(entry["signature"])
    return None


def signature_of(end: ReasoningEnd) -> str:
    """The signature that tells a client what must come back with this thought; "" for none."""
    own = own_signature(end.details)
    if own is not None:
        return own
    return pack([end.signature, end.redacted, end.details]) if end.signature or end.redacted or end.details else ""
