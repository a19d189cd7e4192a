"""`guard()`: from what people write to the stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from slipstream.errors import InvalidRequestError
from slipstream.flow.guard.check import Mode, OnFailure, check_of
from slipstream.flow.guard.reaction import Mask, OnMatch, Reaction
from slipstream.flow.guard.rules import PII, GuardRules, Patterns, Words
from slipstream.flow.guard.stage import Guard, Seams


def guard(
    words: Words | GuardRules | None = None,
    patterns: Patterns | None = None,
    pii: PII | None = None,
    check: Callable[[str], Any] | None = None,
    mode: Mode | None = None,
    on_match: OnMatch = "mask",
    *,
    mask: Mask | None = None,
    ignore: str | Iterable[str] | None = None,
    whole_words: bool | None = None,
    max_hold: int | None = None,
    on_hit: Callable[[str, str], Any] | None = None,
    window: int | None = None,
    overlap: int | None = None,
    check_timeout: float | None = None,
    max_parallel: int | None = None,
    on_failure: OnFailure | None = None,
    seams: Seams = "touching",
    pass_raw: bool = False,
) -> Guard:
    """A stage that lets nothing forbidden leave. Zero leak for words and patterns, whatever the chunking.

    Args:
        words: forbidden words (a str is one), or a mapping of categories to them; or ready `GuardRules` instead of all
            rules.
        patterns: forbidden regular expressions, or a mapping of names to them.
        pii: True, or names of ready patterns: `email`, `phone`, `id_card`, `bank_card`, `iban`, `ip`, `key`.
        check: a function of your own, sync or async, that is given pieces of the text (after words and patterns have
            been dealt with) and says True, a reason, or a mapping with `flagged` if a piece must not be shown.
        mode: what it is given: each `sentence`, a sliding `window`, or each answer's text as a `whole`.
        on_match: `mask` what matched; `drop` it (where that makes a forbidden word of what stood around it, `***`
            stands for that one); `stop` the stream before it, with the finish reason `content_filter`;
            or `retract` what has been shown, and stop.
        mask: what stands for a span, `***` unless given; or a function of the rule's name and the span's length. White
            space around what a check flagged stays. No rule may match it; `***` takes the place of what a function
            gives that one matches.
        ignore: what may stand inside a word without hiding it: `spaces`, `markdown`, `html`.
        whole_words: True finds words only where they stand alone.
        max_hold: characters after which what may still become a match is treated as one.
        on_hit: called with the name of the rule and the channel (`text`, `reasoning`, `refusal`, `tool_input`, or the
            type of an event), never with the text; sync or async.
        window: characters of a window, 200 unless given.
        overlap: characters of it that were in the window before, 50 unless given.
        check_timeout: seconds to wait for `check`, 2 unless given.
        max_parallel: calls of `check` at once, 4 unless given.
        on_failure: what to do when `check` raises, is late or makes no sense: `closed` drops what is held and ends the
            stream, `open` shows it.
        seams: over which ends of blocks a text is followed without showing any of a match: those between blocks that
            `touching` each other, or all of a `step` (what a closed block held may then come late).
        pass_raw: True lets `raw`, `Raw` events and log probabilities pass. They hold the text unguarded.

    Raises:
        InvalidRequestError: an argument is wrong, or two contradict each other; the message names it.
    """
    made = check_of(
        check, mode=mode, window=window, overlap=overlap, check_timeout=check_timeout, max_parallel=max_parallel,
        on_failure=on_failure,
    )  # fmt: skip
    given = {"patterns": patterns, "pii": pii, "ignore": ignore, "whole_words": whole_words, "max_hold": max_hold}
    rules = _rules(words, {name: value for name, value in given.items() if value is not None}, alone=made is not None)
    reaction = Reaction(on_match, mask, on_hit, None if rules is None else rules.compiled)
    return Guard(rules, reaction, made, seams=seams, pass_raw=pass_raw)


def _rules(words: Any, given: dict[str, Any], *, alone: bool) -> GuardRules | None:
    if isinstance(words, GuardRules):
        for name in given:
            raise InvalidRequestError(f"{name}: ready GuardRules were given; accepted: {name} in GuardRules")
        return words
    if alone and words is None and not given:
        return None
    return GuardRules.shared(
        words,
        given.get("patterns"),
        given.get("pii"),
        given.get("ignore", ()),
        given.get("whole_words", False),
        given.get("max_hold"),
    )
