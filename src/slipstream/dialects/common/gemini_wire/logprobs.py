"""Log probabilities in the form that OpenAI gave them, in which `Message.logprobs` keeps them; and back."""

from __future__ import annotations

from typing import Any

from slipstream.dialects.common.wire import Wire, objects, text


def read_logprobs(wire: Wire) -> list[Wire]:
    """The entries of a `logprobsResult`: one for each token that was chosen, with those that were near."""
    near = objects(wire, "topCandidates")
    return [
        {
            **_entry(chosen),
            "top_logprobs": [_entry(one) for one in objects(near[n], "candidates")] if n < len(near) else [],
        }
        for n, chosen in enumerate(objects(wire, "chosenCandidates"))
    ]


def write_logprobs(entries: Any) -> Wire | None:
    """The `logprobsResult` of such entries; None if they are none."""
    found = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    if not found:
        return None
    return {
        "chosenCandidates": [_candidate(entry) for entry in found],
        "topCandidates": [
            {"candidates": [_candidate(one) for one in objects(entry, "top_logprobs")]} for entry in found
        ],
    }


def _entry(wire: Wire) -> Wire:
    return {"token": text(wire, "token"), "logprob": wire.get("logProbability")}


def _candidate(entry: Wire) -> Wire:
    return {"token": text(entry, "token"), "logProbability": entry.get("logprob")}
